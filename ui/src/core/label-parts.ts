import { unitsOfBytes } from "./text-position";

export interface LabelPart {
  readonly text: string;
  readonly match: boolean;
}

/** Characters kept before the first match when a long line is cut so that the match can be seen. */
const LEAD = 14;

/**
 * A label cut into plain and highlighted parts. `matches` are pairs of byte offsets; what overlaps or lies outside is
 * passed over. With `cut`, blanks and a long beginning before the first match make way for an ellipsis.
 */
export function labelParts(label: string, matches: readonly (readonly [number, number])[], cut: boolean): LabelPart[] {
  const ranges: Array<{ start: number; end: number }> = [];
  let last = 0;
  for (const [from, to] of matches) {
    const start = unitsOfBytes(label, from);
    const end = unitsOfBytes(label, to);
    if (start < last || end <= start) continue;
    ranges.push({ start, end });
    last = end;
  }
  const parts: LabelPart[] = [];
  let at = cut ? beginning(label, ranges[0]?.start) : 0;
  if (at > 0 && label.slice(0, at).trim() !== "") parts.push({ text: "…", match: false });
  for (const { start, end } of ranges) {
    if (start > at) parts.push({ text: label.slice(at, start), match: false });
    parts.push({ text: label.slice(start, end), match: true });
    at = end;
  }
  if (at < label.length) parts.push({ text: label.slice(at), match: false });
  return parts;
}

function beginning(label: string, firstMatch: number | undefined): number {
  const blanks = label.length - label.trimStart().length;
  if (firstMatch === undefined || firstMatch <= blanks + LEAD) return Math.min(blanks, firstMatch ?? blanks);
  const cut = firstMatch - LEAD;
  // Not in the middle of a surrogate pair.
  return /[\uDC00-\uDFFF]/.test(label[cut] ?? "") ? cut + 1 : cut;
}
