import type { Json } from "./json";
import type { PageMessage } from "./protocol";
import type { Transport } from "./transport";

/** The object the application registers as `symphony`: text both ways, nothing else. */
interface HostPipe {
  readonly batch: { connect(listener: (text: string) => void): void };
  event(text: string): void;
}

interface WebChannelScope {
  readonly qt?: { readonly webChannelTransport?: object };
  readonly QWebChannel?: new (
    transport: object,
    opened: (channel: { readonly objects: { readonly symphony?: HostPipe } }) => void,
  ) => object;
}

/** Null outside the desktop application: its scripts run before ours and define the channel. */
export function webChannelTransport(scope: WebChannelScope, onBroken: (reason: string) => void): Transport | null {
  const wire = scope.qt?.webChannelTransport;
  const Channel = scope.QWebChannel;
  if (wire === undefined || Channel === undefined) return null;

  let pipe: HostPipe | null = null;
  let listener: ((batch: Json) => void) | null = null;
  const waiting: PageMessage[] = [];

  new Channel(wire, (channel) => {
    const opened = channel.objects.symphony;
    if (opened === undefined) {
      onBroken("The application offers no channel named symphony.");
      return;
    }
    opened.batch.connect((text) => {
      let batch: Json;
      try {
        batch = JSON.parse(text) as Json;
      } catch {
        onBroken("The application sent a batch that is not JSON.");
        return;
      }
      listener?.(batch);
    });
    pipe = opened;
    for (const message of waiting.splice(0)) opened.event(JSON.stringify(message));
  });

  return {
    send(message) {
      if (pipe === null) waiting.push(message);
      else pipe.event(JSON.stringify(message));
    },
    receive(next) {
      listener = next;
    },
  };
}
