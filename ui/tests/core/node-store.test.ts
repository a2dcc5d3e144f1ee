import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "@/core/json";
import { limits } from "@/core/limits";
import { NodeStore } from "@/core/node-store";
import { ErrorCode, type Result } from "@/core/result";
import { node } from "../host";

function drawn(...children: Json[]): NodeStore {
  const store = new NodeStore();
  const result = store.render(node("root", "Column", {}, children));
  if (!result.ok) throw new Error(result.error.message);
  return store;
}

function text(id: string, words = id): JsonObject {
  return node(id, "Text", { text: words });
}

function refusal(result: Result<unknown>) {
  if (result.ok) throw new Error("It should have been refused.");
  return result.error;
}

describe("patches", () => {
  it("inserts, moves, sets and removes, and names what it touched", () => {
    const store = drawn(text("a"), node("box", "Column", {}, [text("b")]), text("c"));
    const result = store.patch([
      { op: "insert", parent: "root", index: 1, node: text("d") },
      { op: "move", id: "c", parent: "box", index: 0 },
      { op: "set", id: "b", props: { text: "new", tone: "muted" } },
      { op: "remove", id: "a" },
    ]);
    expect(result.ok && [...result.value.touched].sort()).toEqual(["a", "b", "box", "c", "d", "root"]);
    expect(store.get("root")?.children).toEqual(["d", "box"]);
    expect(store.get("box")?.children).toEqual(["c", "b"]);
    expect(store.get("c")?.parent).toBe("box");
    expect(store.get("b")?.props).toEqual({ text: "new", tone: "muted" });
    expect(store.get("a")).toBeUndefined();
    expect(store.size).toBe(5);
  });

  it("counts a move's index after the node was taken out", () => {
    const store = drawn(text("a"), text("b"), text("c"));
    expect(store.patch([{ op: "move", id: "a", parent: "root", index: 2 }]).ok).toBe(true);
    expect(store.get("root")?.children).toEqual(["b", "c", "a"]);
    expect(store.patch([{ op: "move", id: "a", parent: "root", index: 3 }]).ok).toBe(false);
  });

  it("removes a prop given as null, but not a required one", () => {
    const store = drawn(node("a", "Text", { text: "x", tone: "muted" }));
    expect(store.patch([{ op: "set", id: "a", props: { tone: null } }]).ok).toBe(true);
    expect(store.get("a")?.props).toEqual({ text: "x" });
    expect(refusal(store.patch([{ op: "set", id: "a", props: { text: null } }])).data?.["path"]).toBe(
      "/root/a/props/text",
    );
  });

  it("removes a whole subtree, and its ids are free again", () => {
    const store = drawn(node("box", "Column", {}, [node("in", "Column", {}, [text("deep")])]));
    store.patch([
      { op: "remove", id: "box" },
      { op: "insert", parent: "root", index: 0, node: text("deep") },
    ]);
    expect(store.size).toBe(2);
    expect(store.get("deep")?.parent).toBe("root");
  });

  it("keeps every record when one operation of the batch cannot be applied", () => {
    const store = drawn(text("a"), text("b"));
    const before = [...store.ids()].map((id) => store.get(id));
    const result = store.patch([
      { op: "remove", id: "a" },
      { op: "set", id: "b", props: { text: "changed" } },
      { op: "remove", id: "nobody" },
    ]);
    expect(refusal(result).data?.["path"]).toBe("/ops/2/id");
    expect([...store.ids()].map((id) => store.get(id))).toEqual(before);
    expect(store.get("b")).toBe(before[2]);
  });

  it.each<[string, Json]>([
    ["an unknown operation", { op: "explode", id: "a" }],
    ["no operation", {}],
    ["something that is no object", "remove"],
    ["removal of the root", { op: "remove", id: "root" }],
    ["a move of the root", { op: "move", id: "root", parent: "box", index: 0 }],
    ["a move into itself", { op: "move", id: "box", parent: "inner", index: 0 }],
    ["an index past the end", { op: "insert", parent: "root", index: 9, node: node("n", "Text", { text: "" }) }],
    ["a negative index", { op: "insert", parent: "root", index: -1, node: node("n", "Text", { text: "" }) }],
    ["a fractional index", { op: "insert", parent: "root", index: 0.5, node: node("n", "Text", { text: "" }) }],
    ["an id in use", { op: "insert", parent: "root", index: 0, node: node("a", "Text", { text: "" }) }],
    ["children of a leaf", { op: "insert", parent: "a", index: 0, node: node("n", "Text", { text: "" }) }],
    ["an inherited name for a node", { op: "remove", id: "constructor" }],
    ["props that are no object", { op: "set", id: "a", props: [] }],
  ])("refuses %s", (_name, operation) => {
    const store = drawn(text("a"), node("box", "Column", {}, [node("inner", "Column")]));
    expect(refusal(store.patch([operation])).data?.["path"]).toMatch(/^\/ops\/0|^\/root/);
    expect(store.size).toBe(4);
  });

  it("refuses too many operations", () => {
    const store = drawn(text("a"));
    const operations = Array.from({ length: limits.operationsPerBatch + 1 }, () => ({ op: "set", id: "a", props: {} }));
    expect(refusal(store.patch(operations)).code).toBe(ErrorCode.payloadTooLarge);
  });

  it("costs what the patch costs, not what the tree costs", () => {
    const store = drawn(...Array.from({ length: 10_000 }, (_, index) => text(`n${index}`)));
    const result = store.patch([{ op: "set", id: "n5000", props: { text: "new" } }]);
    expect(result.ok && [...result.value.touched]).toEqual(["n5000"]);
  });
});

