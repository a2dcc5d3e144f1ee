import { Moon, Sun } from "lucide-react";
import type { Theme } from "./theme";

export function ThemeGlyph({ theme }: { theme: Theme }) {
  const Picture = theme === "dark" ? Sun : Moon;
  return <Picture size={20} strokeWidth={1.75} aria-hidden="true" />;
}
