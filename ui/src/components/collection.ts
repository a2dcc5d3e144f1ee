import { type RefObject, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { field, isObject, type JsonObject, numberField } from "@/core/json";
import {
  contentHeight,
  paintedRows,
  RangeAsker,
  type RowMetrics,
  type RowRange,
  rowTop,
  scrollToShow,
  visibleRows,
} from "@/core/row-window";
import type { NodeProps } from "./node-context";

export interface Collection {
  readonly element: RefObject<HTMLDivElement | null>;
  readonly count: number;
  readonly height: number;
  readonly painted: RowRange;
  readonly active: number;
  /** Whole rows that fit, for Page Up and Page Down. */
  readonly page: number;
  /** The row's data, or null while it is not loaded. */
  row(index: number): JsonObject | null;
  top(index: number): number;
  /** Makes a row the active one, as the user asked, and brings it into view. */
  activate(index: number): void;
  onScroll(): void;
}

/** What Tree and List share: the rows that are painted, the ranges that are asked for, and the active row. */
export function useCollection({ node, view }: NodeProps, rowHeight: number): Collection {
  const element = useRef<HTMLDivElement>(null);
  const state = view.collection(node.id);
  const [viewport, setViewport] = useState(0);
  const [scrollTop, setScrollTop] = useState(state.scrollTop);
  const [, setMoves] = useState(0);
  const asker = useMemo(() => new RangeAsker(), []);

  const count = numberField(node.props, "count") ?? 0;
  const rows = field(node.props, "rows");
  const start = isObject(rows) ? (numberField(rows, "start") ?? 0) : 0;
  const given = isObject(rows) ? field(rows, "items") : undefined;
  const items = Array.isArray(given) ? (given as readonly JsonObject[]) : [];
  const metrics: RowMetrics = useMemo(() => ({ count, rowHeight, viewport }), [count, rowHeight, viewport]);
  const active = Math.min(state.active.index, Math.max(0, count - 1));
  const visible = visibleRows(scrollTop, metrics);

  useLayoutEffect(() => {
    const box = element.current;
    if (box === null) return;
    setViewport(box.clientHeight);
    box.scrollTop = state.scrollTop;
    const observer = new ResizeObserver(() => setViewport(box.clientHeight));
    observer.observe(box);
    return () => observer.disconnect();
  }, [state]);

  // The browser shortens `scrollTop` with the content; what is shown must follow.
  useLayoutEffect(() => {
    const box = element.current;
    if (box !== null && viewport > 0 && count >= 0) setScrollTop(box.scrollTop);
  }, [viewport, count]);

  useEffect(() => view.subscribeView(() => asker.forget()), [view, asker]);

  useEffect(() => {
    if (viewport === 0) return;
    const range = asker.ask({ start: visible.start, end: visible.end }, { start, end: start + items.length }, count);
    if (range !== null) view.emit(node.id, "range", { start: range.start, end: range.end });
  }, [asker, view, node.id, viewport, visible.start, visible.end, start, items.length, count]);

  const show = useCallback(
    (index: number) => {
      const box = element.current;
      if (box === null || metrics.viewport === 0) return;
      const top = scrollToShow(index, box.scrollTop, metrics);
      if (top !== box.scrollTop) box.scrollTop = top;
    },
    [metrics],
  );

  // A row the extension made active, say as the answer to type-ahead, must be seen.
  const shown = useRef(active);
  useLayoutEffect(() => {
    if (shown.current !== active) show(active);
    shown.current = active;
  }, [active, show]);

  const row = (index: number): JsonObject | null => items[index - start] ?? null;
  return {
    element,
    count,
    height: contentHeight(metrics),
    painted: paintedRows(visible, count),
    active,
    page: Math.max(1, Math.floor(viewport / rowHeight) - 1),
    row,
    top: (index) => rowTop(index, scrollTop, metrics),
    activate(index) {
      if (count === 0) return;
      const next = Math.max(0, Math.min(count - 1, index));
      const edit = state.active.move(next);
      setMoves((moves) => moves + 1);
      show(next);
      const key = row(next)?.["key"];
      view.emit(node.id, "focus", { index: next, edit, ...(key === undefined ? {} : { key }) });
    },
    onScroll() {
      const top = element.current?.scrollTop ?? 0;
      state.scrollTop = top;
      setScrollTop(top);
    },
  };
}

/** The row a key moves to, or null if it is not a key of movement. */
export function movedTo(key: string | null, { active, count, page }: Collection): number | null {
  switch (key) {
    case "ArrowDown":
      return active + 1;
    case "ArrowUp":
      return active - 1;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    case "PageDown":
      return active + page;
    case "PageUp":
      return active - page;
    default:
      return null;
  }
}

/** Row numbers of a range. */
export function indices(range: RowRange): number[] {
  return Array.from({ length: Math.max(0, range.end - range.start) }, (_, offset) => range.start + offset);
}
