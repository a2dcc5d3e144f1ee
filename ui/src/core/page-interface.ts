// Generated from ipc/interfaces/page.json by tools/interfaces/generate.py; do not edit.

import type { JsonObject } from "./json";

/** The parameters of file.stat. */
export type FileStatParams = {
  readonly path: string;
};

/** The result of file.stat. */
export type FileStatResult = {
  readonly size: number;
  readonly kind: "text" | "binary" | "large" | "directory" | "missing" | "unreadable";
  readonly message: string;
};

/** The result of workspace.choose. */
export type WorkspaceChooseResult = {
  /** Null when the user chose none. */
  readonly path: string | null;
};

/** The parameters of workspace.open. */
export type WorkspaceOpenParams = {
  readonly path: string;
};

/** The result of workspace.open. */
export type WorkspaceOpenResult = {
  readonly workspace: string;
};

/** The parameters of view.shown. */
export type ViewShownParams = {
  readonly view: string;
  readonly shown: boolean;
};

/** The parameters of extension.restart. */
export type ExtensionRestartParams = {
  readonly id: string;
};

/** What the page may ask of the window, over the channel of the page and not over the bus. */
export type PageMethods = {
  /** Whether a file of the workspace can be shown. */
  readonly "file.stat": { readonly params: FileStatParams; readonly result: FileStatResult };
  /** Lets the user choose a folder. */
  readonly "workspace.choose": { readonly params: JsonObject; readonly result: WorkspaceChooseResult };
  /** Passed on to the Conductor. */
  readonly "workspace.open": { readonly params: WorkspaceOpenParams; readonly result: WorkspaceOpenResult };
  /** Passed on to the Conductor. */
  readonly "status.get": { readonly params: JsonObject; readonly result: JsonObject };
  /** Passed on to the Conductor: the user sees the view, or no longer. */
  readonly "view.shown": { readonly params: ViewShownParams; readonly result: JsonObject };
  /** Passed on to the Conductor. */
  readonly "extension.restart": { readonly params: ExtensionRestartParams; readonly result: JsonObject };
};
