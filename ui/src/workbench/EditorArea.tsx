import { type ComponentType, useEffect, useRef } from "react";
import { Glyph } from "@/components";
import { text } from "@/core/catalogue";
import { displayPath, segments } from "@/core/paths";
import { type Tab, useWorkbench } from "./state";
import { TabStrip, tabId } from "./TabStrip";
import { Welcome } from "./Welcome";

export type EditorView = ComponentType<{ tab: Tab }>;

export function EditorArea({ Editor }: { Editor: EditorView }) {
  const tab = useWorkbench((state) => state.tabs.find(({ path }) => path === state.activeTab));
  const area = useRef<HTMLElement>(null);
  const open = tab !== undefined;

  // When the last tab closes, its focus must not fall out of the window.
  useEffect(() => {
    if (!open && document.activeElement === document.body && hadTabs.current) area.current?.focus();
    if (open) hadTabs.current = true;
  }, [open]);
  const hadTabs = useRef(false);

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
