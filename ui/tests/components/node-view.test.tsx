import { act } from "@testing-library/react";
import { type ComponentType, Profiler } from "react";
import { describe, expect, it, vi } from "vitest";
import { components } from "@/components";
import { setComponents } from "@/components/NodeView";
import type { NodeProps } from "@/components/node-context";
import { componentNames } from "@/core/schema";
import { node } from "../host";
import { drawView } from "./view";

function Broken(): never {
  throw new Error("no");
}

describe("the components", () => {
  it("are exactly those of the schema", () => {
    expect([...components.keys()].sort()).toEqual(componentNames().sort());
  });

  it("that are unknown are shown as an error tile in their place", () => {
    const { screen } = drawView(
      node("root", "Column", {}, [node("x", "Hologram"), node("t", "Text", { text: "still here" })]),
    );
    expect(screen.getByRole("alert").textContent).toContain("Hologram");
    expect(screen.getByText("still here")).toBeTruthy();
  });

  it("that are hidden are not drawn", () => {
    const { screen, patch } = drawView(node("root", "Column", {}, [node("t", "Text", { text: "now", hidden: true })]));
    expect(screen.queryByText("now")).toBeNull();
    patch({ op: "set", id: "t", props: { hidden: null } });
    expect(screen.getByText("now")).toBeTruthy();
  });

  it("that throw cost their own place only", () => {
    // React reports what a boundary caught; here that is expected.
    vi.spyOn(console, "error").mockImplementation(() => {});
    setComponents(new Map<string, ComponentType<NodeProps>>([...components, ["Badge", Broken]]));
    const { screen } = drawView(
      node("root", "Column", {}, [node("b", "Badge", { text: "" }), node("t", "Text", { text: "fine" })]),
    );
    setComponents(components);
    expect(screen.getByRole("alert").textContent).toContain("Badge");
    expect(screen.getByText("fine")).toBeTruthy();
  });
});

describe("a patch of one node", () => {
  it("renders that node and leaves the elements of 10,000 others", () => {
    let rendered = 0;
    const Text = components.get("Text");
    if (Text === undefined) throw new Error("There is no Text.");
    setComponents(
      new Map([
        ...components,
        [
          "Text",
          (props) => {
            rendered++;
            return (
              <Profiler id={props.node.id} onRender={() => {}}>
                <Text {...props} />
              </Profiler>
            );
          },
        ],
      ]),
    );
    const texts = Array.from({ length: 10_000 }, (_, index) => node(`n${index}`, "Text", { text: `${index}` }));
    const { patch, screen } = drawView(node("root", "Column", {}, texts));
    const other = screen.getByText("4999");
    expect(rendered).toBe(10_000);
    patch({ op: "set", id: "n5000", props: { text: "changed" } });
    setComponents(components);
    expect(rendered).toBe(10_001);
    expect(screen.getByText("changed")).toBeTruthy();
    expect(screen.getByText("4999")).toBe(other);
  });
});

describe("a whole tree with the same ids", () => {
  it("keeps the elements, so focus stays where it was", () => {
    const tree = (words: string) =>
      node("root", "Column", {}, [
        node("t", "Text", { text: words }),
        node("b", "Button", { text: "Go" }, [], ["press"]),
      ]);
    const { screen, renderTree, host } = drawView(tree("one"));
    const button = screen.getByRole("button");
    act(() => button.focus());
    renderTree(tree("two"), 2);
    expect(screen.getByText("two")).toBeTruthy();
    expect(document.activeElement).toBe(button);
    act(() => button.click());
    expect(host.events("press")).toEqual([{}]);
  });
});
