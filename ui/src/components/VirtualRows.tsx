import { type KeyboardEvent, type ReactNode, useEffect } from "react";
import { text } from "@/core/catalogue";
import type { JsonObject } from "@/core/json";
import { nameOfKey } from "@/core/keys";
import { classNames } from "./class-names";
import { type Collection, indices, movedTo, useCollection } from "./collection";
import { domId, growClass, labelOf, type NodeProps } from "./node-context";

/** One painted row, as whoever draws it is given it. */
export interface RowPlace {
  readonly id: string;
  /** Null while it is not loaded. */
  readonly row: JsonObject | null;
  readonly index: number;
  readonly rows: Collection;
  readonly onClick: () => void;
}

interface VirtualRowsProps extends NodeProps {
  readonly role: "listbox" | "tree";
  readonly rowHeight: number;
  /** Enter, Space or a click on a row. */
  readonly onAct: (index: number, rows: Collection) => void;
  /** A key that neither moves nor acts; says whether it was used. */
  readonly onKey?: (name: string | null, event: KeyboardEvent, rows: Collection) => boolean;
  readonly drawRow: (place: RowPlace) => ReactNode;
}

/**
 * What Tree and List are drawn in: it scrolls, paints the rows in sight and has the keys of movement. Focus stays on it and
 * the active row is named by `aria-activedescendant`, so focus survives rows being taken out of the document.
 */
export function VirtualRows({ node, view, role, rowHeight, onAct, onKey, drawRow }: VirtualRowsProps) {
  const rows = useCollection({ node, view }, rowHeight);

  useEffect(() => {
    return view.registerFocus(node.id, () => {
      rows.element.current?.focus();
      return rows.element.current !== null;
    });
  }, [view, node.id, rows.element]);

  const onKeyDown = (event: KeyboardEvent) => {
    const name = nameOfKey(event);
    const next = movedTo(name, rows);
    if (next !== null) rows.activate(next);
    else if (name === "Enter" || name === "Space") onAct(rows.active, rows);
    else if (onKey?.(name, event, rows) !== true) return;
    event.preventDefault();
  };

  const activeIsPainted = rows.count > 0 && rows.active >= rows.painted.start && rows.active < rows.painted.end;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: its role is a prop
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: its role is a prop
    <div
      ref={rows.element}
      role={role}
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
        {indices(rows.painted).map((index) =>
          drawRow({
            id: domId(view, node, `:${index}`),
            row: rows.row(index),
            index,
            rows,
            onClick: () => {
              rows.activate(index);
              onAct(index, rows);
            },
          }),
        )}
      </div>
    </div>
  );
}

interface VirtualRowProps {
  readonly place: RowPlace;
  readonly role: "option" | "treeitem";
  readonly rowHeight: number;
  readonly title: string | undefined;
  readonly className: string;
  readonly indent?: number;
  /** A tree's row counts among its siblings. */
  readonly position?: number | undefined;
  readonly siblings?: number | undefined;
  readonly level?: number;
  readonly expanded?: boolean | undefined;
  readonly busy?: boolean;
  readonly children: ReactNode;
}

/** The frame of one row: where it lies, and what it tells a screen reader. */
export function VirtualRow({ place, role, rowHeight, ...props }: VirtualRowProps) {
  const { id, row, index, rows, onClick } = place;
  const active = index === rows.active;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the collection, which holds the focus
    // biome-ignore lint/a11y/noStaticElementInteractions: its role is a prop
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: its role is a prop
    <div
      id={id}
      role={role}
      aria-level={props.level}
      aria-posinset={props.position ?? index + 1}
      aria-setsize={props.siblings ?? rows.count}
      aria-expanded={props.expanded}
      aria-selected={active}
      aria-busy={props.busy === true || row === null || undefined}
      aria-label={row === null ? text("row.loading") : undefined}
      title={props.title}
      data-active={active}
      onClick={onClick}
      className={classNames("collection-row", props.className)}
      style={{ transform: `translateY(${rows.top(index)}px)`, height: rowHeight, paddingLeft: props.indent }}
    >
      {props.children}
    </div>
  );
}
