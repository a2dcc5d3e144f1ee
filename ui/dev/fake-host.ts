/**
 * A FAKE host, for looking at the page in a plain browser while developing it. It stands where the application's channel
 * would be and plays one scenario, `?scenario=name`. The product never loads this file.
 */
import type { Json, JsonObject } from "@/core/json";
import { scenarios } from "./scenarios";

export interface FakePage {
  send(...messages: JsonObject[]): void;
  onEvent(listener: (event: JsonObject) => void): void;
}

const listeners: Array<(text: string) => void> = [];
const eventListeners: Array<(event: JsonObject) => void> = [];
const log: JsonObject[] = [];
Object.assign(window, { fakeLog: log });

const page: FakePage = {
  send: (...messages) => {
    for (const listener of listeners) listener(JSON.stringify(messages));
  },
  onEvent: (listener) => eventListeners.push(listener),
};

const kinds: Readonly<Record<string, string>> = {
  bin: "binary",
  iso: "large",
  gone: "missing",
  key: "unreadable",
  d: "directory",
};

function answer(request: JsonObject): void {
  const params = request["params"] as JsonObject;
  const extension = String(params["path"] ?? "")
    .split(".")
    .at(-1) as string;
  const results: Readonly<Record<string, Json>> = {
    "file.stat": { size: 3_400_000_000, kind: kinds[extension] ?? "text", message: "" },
    "workspace.choose": { path: "/home/user/other" },
    "workspace.open": {},
    "extension.restart": {},
    "view.shown": {},
  };
  page.send({ type: "answer", id: request["id"] as number, result: results[request["method"] as string] ?? {} });
}

const pipe = {
  batch: { connect: (listener: (text: string) => void) => listeners.push(listener) },
  event(text: string) {
    const message = JSON.parse(text) as JsonObject;
    log.push(message);
    if (message["type"] === "request") setTimeout(() => answer(message), 5);
    else if (message["type"] === "event") for (const listener of eventListeners) listener(message);
    else if (message["type"] === "ready") {
      const name = new URLSearchParams(location.search).get("scenario") ?? "explorer";
      scenarios[name]?.(page);
    }
  },
};

Object.assign(window, {
  qt: { webChannelTransport: {} },
  QWebChannel: class {
    constructor(_transport: object, opened: (channel: object) => void) {
      setTimeout(() => opened({ objects: { symphony: pipe } }), 0);
    }
  },
});

await import("@/main");
