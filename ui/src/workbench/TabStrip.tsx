import { type KeyboardEvent, useEffect, useRef } from "react";
import { Glyph } from "@/components";
import { text } from "@/core/catalogue";
import { baseName, displayPath } from "@/core/paths";
import { closeTab, selectTab, type Tab, useWorkbench } from "./state";

export function tabId(path: string): string {
  return `tab:${path}`;
}

/** WAI-ARIA tabs: arrows move and select, Delete closes. The cross is for the mouse; the key for it is Ctrl+W. */
export function TabStrip() {
  const tabs = useWorkbench((state) => state.tabs);
  const activeTab = useWorkbench((state) => state.activeTab);
  const strip = useRef<HTMLDivElement>(null);
  // A tab that is closed by key takes the focus with it; the one that follows it gets it back.
  const follow = useRef(false);

  useEffect(() => {
    const element = strip.current?.querySelector<HTMLElement>('[aria-selected="true"]');
    if (activeTab === null) return;
    element?.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (follow.current) element?.focus();
    follow.current = false;
  }, [activeTab]);

  const onKeyDown = (event: KeyboardEvent) => {
    const at = tabs.findIndex((tab) => tab.path === activeTab);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (event.key === "Delete" && activeTab !== null) {
      follow.current = true;
      closeTab(activeTab);
    } else if (to !== undefined) {
      const next = tabs[(to + tabs.length) % tabs.length];
      follow.current = true;
      if (next !== undefined) selectTab(next.path);
    } else return;
    event.preventDefault();
  };

  return (
    <div
      ref={strip}
      role="tablist"
      aria-label={text("editor.tabs")}
      className="tab-strip flex h-9 shrink-0 overflow-x-auto border-b border-line bg-chrome"
      onKeyDown={onKeyDown}
    >
      {tabs.map((tab) => (
        <TabButton key={tab.path} tab={tab} active={tab.path === activeTab} />
      ))}
    </div>
  );
}

function TabButton({ tab, active }: { tab: Tab; active: boolean }) {
  const name = displayPath(baseName(tab.path));
  return (
    <button
      type="button"
      role="tab"
      id={tabId(tab.path)}
      aria-selected={active}
      aria-controls={active ? "editor-panel" : undefined}
      tabIndex={active ? 0 : -1}
      title={displayPath(tab.path)}
      onClick={() => selectTab(tab.path)}
      onAuxClick={(event) => event.button === 1 && closeTab(tab.path)}
      className={`group relative flex max-w-[220px] shrink-0 items-center gap-2 border-r border-line pl-3 pr-1.5 ${
        active ? "bg-canvas text-ink" : "text-muted hover:text-ink"
      }`}
    >
      {active && <span className="absolute inset-x-0 top-0 h-0.5 bg-accent" />}
      <Glyph name="file-text" size={14} className="text-muted" />
      <span className="isolate-text truncate">{name}</span>
      <span
        aria-hidden="true"
        title={text("command.withKey", { title: text("editor.close", { name }), key: "Ctrl+W" })}
        className={`inline-flex h-5 w-5 shrink-0 items-center justify-center rounded text-muted hover:bg-hover hover:text-ink group-hover:visible ${
          active ? "" : "invisible"
        }`}
        onClick={(event) => {
          event.stopPropagation();
          closeTab(tab.path);
        }}
      >
        <Glyph name="x" size={14} />
      </span>
    </button>
  );
}
