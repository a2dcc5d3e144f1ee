import { act, render } from "@testing-library/react";
import { NodeView, ViewProvider } from "@/components";
import type { JsonObject } from "@/core/json";
import { startSession } from "../host";

/** A view drawn from messages, as the product draws it; happy-dom lays nothing out, so a viewport is given. */
export function drawView(tree: JsonObject, viewport = 220) {
  Object.defineProperty(HTMLElement.prototype, "clientHeight", { configurable: true, get: () => viewport });
  const { host, clock, session } = startSession();
  const view = session.view("v");
  let revision = 0;
  const show = (message: JsonObject) =>
    act(() => {
      host.deliver(message);
      clock.frame();
      clock.paint();
    });
  const renderTree = (next: JsonObject, generation = 1) => {
    show({ type: "render", view: "v", extension: "e", generation, revision: ++revision, tree: next });
  };
  renderTree(tree);
  const screen = render(
    <ViewProvider value={view}>
      <NodeView id={view.root as string} />
    </ViewProvider>,
  );
  return {
    host,
    view,
    screen,
    renderTree,
    patch(...ops: JsonObject[]) {
      show({ type: "patch", view: "v", base: revision, revision: ++revision, ops });
    },
  };
}
