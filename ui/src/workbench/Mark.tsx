/** The mark: a stave of five lines bent into the letter S. */
export function Mark({ size }: { size: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 64 64"
      fill="none"
      stroke="currentColor"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path strokeWidth="4" d="M48 14C40 6 18 6 16 20s30 12 31 25-22 17-32 6" />
      <path strokeWidth="2" opacity=".6" d="M53 9C42-2 11 0 9 20s29 16 31 25-14 9-20 2" />
      <path strokeWidth="2" opacity=".6" d="M44 19c-6-6-19-7-20 2s29 8 30 23-28 26-44 11" />
    </svg>
  );
}
