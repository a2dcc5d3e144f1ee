import { type KeyboardEvent, useRef } from "react";
import { field, type JsonObject, numberField, textField } from "@/core/json";
import type { Collection } from "./collection";
import { Glyph } from "./Icon";
import type { NodeProps } from "./node-context";
import { toneClass } from "./tone";
import { type RowPlace, VirtualRow, VirtualRows } from "./VirtualRows";

const ROW_HEIGHT = 22;
const INDENT = 12;
/** Deeper levels keep this indentation, so that a name always has room. */
const DEEPEST_INDENT = 16;
const TYPEAHEAD_PAUSE_MS = 700;

function expansion(row: JsonObject | null): boolean | null {
  const expanded = row === null ? undefined : field(row, "expanded");
  return typeof expanded === "boolean" ? expanded : null;
}

/** The WAI-ARIA tree: Right and Left open, close and climb, letters go to the next row that begins with them. */
export function Tree({ node, view }: NodeProps) {
  const typed = useRef({ text: "", at: 0 });

  const toggle = (index: number, expanded: boolean, rows: Collection) => {
    const key = rows.row(index)?.["key"];
    if (key !== undefined) view.emit(node.id, "toggle", { index, key, expanded });
  };

  const act = (index: number, rows: Collection) => {
    const row = rows.row(index);
    const expanded = expansion(row);
    const key = row?.["key"];
    if (expanded !== null) toggle(index, !expanded, rows);
    else if (key !== undefined) view.emit(node.id, "activate", { index, key });
  };

  const onKey = (name: string | null, event: KeyboardEvent, rows: Collection): boolean => {
    const { active } = rows;
    const row = rows.row(active);
    const expanded = expansion(row);
    if (name === "ArrowRight" && expanded === false) toggle(active, true, rows);
    else if (name === "ArrowRight") {
      if (expanded === true) rows.activate(active + 1);
    } else if (name === "ArrowLeft" && expanded === true) toggle(active, false, rows);
    else if (name === "ArrowLeft") {
      const parent = row === null ? -1 : (numberField(row, "parent") ?? -1);
      if (parent >= 0) rows.activate(parent);
    } else if (isPrintable(event)) {
      const now = event.timeStamp;
      const before = now - typed.current.at < TYPEAHEAD_PAUSE_MS ? typed.current.text : "";
      typed.current = { text: before + event.key, at: now };
      view.emit(node.id, "typeahead", { text: typed.current.text, index: active });
    } else return false;
    return true;
  };

  return (
    <VirtualRows
      node={node}
      view={view}
      role="tree"
      rowHeight={ROW_HEIGHT}
      onAct={act}
      onKey={onKey}
      // By place and not by key: a row that scrolls in reuses the element of one that scrolled out.
      drawRow={(place) => <TreeRow key={place.index} place={place} />}
    />
  );
}

function isPrintable(event: KeyboardEvent): boolean {
  return [...event.key].length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
}

function TreeRow({ place }: { place: RowPlace }) {
  const { row, index } = place;
  const level = row === null ? 1 : (numberField(row, "level") ?? 1);
  const expanded = expansion(row);
  const label = row === null ? undefined : textField(row, "label");
  const detail = row === null ? undefined : textField(row, "detail");
  const busy = row !== null && field(row, "busy") === true;
  return (
    <VirtualRow
      place={place}
      role="treeitem"
      rowHeight={ROW_HEIGHT}
      level={level}
      position={row === null ? undefined : numberField(row, "position")}
      siblings={row === null ? undefined : numberField(row, "siblings")}
      expanded={expanded ?? undefined}
      busy={busy}
      title={label}
      className={row === null ? "" : toneClass(row["tone"])}
      indent={8 + Math.min(level - 1, DEEPEST_INDENT) * INDENT}
    >
      {row === null ? (
        <span className="skeleton ml-6 h-2.5" style={{ width: `${30 + ((index * 37) % 40)}%` }} />
      ) : (
        <>
          <span className="inline-flex w-4 shrink-0 justify-center text-muted">
            {busy ? (
              <Glyph name="loader" size={14} className="animate-spin" />
            ) : (
              expanded !== null && <Glyph name={expanded ? "chevron-down" : "chevron-right"} size={14} />
            )}
          </span>
          <Glyph
            name={textField(row, "icon") ?? "file"}
            size={15}
            className={expanded === null ? "text-muted" : "text-accent"}
          />
          <span className="isolate-text truncate">{label}</span>
          {detail !== undefined && <span className="ml-auto shrink-0 pl-2 text-xs text-faint">{detail}</span>}
        </>
      )}
    </VirtualRow>
  );
}
