import { field, numberField, textField } from "@/core/json";
import { workspaceUrl } from "@/core/paths";
import { fail, ok, type Result } from "@/core/result";
import type { Session } from "@/core/session";

/** What a file turned out to be. */
export type FileContent =
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "binary" | "large" | "missing" | "unreadable" | "directory";
      readonly size: number;
      readonly message: string;
    };

const KINDS: ReadonlySet<string> = new Set(["text", "binary", "large", "missing", "unreadable", "directory"]);

/** Looks first what the file is, so that no byte of a huge or binary one is moved. */
export async function loadFile(session: Session, path: string): Promise<Result<FileContent>> {
  const stat = await session.request("file.stat", { path });
  if (!stat.ok) return stat;
  const kind = textField(stat.value, "kind") ?? "";
  if (!KINDS.has(kind)) return fail(0, String(field(stat.value, "message") ?? ""));
  if (kind === "text") {
    const bytes = await readText(workspaceUrl(path));
    return bytes.ok ? ok({ kind: "text", text: bytes.value }) : bytes;
  }
  return ok({
    kind: kind as Exclude<FileContent["kind"], "text">,
    size: numberField(stat.value, "size") ?? 0,
    message: textField(stat.value, "message") ?? "",
  });
}

/** XMLHttpRequest: Qt WebEngine 6.4 refuses fetch() on an application's own scheme. */
function readText(url: string): Promise<Result<string>> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("GET", url);
    request.responseType = "text";
    request.overrideMimeType("text/plain; charset=utf-8");
    request.onload = () => {
      // A custom scheme has no status line, so success may read as 0.
      const good = request.status === 0 || (request.status >= 200 && request.status < 300);
      resolve(good ? ok(request.responseText) : fail(request.status, request.statusText));
    };
    request.onerror = () => resolve(fail(0, ""));
    request.send();
  });
}
