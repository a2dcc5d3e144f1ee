import { Component, type ComponentType, memo, type ReactNode } from "react";
import { text } from "@/core/catalogue";
import { field } from "@/core/json";
import type { NodeRecord } from "@/core/node-store";
import { Glyph } from "./Icon";
import { type NodeProps, useNode, useView } from "./node-context";

let components: ReadonlyMap<string, ComponentType<NodeProps>> = new Map();

/** Set once, by components/index.ts; kept apart because containers draw children through this file. */
export function setComponents(all: ReadonlyMap<string, ComponentType<NodeProps>>): void {
  components = all;
}

export function ErrorTile({ title, detail }: { title: string; detail: string }) {
  return (
    <div role="alert" className="flex gap-2 rounded border border-danger p-2">
      <Glyph name="alert" className="mt-0.5 text-danger" />
      <div className="min-w-0">
        <p className="break-words font-semibold">{title}</p>
        <p className="break-words text-sm text-muted">{detail}</p>
      </div>
    </div>
  );
}

/** A component that throws costs its own place, not the workbench. */
class Boundary extends Component<{ type: string; children: ReactNode }, { message: string | null }> {
  override state = { message: null as string | null };

  static getDerivedStateFromError(error: unknown) {
    return { message: error instanceof Error ? error.message : String(error) };
  }

  override render() {
    if (this.state.message === null) return this.props.children;
    return <ErrorTile title={text("component.broken", { type: this.props.type })} detail={this.state.message} />;
  }
}

/** One node. Memoised and subscribed by id: a patch of one node renders one. */
export const NodeView = memo(function NodeView({ id }: { id: string }) {
  const view = useView();
  const node = useNode(view, id);
  if (node === undefined || field(node.props, "hidden") === true) return null;
  const Known = components.get(node.type);
  if (Known === undefined) {
    const type = node.type.length > 60 ? `${node.type.slice(0, 60)}…` : node.type;
    return <ErrorTile title={text("component.unknown", { type })} detail={text("component.unknownText")} />;
  }
  return (
    <Boundary key={node.type} type={node.type}>
      <Known node={node} view={view} />
    </Boundary>
  );
});

export function Children({ node }: { node: NodeRecord }) {
  return node.children.map((id) => <NodeView key={id} id={id} />);
}
