import type { Json } from "./json";

/** The bus's error codes the page itself produces or tells apart (docs/protocol.md, section 5). */
export const ErrorCode = {
  invalidRequest: -32600,
  invalidParams: -32602,
  internalError: -32603,
  deadlineExceeded: -32003,
  overloaded: -32007,
  payloadTooLarge: -32008,
} as const;

export interface Failure {
  readonly code: number;
  readonly message: string;
  readonly data?: { readonly [key: string]: Json };
}

export type Result<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: Failure };

export function ok<Value>(value: Value): Result<Value> {
  return { ok: true, value };
}

export function fail<Value>(code: number, message: string, data?: Failure["data"]): Result<Value> {
  return { ok: false, error: data === undefined ? { code, message } : { code, message, data } };
}

/** Names of the bus's codes (docs/protocol.md, section 5), as people find them in the documentation. */
const NAMES: Readonly<Record<number, string>> = {
  [-32700]: "parse_error",
  [-32600]: "invalid_request",
  [-32601]: "method_not_found",
  [-32602]: "invalid_params",
  [-32603]: "internal_error",
  [-32001]: "endpoint_not_found",
  [-32002]: "endpoint_unavailable",
  [-32003]: "deadline_exceeded",
  [-32004]: "cancelled",
  [-32005]: "permission_denied",
  [-32006]: "peer_disconnected",
  [-32007]: "overloaded",
  [-32008]: "payload_too_large",
  [-32009]: "version_mismatch",
  [-32010]: "not_authenticated",
  [-32011]: "resource_exhausted",
  [-32012]: "not_found",
  [-32013]: "data_corrupted",
  [-32014]: "io_error",
};

/** What a failure is called: the id its sender gave it, else the name of its code. */
export function nameOf({ code, data }: Failure): string {
  const id = data?.["id"];
  return typeof id === "string" ? id : (NAMES[code] ?? String(code));
}
