import { field, type JsonObject, textField } from "@/core/json";
import { labelParts } from "@/core/label-parts";
import { classNames } from "./class-names";
import { Glyph } from "./Icon";
import type { NodeProps } from "./node-context";
import { type RowPlace, VirtualRow, VirtualRows } from "./VirtualRows";

const ROW_HEIGHT = 40;

/** The WAI-ARIA listbox, two lines a row: where it is, and what it says. */
export function List({ node, view }: NodeProps) {
  return (
    <VirtualRows
      node={node}
      view={view}
      role="listbox"
      rowHeight={ROW_HEIGHT}
      onAct={(index, rows) => {
        const key = rows.row(index)?.["key"];
        if (key !== undefined) view.emit(node.id, "activate", { index, key });
      }}
      drawRow={(place) => <ListRow key={place.index} place={place} />}
    />
  );
}

function repeatsGroup({ row, index, rows }: RowPlace): boolean {
  const previous = index > 0 ? rows.row(index - 1) : null;
  return row !== null && previous !== null && textField(row, "group") === textField(previous, "group");
}

function ListRow({ place }: { place: RowPlace }) {
  const { row } = place;
  const group = row === null ? undefined : textField(row, "group");
  const description = row === null ? undefined : textField(row, "description");
  const where = [group, description].filter((part) => part !== undefined).join(":");
  const title = row === null ? undefined : where || (textField(row, "label") ?? "");
  return (
    <VirtualRow place={place} role="option" rowHeight={ROW_HEIGHT} title={title} className="collection-row-of-two">
      {row === null ? (
        <div className="flex flex-col gap-1.5 pt-1.5">
          <span className="skeleton h-2.5 w-2/5" />
          <span className="skeleton h-2.5 w-4/5" />
        </div>
      ) : (
        <>
          <Glyph name={textField(row, "icon") ?? "file-text"} size={15} className="text-muted" />
          {group === undefined ? (
            <>
              <Label row={row} className="block truncate" />
              <span className="isolate-text block truncate text-sm text-muted">{description}</span>
            </>
          ) : (
            <>
              <span className={classNames("flex text-sm", repeatsGroup(place) ? "text-muted" : "text-ink")}>
                <MiddleCut text={group} />
                {description !== undefined && <span className="shrink-0 pl-2 text-muted">{description}</span>}
              </span>
              <Label row={row} className="block truncate text-muted" />
            </>
          )}
        </>
      )}
    </VirtualRow>
  );
}

/**
 * A path is told apart by its end: what comes before the last slash is shortened first. By so much more than the name that
 * the name does not lose a fraction of a pixel, which would cost it its last letters for dots.
 */
function MiddleCut({ text: whole }: { text: string }) {
  const cut = whole.lastIndexOf("/") + 1;
  return (
    <>
      <span className="isolate-text shrink-[99999] truncate">{whole.slice(0, cut)}</span>
      <span className="isolate-text truncate">{whole.slice(cut)}</span>
    </>
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
