import type { ReactNode } from "react";
import { Glyph } from "@/components";
import { text } from "@/core/catalogue";
import { displayPath } from "@/core/paths";
import type { ConductorStatus } from "@/core/protocol";
import { useWorkbench } from "./state";

export function StatusBar() {
  const workspace = useWorkbench((state) => state.workspace);
  const chord = useWorkbench((state) => state.chord);
  const cursor = useWorkbench((state) => state.cursor);
  const fileOpen = useWorkbench((state) => state.activeTab !== null);
  return (
    <section
      data-part="statusBar"
      aria-label={text("part.statusBar")}
      tabIndex={-1}
      className="flex h-6 shrink-0 items-center gap-4 overflow-hidden border-t border-line bg-chrome px-3 text-sm text-muted"
    >
      <ConductorItem />
      {workspace !== null && (
        <Item
          icon="folder"
          title={workspace.path === null ? "" : text("status.workspace", { path: displayPath(workspace.path) })}
        >
          {workspace.path === null ? text("status.noFolder") : displayPath(workspace.name || workspace.path)}
        </Item>
      )}
      <ExtensionItems />
      <span role="status" className="min-w-0 truncate">
        {chord !== null && text("chord.waiting", { key: chord })}
      </span>
      <span className="flex-1" />
      {cursor !== null && <Item>{text("status.position", { line: cursor.line, column: cursor.column })}</Item>}
      {fileOpen && (
        <Item icon="lock" title={text("editor.readOnlyHint")}>
          {text("editor.readOnly")}
        </Item>
      )}
    </section>
  );
}

function Item({ icon, title, tone, children }: { icon?: string; title?: string; tone?: string; children: ReactNode }) {
  return (
    <span title={title} className={`flex min-w-0 items-center gap-1.5 whitespace-nowrap ${tone ?? ""}`}>
      {icon !== undefined && <Glyph name={icon} size={13} className={icon === "loader" ? "animate-spin" : ""} />}
      <span className="isolate-text truncate">{children}</span>
    </span>
  );
}

const CONDUCTOR_LOOKS = {
  starting: { icon: "loader", tone: "" },
  ready: { icon: "check", tone: "text-success" },
  degraded: { icon: "alert", tone: "text-warning" },
  failed: { icon: "alert", tone: "text-danger" },
} as const;

function conductorWords({ state, phases, message }: ConductorStatus): string {
  switch (state) {
    case "starting": {
      const phase = phases.find((candidate) => candidate.ms === null)?.name ?? phases.at(-1)?.name;
      return phase === undefined ? text("conductor.starting") : text("conductor.startingPhase", { phase });
    }
    case "ready": {
      const total = phases.reduce((sum, phase) => sum + (phase.ms ?? 0), 0);
      return total > 0 ? text("conductor.readyIn", { ms: Math.round(total) }) : text("conductor.ready");
    }
    case "degraded":
      return message === "" ? text("conductor.degraded") : message;
    case "failed":
      return message === "" ? text("conductor.failed") : text("conductor.failedWith", { message });
  }
}

function ConductorItem() {
  const conductor = useWorkbench((state) => state.conductor) ?? { state: "starting", phases: [], message: "" };
  const { icon, tone } = CONDUCTOR_LOOKS[conductor.state];
  const words = conductorWords(conductor);
  const phases = conductor.phases.flatMap(({ name, ms }) =>
    ms === null ? [] : [text("conductor.phase", { name, ms: Math.round(ms) })],
  );
  return (
    <span role="status" className="flex min-w-0 shrink-[0.2]">
      <Item icon={icon} title={[words, ...phases].join("\n")} tone={tone}>
        {words}
      </Item>
    </span>
  );
}

const DEAD: ReadonlySet<string> = new Set(["crashed", "terminated"]);

/** Extensions are named only while something is wrong with them, or changes. */
function ExtensionItems() {
  const extensions = useWorkbench((state) => state.extensions);
  const views = useWorkbench((state) => state.views);
  return [...extensions.values()].map((extension) => {
    const updating = extension.state === "updating";
    if (!extension.quarantined && !DEAD.has(extension.state) && !updating) return null;
    const title = views?.find((view) => view.extension === extension.id)?.title ?? extension.id;
    if (updating) {
      return (
        <Item key={extension.id} icon="loader" title={extension.message}>
          {text("status.extensionUpdating", { title })}
        </Item>
      );
    }
    const stopped = extension.quarantined || extension.state === "terminated";
    return (
      <Item key={extension.id} icon="alert" title={extension.message} tone="text-warning">
        {text(stopped ? "status.extensionStopped" : "status.extensionRestarting", { title })}
      </Item>
    );
  });
}
