import { readPreference, writePreference } from "./storage";

export type Theme = "dark" | "light";

/** What the user chose, else what the system prefers. index.html decides the same before the first paint. */
export function initialTheme(): Theme {
  const chosen = readPreference("theme");
  if (chosen === "dark" || chosen === "light") return chosen;
  // Without a browser (the shell made in advance) nobody prefers anything.
  if (typeof matchMedia === "undefined") return "dark";
  return matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
}

export function showTheme(theme: Theme): void {
  document.documentElement.dataset["theme"] = theme;
}

export function chooseTheme(theme: Theme): void {
  writePreference("theme", theme);
  showTheme(theme);
}
