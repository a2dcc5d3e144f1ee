import { type EditorState, StateEffect, StateField, type TransactionSpec } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView } from "@codemirror/view";
import type { OpenRequest } from "@/core/protocol";
import { hitInLine } from "@/core/text-position";

interface Place {
  readonly from: number;
  readonly to: number;
}

const setHit = StateEffect.define<Place>();
const line = Decoration.line({ class: "cm-hit-line" });
const mark = Decoration.mark({ class: "cm-hit" });

/** The hit the file was opened at, highlighted until another one is asked for. */
export const hitField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(shown, transaction) {
    for (const effect of transaction.effects) {
      if (!effect.is(setHit)) continue;
      const { from, to } = effect.value;
      const start = transaction.state.doc.lineAt(from).from;
      const ranges = [line.range(start)];
      if (to > from) ranges.push(mark.range(from, to));
      return Decoration.set(ranges, true);
    }
    return shown.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** Places the cursor at a hit, shows it in the middle and highlights it. A line past the end means the last one. */
export function revealHit(state: EditorState, reveal: OpenRequest): TransactionSpec {
  const target = state.doc.line(Math.max(1, Math.min(reveal.line, state.doc.lines)));
  const { start, end } = hitInLine(target.text, reveal.column, reveal.length);
  const hit: Place = { from: target.from + start, to: target.from + end };
  return {
    selection: { anchor: hit.from },
    effects: [setHit.of(hit), EditorView.scrollIntoView(hit.from, { y: "center", x: "nearest" })],
  };
}
