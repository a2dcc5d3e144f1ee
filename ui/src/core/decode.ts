import { field, isObject, type Json, type JsonObject, numberField, textField } from "./json";
import type { ConductorPhase, ConductorStatus, HostMessage, ViewContribution } from "./protocol";
import { ErrorCode, type Failure, fail, ok, type Result } from "./result";

/** One message of the host, checked; what is malformed is named and skipped, and the page lives on. */
export function decodeMessage(source: Json): Result<HostMessage> {
  if (!isObject(source)) return wrong("a message", "is not an object");
  const type = textField(source, "type");
  switch (type) {
    case "render":
      return decodeRender(source);
    case "patch":
      return decodePatch(source);
    case "contributions":
      return ok({ type, views: list(field(source, "views")).flatMap(decodeContribution) });
    case "extension":
      return decodeExtension(source);
    case "conductor":
      return ok({
        type,
        state: conductorState(textField(source, "state")),
        phases: list(field(source, "phases")).flatMap(decodePhase),
        message: textField(source, "message") ?? "",
      });
    case "workspace":
      return ok({
        type,
        path: textField(source, "path") ?? null,
        name: textField(source, "name") ?? "",
        error: errorText(field(source, "error")),
      });
    case "open":
      return decodeOpen(source);
    case "answer":
      return decodeAnswer(source);
    default:
      return wrong("a message", `has an unknown type: ${String(type).slice(0, 64)}`);
  }
}

function wrong<Value>(what: string, why: string): Result<Value> {
  return fail(ErrorCode.invalidParams, `${what} ${why}`);
}

function list(source: Json | undefined): readonly Json[] {
  return Array.isArray(source) ? (source as readonly Json[]) : [];
}

function errorText(source: Json | undefined): string | null {
  if (typeof source === "string") return source === "" ? null : source;
  return isObject(source) ? (textField(source, "message") ?? null) : null;
}

function decodeRender(source: JsonObject): Result<HostMessage> {
  const view = textField(source, "view");
  const revision = numberField(source, "revision");
  const tree = field(source, "tree");
  if (view === undefined || revision === undefined || !isObject(tree))
    return wrong("render", "lacks view, revision or tree");
  return ok({ type: "render", view, revision, generation: numberField(source, "generation") ?? 0, tree });
}

function decodePatch(source: JsonObject): Result<HostMessage> {
  const view = textField(source, "view");
  const base = numberField(source, "base");
  const revision = numberField(source, "revision");
  if (view === undefined || base === undefined || revision === undefined)
    return wrong("patch", "lacks view, base or revision");
  return ok({ type: "patch", view, base, revision, ops: field(source, "ops") });
}

function decodeContribution(source: Json): ViewContribution[] {
  if (!isObject(source)) return [];
  const id = textField(source, "id");
  if (id === undefined) return [];
  return [
    {
      id,
      title: textField(source, "title") ?? id,
      icon: textField(source, "icon") ?? "files",
      place: textField(source, "place") ?? "",
      extension: textField(source, "extension") ?? id,
    },
  ];
}

function decodeExtension(source: JsonObject): Result<HostMessage> {
  const id = textField(source, "id");
  const state = textField(source, "state");
  if (id === undefined || state === undefined) return wrong("extension", "lacks id or state");
  return ok({
    type: "extension",
    id,
    state,
    generation: numberField(source, "generation") ?? 0,
    restarts: numberField(source, "restarts") ?? 0,
    quarantined: field(source, "quarantined") === true,
    message: textField(source, "message") ?? "",
  });
}

function conductorState(state: string | undefined): ConductorStatus["state"] {
  return state === "ready" || state === "degraded" || state === "failed" ? state : "starting";
}

function decodePhase(source: Json): ConductorPhase[] {
  if (!isObject(source)) return [];
  const name = textField(source, "name");
  if (name === undefined) return [];
  return [{ name, state: textField(source, "state") ?? "", ms: numberField(source, "ms") ?? null }];
}

function decodeOpen(source: JsonObject): Result<HostMessage> {
  const path = textField(source, "path");
  if (path === undefined || path === "") return wrong("open", "lacks a path");
  const count = (name: string) => Math.max(0, Math.trunc(numberField(source, name) ?? 0));
  return ok({
    type: "open",
    path,
    line: count("line"),
    column: count("column"),
    length: count("length"),
    seq: count("seq"),
  });
}

function decodeAnswer(source: JsonObject): Result<HostMessage> {
  const id = numberField(source, "id");
  if (id === undefined) return wrong("answer", "lacks an id");
  const error = field(source, "error");
  const result = field(source, "result");
  return ok({
    type: "answer",
    id,
    result: isObject(result) ? result : null,
    error: isObject(error) ? decodeFailure(error) : null,
  });
}

function decodeFailure(source: JsonObject): Failure {
  return { code: numberField(source, "code") ?? ErrorCode.internalError, message: textField(source, "message") ?? "" };
}
