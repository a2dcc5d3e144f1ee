import { describe, expect, it } from "vitest";
import { contentHeight, paintedRows, RangeAsker, rowTop, scrollToShow, visibleRows } from "@/core/row-window";

const metrics = { count: 100_000, rowHeight: 22, viewport: 440 };

describe("rows of a virtual collection", () => {
  it("are as many as fit, with a few beyond each edge", () => {
    expect(visibleRows(0, metrics)).toEqual({ start: 0, end: 20 });
    expect(visibleRows(11, metrics)).toEqual({ start: 0, end: 21 });
    expect(visibleRows(99_980 * 22, metrics)).toEqual({ start: 99_980, end: 100_000 });
    expect(paintedRows({ start: 2, end: 20 }, 25)).toEqual({ start: 0, end: 25 });
    expect(visibleRows(0, { ...metrics, count: 0 })).toEqual({ start: 0, end: 0 });
    expect(visibleRows(5000, { ...metrics, count: 3 })).toEqual({ start: 3, end: 3 });
  });

  it("scroll as little as needed to show one", () => {
    expect(scrollToShow(5, 0, metrics)).toBe(0);
    expect(scrollToShow(20, 0, metrics)).toBe(22);
    expect(scrollToShow(3, 220, metrics)).toBe(66);
  });

  it("are reachable to the last one in a collection taller than a browser can lay out", () => {
    const huge = { ...metrics, count: 10_000_000 };
    expect(contentHeight(huge)).toBeLessThanOrEqual(15_000_000);
    const bottom = contentHeight(huge) - huge.viewport;
    expect(visibleRows(bottom, huge).end).toBe(huge.count);
    const top = scrollToShow(7_654_321, 0, huge);
    const { start, end } = visibleRows(top, huge);
    expect(start).toBeLessThanOrEqual(7_654_321);
    expect(end).toBeGreaterThan(7_654_321);
    expect(rowTop(7_654_321, top, huge)).toBeCloseTo(top + huge.viewport - 22, 0);
  });
});

describe("asking for rows", () => {
  it("happens with room to spare, and once", () => {
    const asker = new RangeAsker();
    const visible = { start: 100, end: 120 };
    const range = asker.ask(visible, { start: 0, end: 80 }, 1000);
    expect(range).toEqual({ start: 40, end: 180 });
    expect(asker.ask(visible, { start: 0, end: 80 }, 1000)).toBeNull();
    expect(asker.ask({ start: 110, end: 130 }, { start: 0, end: 80 }, 1000)).toBeNull();
    expect(asker.ask({ start: 300, end: 320 }, { start: 0, end: 80 }, 1000)).not.toBeNull();
  });

  it("is not needed while what is loaded reaches far enough, or to the ends", () => {
    const asker = new RangeAsker();
    expect(asker.ask({ start: 0, end: 20 }, { start: 0, end: 60 }, 1000)).toBeNull();
    expect(asker.ask({ start: 0, end: 20 }, { start: 0, end: 25 }, 25)).toBeNull();
    expect(asker.ask({ start: 0, end: 0 }, { start: 0, end: 0 }, 0)).toBeNull();
  });

  it("starts anew when the number of rows or the process changed", () => {
    const asker = new RangeAsker();
    const visible = { start: 100, end: 120 };
    const none = { start: 0, end: 0 };
    asker.ask(visible, none, 1000);
    expect(asker.ask(visible, none, 1001)).not.toBeNull();
    expect(asker.ask(visible, none, 1001)).toBeNull();
    asker.forget();
    expect(asker.ask(visible, none, 1001)).not.toBeNull();
  });

  it("never asks for more rows than a window may have", () => {
    const range = new RangeAsker().ask({ start: 0, end: 5000 }, { start: 0, end: 0 }, 10_000);
    expect(range).toEqual({ start: 0, end: 1000 });
  });
});