describe("whole trees", () => {
  it("keep the record of every node that stayed the same", () => {
    const store = drawn(text("a"), text("b"));
    const kept = store.get("a");
    const result = store.render(node("root", "Column", {}, [text("a"), text("b", "changed")]));
    expect(store.get("a")).toBe(kept);
    expect(result.ok && [...result.value.touched]).toEqual(["b"]);
  });

  it("are found through in reading order", () => {
    const store = drawn(node("box", "Column", {}, [text("first")]), text("second"));
    expect(store.find(({ type }) => type === "Text")?.id).toBe("first");
  });
});

describe("hostile trees", () => {
  it.each<[string, Json, string]>([
    ["duplicate ids", node("r", "Column", {}, [text("a"), text("a")]), "/r/a"],
    ["an id of the wrong shape", node("r", "Column", {}, [text("<b>")]), "/r/"],
    ["a missing required prop", node("r", "Text"), "/r/props/text"],
    ["a prop of the wrong type", node("r", "Text", { text: 1 }), "/r/props/text"],
    [
      "a prop nobody knows",
      node("r", "Text", { text: "", dangerouslySetInnerHTML: { __html: "<b>" } }),
      "/r/props/dangerouslySetInnerHTML",
    ],
    ["a style", node("r", "Column", { style: "position:fixed" }), "/r/props/style"],
    ["an icon nobody knows", node("r", "Icon", { name: "skull" }), "/r/props/name"],
    ["children where none belong", node("r", "Text", { text: "" }, [text("a")]), "/r/children"],
    ["children that are no list", { id: "r", type: "Column", children: {} }, "/r/children"],
    ["a child that is no node", node("r", "Column", {}, [7]), "/r/"],
    ["a script for a link", node("r", "Link", { text: "", href: "javascript:alert(1)" }), "/r/props/href"],
    ["a script with a blank in front", node("r", "Link", { text: "", href: " javascript:alert(1)" }), "/r/props/href"],
    ["a script cut by a tab", node("r", "Link", { text: "", href: "java\tscript:alert(1)" }), "/r/props/href"],
    ["a data link", node("r", "Link", { text: "", href: "data:text/html,x" }), "/r/props/href"],
    ["a relative link", node("r", "Link", { text: "", href: "//example.org" }), "/r/props/href"],
    ["text above its limit", node("r", "Text", { text: "é".repeat(40_000) }), "/r/props/text"],
    [
      "a deep wrong prop",
      node("r", "Tree", { label: "", count: 1, rows: { start: 0, items: [{ key: "k" }] } }),
      "/r/props/rows/items/0/label",
    ],
    ["events that are no names", { id: "r", type: "Column", events: [1] }, "/r/events"],
  ])("with %s are refused and the path is named", (_name, tree, path) => {
    const store = drawn(text("old"));
    expect(refusal(store.render(tree)).data?.["path"]).toBe(path);
    expect(store.get("old")).toBeDefined();
  });

  it("with prototype names: an own prop named so is refused, a node id is a mere name", () => {
    const store = new NodeStore();
    const polluted = JSON.parse('{"id":"r","type":"Text","props":{"text":"","__proto__":{"polluted":true}}}') as Json;
    expect(refusal(store.render(polluted)).data?.["path"]).toBe("/r/props/__proto__");
    expect(store.render(node("constructor", "Column", {}, [text("__proto__"), text("toString")])).ok).toBe(true);
    expect(store.get("__proto__")?.type).toBe("Text");
    expect(store.get("hasOwnProperty")).toBeUndefined();
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it("with a component named like something inherited are unknown components, not a crash", () => {
    const store = new NodeStore();
    expect(store.render(node("r", "constructor", { anything: 1 })).ok).toBe(true);
    expect(store.patch([{ op: "set", id: "r", props: { anything: 2 } }]).ok).toBe(true);
  });

  it("of a million nodes are refused as soon as the quota is reached", () => {
    let read = 0;
    const child = (index: number) => ({
      get id() {
        read++;
        return `n${index}`;
      },
      type: "Separator",
    });
    const tree = node(
      "root",
      "Column",
      {},
      Array.from({ length: 1_000_000 }, (_, index) => child(index) as unknown as Json),
    );
    const error = refusal(new NodeStore().render(tree));
    expect(error.code).toBe(ErrorCode.payloadTooLarge);
    expect(read).toBeLessThanOrEqual(2 * (limits.nodesPerView + 1));
  });

  it("are counted over patches too", () => {
    const store = drawn(...Array.from({ length: limits.nodesPerView - 1 }, (_, index) => text(`n${index}`)));
    const more = [{ op: "insert", parent: "root", index: 0, node: text("more") }];
    expect(refusal(store.patch(more)).code).toBe(ErrorCode.payloadTooLarge);
    expect(store.patch([{ op: "remove", id: "n0" }, ...more]).ok).toBe(true);
  });

  it("nested too deep are refused, also by inserting or moving", () => {
    const nested = (depth: number, prefix: string): JsonObject => {
      let inner = node(`${prefix}${depth}`, "Column");
      for (let level = depth - 1; level >= 1; level--) inner = node(`${prefix}${level}`, "Column", {}, [inner]);
      return inner;
    };
    const store = new NodeStore();
    expect(refusal(store.render(nested(limits.depth + 1, "d"))).code).toBe(ErrorCode.payloadTooLarge);
    expect(store.render(node("root", "Column", {}, [nested(40, "a"), nested(40, "b")])).ok).toBe(true);
    expect(store.patch([{ op: "move", id: "a1", parent: "b40", index: 0 }]).ok).toBe(false);
    expect(store.patch([{ op: "insert", parent: "b40", index: 0, node: nested(40, "c") }]).ok).toBe(false);
    expect(store.patch([{ op: "move", id: "a1", parent: "b10", index: 0 }]).ok).toBe(true);
  });
});
