/** Columns on the wire count UTF-8 bytes of the line from 1; editors count UTF-16 units from 0. */
export function unitsOfBytes(line: string, bytes: number): number {
  let seen = 0;
  let units = 0;
  for (const character of line) {
    if (seen >= bytes) break;
    const code = character.codePointAt(0) as number;
    seen += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    units += character.length;
  }
  return units;
}

export interface UnitRange {
  readonly start: number;
  readonly end: number;
}

/** Where a hit of `length` bytes at `column` lies in its line, kept inside the line. */
export function hitInLine(line: string, column: number, length: number): UnitRange {
  const before = Math.max(0, column - 1);
  return { start: unitsOfBytes(line, before), end: unitsOfBytes(line, before + Math.max(0, length)) };
}
