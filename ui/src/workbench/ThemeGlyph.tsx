import { Moon, Sun } from "lucide-react";

/** Both are drawn and the style sheet shows one: the shell made in advance does not know the theme. */
export function ThemeGlyph() {
  return (
    <>
      <Sun className="in-dark" size={20} strokeWidth={1.75} aria-hidden="true" />
      <Moon className="in-light" size={20} strokeWidth={1.75} aria-hidden="true" />
    </>
  );
}
