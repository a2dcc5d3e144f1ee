import type { Json } from "./json";
import type { PageMessage } from "./protocol";

/** The pipe to the host. Messages sent before it is open are kept. */
export interface Transport {
  send(message: PageMessage): void;
  /** Called with every batch; to be set once, before `ready` is sent. */
  receive(listener: (batch: Json) => void): void;
}
