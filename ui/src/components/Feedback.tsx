import { type ReactNode, useEffect, useState } from "react";
import { numberField, textField } from "@/core/json";
import { classNames } from "./class-names";
import { Glyph } from "./Icon";
import { Children } from "./NodeView";
import { growClass, labelOf, type NodeProps } from "./node-context";

/** True once something has lasted: what takes less than 300 ms shows no spinner. */
export function useLasted(busy: boolean, milliseconds = 300): boolean {
  const [lasted, setLasted] = useState(false);
  useEffect(() => {
    setLasted(false);
    if (!busy) return;
    const timer = setTimeout(() => setLasted(true), milliseconds);
    return () => clearTimeout(timer);
  }, [busy, milliseconds]);
  return busy && lasted;
}

export function EmptyNotice(props: {
  icon?: string | undefined;
  title: string;
  text?: string | undefined;
  children?: ReactNode;
}) {
  return (
    <div className="flex min-h-0 flex-col items-center justify-center gap-2 p-6 text-center">
      {props.icon !== undefined && <Glyph name={props.icon} size={28} className="mb-1 text-faint" />}
      <p className="max-w-full break-words font-semibold">{props.title}</p>
      {props.text !== undefined && <p className="max-w-[44ch] break-words text-muted">{props.text}</p>}
      {props.children !== undefined && <div className="mt-2 flex flex-wrap justify-center gap-2">{props.children}</div>}
    </div>
  );
}

export function EmptyState({ node }: NodeProps) {
  return (
    <div className={classNames("flex flex-col justify-center", growClass(node.props))}>
      <EmptyNotice
        icon={textField(node.props, "icon")}
        title={textField(node.props, "title") ?? ""}
        text={textField(node.props, "text")}
      >
        {node.children.length > 0 ? <Children node={node} /> : undefined}
      </EmptyNotice>
    </div>
  );
}

const ALERTS: Readonly<Record<string, { icon: string; tone: string }>> = {
  info: { icon: "info", tone: "text-accent" },
  success: { icon: "check", tone: "text-success" },
  warning: { icon: "alert", tone: "text-warning" },
  danger: { icon: "alert", tone: "text-danger" },
};

export function AlertNotice(props: { tone: string; title: string; text?: string | undefined; children?: ReactNode }) {
  const { icon, tone } = ALERTS[props.tone] ?? { icon: "info", tone: "text-accent" };
  const urgent = props.tone === "danger" || props.tone === "warning";
  return (
    <div role={urgent ? "alert" : "status"} className="flex gap-2 rounded border border-line bg-raised p-3">
      <Glyph name={icon} className={`mt-0.5 ${tone}`} />
      <div className="min-w-0 flex-1">
        <p className="break-words font-semibold">{props.title}</p>
        {props.text !== undefined && props.text !== "" && (
          <p className="selectable break-words text-muted">{props.text}</p>
        )}
        {props.children !== undefined && <div className="mt-2 flex flex-wrap gap-2">{props.children}</div>}
      </div>
    </div>
  );
}

export function Alert({ node }: NodeProps) {
  return (
    <div className={growClass(node.props)}>
      <AlertNotice
        tone={textField(node.props, "tone") ?? "info"}
        title={textField(node.props, "title") ?? ""}
        text={textField(node.props, "text")}
      >
        {node.children.length > 0 ? <Children node={node} /> : undefined}
      </AlertNotice>
    </div>
  );
}

export function Progress({ node }: NodeProps) {
  const value = numberField(node.props, "value");
  return (
    <div
      role="progressbar"
      aria-label={labelOf(node.props)}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={value === undefined ? undefined : Math.round(value * 100)}
      className={classNames("h-1 overflow-hidden rounded bg-line", growClass(node.props))}
    >
      <div
        className={classNames("h-full rounded bg-accent", value === undefined && "w-1/3 animate-pulse")}
        style={value === undefined ? undefined : { width: `${value * 100}%` }}
      />
    </div>
  );
}

export function Spinner({ node }: NodeProps) {
  return (
    <div role="status" className={classNames("flex items-center gap-2 text-muted", growClass(node.props))}>
      <Glyph name="loader" className="animate-spin" />
      <span>{labelOf(node.props)}</span>
    </div>
  );
}
