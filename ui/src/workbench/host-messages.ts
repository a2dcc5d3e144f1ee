import { text } from "@/core/catalogue";
import type { WorkbenchMessage } from "@/core/session";
import { notify, openTab, setExtension, setViews, setWorkspace, useWorkbench } from "./state";

/** What the host says about the application as a whole becomes application state. */
export function takeHostMessage(message: WorkbenchMessage): void {
  switch (message.type) {
    case "contributions":
      return setViews(message.views);
    case "extension":
      return setExtension(message);
    case "conductor": {
      const { state, phases, message: words } = message;
      // With no view to keep working in, the side bar says it.
      const { conductor, views } = useWorkbench.getState();
      const failed = state === "failed" && conductor?.state !== "failed" && (views?.length ?? 0) > 0;
      useWorkbench.setState({ conductor: { state, phases, message: words } });
      if (failed) notify("danger", text("conductor.failed"), words);
      return;
    }
    case "workspace": {
      const { path, name, error } = message;
      setWorkspace({ path, name, error });
      if (error !== null) notify("danger", text("notification.openFailed"), error);
      return;
    }
    case "open":
      return openTab(message);
  }
}
