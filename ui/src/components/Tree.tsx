import { type KeyboardEvent, useEffect, useRef } from "react";
import { text } from "@/core/catalogue";
import { field, type JsonObject, numberField, textField } from "@/core/json";
import { nameOfKey } from "@/core/keys";
import { classNames } from "./class-names";
import { indices, movedTo, useCollection } from "./collection";
import { Glyph } from "./Icon";
import { domId, growClass, labelOf, type NodeProps } from "./node-context";
import { toneClass } from "./tone";

const ROW_HEIGHT = 22;
const INDENT = 12;
/** Deeper levels keep this indentation, so that a name always has room. */
const DEEPEST_INDENT = 16;
const TYPEAHEAD_PAUSE_MS = 700;

function expansion(row: JsonObject | null): boolean | null {
  const expanded = row === null ? undefined : field(row, "expanded");
  return typeof expanded === "boolean" ? expanded : null;
}

/**
 * The WAI-ARIA tree. Focus stays on the tree itself and the active row is named by `aria-activedescendant`, so it survives
 * rows being taken out of the document while they are out of sight.
 */
export function Tree(props: NodeProps) {
  const { node, view } = props;
  const rows = useCollection(props, ROW_HEIGHT);
  const typed = useRef({ text: "", at: 0 });

  useEffect(() => {
    return view.registerFocus(node.id, () => {
      rows.element.current?.focus();
      return rows.element.current !== null;
    });
  }, [view, node.id, rows.element]);

  const toggle = (index: number, expanded: boolean) => {
    const key = rows.row(index)?.["key"];
    if (key !== undefined) view.emit(node.id, "toggle", { index, key, expanded });
  };

  const act = (index: number) => {
    const row = rows.row(index);
    const expanded = expansion(row);
    const key = row?.["key"];
    if (expanded !== null) toggle(index, !expanded);
    else if (key !== undefined) view.emit(node.id, "activate", { index, key });
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const name = nameOfKey(event);
    const next = movedTo(name, rows);
    const { active } = rows;
    const row = rows.row(active);
    const expanded = expansion(row);
    if (next !== null) rows.activate(next);
    else if (name === "ArrowRight" && expanded === false) toggle(active, true);
    else if (name === "ArrowRight") {
      if (expanded === true) rows.activate(active + 1);
    } else if (name === "ArrowLeft" && expanded === true) toggle(active, false);
    else if (name === "ArrowLeft") {
      const parent = row === null ? -1 : (numberField(row, "parent") ?? -1);
      if (parent >= 0) rows.activate(parent);
    } else if (name === "Enter" || name === "Space") act(active);
    else if (isPrintable(event)) {
      const now = event.timeStamp;
      const before = now - typed.current.at < TYPEAHEAD_PAUSE_MS ? typed.current.text : "";
      typed.current = { text: before + event.key, at: now };
      view.emit(node.id, "typeahead", { text: typed.current.text, index: active });
    } else return;
    event.preventDefault();
  };

  const painted = indices(rows.painted);
  const activeIsPainted = rows.count > 0 && rows.active >= rows.painted.start && rows.active < rows.painted.end;
  return (
    <div
      ref={rows.element}
      role="tree"
      tabIndex={0}
      aria-label={labelOf(node.props)}
      aria-activedescendant={activeIsPainted ? domId(view, node, `:${rows.active}`) : undefined}
      data-collection=""
      data-part-focus=""
      className={classNames("group relative overflow-auto focus-visible:outline-none", growClass(node.props))}
      onScroll={rows.onScroll}
      onKeyDown={onKeyDown}
    >
      <div role="none" className="relative overflow-hidden" style={{ height: rows.height }}>
        {painted.map((index) => {
          const row = rows.row(index);
          const active = index === rows.active;
          return (
            <TreeRow
              // By place and not by key: a row that scrolls in reuses the element of one that scrolled out.
              key={index}
              id={domId(view, node, `:${index}`)}
              row={row}
              index={index}
              count={rows.count}
              active={active}
              top={rows.top(index)}
              onClick={() => {
                rows.activate(index);
                act(index);
              }}
            />
          );
        })}
      </div>
    </div>
  );
}

function isPrintable(event: KeyboardEvent): boolean {
  return [...event.key].length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
}

interface TreeRowProps {
  readonly id: string;
  readonly row: JsonObject | null;
  readonly index: number;
  readonly count: number;
  readonly active: boolean;
  readonly top: number;
  readonly onClick: () => void;
}

function TreeRow({ id, row, index, count, active, top, onClick }: TreeRowProps) {
  const level = row === null ? 1 : (numberField(row, "level") ?? 1);
  const expanded = expansion(row);
  const label = row === null ? undefined : textField(row, "label");
  const detail = row === null ? undefined : textField(row, "detail");
  const busy = row !== null && field(row, "busy") === true;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the tree, which holds the focus
    // biome-ignore lint/a11y/useFocusableInteractive: the active row is named by aria-activedescendant
    <div
      id={id}
      role="treeitem"
      aria-level={level}
      aria-posinset={(row === null ? undefined : numberField(row, "position")) ?? index + 1}
      aria-setsize={(row === null ? undefined : numberField(row, "siblings")) ?? count}
      aria-expanded={expanded ?? undefined}
      aria-selected={active}
      aria-busy={busy || row === null || undefined}
      aria-label={row === null ? text("row.loading") : undefined}
      title={label}
      data-active={active}
      onClick={onClick}
      className={classNames("collection-row", row !== null && toneClass(row["tone"]))}
      style={{
        transform: `translateY(${top}px)`,
        height: ROW_HEIGHT,
        paddingLeft: 8 + Math.min(level - 1, DEEPEST_INDENT) * INDENT,
      }}
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
    </div>
  );
}
