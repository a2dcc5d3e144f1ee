import type { ReactNode } from "react";
import { useEffect, useRef } from "react";
import { field, textField } from "@/core/json";
import { classNames } from "./class-names";
import { Glyph } from "./Icon";
import { growClass, labelOf, type NodeProps } from "./node-context";

const VARIANTS = {
  primary: "bg-accent-strong text-accent-ink hover:brightness-110",
  secondary: "border border-line-strong bg-raised text-ink hover:bg-hover",
  ghost: "text-ink hover:bg-hover",
  danger: "border border-danger bg-raised text-danger hover:bg-hover",
} as const;

export type ButtonVariant = keyof typeof VARIANTS;

/** A button that stays focusable when disabled, so that focus is not lost at the moment it becomes so. */
export function PushButton(props: {
  variant?: ButtonVariant;
  icon?: string | undefined;
  disabled?: boolean;
  className?: string;
  onPress: () => void;
  children: ReactNode;
  buttonRef?: React.Ref<HTMLButtonElement>;
}) {
  const disabled = props.disabled === true;
  return (
    <button
      ref={props.buttonRef}
      type="button"
      aria-disabled={disabled || undefined}
      onClick={disabled ? undefined : props.onPress}
      className={classNames(
        "inline-flex h-7 items-center justify-center gap-1.5 rounded px-3 font-medium focus-visible:outline-offset-1",
        VARIANTS[props.variant ?? "secondary"],
        disabled && "cursor-default opacity-50",
        props.className,
      )}
    >
      {props.icon !== undefined && <Glyph name={props.icon} size={14} />}
      <span className="truncate">{props.children}</span>
    </button>
  );
}

/** A square button with a picture; the label is its accessible name and its tooltip. */
export function PictureButton(props: {
  icon: string;
  label: string;
  disabled?: boolean;
  pressed?: boolean | undefined;
  className?: string;
  tabIndex?: number;
  iconSize?: number;
  onPress: () => void;
  buttonRef?: React.Ref<HTMLButtonElement>;
}) {
  const disabled = props.disabled === true;
  return (
    <button
      ref={props.buttonRef}
      type="button"
      tabIndex={props.tabIndex}
      aria-label={props.label}
      title={props.label}
      aria-pressed={props.pressed}
      aria-disabled={disabled || undefined}
      onClick={disabled ? undefined : props.onPress}
      className={classNames(
        "inline-flex items-center justify-center rounded text-muted hover:bg-hover hover:text-ink",
        props.pressed === true && "bg-selected text-ink",
        disabled && "opacity-50",
        props.className ?? "h-6 w-6",
      )}
    >
      <Glyph name={props.icon} size={props.iconSize ?? 14} />
    </button>
  );
}

export function useNodeFocus({ node, view }: NodeProps) {
  const element = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    return view.registerFocus(node.id, () => {
      element.current?.focus();
      return element.current !== null;
    });
  }, [view, node.id]);
  return element;
}

export function Button(props: NodeProps) {
  const { node, view } = props;
  const element = useNodeFocus(props);
  const variant = textField(node.props, "variant");
  return (
    <PushButton
      buttonRef={element}
      variant={variant !== undefined && Object.hasOwn(VARIANTS, variant) ? (variant as ButtonVariant) : "secondary"}
      icon={textField(node.props, "icon")}
      disabled={field(node.props, "disabled") === true}
      className={growClass(node.props)}
      onPress={() => view.emit(node.id, "press")}
    >
      {textField(node.props, "text")}
    </PushButton>
  );
}

export function IconButton(props: NodeProps) {
  const { node, view } = props;
  const element = useNodeFocus(props);
  const pressed = field(node.props, "pressed");
  return (
    <PictureButton
      buttonRef={element}
      icon={textField(node.props, "icon") ?? ""}
      label={labelOf(node.props) ?? ""}
      disabled={field(node.props, "disabled") === true}
      pressed={typeof pressed === "boolean" ? pressed : undefined}
      onPress={() => view.emit(node.id, "press")}
    />
  );
}
