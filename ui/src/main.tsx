import { createElement } from "react";
import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";
import { Editor, prefetchEditor } from "@/contrib/editor/contribution";
import { ExtensionView } from "@/contrib/explorer/contribution";
import { text } from "@/core/catalogue";
import { onFirstPaint } from "@/core/first-paint";
import { browserFrameClock } from "@/core/frame";
import { Session } from "@/core/session";
import type { Transport } from "@/core/transport";
import { webChannelTransport } from "@/core/web-channel";
import { takeHostMessage } from "@/workbench/host-messages";
import { PartFocus } from "@/workbench/parts";
import { notify, showSideBarWidth, useWorkbench } from "@/workbench/state";
import { showTheme } from "@/workbench/theme";
import { Workbench } from "@/workbench/Workbench";
import { focusView, workbenchCommands } from "@/workbench/workbench-commands";
import "@/styles/theme.css";

/** Composes the page: the one place that knows both the workbench and the features. */
export function start(transport: Transport, root: HTMLElement): void {
  const session = new Session(transport, browserFrameClock());
  const parts = new PartFocus();
  const commands = workbenchCommands(session, parts);
  commands.onChord((chord) => useWorkbench.setState({ chord }));
  showTheme(useWorkbench.getState().theme);
  showSideBarWidth(useWorkbench.getState().sideBarWidth);

  window.addEventListener("error", (event) => session.log("error", event.message));
  window.addEventListener("unhandledrejection", (event) => session.log("error", String(event.reason)));

  const services = { session, commands };
  const page = createRoot(root, {
    onUncaughtError: (error) => session.log("error", String(error)),
    onCaughtError: (error) => session.log("error", String(error)),
  });
  // The first picture at once, in the frame at hand.
  flushSync(() => page.render(createElement(Workbench, { services, parts, SideBarView: ExtensionView, Editor })));

  let first = true;
  session.start((message) => {
    takeHostMessage(message);
    // Keys go to the explorer from the start, unless the user was faster.
    if (message.type !== "contributions" || !first || document.activeElement !== document.body) return;
    first = false;
    focusView(session, "Tree");
  });
  // The document came with the shell drawn: it was on the screen before this ran.
  onFirstPaint((agoMs) => session.markEarlier("shell_painted", agoMs));
  prefetchEditor();
}

function main(): void {
  const root = document.getElementById("root");
  if (root === null) return;
  const transport = webChannelTransport(window as Parameters<typeof webChannelTransport>[0], (reason) =>
    notify("danger", text("notification.broken"), reason),
  );
  if (transport !== null) return start(transport, root);
  root.textContent = `${text("page.noHost")}. ${text("page.noHostText")}`;
}

main();
