import type { FrameClock } from "@/core/frame";
import type { Json, JsonObject } from "@/core/json";
import type { PageMessage } from "@/core/protocol";
import { Session } from "@/core/session";
import type { Transport } from "@/core/transport";

/** The host's end of the pipe, in memory. */
export class TestHost implements Transport {
  readonly sent: PageMessage[] = [];
  #listener: (batch: Json) => void = () => {};

  send(message: PageMessage): void {
    this.sent.push(message);
  }

  receive(listener: (batch: Json) => void): void {
    this.#listener = listener;
  }

  deliver(...batch: JsonObject[]): void {
    this.#listener(JSON.parse(JSON.stringify(batch)) as Json);
  }

  deliverText(text: string): void {
    this.#listener(JSON.parse(text) as Json);
  }

  ofType<Type extends PageMessage["type"]>(type: Type): Array<Extract<PageMessage, { type: Type }>> {
    return this.sent.filter((message) => message.type === type) as Array<Extract<PageMessage, { type: Type }>>;
  }

  events(name: string): JsonObject[] {
    return this.ofType("event")
      .filter(({ event }) => event === name)
      .map(({ data }) => data);
  }
}

/** Frames that come when the test says so. */
export class ManualClock implements FrameClock {
  readonly #frame: Array<() => void> = [];
  readonly #painted: Array<() => void> = [];

  get framesAsked(): number {
    return this.#frame.length;
  }

  beforePaint(run: () => void): void {
    this.#frame.push(run);
  }

  afterPaint(run: () => void): void {
    this.#painted.push(run);
  }

  frame(): void {
    for (const run of this.#frame.splice(0)) run();
  }

  paint(): void {
    for (const run of this.#painted.splice(0)) run();
  }
}

export function startSession() {
  const host = new TestHost();
  const clock = new ManualClock();
  const session = new Session(host, clock);
  const others: JsonObject[] = [];
  session.start((message) => others.push(message as unknown as JsonObject));
  return { host, clock, session, others };
}

export function node(id: string, type: string, props: JsonObject = {}, children: Json[] = [], events: string[] = []) {
  return { id, type, props, children, events };
}
