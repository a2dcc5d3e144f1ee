import { act, fireEvent } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { node } from "../host";
import { drawView } from "./view";

const COUNT = 100_000;

function rows(start: number, length: number) {
  const items = Array.from({ length }, (_, offset) => {
    const index = start + offset;
    return {
      key: `k${index}`,
      label: `row ${index}`,
      level: index === 0 ? 1 : 2,
      parent: index === 0 ? -1 : 0,
      ...(index === 0 ? { expanded: true } : index === 2 ? { expanded: false } : {}),
    };
  });
  return { start, items };
}

const EVENTS = ["range", "toggle", "activate", "focus", "typeahead"];

function draw() {
  const drawn = drawView(node("tree", "Tree", { label: "Files", count: COUNT, rows: rows(0, 80) }, [], EVENTS));
  const tree = drawn.screen.getByRole("tree", { name: "Files" });
  const active = () => document.getElementById(tree.getAttribute("aria-activedescendant") ?? "");
  return { ...drawn, tree, active };
}

describe("a tree", () => {
  let drawn: ReturnType<typeof draw>;

  beforeEach(() => {
    drawn = draw();
    act(() => drawn.tree.focus());
  });

  it("paints a window of its rows, each saying where it stands", () => {
    const items = drawn.screen.getAllByRole("treeitem");
    expect(items.length).toBeLessThan(30);
    expect(items[0]?.getAttribute("aria-expanded")).toBe("true");
    expect(items[1]?.getAttribute("aria-level")).toBe("2");
    expect(items[1]?.getAttribute("aria-posinset")).toBe("2");
    expect(items[1]?.getAttribute("aria-setsize")).toBe(String(COUNT));
    expect(items[1]?.hasAttribute("aria-expanded")).toBe(false);
  });

  it("moves by arrows, page and end keys, and tells the extension", async () => {
    await userEvent.keyboard("{ArrowDown}{ArrowDown}");
    expect(drawn.active()?.textContent).toBe("row 2");
    await userEvent.keyboard("{PageDown}");
    expect(drawn.active()?.textContent).toBe("row 11");
    await userEvent.keyboard("{Home}{ArrowUp}");
    expect(drawn.active()?.textContent).toBe("row 0");
    expect(drawn.host.events("focus").slice(0, 2)).toEqual([
      { index: 1, edit: 1, key: "k1" },
      { index: 2, edit: 2, key: "k2" },
    ]);
  });

  it("opens, closes and climbs by Left and Right", async () => {
    await userEvent.keyboard("{ArrowRight}{ArrowDown}{ArrowRight}");
    expect(drawn.host.events("toggle")).toEqual([{ index: 2, key: "k2", expanded: true }]);
    await userEvent.keyboard("{ArrowLeft}");
    expect(drawn.active()?.textContent).toBe("row 0");
    await userEvent.keyboard("{ArrowLeft}");
    expect(drawn.host.events("toggle").at(-1)).toEqual({ index: 0, key: "k0", expanded: false });
  });

  it("activates a leaf by Enter and by click, and sends what is typed ahead", async () => {
    await userEvent.keyboard("{ArrowDown}{Enter}");
    fireEvent.click(drawn.screen.getByText("row 3"));
    expect(drawn.host.events("activate")).toEqual([
      { index: 1, key: "k1" },
      { index: 3, key: "k3" },
    ]);
    await userEvent.keyboard("re");
    expect(drawn.host.events("typeahead").map(({ text }) => text)).toEqual(["r", "re"]);
  });

  it("asks for rows it has not, shows them as loading, and fills them in", async () => {
    await userEvent.keyboard("{End}");
    fireEvent.scroll(drawn.tree);
    const range = drawn.host.events("range").at(-1) as { start: number; end: number };
    expect(range.end).toBe(COUNT);
    expect(drawn.active()?.getAttribute("aria-label")).toBe("Loading…");
    drawn.patch({ op: "set", id: "tree", props: { rows: rows(range.start, range.end - range.start) } });
    expect(drawn.active()?.textContent).toBe(`row ${COUNT - 1}`);
    expect(document.activeElement).toBe(drawn.tree);
  });

  it("takes the extension's active row only if the user has not moved since", async () => {
    await userEvent.keyboard("{ArrowDown}{ArrowDown}");
    drawn.patch({ op: "set", id: "tree", props: { active: { index: 5, edit: 1 } } });
    expect(drawn.active()?.textContent).toBe("row 2");
    drawn.patch({ op: "set", id: "tree", props: { active: { index: 5, edit: 2 } } });
    expect(drawn.active()?.textContent).toBe("row 5");
  });

  it("keeps focus, active row and scroll when a new process draws it", async () => {
    await userEvent.keyboard("{PageDown}{PageDown}");
    fireEvent.scroll(drawn.tree);
    const top = drawn.tree.scrollTop;
    expect(top).toBeGreaterThan(0);
    drawn.renderTree(node("tree", "Tree", { label: "Files", count: COUNT, rows: rows(0, 80) }, [], EVENTS), 2);
    expect(document.activeElement).toBe(drawn.tree);
    expect(drawn.tree.scrollTop).toBe(top);
    expect(drawn.active()?.textContent).toBe("row 18");
  });
});

describe("a list", () => {
  const items = [
    { key: "a", label: "x needle", matches: [[2, 8]], group: "src/a.cpp", description: "12", mono: true },
    { key: "b", label: "<b>needle</b>", group: "src/b.cpp" },
  ];

  it("shows the match, never reads text as markup, and opens by Enter", async () => {
    const list = node(
      "l",
      "List",
      { label: "Results", count: 2, rows: { start: 0, items } },
      [],
      ["activate", "focus"],
    );
    const { screen, host } = drawView(list);
    expect(screen.getByText("needle").tagName).toBe("MARK");
    expect(screen.getByText("<b>needle</b>")).toBeTruthy();
    act(() => screen.getByRole("listbox", { name: "Results" }).focus());
    await userEvent.keyboard("{ArrowDown}{Enter}");
    expect(host.events("activate")).toEqual([{ index: 1, key: "b" }]);
    expect(screen.getAllByRole("option")[1]?.getAttribute("aria-selected")).toBe("true");
  });

  it("moves, asks for rows and names its active row as a tree does", async () => {
    const events = ["range", "activate", "focus"];
    const plain = Array.from({ length: 80 }, (_, index) => ({ key: `k${index}`, label: `row ${index}` }));
    const props = { label: "Results", count: COUNT, rows: { start: 0, items: plain } };
    const list = node("l", "List", props, [], events);
    const { screen, host } = drawView(list);
    const box = screen.getByRole("listbox");
    act(() => box.focus());
    await userEvent.keyboard("{End}");
    fireEvent.scroll(box);
    const active = () => document.getElementById(box.getAttribute("aria-activedescendant") ?? "");
    expect((host.events("range").at(-1) as { end: number }).end).toBe(COUNT);
    expect(active()?.getAttribute("aria-posinset")).toBe(String(COUNT));
    expect(active()?.getAttribute("aria-busy")).toBe("true");
    await userEvent.keyboard("{Home}");
    fireEvent.scroll(box);
    expect(active()?.textContent).toBe("row 0");
    await userEvent.keyboard("r");
    expect(host.events("typeahead")).toEqual([]);
  });
});
