/** Where frames come from; a test drives it by hand. */
export interface FrameClock {
  /** Before the next paint, or soon if the page is not painted at all. */
  beforePaint(run: () => void): void;
  /** After the paint that follows the current frame. */
  afterPaint(run: () => void): void;
}

/** A task posted while a frame is prepared runs when that frame has been painted. */
export function browserFrameClock(): FrameClock {
  const channel = new MessageChannel();
  const painted: Array<() => void> = [];
  channel.port1.onmessage = () => painted.shift()?.();
  return {
    beforePaint(run) {
      // A hidden page gets no frames; an extension must not wait for one.
      if (document.visibilityState === "hidden") setTimeout(run, 0);
      else requestAnimationFrame(run);
    },
    afterPaint(run) {
      painted.push(run);
      channel.port2.postMessage(null);
    },
  };
}
