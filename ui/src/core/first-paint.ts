/** Calls `then` once with how many milliseconds ago the engine first painted content (W3C Paint Timing). */
export function onFirstPaint(then: (agoMs: number) => void): void {
  const observer = new PerformanceObserver((list) => {
    const first = list.getEntriesByName("first-contentful-paint")[0];
    if (first === undefined) return;
    observer.disconnect();
    then(performance.now() - first.startTime);
  });
  observer.observe({ type: "paint", buffered: true });
}
