import { type Failure, nameOf } from "./result";

/** Every string a user can read, in one replaceable map. `{name}` is filled in by `text`. */
export const catalogue = {
  "product.name": "Symphony",

  "part.activityBar": "Activity bar",
  "part.sideBar": "Side bar",
  "part.editor": "Editor",
  "part.statusBar": "Status bar",
  "part.notifications": "Notifications",
  "part.resizeSideBar": "Width of the side bar",

  "command.workbench.focusExplorer": "Show Explorer",
  "command.search.focus": "Search in Files",
  "command.workbench.toggleSideBar": "Show or Hide Side Bar",
  "command.editor.closeTab": "Close Tab",
  "command.editor.nextTab": "Next Tab",
  "command.editor.previousTab": "Previous Tab",
  "command.workbench.openFolder": "Open Folder…",
  "command.workbench.nextPart": "Focus Next Part",
  "command.workbench.previousPart": "Focus Previous Part",
  "command.workbench.toggleTheme": "Switch Theme",
  "command.withKey": "{title} ({key})",
  "chord.waiting": "{key} was pressed. Waiting for the second key…",

  "welcome.openFolder": "Open folder…",
  "welcome.keys": "Keys",
  "welcome.hint": "Choose a file in the Explorer, or search for text in the whole folder.",
  "welcome.hintNoFolder": "Open a folder to browse and search its files.",

  "sideBar.noFolder": "No folder open",
  "sideBar.noFolderText": "Open a folder to browse and search its files.",
  "sideBar.noView": "No view here",
  "sideBar.loading": "Loading {title}",
  "sideBar.workspaceError": "The folder could not be opened",

  "extension.restarting": "Restarting…",
  "extension.stopped": "Stopped",
  "extension.quarantined": "{title} stopped working",
  "extension.quarantinedText": "It ended unexpectedly several times, so it was not started again.",
  "extension.restart": "Restart",
  "extension.restartFailed": "{title} could not be restarted",

  "component.unknown": "Unknown component “{type}”",
  "component.unknownText": "The extension asks for something this version cannot show.",
  "component.broken": "“{type}” could not be shown",
  "field.clear": "Clear {label}",
  "field.busy": "Working…",
  "link.external": "{text} (opens outside Symphony)",
  "row.loading": "Loading…",

  "editor.tabs": "Open files",
  "editor.close": "Close {name}",
  "editor.readOnly": "Read-only",
  "editor.readOnlyHint": "Files can be read here; editing comes later.",
  "editor.loading": "Opening {name}",
  "editor.path": "Path of the file",
  "editor.binary": "This is a binary file",
  "editor.binaryText": "{name} is not text ({size}), so it is not shown.",
  "editor.large": "This file is too large to show",
  "editor.largeText": "{name} has {size}.",
  "editor.missing": "This file no longer exists",
  "editor.missingText": "{name} was deleted, moved or renamed.",
  "editor.unreadable": "This file cannot be read",
  "editor.unreadableText": "{name} could not be opened.",
  "editor.directory": "This is a folder",
  "editor.directoryText": "{name} is a folder; choose a file inside it.",
  "editor.failed": "This file could not be opened",
  "editor.retry": "Try again",

  "failure.named": "{message} ({name})",

  "size.bytes": "{n} bytes",
  "size.kib": "{n} KB",
  "size.mib": "{n} MB",
  "size.gib": "{n} GB",

  "conductor.starting": "Starting…",
  "conductor.startingPhase": "Starting: {phase}…",
  "conductor.ready": "Ready",
  "conductor.readyIn": "Ready in {ms} ms",
  "conductor.degraded": "Degraded",
  "conductor.failed": "Conductor failed",
  "conductor.failedWith": "Conductor failed: {message}",
  "conductor.phase": "{name}: {ms} ms",

  "status.noFolder": "No folder",
  "status.extensionRestarting": "{title}: restarting",
  "status.extensionStopped": "{title}: stopped",
  "status.extensionUpdating": "{title}: being updated",
  "status.position": "Ln {line}, Col {column}",
  "status.workspace": "Folder: {path}",

  "theme.toLight": "Switch to light theme",
  "theme.toDark": "Switch to dark theme",

  "notification.dismiss": "Dismiss",
  "notification.openFailed": "The folder could not be opened",
  "notification.broken": "The connection to the application is broken",

  "session.overloaded": "Too many requests are waiting for an answer.",
  "session.deadline": "The application did not answer in time.",

  "page.noHost": "This page belongs to the Symphony desktop application",
  "page.noHostText": "Start Symphony to use it.",
} as const;

export type CatalogueKey = keyof typeof catalogue;

export function text(key: CatalogueKey, values: Readonly<Record<string, string | number>> = {}): string {
  return catalogue[key].replace(/\{(\w+)\}/g, (whole, name: string) => {
    return Object.hasOwn(values, name) ? String(values[name]) : whole;
  });
}

/** What a failure says, and the name it can be looked up by. */
export function failureText(failure: Failure): string {
  return text("failure.named", { message: failure.message, name: nameOf(failure) });
}

export function formatSize(bytes: number): string {
  if (bytes < 1024) return text("size.bytes", { n: bytes });
  if (bytes < 1024 ** 2) return text("size.kib", { n: (bytes / 1024).toFixed(1) });
  if (bytes < 1024 ** 3) return text("size.mib", { n: (bytes / 1024 ** 2).toFixed(1) });
  return text("size.gib", { n: (bytes / 1024 ** 3).toFixed(2) });
}
