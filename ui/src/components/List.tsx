import { type KeyboardEvent, useEffect } from "react";
import { text } from "@/core/catalogue";
import { field, type JsonObject, textField } from "@/core/json";
import { nameOfKey } from "@/core/keys";
import { labelParts } from "@/core/label-parts";
import { classNames } from "./class-names";
import { indices, movedTo, useCollection } from "./collection";
import { Glyph } from "./Icon";
import { domId, growClass, labelOf, type NodeProps } from "./node-context";

const ROW_HEIGHT = 40;

/** The WAI-ARIA listbox, two lines a row: where it is, and what it says. */
export function List(props: NodeProps) {
  const { node, view } = props;
  const rows = useCollection(props, ROW_HEIGHT);

  useEffect(() => {
    return view.registerFocus(node.id, () => {
      rows.element.current?.focus();
      return rows.element.current !== null;
    });
  }, [view, node.id, rows.element]);

  const act = (index: number) => {
    const key = rows.row(index)?.["key"];
    if (key !== undefined) view.emit(node.id, "activate", { index, key });
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const name = nameOfKey(event);
    const next = movedTo(name, rows);
    if (next !== null) rows.activate(next);
    else if (name === "Enter" || name === "Space") act(rows.active);
    else return;
    event.preventDefault();
  };

  const activeIsPainted = rows.count > 0 && rows.active >= rows.painted.start && rows.active < rows.painted.end;
  return (
    <div
      ref={rows.element}
      role="listbox"
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
        {indices(rows.painted).map((index) => {
          const row = rows.row(index);
          const previous = index > 0 ? rows.row(index - 1) : null;
          return (
            <ListRow
              key={index}
              id={domId(view, node, `:${index}`)}
              row={row}
              index={index}
              count={rows.count}
              active={index === rows.active}
              repeatsGroup={
                row !== null && previous !== null && textField(row, "group") === textField(previous, "group")
              }
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

interface ListRowProps {
  readonly id: string;
  readonly row: JsonObject | null;
  readonly index: number;
  readonly count: number;
  readonly active: boolean;
  readonly repeatsGroup: boolean;
  readonly top: number;
  readonly onClick: () => void;
}

function ListRow({ id, row, index, count, active, repeatsGroup, top, onClick }: ListRowProps) {
  const label = row === null ? undefined : (textField(row, "label") ?? "");
  const group = row === null ? undefined : textField(row, "group");
  const description = row === null ? undefined : textField(row, "description");
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the list, which holds the focus
    // biome-ignore lint/a11y/useFocusableInteractive: the active row is named by aria-activedescendant
    <div
      id={id}
      role="option"
      aria-selected={active}
      aria-posinset={index + 1}
      aria-setsize={count}
      aria-busy={row === null || undefined}
      aria-label={row === null ? text("row.loading") : undefined}
      title={row === null ? undefined : [group, description].filter((part) => part !== undefined).join(":") || label}
      data-active={active}
      onClick={onClick}
      className="collection-row gap-2 pl-2"
      style={{ transform: `translateY(${top}px)`, height: ROW_HEIGHT }}
    >
      {row === null ? (
        <span className="flex flex-1 flex-col gap-1.5">
          <span className="skeleton h-2.5 w-2/5" />
          <span className="skeleton h-2.5 w-4/5" />
        </span>
      ) : (
        <>
          <Glyph name={textField(row, "icon") ?? "file-text"} size={15} className="text-muted" />
          <span className="min-w-0 flex-1">
            {group === undefined ? (
              <>
                <Label row={row} className="block truncate" />
                <span className="isolate-text block truncate text-sm text-muted">{description}</span>
              </>
            ) : (
              <>
                <span className={classNames("flex text-sm", repeatsGroup ? "text-muted" : "text-ink")}>
                  <MiddleCut text={group} />
                  {description !== undefined && <span className="shrink-0 pl-2 text-muted">{description}</span>}
                </span>
                <Label row={row} className="block truncate text-muted" />
              </>
            )}
          </span>
        </>
      )}
    </div>
  );
}

/** A path is told apart by its end: what comes before the last slash is shortened first. */
function MiddleCut({ text: whole }: { text: string }) {
  const cut = whole.lastIndexOf("/") + 1;
  return (
    <span className="isolate-text flex min-w-0">
      <span className="shrink-[99] truncate">{whole.slice(0, cut)}</span>
      <span className="truncate">{whole.slice(cut)}</span>
    </span>
  );
}

function Label({ row, className }: { row: JsonObject; className: string }) {
  const mono = field(row, "mono") === true;
  const matches = field(row, "matches");
  const pairs = Array.isArray(matches) ? (matches as unknown as Array<readonly [number, number]>) : [];
  const parts = labelParts(textField(row, "label") ?? "", pairs, mono);
  let offset = 0;
  return (
    <span className={classNames("isolate-text", className, mono && "whitespace-pre font-mono text-sm")}>
      {parts.map((part) => {
        const key = offset;
        offset += part.text.length;
        if (!part.match) return part.text;
        return (
          <mark key={key} className="rounded-sm bg-match text-ink">
            {part.text}
          </mark>
        );
      })}
    </span>
  );
}
