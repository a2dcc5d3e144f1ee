import { limits } from "./limits";

/** Rows `start` up to, not including, `end`. */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

/** Everything that decides where rows lie; lengths in CSS pixels. */
export interface RowMetrics {
  readonly count: number;
  readonly rowHeight: number;
  readonly viewport: number;
}

/** Browsers stop laying out somewhere above 16 million pixels; taller collections scroll proportionally. */
const MAXIMUM_HEIGHT = 15_000_000;
/** Rows kept painted beyond each edge, so a scroll step shows no blank. */
const OVERSCAN = 8;
/** Rows asked for beyond each edge, so the next few screens need no question. */
const READ_AHEAD = 60;
/** A question is asked before the read-ahead is used up. */
const LOW_WATER = 20;

export function contentHeight({ count, rowHeight }: RowMetrics): number {
  return Math.min(count * rowHeight, MAXIMUM_HEIGHT);
}

/** Pixels of rows per pixel of scrolling: 1 unless the list is taller than a browser allows. */
function scale(metrics: RowMetrics): number {
  const real = metrics.count * metrics.rowHeight;
  return real <= MAXIMUM_HEIGHT ? 1 : (real - metrics.viewport) / (MAXIMUM_HEIGHT - metrics.viewport);
}

/** Where a row lies in the scrolled element. */
export function rowTop(index: number, scrollTop: number, metrics: RowMetrics): number {
  return index * metrics.rowHeight - scrollTop * scale(metrics) + scrollTop;
}

/** The `scrollTop` that brings a row into view with the least movement. */
export function scrollToShow(index: number, scrollTop: number, metrics: RowMetrics): number {
  const offset = scrollTop * scale(metrics);
  const top = index * metrics.rowHeight;
  const wanted = top < offset ? top : Math.max(offset, top + metrics.rowHeight - metrics.viewport);
  return wanted === offset ? scrollTop : wanted / scale(metrics);
}

/** Rows at least partly visible. */
export function visibleRows(scrollTop: number, metrics: RowMetrics): RowRange {
  const offset = scrollTop * scale(metrics);
  const start = Math.min(Math.max(0, Math.floor(offset / metrics.rowHeight)), metrics.count);
  return { start, end: Math.min(metrics.count, Math.ceil((offset + metrics.viewport) / metrics.rowHeight)) };
}

export function paintedRows(visible: RowRange, count: number): RowRange {
  return { start: Math.max(0, visible.start - OVERSCAN), end: Math.min(count, visible.end + OVERSCAN) };
}

export function covers(outer: RowRange, inner: RowRange): boolean {
  return inner.start >= inner.end || (outer.start <= inner.start && outer.end >= inner.end);
}

function widened(range: RowRange, by: number, count: number): RowRange {
  return { start: Math.max(0, range.start - by), end: Math.min(count, range.end + by) };
}

/** Decides when an extension must be asked for rows; never asks the same question twice in a row. */
export class RangeAsker {
  #asked: RowRange | null = null;
  #count = -1;

  /** The range to ask for, or null when what is loaded, or already asked for, will do. */
  ask(visible: RowRange, loaded: RowRange, count: number): RowRange | null {
    if (count !== this.#count) {
      this.#asked = null;
      this.#count = count;
    }
    const needed = widened(visible, LOW_WATER, count);
    if (covers(loaded, needed)) {
      this.#asked = null;
      return null;
    }
    if (this.#asked !== null && covers(this.#asked, needed)) return null;
    const range = widened(visible, READ_AHEAD, count);
    const bounded = { start: range.start, end: Math.min(range.end, range.start + limits.windowRows) };
    this.#asked = bounded;
    return bounded;
  }

  /** A new process knows nothing of earlier questions. */
  forget(): void {
    this.#asked = null;
  }
}
