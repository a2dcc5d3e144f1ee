import { textField } from "@/core/json";
import { classNames } from "./class-names";
import { Children } from "./NodeView";
import { growClass, labelOf, type NodeProps } from "./node-context";

const GAPS: Readonly<Record<string, string>> = { none: "gap-0", small: "gap-1", medium: "gap-2", large: "gap-4" };
const PADDINGS: Readonly<Record<string, string>> = { none: "p-0", small: "p-1", medium: "p-2", large: "p-4" };
const ALIGNS: Readonly<Record<string, string>> = { start: "items-start", center: "items-center", end: "items-end" };

function groupRole(node: NodeProps["node"]) {
  const label = labelOf(node.props);
  return label === undefined ? {} : { role: "group", "aria-label": label };
}

export function Column({ node }: NodeProps) {
  const gap = GAPS[textField(node.props, "gap") ?? "none"];
  const padding = PADDINGS[textField(node.props, "padding") ?? "none"];
  return (
    <div className={classNames("flex flex-col", gap, padding, growClass(node.props))} {...groupRole(node)}>
      <Children node={node} />
    </div>
  );
}

export function Row({ node }: NodeProps) {
  const gap = GAPS[textField(node.props, "gap") ?? "none"];
  const align = ALIGNS[textField(node.props, "align") ?? "center"];
  return (
    <div className={classNames("flex flex-row", gap, align, growClass(node.props))} {...groupRole(node)}>
      <Children node={node} />
    </div>
  );
}

export function Scroll({ node }: NodeProps) {
  return (
    <section
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      aria-label={labelOf(node.props)}
      className={classNames("overflow-auto", growClass(node.props))}
    >
      <Children node={node} />
    </section>
  );
}

export function Separator({ node }: NodeProps) {
  return <hr className={classNames("my-1 border-0 border-t border-line", growClass(node.props))} />;
}
