import { type ComponentType, type KeyboardEvent, type PointerEvent, useRef } from "react";
import { AlertNotice, EmptyNotice, PushButton } from "@/components";
import { text } from "@/core/catalogue";
import type { ViewContribution } from "@/core/protocol";
import { useServices } from "./services";
import { SIDE_BAR, setSideBarWidth, useWorkbench } from "./state";

export type SideBarView = ComponentType<{ view: ViewContribution }>;

export function SideBar({ View }: { View: SideBarView }) {
  const views = useWorkbench((state) => state.views);
  const activeView = useWorkbench((state) => state.activeView);
  const width = useWorkbench((state) => state.sideBarWidth);
  const visible = useWorkbench((state) => state.sideBarVisible);
  const conductor = useWorkbench((state) => state.conductor);
  if (!visible) return null;
  const failed = conductor?.state === "failed";
  const view = views?.find(({ id }) => id === activeView);
  return (
    <section
      data-part="sideBar"
      aria-label={view?.title ?? text("part.sideBar")}
      tabIndex={-1}
      className="side-bar relative flex min-w-0 shrink-0 flex-col border-r border-line bg-surface"
    >
      <header className="flex h-9 shrink-0 items-center px-4">
        {view !== undefined && <h2 className="truncate text-sm font-semibold text-muted">{view.title}</h2>}
      </header>
      <WorkspaceError />
      <div className="flex min-h-0 flex-1 flex-col">
        {view !== undefined && <View key={view.id} view={view} />}
        {failed && view === undefined && (
          <div className="px-2">
            <AlertNotice tone="danger" title={text("conductor.failed")} text={conductor.message} />
          </div>
        )}
        {!failed && views !== null && view === undefined && <NoView />}
      </div>
      <Sash width={width} />
    </section>
  );
}

/** The folder could not be opened or has gone; what is still shown below it may be out of date. */
function WorkspaceError() {
  const error = useWorkbench((state) => state.workspace?.error ?? null);
  if (error === null) return null;
  return (
    <div className="px-2 pb-2">
      <AlertNotice tone="danger" title={text("sideBar.workspaceError")} text={error} />
    </div>
  );
}

function NoView() {
  const { commands } = useServices();
  const noFolder = useWorkbench((state) => state.workspace?.path === null);
  if (!noFolder) return <EmptyNotice icon="info" title={text("sideBar.noView")} />;
  return (
    <EmptyNotice icon="folder" title={text("sideBar.noFolder")} text={text("sideBar.noFolderText")}>
      <PushButton variant="primary" onPress={() => commands.execute("workbench.openFolder")}>
        {text("welcome.openFolder")}
      </PushButton>
    </EmptyNotice>
  );
}

const STEP = 16;

/** The movable border; arrows move it too. */
function Sash({ width }: { width: number }) {
  const grip = useRef<{ x: number; width: number } | null>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowLeft") setSideBarWidth(width - STEP);
    else if (event.key === "ArrowRight") setSideBarWidth(width + STEP);
    else if (event.key === "Home") setSideBarWidth(SIDE_BAR.least);
    else if (event.key === "End") setSideBarWidth(SIDE_BAR.most);
    else return;
    event.preventDefault();
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    grip.current = { x: event.clientX, width };
  };
  const onPointerMove = (event: PointerEvent) => {
    if (grip.current !== null) setSideBarWidth(grip.current.width + event.clientX - grip.current.x);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: an hr cannot be a window splitter
    <div
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={text("part.resizeSideBar")}
      aria-valuemin={SIDE_BAR.least}
      aria-valuemax={SIDE_BAR.most}
      aria-valuenow={width}
      className="sash absolute inset-y-0 -right-[3px] z-10 w-[5px] cursor-col-resize"
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={() => {
        grip.current = null;
      }}
      onDoubleClick={() => setSideBarWidth(SIDE_BAR.usual)}
    />
  );
}
