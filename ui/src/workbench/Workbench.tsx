import { useEffect, useLayoutEffect } from "react";
import { ActivityBar } from "./ActivityBar";
import { EditorArea, type EditorView } from "./EditorArea";
import { Notifications } from "./Notifications";
import type { PartFocus } from "./parts";
import { SideBar, type SideBarView } from "./SideBar";
import { StatusBar } from "./StatusBar";
import { type Services, ServicesProvider } from "./services";

export interface WorkbenchProps {
  readonly services: Services;
  readonly parts: PartFocus;
  /** Features are handed in, so that the workbench knows none of them. */
  readonly SideBarView: SideBarView;
  readonly Editor: EditorView;
}

export function Workbench({ services, parts, SideBarView, Editor }: WorkbenchProps) {
  // Before the frame that shows it, so that the mark is set after that frame and not after the next.
  useLayoutEffect(() => services.session.markAfterPaint("shell_usable"), [services]);
  useEffect(() => listen(services, parts), [services, parts]);
  return (
    <ServicesProvider value={services}>
      <div className="flex h-full flex-col">
        <div className="flex min-h-0 flex-1">
          <ActivityBar />
          <SideBar View={SideBarView} />
          <EditorArea Editor={Editor} />
        </div>
        <StatusBar />
      </div>
      <Notifications />
    </ServicesProvider>
  );
}

/** Keys of commands go before everything, Escape after everything else has passed it over. */
function listen({ commands, session }: Services, parts: PartFocus): () => void {
  const onKey = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (commands.press(event) === "unbound") return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onEscape = (event: KeyboardEvent) => {
    if (event.key === "Escape" && !event.isComposing && !event.defaultPrevented && parts.goBack())
      event.preventDefault();
  };
  const onFocus = (event: FocusEvent) => {
    if (!(event.target instanceof Element)) return;
    parts.noteFocus(event.target);
    // Whoever moves the focus no longer waits for a view to take it.
    session.forgetWantedFocus();
  };
  window.addEventListener("keydown", onKey, true);
  window.addEventListener("keydown", onEscape);
  document.addEventListener("focusin", onFocus);
  return () => {
    window.removeEventListener("keydown", onKey, true);
    window.removeEventListener("keydown", onEscape);
    document.removeEventListener("focusin", onFocus);
  };
}
