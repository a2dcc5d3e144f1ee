import type { Json, JsonObject } from "@/core/json";
import type { FakePage } from "./fake-host";

const CONTRIBUTIONS: JsonObject = {
  type: "contributions",
  views: [{ id: "explorer", title: "Explorer", icon: "files", place: "sideBar", extension: "file_explorer" }],
};
const READY: JsonObject = {
  type: "conductor",
  state: "ready",
  message: "",
  phases: [
    { name: "minimal", state: "done", ms: 12 },
    { name: "bus, Pit, kit", state: "done", ms: 48 },
    { name: "assemble", state: "done", ms: 21 },
  ],
};
const WORKSPACE: JsonObject = { type: "workspace", path: "/home/user/symphony", name: "symphony", error: null };
const RUNNING: JsonObject = {
  type: "extension",
  id: "file_explorer",
  state: "running",
  generation: 1,
  restarts: 0,
  quarantined: false,
  message: "",
};

const NAMES = [
  ["app", 1, false],
  ["bridge", 1, true],
  ["python", 2, false],
  ["web", 2, true],
  ["channel.cpp", 3, null],
  ["channel.h", 3, null],
  ["a_very_long_file_name_that_goes_on_and_on_until_nobody_can_read_it_any_more_in_a_narrow_side_bar.cpp", 3, null],
  ["CMakeLists.txt", 2, null],
  ["conductor", 1, false],
  ["image.bin", 1, null],
  ["README.md", 1, null],
  ["مرحبا.txt", 1, null],
  ["link", 1, null],
] as const;

export function treeItem(index: number): JsonObject {
  const known = NAMES[index];
  const expanded = known?.[2] ?? null;
  return {
    key: known?.[0] ?? `file_${index}.cpp`,
    label: known?.[0] ?? `file_${index}.cpp`,
    level: known?.[1] ?? 1,
    parent: known?.[1] === 3 ? 3 : known?.[1] === 2 ? 1 : -1,
    icon: expanded === null ? "file-code" : expanded ? "folder-open" : "folder",
    ...(expanded === null ? {} : { expanded }),
    ...(index === 10 ? { tone: "warning", detail: "M" } : {}),
  };
}

const COUNT = 100_000;

function rows(start: number, end: number, item: (index: number) => JsonObject): JsonObject {
  const last = Math.min(end, COUNT);
  return { start, items: Array.from({ length: Math.max(0, last - start) }, (_, offset) => item(start + offset)) };
}

function hit(index: number): JsonObject {
  return {
    key: `hit${index}`,
    label: `${"    ".repeat(index % 4)}const auto needle = find_the_${index}(haystack, needle);`,
    matches: [[(index % 4) * 4 + 11, (index % 4) * 4 + 17]],
    group: `bridge/python/src/module_${Math.floor(index / 3)}.cpp`,
    description: String(index * 7 + 1),
    mono: true,
  };
}

function field(value: string): JsonObject {
  return {
    id: "search",
    type: "TextField",
    props: {
      label: "Search in files",
      placeholder: "Search names and text",
      icon: "search",
      value,
      edit: 0,
      keys: [
        { key: "ArrowDown", action: "focus", target: "results" },
        { key: "ArrowDown", action: "focus", target: "tree" },
        { key: "Escape", action: "emit", event: "clear" },
      ],
    },
    events: ["change", "submit", "clear"],
  };
}

function explorerTree(value = ""): JsonObject {
  const main: JsonObject =
    value === ""
      ? {
          id: "tree",
          type: "Tree",
          props: { label: "Files", grow: true, count: COUNT, rows: rows(0, 80, treeItem) },
          events: ["range", "toggle", "activate", "focus", "typeahead"],
        }
      : {
          id: "results",
          type: "List",
          props: { label: "Results", grow: true, count: 500, rows: rows(0, 80, hit) },
          events: ["range", "activate", "focus"],
        };
  const bar: JsonObject = {
    id: "bar",
    type: "Column",
    props: { padding: "small", gap: "small" },
    children: [
      field(value),
      ...(value === ""
        ? []
        : [
            {
              id: "summary",
              type: "Text",
              props: { text: "500 hits · index · 3 ms", tone: "muted", size: "small", live: "polite" },
            },
          ]),
    ],
  };
  return { id: "root", type: "Column", props: { grow: true }, children: [bar, main] };
}

function render(page: FakePage, tree: Json, revision = 1, generation = 1): void {
  page.send({ type: "render", view: "explorer", extension: "file_explorer", generation, revision, tree });
}

