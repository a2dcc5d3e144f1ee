import { useEffect, useState, useSyncExternalStore } from "react";
import { AlertNotice, NodeView, PushButton, useLasted, ViewProvider } from "@/components";
import { failureText, text } from "@/core/catalogue";
import type { ExtensionStatus, ViewContribution } from "@/core/protocol";
import type { ViewModel } from "@/core/view-model";
import { useServices } from "@/workbench/services";
import { notify, useWorkbench } from "@/workbench/state";

const GONE: ReadonlySet<string> = new Set(["crashed", "terminated", "stopping"]);

/** Whether what is drawn comes from a process that is no more. */
function isStale(status: ExtensionStatus | undefined, view: ViewModel): boolean {
  if (status === undefined) return false;
  return GONE.has(status.state) || view.generation < status.generation;
}

/**
 * The place of one extension's view. A dead extension leaves its last picture, dimmed but alive to the keyboard: the text,
 * focus and scroll are the host's, so they are there when the next process draws the same ids again.
 */
export function ExtensionView({ view: contribution }: { view: ViewContribution }) {
  const { session } = useServices();
  const view = session.view(contribution.id);
  // The model's version counter: drawn first, or drawn again by a new process.
  const drawn = useSyncExternalStore(
    (listener) => view.subscribeView(listener),
    () => (view.root === null ? null : `${view.root}#${view.generation}`),
  );
  const status = useWorkbench((state) => state.extensions.get(contribution.extension));
  useEffect(() => {
    // It may be started by this, and is not stopped for idleness meanwhile; a host that cannot be told starts nothing.
    void session.request("view.shown", { view: contribution.id, shown: true });
    return () => void session.request("view.shown", { view: contribution.id, shown: false });
  }, [session, contribution.id]);
  const quarantined = status?.quarantined === true;
  const stale = drawn !== null && !quarantined && isStale(status, view);

  return (
    <div className="relative flex min-h-0 flex-1 flex-col" aria-busy={stale || undefined}>
      {quarantined && (
        <div className="p-2">
          <Quarantined contribution={contribution} message={status.message} />
        </div>
      )}
      {drawn !== null && view.root !== null && (
        <div
          inert={quarantined}
          className={`extension-picture flex min-h-0 flex-1 flex-col ${stale || quarantined ? "extension-picture-stale" : ""}`}
        >
          <ViewProvider value={view}>
            <NodeView id={view.root} />
          </ViewProvider>
        </div>
      )}
      {drawn === null && !quarantined && <Waiting title={contribution.title} />}
      <div role="status" className="pointer-events-none absolute inset-x-0 top-1/3 flex justify-center">
        {stale && (
          <span className="restarting rounded-md border border-line-strong bg-raised px-3 py-1 shadow-lg">
            {text(status?.state === "terminated" ? "extension.stopped" : "extension.restarting")}
          </span>
        )}
      </div>
    </div>
  );
}

/** Rows to come; nothing at all for the first 300 ms. */
function Waiting({ title }: { title: string }) {
  const shown = useLasted(true);
  if (!shown) return null;
  return (
    <div role="status" aria-label={text("sideBar.loading", { title })} className="flex flex-col gap-3 px-4 py-2">
      {[60, 45, 70, 35, 55, 40].map((width) => (
        <span key={width} className="skeleton h-2.5" style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}

function Quarantined({ contribution, message }: { contribution: ViewContribution; message: string }) {
  const { session } = useServices();
  const [asked, setAsked] = useState(false);
  const restart = async () => {
    setAsked(true);
    const result = await session.request("extension.restart", { id: contribution.extension });
    setAsked(false);
    if (!result.ok)
      notify("danger", text("extension.restartFailed", { title: contribution.title }), failureText(result.error));
  };
  return (
    <AlertNotice
      tone="danger"
      title={text("extension.quarantined", { title: contribution.title })}
      text={message === "" ? text("extension.quarantinedText") : message}
    >
      <PushButton icon="refresh" disabled={asked} onPress={() => void restart()}>
        {text("extension.restart")}
      </PushButton>
    </AlertNotice>
  );
}
