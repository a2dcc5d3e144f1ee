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
