import { type CatalogueKey, failureText, text } from "@/core/catalogue";
import { type Command, CommandRegistry } from "@/core/commands";
import { textField } from "@/core/json";
import type { Session } from "@/core/session";
import type { PartFocus } from "./parts";
import { closeTab, notify, stepTab, toggleTheme, useWorkbench } from "./state";

const get = useWorkbench.getState;

export function focusView(session: Session, ...types: string[]): void {
  useWorkbench.setState({ sideBarVisible: true });
  const view = get().activeView;
  if (view !== null) session.view(view).focusFirst(...types);
}

/** Asks for a folder and opens it; the host then says which workspace there is. */
async function openFolder(session: Session): Promise<void> {
  // A person may think about it for as long as they like.
  const chosen = await session.request("workspace.choose", {}, 24 * 3600 * 1000);
  if (!chosen.ok) return notify("danger", text("notification.openFailed"), failureText(chosen.error));
  const path = textField(chosen.value, "path");
  if (path === undefined) return;
  const opened = await session.request("workspace.open", { path });
  if (!opened.ok) notify("danger", text("notification.openFailed"), failureText(opened.error));
}

export function workbenchCommands(session: Session, parts: PartFocus): CommandRegistry {
  const registry = new CommandRegistry();
  const add = (id: string, key: string, run: () => void, enabled?: () => boolean) => {
    const title = text(`command.${id}` as CatalogueKey);
    const command: Command = { id, title, key, run };
    registry.register(enabled === undefined ? command : { ...command, enabled });
  };
  const anyTab = () => get().activeTab !== null;

  add("workbench.focusExplorer", "Ctrl+Shift+E", () => focusView(session, "Tree", "List", "TextField", "Button"));
  add("search.focus", "Ctrl+Shift+F", () => focusView(session, "TextField"));
  add("workbench.toggleSideBar", "Ctrl+B", () => {
    const sideBarVisible = !get().sideBarVisible;
    if (!sideBarVisible && parts.current === "sideBar") parts.focus("editor");
    useWorkbench.setState({ sideBarVisible });
  });
  add("workbench.openFolder", "Ctrl+K Ctrl+O", () => void openFolder(session));
  add("workbench.toggleTheme", "Ctrl+K Ctrl+T", toggleTheme);
  add(
    "editor.closeTab",
    "Ctrl+W",
    () => {
      const { activeTab } = get();
      if (activeTab !== null) closeTab(activeTab);
    },
    anyTab,
  );
  add("editor.nextTab", "Ctrl+PageDown", () => stepTab(1), anyTab);
  add("editor.previousTab", "Ctrl+PageUp", () => stepTab(-1), anyTab);
  add("workbench.nextPart", "F6", () => parts.step(1));
  add("workbench.previousPart", "Shift+F6", () => parts.step(-1));
  return registry;
}
