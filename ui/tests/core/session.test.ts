import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ErrorCode } from "@/core/result";
import { node, startSession } from "../host";

const tree = node("root", "Column", {}, [
  node("search", "TextField", { label: "Search", value: "", edit: 0 }, [], ["change"]),
  node("text", "Text", { text: "one" }),
]);

function render(revision: number, generation = 1, content = tree) {
  return { type: "render", view: "explorer", extension: "e", generation, revision, tree: content };
}

function patch(base: number, revision: number, words: string) {
  const ops = [{ op: "set", id: "text", props: { text: words } }];
  return { type: "patch", view: "explorer", base, revision, ops };
}

describe("views", () => {
  it("are drawn at once, then not before the next frame, and acknowledged after the paint", () => {
    const { host, clock, session } = startSession();
    let told = 0;
    session.view("explorer").subscribe("text", () => told++);
    host.deliver(render(1), patch(1, 2, "two"));
    host.deliver(patch(2, 3, "three"));
    expect(clock.framesAsked).toBe(1);
    expect(told).toBe(1);
    clock.frame();
    expect(told).toBe(2);
    expect(host.ofType("ack")).toEqual([]);
    clock.paint();
    expect(host.ofType("ack")).toEqual([{ type: "ack", view: "explorer", revision: 3 }]);
  });

  it("refuse a patch that does not follow, say so once, and wait for a whole tree", () => {
    const { host, clock, session } = startSession();
    host.deliver(render(1), patch(7, 8, "lost"), patch(8, 9, "lost too"));
    const acks = host.ofType("ack");
    expect(acks).toHaveLength(1);
    expect(acks[0]).toMatchObject({ view: "explorer", revision: 8, error: { code: ErrorCode.invalidRequest } });
    expect(session.view("explorer").node("text")?.props["text"]).toBe("one");
    host.deliver(render(10));
    clock.frame();
    clock.paint();
    expect(host.ofType("ack").at(-1)).toEqual({ type: "ack", view: "explorer", revision: 10 });
  });

  it("acknowledge a wrong prop with its path and leave the picture", () => {
    const { host, session } = startSession();
    host.deliver(render(1), {
      type: "patch",
      view: "explorer",
      base: 1,
      revision: 2,
      ops: [{ op: "set", id: "search", props: { value: 7 } }],
    });
    expect(host.ofType("ack")[0]?.error?.data).toEqual({ path: "/root/search/props/value" });
    expect(session.view("explorer").revision).toBe(1);
  });

  it("ignore a tree of a process that has been replaced", () => {
    const { host, session } = startSession();
    host.deliver(render(1, 2), render(9, 1, node("root", "Column")));
    expect(session.view("explorer").node("text")).toBeDefined();
    expect(host.ofType("ack")).toEqual([]);
  });

  it("after a restart send text the new process has not seen", () => {
    const { host, session } = startSession();
    host.deliver(render(5));
    session.view("explorer").textField("search").type("needle");
    host.deliver(render(1, 2));
    expect(host.events("change")).toEqual([{ value: "needle", edit: 2 }]);
    expect(session.view("explorer").textField("search").value).toBe("needle");
    // Another whole tree of the same process is an ordinary change.
    host.deliver(render(2, 2));
    expect(host.events("change")).toHaveLength(1);
  });

  it("send only events the extension listed", () => {
    const { host, session } = startSession();
    host.deliver(render(1));
    session.view("explorer").emit("search", "submit", {});
    session.view("explorer").emit("nobody", "press", {});
    expect(host.ofType("event")).toEqual([]);
  });

  it("give focus to a node that is drawn later, unless the user was faster", () => {
    const { host, clock, session } = startSession();
    const view = session.view("explorer");
    let focused = 0;
    view.focusFirst("TextField");
    view.registerFocus("search", () => ++focused > 0);
    host.deliver(render(1));
    clock.frame();
    expect(focused).toBe(1);
    host.deliver(render(2));
    clock.frame();
    expect(focused).toBe(1);
  });
});

describe("messages that make no sense", () => {
  it.each([
    ["no list", "{}"],
    ["no object", "[1]"],
    ["an unknown type", '[{"type":"__proto__"}]'],
    ["a render without a tree", '[{"type":"render","view":"v","revision":1}]'],
    ["a patch without a base", '[{"type":"patch","view":"v","revision":1,"ops":[]}]'],
    ["an open without a path", '[{"type":"open"}]'],
    ["an answer to nothing", '[{"type":"answer"}]'],
  ])("(%s) are logged and passed over", (_name, text) => {
    const { host, others } = startSession();
    host.deliverText(text);
    expect(host.ofType("log")).toHaveLength(1);
    expect(others).toEqual([]);
    host.deliver({ type: "workspace", path: "/w", name: "w", error: "" });
    expect(others).toEqual([{ type: "workspace", path: "/w", name: "w", error: null }]);
  });
});

describe("requests", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("are answered by id, in any order", async () => {
    const { host, session } = startSession();
    const first = session.request("file.stat", { path: "a" });
    const second = session.request("file.stat", { path: "b" });
    host.deliver(
      { type: "answer", id: 2, result: { kind: "text" } },
      { type: "answer", id: 1, error: { code: -32012, message: "gone" } },
    );
    expect(await second).toEqual({ ok: true, value: { kind: "text" } });
    expect(await first).toEqual({ ok: false, error: { code: -32012, message: "gone" } });
  });

  it("fail when the deadline passes, and a late answer is dropped", async () => {
    const { host, session } = startSession();
    const request = session.request("file.stat", { path: "a" }, 1000);
    vi.advanceTimersByTime(1000);
    expect(await request).toMatchObject({ ok: false, error: { code: ErrorCode.deadlineExceeded } });
    host.deliver({ type: "answer", id: 1, result: {} });
    expect(host.ofType("log")).toEqual([]);
  });

  it("are refused when too many wait", async () => {
    const { session } = startSession();
    for (let count = 0; count < 256; count++) void session.request("status.get", {});
    expect(await session.request("status.get", {})).toMatchObject({ ok: false, error: { code: ErrorCode.overloaded } });
  });
});
