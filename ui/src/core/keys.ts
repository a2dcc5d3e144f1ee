/** The parts of a KeyboardEvent a key binding looks at. */
export interface KeyPress {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
}

const MODIFIERS: ReadonlySet<string> = new Set(["Control", "Shift", "Alt", "Meta", "AltGraph"]);

/**
 * The name of a key press, such as `Ctrl+Shift+E`, or null for a modifier alone. Letters are named by what the layout
 * prints, in upper case; on layouts without Latin letters by their place on the keyboard.
 */
export function nameOfKey(press: KeyPress): string | null {
  if (MODIFIERS.has(press.key)) return null;
  const parts: string[] = [];
  if (press.ctrlKey || press.metaKey) parts.push("Ctrl");
  if (press.altKey) parts.push("Alt");
  if (press.shiftKey) parts.push("Shift");
  return [...parts, keyPart(press)].join("+");
}

function keyPart({ key, code }: KeyPress): string {
  if (/^[a-z]$/i.test(key)) return key.toUpperCase();
  const place = /^Key([A-Z])$/.exec(code)?.[1];
  if (place !== undefined && key.length === 1) return place;
  return key === " " ? "Space" : key;
}
