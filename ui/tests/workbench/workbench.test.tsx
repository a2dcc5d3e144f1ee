import { act, render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { ExtensionView } from "@/contrib/explorer/contribution";
import type { JsonObject } from "@/core/json";
import { Session } from "@/core/session";
import { takeHostMessage } from "@/workbench/host-messages";
import { PartFocus } from "@/workbench/parts";
import { initialState, type Tab, useWorkbench } from "@/workbench/state";
import { Workbench } from "@/workbench/Workbench";
import { workbenchCommands } from "@/workbench/workbench-commands";
import { ManualClock, node, TestHost } from "../host";

const VIEWS = {
  type: "contributions",
  views: [{ id: "explorer", title: "Explorer", icon: "files", place: "side_bar", extension: "file_explorer" }],
};

function extension(state: string, generation: number, more: JsonObject = {}) {
  return {
    type: "extension",
    id: "file_explorer",
    state,
    generation,
    restarts: 0,
    quarantined: false,
    message: "",
    ...more,
  };
}

function picture(generation: number) {
  const tree = node("root", "Column", {}, [
    node("search", "TextField", { label: "Search", keys: [{ key: "Escape", action: "emit", event: "clear" }] }),
    node("tree", "Tree", { label: "Files", count: 0, rows: { start: 0, items: [] } }),
  ]);
  return { type: "render", view: "explorer", extension: "file_explorer", generation, revision: 1, tree };
}

function Editor({ tab }: { tab: Tab }) {
  return <p>{`content of ${tab.path}`}</p>;
}

function draw() {
  const host = new TestHost();
  const clock = new ManualClock();
  const session = new Session(host, clock);
  const parts = new PartFocus();
  const commands = workbenchCommands(session, parts);
  session.start(takeHostMessage);
  const screen = render(
    <Workbench services={{ session, commands }} parts={parts} SideBarView={ExtensionView} Editor={Editor} />,
  );
  const deliver = (...messages: JsonObject[]) =>
    act(() => {
      host.deliver(...messages);
      clock.frame();
      clock.paint();
    });
  return { host, screen, deliver };
}

function open(path: string, seq: number) {
  return { type: "open", path, line: 0, column: 0, length: 0, seq };
}

beforeEach(() => {
  localStorage.clear();
  useWorkbench.setState(initialState(), true);
});

describe("the shell", () => {
  it("says when it takes keys", () => {
    const { host, deliver } = draw();
    deliver();
    expect(host.sent).toContainEqual({ type: "mark", name: "shell_usable" });
  });

  it("shows the Conductor's phases, its time, and why it failed, once", () => {
    const { screen, deliver } = draw();
    deliver({ type: "conductor", state: "starting", phases: [{ name: "bus", state: "running" }], message: "" });
    expect(screen.getByText("Starting: bus…")).toBeTruthy();
    deliver({ type: "conductor", state: "ready", phases: [{ name: "bus", state: "done", ms: 40.2 }], message: "" });
    expect(screen.getByText("Ready in 40 ms")).toBeTruthy();
    const failed = { type: "conductor", state: "failed", phases: [], message: "numpy is missing" };
    deliver(failed);
    expect(screen.getByRole("alert").textContent).toContain("numpy is missing");
    deliver({ type: "conductor", state: "ready", phases: [], message: "" }, VIEWS, failed, failed);
    expect(useWorkbench.getState().notifications).toHaveLength(1);
    expect(screen.getByText("Conductor failed: numpy is missing")).toBeTruthy();
  });

  it("walks its parts by F6 and gives the focus back on Escape", async () => {
    const { screen, deliver } = draw();
    deliver(VIEWS, extension("running", 1), picture(1));
    await userEvent.keyboard("{Control>}{Shift>}E{/Shift}{/Control}");
    expect(document.activeElement).toBe(screen.getByRole("tree"));
    await userEvent.keyboard("{F6}");
    expect(document.activeElement?.closest("main")).toBeTruthy();
    await userEvent.keyboard("{Control>}{Shift>}f{/Shift}{/Control}");
    expect(document.activeElement).toBe(screen.getByRole("textbox"));
    await userEvent.keyboard("{Escape}");
    expect(document.activeElement?.closest("main")).toBeTruthy();
  });

  it("hides the side bar and shows it again when its view is asked for", async () => {
    const { screen, deliver } = draw();
    deliver(VIEWS, extension("running", 1), picture(1));
    await userEvent.keyboard("{Control>}b{/Control}");
    expect(screen.queryByRole("tree")).toBeNull();
    await userEvent.keyboard("{Control>}{Shift>}e{/Shift}{/Control}");
    expect(document.activeElement).toBe(screen.getByRole("tree"));
  });

  it("remembers the theme", async () => {
    draw();
    const before = useWorkbench.getState().theme;
    await userEvent.keyboard("{Control>}kt{/Control}");
    const after = before === "dark" ? "light" : "dark";
    expect(document.documentElement.dataset["theme"]).toBe(after);
    expect(initialState().theme).toBe(after);
  });

  it("says that a folder could not be opened", () => {
    const { screen, deliver } = draw();
    deliver({ type: "workspace", path: null, name: "", error: { code: -32014, message: "Permission denied: /root" } });
    expect(screen.getAllByText("Permission denied: /root").length).toBeGreaterThan(0);
  });
});

describe("the welcome page", () => {
  it("claims nothing about the folder before the host has said, then offers to open one", async () => {
    const { host, screen, deliver } = draw();
    expect(screen.queryByText("Open a folder to browse and search its files.")).toBeNull();
    deliver({ type: "workspace", path: null, name: "", error: null });
    expect(screen.getByText("Open a folder to browse and search its files.")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Open folder…" }));
    expect(host.ofType("request").at(-1)?.method).toBe("workspace.choose");
    deliver({ type: "answer", id: 1, result: { path: "/home/user/code" } });
    await act(async () => {});
    expect(host.ofType("request").at(-1)).toMatchObject({
      method: "workspace.open",
      params: { path: "/home/user/code" },
    });
  });
});

describe("open files", () => {
  it("are tabs that keys walk through and close, one for each file", async () => {
    const { screen, deliver } = draw();
    deliver(open("src/a.cpp", 1), open("src/b.cpp", 2), open("src/a.cpp", 3));
    expect(screen.getAllByRole("tab")).toHaveLength(2);
    expect(screen.getByText("content of src/a.cpp")).toBeTruthy();
    await userEvent.keyboard("{Control>}{PageDown}{/Control}");
    expect(screen.getByText("content of src/b.cpp")).toBeTruthy();
    expect(screen.getAllByText("Read-only").length).toBeGreaterThan(0);
    await userEvent.keyboard("{Control>}w{/Control}");
    expect(screen.getByText("content of src/a.cpp")).toBeTruthy();
    await userEvent.keyboard("{Control>}w{/Control}");
    expect(screen.getByRole("heading", { name: "Symphony" })).toBeTruthy();
    expect(document.activeElement?.closest("main")).toBeTruthy();
  });

  it("belong to their folder and go with it", () => {
    const { screen, deliver } = draw();
    deliver({ type: "workspace", path: "/one", name: "one", error: null }, open("a.cpp", 1));
    deliver({ type: "workspace", path: "/one", name: "one", error: null });
    expect(screen.getAllByRole("tab")).toHaveLength(1);
    deliver({ type: "workspace", path: "/two", name: "two", error: null });
    expect(screen.queryByRole("tab")).toBeNull();
  });
});

describe("a dead extension", () => {
  it("leaves its picture, says that it restarts, and comes back with focus and text", async () => {
    const { screen, deliver } = draw();
    deliver(VIEWS, extension("running", 1), picture(1));
    const field = screen.getByRole("textbox") as HTMLInputElement;
    await userEvent.type(field, "nee");
    deliver(extension("crashed", 1));
    expect(screen.getByText("Restarting…")).toBeTruthy();
    await userEvent.keyboard("dle");
    deliver(extension("running", 2));
    expect(screen.getByText("Restarting…")).toBeTruthy();
    deliver(picture(2));
    expect(screen.queryByText("Restarting…")).toBeNull();
    expect(screen.getByRole("textbox")).toBe(field);
    expect(document.activeElement).toBe(field);
    expect(field.value).toBe("needle");
  });

  it("is told when its view is seen, and when no longer", () => {
    const { host, deliver } = draw();
    deliver(VIEWS);
    const told = () => host.ofType("request").filter(({ method }) => method === "view.shown");
    expect(told().map(({ params }) => params)).toEqual([{ view: "explorer", shown: true }]);
    deliver({ type: "contributions", views: [] });
    expect(told().at(-1)?.params).toEqual({ view: "explorer", shown: false });
  });

  it("that is not started again offers to be", async () => {
    const { host, screen, deliver } = draw();
    deliver(VIEWS, extension("running", 1), picture(1));
    deliver(extension("crashed", 1, { quarantined: true, message: "It crashed 3 times." }));
    expect(screen.getByRole("alert").textContent).toContain("It crashed 3 times.");
    await userEvent.click(screen.getByRole("button", { name: "Restart" }));
    expect(host.ofType("request").at(-1)).toMatchObject({
      method: "extension.restart",
      params: { id: "file_explorer" },
    });
  });
});
