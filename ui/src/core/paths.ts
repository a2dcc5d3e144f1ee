/** Paths travel escaped (docs/protocol.md, section 10): `%` and bytes that are not UTF-8 are written `%XX`. */

/** What to show for an escaped path: invalid bytes become U+FFFD, control characters a visible picture of themselves. */
export function displayPath(escaped: string): string {
  const text = escaped.includes("%") ? decodeBytes(escaped) : escaped;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f]/g, (character) =>
    character === "\u007f" ? "\u2421" : String.fromCharCode(0x2400 + character.charCodeAt(0)),
  );
}

function decodeBytes(escaped: string): string {
  const encoded = new TextEncoder().encode(escaped);
  const bytes = new Uint8Array(encoded.length);
  let length = 0;
  for (let index = 0; index < encoded.length; index++) {
    const hex = encoded[index] === 0x25 ? String.fromCharCode(...encoded.slice(index + 1, index + 3)) : "";
    if (/^[0-9A-F]{2}$/i.test(hex)) {
      bytes[length++] = Number.parseInt(hex, 16);
      index += 2;
    } else {
      bytes[length++] = encoded[index] as number;
    }
  }
  return new TextDecoder().decode(bytes.subarray(0, length));
}

export function baseName(escaped: string): string {
  return escaped.slice(escaped.lastIndexOf("/") + 1);
}

export function segments(escaped: string): string[] {
  return escaped.split("/").filter((segment) => segment !== "");
}

/** Lower-case extension without the dot, or the whole name when there is none. */
export function fileExtension(escaped: string): string {
  const name = baseName(escaped).toLowerCase();
  const dot = name.lastIndexOf(".");
  return dot <= 0 ? name : name.slice(dot + 1);
}

/** Address of a file's bytes, relative to the page; the escaped path is itself percent-encoded, a segment at a time. */
export function workspaceUrl(escaped: string): string {
  return `/workspace/${segments(escaped).map(encodeURIComponent).join("/")}`;
}
