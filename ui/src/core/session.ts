import { text } from "./catalogue";
import { decodeMessage } from "./decode";
import type { FrameClock } from "./frame";
import type { Json, JsonObject } from "./json";
import { limits } from "./limits";
import type { PageMethods } from "./page-interface";
import type { HostMessage } from "./protocol";
import { ErrorCode, type Failure, fail, ok, type Result } from "./result";
import type { Transport } from "./transport";
import { ViewModel } from "./view-model";

/** What is not about one view or one request; the workbench listens to these. */
export type WorkbenchMessage = Exclude<HostMessage, { type: "render" | "patch" | "answer" }>;

interface PendingRequest {
  readonly settle: (result: Result<JsonObject>) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** The page's end of the conversation with the host: views, requests, two commits per frame at most, acknowledgement after paint. */
export class Session {
  readonly #transport: Transport;
  readonly #clock: FrameClock;
  readonly #views = new Map<string, ViewModel>();
  readonly #pending = new Map<number, PendingRequest>();
  /** Views changed since they were drawn last. */
  readonly #changedViews = new Set<string>();
  /** Views drawn since the last paint. */
  readonly #unpainted = new Set<string>();
  #listener: (message: WorkbenchMessage) => void = () => {};
  #frameAsked = false;
  #lastRequest = 0;

  constructor(transport: Transport, clock: FrameClock) {
    this.#transport = transport;
    this.#clock = clock;
  }

  /** Starts the conversation: from here on messages arrive. */
  start(listener: (message: WorkbenchMessage) => void): void {
    this.#listener = listener;
    this.#transport.receive((batch) => this.#take(batch));
    this.#transport.send({ type: "ready" });
  }

  view(id: string): ViewModel {
    let view = this.#views.get(id);
    if (view === undefined) {
      view = new ViewModel(id, (node, event, data) =>
        this.#transport.send({ type: "event", view: id, node, event, data }),
      );
      this.#views.set(id, view);
    }
    return view;
  }

  forgetWantedFocus(): void {
    for (const view of this.#views.values()) view.forgetWantedFocus();
  }

  /** An answer, an error, or a deadline error: never silence. */
  request<Method extends keyof PageMethods>(
    method: Method,
    params: PageMethods[Method]["params"],
    deadlineMs: number = limits.requestDeadlineMs,
  ): Promise<Result<JsonObject>> {
    if (this.#pending.size >= limits.pendingRequests) {
      return Promise.resolve(fail(ErrorCode.overloaded, text("session.overloaded")));
    }
    const id = ++this.#lastRequest;
    return new Promise((resolve) => {
      const settle = (result: Result<JsonObject>) => {
        clearTimeout(timer);
        this.#pending.delete(id);
        resolve(result);
      };
      const timer = setTimeout(() => settle(fail(ErrorCode.deadlineExceeded, text("session.deadline"))), deadlineMs);
      this.#pending.set(id, { settle, timer });
      this.#transport.send({ type: "request", id, method, params });
    });
  }

  log(level: "info" | "warning" | "error", message: string): void {
    this.#transport.send({ type: "log", level, message: message.slice(0, 2000) });
  }

  /** Reports that something has been painted, after it was. */
  markAfterPaint(name: string): void {
    this.#clock.beforePaint(() => this.#clock.afterPaint(() => this.#transport.send({ type: "mark", name })));
  }

  /** Reports what happened `agoMs` milliseconds before now. */
  markEarlier(name: string, agoMs: number): void {
    this.#transport.send({ type: "mark", name, ago_us: Math.max(0, Math.round(agoMs * 1000)) });
  }

  #take(batch: Json): void {
    if (!Array.isArray(batch)) {
      this.log("error", "A batch from the host is not a list.");
      return;
    }
    for (const item of batch as readonly Json[]) {
      const decoded = decodeMessage(item);
      if (!decoded.ok) this.log("error", `Skipped: ${decoded.error.message}.`);
      else this.#dispatch(decoded.value);
    }
    // Drawn at once, while the page waits for its next frame anyway; what comes before that frame is drawn in it.
    if (this.#frameAsked || this.#changedViews.size === 0) return;
    this.#draw();
    this.#frameAsked = true;
    this.#clock.beforePaint(() => this.#frame());
  }

  #dispatch(message: HostMessage): void {
    switch (message.type) {
      case "render": {
        const result = this.view(message.view).render(message.tree, message.revision, message.generation);
        return this.#changed(message.view, message.revision, result);
      }
      case "patch": {
        const result = this.view(message.view).patch(message.ops, message.base, message.revision);
        return this.#changed(message.view, message.revision, result);
      }
      case "answer":
        return this.#pending.get(message.id)?.settle(answerOf(message.result, message.error));
      default:
        this.#listener(message);
    }
  }

  #changed(view: string, revision: number, result: Result<"taken" | "stale">): void {
    if (!result.ok) {
      this.#transport.send({ type: "ack", view, revision, error: result.error });
      return;
    }
    if (result.value !== "stale") this.#changedViews.add(view);
  }

  #draw(): void {
    for (const id of this.#changedViews) {
      this.#unpainted.add(id);
      this.view(id).flush();
    }
    this.#changedViews.clear();
  }

  #frame(): void {
    this.#frameAsked = false;
    this.#draw();
    const painted = [...this.#unpainted].map((id) => ({ view: this.view(id), revision: this.view(id).revision }));
    this.#unpainted.clear();
    this.#clock.afterPaint(() => {
      for (const { view, revision } of painted) {
        this.#transport.send({ type: "ack", view: view.id, revision });
      }
    });
  }
}

function answerOf(result: JsonObject | null, error: Failure | null): Result<JsonObject> {
  return error === null ? ok(result ?? {}) : { ok: false, error };
}
