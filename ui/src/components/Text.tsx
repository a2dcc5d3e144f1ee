import { createElement } from "react";
import { numberField, textField } from "@/core/json";
import { classNames } from "./class-names";
import { growClass, type NodeProps } from "./node-context";
import { toneClass } from "./tone";

export function Text({ node }: NodeProps) {
  const live = textField(node.props, "live") === "polite";
  const small = textField(node.props, "size") === "small";
  return (
    <p
      className={classNames("break-words", small && "text-sm", toneClass(node.props["tone"]), growClass(node.props))}
      {...(live ? { role: "status" } : {})}
    >
      {textField(node.props, "text")}
    </p>
  );
}

export function Heading({ node }: NodeProps) {
  const level = numberField(node.props, "level") ?? 2;
  const className = classNames("font-semibold break-words", level <= 2 && "text-lg", growClass(node.props));
  return createElement(`h${level}`, { className }, textField(node.props, "text"));
}

export function Badge({ node }: NodeProps) {
  return (
    <span className={classNames("rounded border border-line bg-raised px-1.5 text-xs", toneClass(node.props["tone"]))}>
      {textField(node.props, "text")}
    </span>
  );
}
