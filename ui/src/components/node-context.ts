import { createContext, useContext, useSyncExternalStore } from "react";
import { field, type JsonObject, textField } from "@/core/json";
import type { NodeRecord } from "@/core/node-store";
import type { ViewModel } from "@/core/view-model";

/** What every component of the Virtual DOM gets: its own node and the view it belongs to. */
export interface NodeProps {
  readonly node: NodeRecord;
  readonly view: ViewModel;
}

const ViewContext = createContext<ViewModel | null>(null);
export const ViewProvider = ViewContext.Provider;

export function useView(): ViewModel {
  const view = useContext(ViewContext);
  if (view === null) throw new Error("A node is drawn outside a view.");
  return view;
}

/** Re-renders when this one node changes, and for nothing else. */
export function useNode(view: ViewModel, id: string): NodeRecord | undefined {
  return useSyncExternalStore(
    (listener) => view.subscribe(id, listener),
    () => view.node(id),
  );
}

export function growClass(props: JsonObject): string {
  return field(props, "grow") === true ? "flex-1 min-h-0 min-w-0" : "shrink-0 min-w-0";
}

export function labelOf(props: JsonObject): string | undefined {
  return textField(props, "label");
}

/** An id for the document: unique over all views. */
export function domId(view: ViewModel, node: NodeRecord, suffix = ""): string {
  return `${view.id}:${node.id}${suffix}`;
}
