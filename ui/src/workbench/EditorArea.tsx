import { type ComponentType, useLayoutEffect, useRef } from "react";
import { Glyph } from "@/components";
import { text } from "@/core/catalogue";
import { baseName, displayPath, segments } from "@/core/paths";
import type { OpenRequest } from "@/core/protocol";
import { type Tab, useWorkbench } from "./state";
import { TabStrip, tabId } from "./TabStrip";
import { Welcome } from "./Welcome";

export type EditorView = ComponentType<{ tab: Tab }>;

export function EditorArea({ Editor }: { Editor: EditorView }) {
  const tab = useWorkbench((state) => state.tabs.find(({ path }) => path === state.activeTab));
  const lastRequest = useWorkbench((state) => state.lastRequest);
  const area = useRef<HTMLElement>(null);
  const shown = tab?.path;
  const request = tab?.request;
  const before = useRef(shown);

  // A tab that goes takes the focus with it; it waits here for the next one, and never falls out of the window.
  useLayoutEffect(() => {
    if (before.current !== undefined && document.activeElement === document.body) area.current?.focus();
    before.current = shown;
  }, [shown]);

  // Whoever opens a file wants to read it; Escape leads back to where it was opened from.
  const carriedOut = useRef<OpenRequest | null>(null);
  useLayoutEffect(() => {
    if (request === undefined || lastRequest === null || request !== lastRequest) return;
    if (carriedOut.current !== request) area.current?.focus();
    carriedOut.current = request;
  }, [request, lastRequest]);

  return (
    <main
      ref={area}
      data-part="editor"
      aria-label={text("part.editor")}
      tabIndex={-1}
      className="flex min-w-0 flex-1 flex-col bg-canvas"
    >
      {tab === undefined ? (
        <Welcome />
      ) : (
        <>
          <h1 className="sr-only-live">{displayPath(baseName(tab.path))}</h1>
          <TabStrip />
          <PathBar path={tab.path} />
          <div
            role="tabpanel"
            id="editor-panel"
            aria-labelledby={tabId(tab.path)}
            className="flex min-h-0 flex-1 flex-col"
          >
            <Editor tab={tab} />
          </div>
        </>
      )}
    </main>
  );
}

function PathBar({ path }: { path: string }) {
  const parts = segments(path).map(displayPath);
  return (
    <div className="flex h-7 shrink-0 items-center gap-2 px-3 text-sm">
      <nav
        aria-label={text("editor.path")}
        title={displayPath(path)}
        className="flex min-w-0 flex-1 items-center gap-1 text-muted"
      >
        {parts.map((part, index) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: the place in the path is the identity
            key={index}
            className={
              index === parts.length - 1
                ? "flex min-w-[6ch] items-center gap-1 text-ink"
                : "flex min-w-[2ch] items-center gap-1"
            }
          >
            {index > 0 && <Glyph name="chevron-right" size={12} className="text-faint" />}
            <span className="isolate-text truncate">{part}</span>
          </span>
        ))}
      </nav>
      <span
        title={text("editor.readOnlyHint")}
        className="flex shrink-0 items-center gap-1 rounded border border-line bg-raised px-1.5 text-xs text-muted"
      >
        <Glyph name="lock" size={11} />
        {text("editor.readOnly")}
      </span>
    </div>
  );
}
