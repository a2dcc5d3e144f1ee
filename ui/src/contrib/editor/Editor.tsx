import { lazy, Suspense, useCallback, useEffect, useRef, useState } from "react";
import { EmptyNotice, Glyph, PushButton, useLasted } from "@/components";
import { type CatalogueKey, failureText, formatSize, text } from "@/core/catalogue";
import { baseName, displayPath } from "@/core/paths";
import type { Failure, Result } from "@/core/result";
import { useServices } from "@/workbench/services";
import { type CursorPosition, type Tab, useWorkbench } from "@/workbench/state";
import type { ReaderPlace } from "./CodeEditor";
import { type FileContent, loadFile } from "./document-loader";

const loadCodeEditor = () => import("./CodeEditor");
const CodeEditor = lazy(loadCodeEditor);

/** Fetches the editor while nothing else is going on, so that the first file opens at once. */
export function prefetchEditor(): void {
  requestIdleCallback(() => void loadCodeEditor(), { timeout: 5000 });
}

/** One file in the editor area: its text, or why there is none. */
export function Editor({ tab }: { tab: Tab }) {
  const { session } = useServices();
  const [loaded, setLoaded] = useState<{ path: string; result: Result<FileContent> } | null>(null);
  const [attempt, setAttempt] = useState(0);
  const places = useRef(new Map<string, ReaderPlace>());
  const { path } = tab;
  const name = displayPath(baseName(path));

  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt is a reason to load again
  useEffect(() => {
    let wanted = true;
    void loadFile(session, path).then((result) => {
      if (wanted) setLoaded({ path, result });
    });
    return () => {
      wanted = false;
    };
  }, [session, path, attempt]);

  const onCursor = useCallback((cursor: CursorPosition) => useWorkbench.setState({ cursor }), []);
  const onLeave = useCallback((place: ReaderPlace) => void places.current.set(path, place), [path]);

  if (loaded === null || loaded.path !== path) return <Opening name={name} />;
  const { result } = loaded;
  const retry = () => setAttempt((count) => count + 1);
  if (!result.ok) return <Failed error={result.error} onRetry={retry} />;
  if (result.value.kind !== "text") return <NotText content={result.value} name={name} onRetry={retry} />;
  return (
    <Suspense fallback={<Opening name={name} />}>
      <CodeEditor
        key={path}
        path={path}
        label={name}
        text={result.value.text}
        request={tab.request}
        remembered={places.current.get(path) ?? null}
        onCursor={onCursor}
        onLeave={onLeave}
      />
    </Suspense>
  );
}

function Opening({ name }: { name: string }) {
  const shown = useLasted(true);
  return (
    <div className="flex flex-1 items-center justify-center text-muted" aria-busy="true">
      {shown && (
        <span role="status" className="flex items-center gap-2">
          <Glyph name="loader" className="animate-spin" />
          {text("editor.loading", { name })}
        </span>
      )}
    </div>
  );
}

const ICONS = { binary: "binary", large: "file", missing: "file", unreadable: "lock", directory: "folder" } as const;

function NotText(props: { content: Exclude<FileContent, { kind: "text" }>; name: string; onRetry: () => void }) {
  const { kind, size, message } = props.content;
  const words = text(`editor.${kind}Text` as CatalogueKey, { name: props.name, size: formatSize(size) });
  const retryable = kind === "missing" || kind === "unreadable";
  return (
    <div className="m-auto">
      <EmptyNotice icon={ICONS[kind]} title={text(`editor.${kind}`)} text={message === "" ? words : message}>
        {retryable ? <PushButton onPress={props.onRetry}>{text("editor.retry")}</PushButton> : undefined}
      </EmptyNotice>
    </div>
  );
}

function Failed({ error, onRetry }: { error: Failure; onRetry: () => void }) {
  return (
    <div className="m-auto">
      <EmptyNotice icon="alert" title={text("editor.failed")} text={failureText(error)}>
        <PushButton onPress={onRetry}>{text("editor.retry")}</PushButton>
      </EmptyNotice>
    </div>
  );
}
