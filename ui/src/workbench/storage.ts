/** Small preferences of this page. Storage may be refused (read-only home, private profile): then they last for this run. */
const memory = new Map<string, string>();

export function readPreference(name: string): string | null {
  try {
    return localStorage.getItem(`symphony.${name}`) ?? memory.get(name) ?? null;
  } catch {
    return memory.get(name) ?? null;
  }
}

export function writePreference(name: string, value: string): void {
  memory.set(name, value);
  try {
    localStorage.setItem(`symphony.${name}`, value);
  } catch {
    // Kept in memory above; there is nothing the user could do about it here.
  }
}
