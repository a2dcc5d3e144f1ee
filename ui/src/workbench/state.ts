import { create } from "zustand";
import { limits } from "@/core/limits";
import type { ConductorStatus, ExtensionStatus, OpenRequest, ViewContribution, WorkspaceStatus } from "@/core/protocol";
import { readPreference, writePreference } from "./storage";
import { chooseTheme, initialTheme, type Theme } from "./theme";

/** An open file. A new request, even for the same place, is carried out again. */
export interface Tab {
  readonly path: string;
  readonly request: OpenRequest;
}

export interface CursorPosition {
  readonly line: number;
  readonly column: number;
}

export interface Notification {
  readonly id: number;
  readonly tone: "info" | "danger";
  readonly title: string;
  readonly text: string;
}

export interface WorkbenchState {
  readonly theme: Theme;
  readonly sideBarVisible: boolean;
  readonly sideBarWidth: number;
  /** Null until the host has said which views there are. */
  readonly views: readonly ViewContribution[] | null;
  readonly activeView: string | null;
  readonly extensions: ReadonlyMap<string, ExtensionStatus>;
  readonly conductor: ConductorStatus | null;
  readonly workspace: WorkspaceStatus | null;
  readonly tabs: readonly Tab[];
  readonly activeTab: string | null;
  /** What was opened last, whichever tab is shown since. */
  readonly lastRequest: OpenRequest | null;
  readonly cursor: CursorPosition | null;
  readonly chord: string | null;
  readonly notifications: readonly Notification[];
}

export const SIDE_BAR = { least: 180, most: 640, usual: 288 } as const;

function initialWidth(): number {
  const stored = Number(readPreference("sideBarWidth"));
  return stored >= SIDE_BAR.least && stored <= SIDE_BAR.most ? stored : SIDE_BAR.usual;
}

export function initialState(): WorkbenchState {
  return {
    theme: initialTheme(),
    sideBarVisible: true,
    sideBarWidth: initialWidth(),
    views: null,
    activeView: null,
    extensions: new Map(),
    conductor: null,
    workspace: null,
    tabs: [],
    activeTab: null,
    lastRequest: null,
    cursor: null,
    chord: null,
    notifications: [],
  };
}

export const useWorkbench = create<WorkbenchState>()(initialState);

const set = useWorkbench.setState;
const get = useWorkbench.getState;

export function toggleTheme(): void {
  const theme = get().theme === "dark" ? "light" : "dark";
  chooseTheme(theme);
  set({ theme });
}

/** As a property of the document, which its first script sets before there is anything else (index.html). */
export function showSideBarWidth(width: number): void {
  document.documentElement.style.setProperty("--side-bar-width", `${width}px`);
}

export function setSideBarWidth(width: number): void {
  const sideBarWidth = Math.round(Math.max(SIDE_BAR.least, Math.min(SIDE_BAR.most, width)));
  set({ sideBarWidth });
  showSideBarWidth(sideBarWidth);
  writePreference("sideBarWidth", String(sideBarWidth));
}

export function setViews(views: readonly ViewContribution[]): void {
  const kept = views.some((view) => view.id === get().activeView);
  set({ views, activeView: kept ? get().activeView : (views[0]?.id ?? null) });
}

export function setExtension(status: ExtensionStatus): void {
  set({ extensions: new Map(get().extensions).set(status.id, status) });
}

export function setWorkspace(workspace: WorkspaceStatus): void {
  // Paths of tabs are relative to the folder, so they mean nothing in another one.
  const moved = workspace.path !== null && get().workspace?.path !== workspace.path;
  set(moved ? { workspace, tabs: [], activeTab: null, cursor: null } : { workspace });
}

export function openTab(request: OpenRequest): void {
  const { tabs } = get();
  const tab: Tab = { path: request.path, request };
  const at = tabs.findIndex(({ path }) => path === request.path);
  set({
    tabs: at < 0 ? [...tabs, tab] : tabs.map((old, index) => (index === at ? tab : old)),
    activeTab: request.path,
    lastRequest: request,
  });
}

export function selectTab(path: string): void {
  if (get().activeTab !== path) set({ activeTab: path, cursor: null });
}

export function closeTab(path: string): void {
  const { tabs, activeTab } = get();
  const at = tabs.findIndex((tab) => tab.path === path);
  if (at < 0) return;
  const left = tabs.filter((tab) => tab.path !== path);
  if (activeTab !== path) set({ tabs: left });
  else set({ tabs: left, activeTab: (left[at] ?? left[at - 1])?.path ?? null, cursor: null });
}

export function stepTab(by: 1 | -1): void {
  const { tabs, activeTab } = get();
  const at = tabs.findIndex((tab) => tab.path === activeTab);
  const next = tabs[(at + by + tabs.length) % tabs.length];
  if (next !== undefined) selectTab(next.path);
}

let lastNotification = 0;

/** Says something once: the same words twice in a row are one notification. */
export function notify(tone: Notification["tone"], title: string, text: string): void {
  const { notifications } = get();
  if (notifications.some((shown) => shown.title === title && shown.text === text)) return;
  const all = [...notifications, { id: ++lastNotification, tone, title, text }];
  set({ notifications: all.slice(-limits.notifications) });
}

export function dismiss(id: number): void {
  set({ notifications: get().notifications.filter((shown) => shown.id !== id) });
}