function explorer(page: FakePage, value = ""): void {
  page.send(READY, WORKSPACE, CONTRIBUTIONS, RUNNING);
  render(page, explorerTree(value));
  let revision = 1;
  page.onEvent((event) => {
    const data = event["data"] as JsonObject;
    if (event["event"] === "range") {
      const item = event["node"] === "tree" ? treeItem : hit;
      const window = rows(data["start"] as number, data["end"] as number, item);
      const set = { op: "set", id: event["node"] as string, props: { rows: window } };
      page.send({ type: "patch", view: "explorer", base: revision, revision: ++revision, ops: [set] });
    } else if (event["event"] === "change") {
      render(page, explorerTree(data["value"] as string), ++revision);
    } else if (event["event"] === "activate") {
      const path = event["node"] === "tree" ? `bridge/web/${String(data["key"])}` : "bridge/python/src/module.cpp";
      page.send({ type: "open", path, line: 15, column: 5, length: 6, seq: ++revision });
    }
  });
}

function open(page: FakePage, path: string): void {
  page.send({ type: "open", path, line: 0, column: 0, length: 0, seq: 1 });
}

function gallery(page: FakePage): void {
  page.send(READY, WORKSPACE, CONTRIBUTIONS, RUNNING);
  const node = (id: string, type: string, props: JsonObject, children: Json[] = []) => ({ id, type, props, children });
  render(
    page,
    node("root", "Scroll", { grow: true, label: "Gallery" }, [
      node("column", "Column", { gap: "medium", padding: "medium" }, [
        node("h", "Heading", { text: "Every component", level: 2 }),
        node("t", "Text", { text: "Ordinary text, then a muted one, long enough to be wrapped over two lines." }),
        node("m", "Text", { text: "Muted", tone: "muted", size: "small" }),
        node("r", "Row", { gap: "small" }, [
          node("b1", "Button", { text: "Primary", variant: "primary" }),
          node("b2", "Button", { text: "Secondary", icon: "refresh" }),
        ]),
        node("r2", "Row", { gap: "small" }, [
          node("b3", "Button", { text: "Ghost", variant: "ghost" }),
          node("b4", "Button", { text: "Danger", variant: "danger" }),
          node("i1", "IconButton", { icon: "refresh", label: "Refresh" }),
          node("i2", "IconButton", { icon: "settings", label: "Settings", pressed: true }),
        ]),
        node("r3", "Row", { gap: "small" }, [
          node("g1", "Badge", { text: "12" }),
          node("g2", "Badge", { text: "modified", tone: "warning" }),
          node("g3", "Badge", { text: "failed", tone: "danger" }),
          node("l", "Link", { text: "A link", href: "https://example.org/" }),
        ]),
        node("f", "TextField", { label: "Name", placeholder: "A placeholder", busy: true, icon: "search" }),
        node("s", "Separator", {}),
        node("p1", "Progress", { label: "Indexing", value: 0.4 }),
        node("p2", "Progress", { label: "Working" }),
        node("sp", "Spinner", { label: "Reading…" }),
        node("a1", "Alert", { tone: "info", title: "For your information", text: "Something happened." }),
        node("a2", "Alert", { tone: "danger", title: "It failed", text: "The disk is full: free some space." }),
        node("u", "Hologram", {}),
        node("e", "EmptyState", { icon: "search", title: "No hits", text: "Nothing in this folder matches." }),
      ]),
    ]),
  );
}

export const scenarios: Readonly<Record<string, (page: FakePage) => void>> = {
  explorer,
  search: (page) => explorer(page, "needle"),
  open: (page) => {
    explorer(page);
    for (const name of [
      "app/main.cpp",
      "bridge/python/src/a_file_with_quite_a_long_name_indeed.cpp",
      "docs/notes.md",
    ]) {
      open(page, name);
    }
    page.send({ type: "open", path: "bridge/web/channel.cpp", line: 15, column: 5, length: 6, seq: 9 });
  },
  starting: (page) => page.send({ type: "conductor", state: "starting", phases: [{ name: "bus", state: "running" }] }),
  waiting: (page) => page.send(READY, WORKSPACE, CONTRIBUTIONS, { ...RUNNING, state: "starting" }),
  noFolder: (page) =>
    page.send(READY, { type: "workspace", path: null, name: "", error: null }, { ...CONTRIBUTIONS, views: [] }),
  restarting: (page) => {
    explorer(page, "needle");
    page.send({ ...RUNNING, state: "crashed", message: "It was ended by signal 9." });
  },
  quarantined: (page) => {
    explorer(page);
    page.send({
      ...RUNNING,
      state: "crashed",
      quarantined: true,
      restarts: 3,
      message: "It crashed 3 times in 5 minutes (signal 11). Its output is in file_explorer.log.",
    });
  },
  workspaceError: (page) => {
    explorer(page);
    page.send({
      ...WORKSPACE,
      error: "The folder /home/user/symphony was deleted or unmounted. What is shown may be out of date.",
    });
  },
  failed: (page) =>
    page.send(
      { type: "workspace", path: null, name: "", error: null },
      {
        type: "conductor",
        state: "failed",
        phases: [],
        message: "The package numpy is missing. Install python3-numpy and start again.",
      },
    ),
  gallery,
  binary: (page) => {
    explorer(page);
    open(page, "assets/image.bin");
  },
  missing: (page) => {
    explorer(page);
    open(page, "assets/old.gone");
  },
};
