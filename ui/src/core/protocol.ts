import type { Json, JsonObject } from "./json";
import type { Failure } from "./result";

/** One view an extension contributes to the workbench. */
export interface ViewContribution {
  readonly id: string;
  readonly title: string;
  readonly icon: string;
  readonly place: string;
  readonly extension: string;
}

export interface ExtensionStatus {
  readonly id: string;
  readonly state: string;
  readonly generation: number;
  readonly restarts: number;
  readonly quarantined: boolean;
  readonly message: string;
}

export interface ConductorPhase {
  readonly name: string;
  readonly state: string;
  readonly ms: number | null;
}

export interface ConductorStatus {
  readonly state: "starting" | "ready" | "degraded" | "failed";
  readonly phases: readonly ConductorPhase[];
  readonly message: string;
}

export interface WorkspaceStatus {
  readonly path: string | null;
  readonly name: string;
  readonly error: string | null;
}

export interface OpenRequest {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
  readonly seq: number;
}

export type HostMessage =
  | {
      readonly type: "render";
      readonly view: string;
      readonly revision: number;
      readonly generation: number;
      readonly tree: JsonObject;
    }
  | {
      readonly type: "patch";
      readonly view: string;
      readonly base: number;
      readonly revision: number;
      readonly ops: Json | undefined;
    }
  | { readonly type: "contributions"; readonly views: readonly ViewContribution[] }
  | ({ readonly type: "extension" } & ExtensionStatus)
  | ({ readonly type: "conductor" } & ConductorStatus)
  | ({ readonly type: "workspace" } & WorkspaceStatus)
  | ({ readonly type: "open" } & OpenRequest)
  | {
      readonly type: "answer";
      readonly id: number;
      readonly result: JsonObject | null;
      readonly error: Failure | null;
    };

export type PageMessage =
  | { readonly type: "ready" }
  | { readonly type: "ack"; readonly view: string; readonly revision: number; readonly error?: Failure }
  | {
      readonly type: "event";
      readonly view: string;
      readonly node: string;
      readonly event: string;
      readonly data: JsonObject;
    }
  | { readonly type: "request"; readonly id: number; readonly method: string; readonly params: JsonObject }
  | { readonly type: "log"; readonly level: "info" | "warning" | "error"; readonly message: string }
  | { readonly type: "mark"; readonly name: string; readonly ago_us?: number };
