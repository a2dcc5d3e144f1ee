import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useSyncExternalStore } from "react";
import { text } from "@/core/catalogue";
import { field, isObject, type JsonObject, numberField, textField } from "@/core/json";
import { nameOfKey } from "@/core/keys";
import { textAfter } from "@/core/text-field";
import { classNames } from "./class-names";
import { useLasted } from "./Feedback";
import { Glyph } from "./Icon";
import { domId, growClass, labelOf, type NodeProps } from "./node-context";

/**
 * The element holds the text; React never writes its value. It is written only when the model's text differs from what the
 * user sees, so the caret and an unfinished composition are left alone.
 */
export function TextField({ node, view }: NodeProps) {
  const input = useRef<HTMLInputElement>(null);
  const composing = useRef(false);
  const state = view.textField(node.id);
  const value = useSyncExternalStore(
    (listener) => state.subscribe(listener),
    () => state.value,
  );
  const label = labelOf(node.props) ?? "";
  const icon = textField(node.props, "icon");
  const disabled = field(node.props, "disabled") === true;
  const busy = useLasted(field(node.props, "busy") === true);

  useLayoutEffect(() => {
    const element = input.current;
    if (element !== null && element.value !== value && !composing.current) element.value = value;
  }, [value]);

  useEffect(() => {
    return view.registerFocus(node.id, () => {
      input.current?.focus();
      input.current?.select();
      return input.current !== null;
    });
  }, [view, node.id]);

  // Told before the browser has changed the document and laid it out: the answer is that much earlier.
  useEffect(() => {
    const element = input.current;
    if (element === null) return;
    const onBeforeInput = (event: InputEvent) => {
      const next = composing.current ? null : textAfter(event, element);
      const change = next === null ? null : state.announce(next);
      if (change !== null) view.emit(node.id, "change", { value: change.value, edit: change.edit });
    };
    element.addEventListener("beforeinput", onBeforeInput);
    return () => element.removeEventListener("beforeinput", onBeforeInput);
  }, [view, node.id, state]);

  const type = (next: string) => {
    const change = state.type(next);
    if (change !== null) view.emit(node.id, "change", { value: change.value, edit: change.edit });
    return change !== null;
  };
  const clear = () => {
    const changed = type("");
    view.emit(node.id, "clear", { edit: state.edit });
    return changed;
  };
  const submit = () => view.emit(node.id, "submit", { value: state.value, edit: state.edit });

  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.nativeEvent.isComposing) return;
    const name = nameOfKey(event);
    for (const rule of rulesFor(node.props, name)) {
      const action = textField(rule, "action");
      if (action === "focus" && view.focus(textField(rule, "target") ?? "")) return event.preventDefault();
      if (action === "emit" && textField(rule, "event") === "submit") {
        submit();
        return event.preventDefault();
      }
      if (action === "emit" && textField(rule, "event") === "clear") {
        // Nothing to clear: the key keeps its wider meaning.
        if (!clear()) return;
        event.stopPropagation();
        return event.preventDefault();
      }
    }
    if (name === "Enter") {
      submit();
      event.preventDefault();
    }
  };

  return (
    <div
      className={classNames(
        "flex h-7 items-center gap-1.5 rounded border border-line-strong bg-field px-2 focus-within:border-focus",
        disabled && "opacity-50",
        growClass(node.props),
      )}
    >
      {icon !== undefined && <Glyph name={icon} size={14} className="text-muted" />}
      <input
        ref={input}
        id={domId(view, node)}
        type="text"
        aria-label={label}
        title={label}
        placeholder={textField(node.props, "placeholder")}
        defaultValue={value}
        readOnly={disabled}
        aria-disabled={disabled || undefined}
        maxLength={numberField(node.props, "maxLength") ?? 65_536}
        spellCheck={false}
        autoComplete="off"
        className="min-w-0 flex-1 bg-transparent outline-none"
        onInput={(event) => type(event.currentTarget.value)}
        onCompositionStart={() => {
          composing.current = true;
        }}
        onCompositionEnd={(event) => {
          composing.current = false;
          type(event.currentTarget.value);
        }}
        onKeyDown={onKeyDown}
      />
      {busy && (
        <span role="status" aria-label={text("field.busy")} className="inline-flex">
          <Glyph name="loader" size={14} className="animate-spin text-muted" />
        </span>
      )}
      {value !== "" && !disabled && (
        <button
          type="button"
          aria-label={text("field.clear", { label })}
          title={text("field.clear", { label })}
          className="-mr-1 inline-flex h-5 w-5 items-center justify-center rounded text-muted hover:bg-hover hover:text-ink"
          onClick={() => {
            clear();
            input.current?.focus();
          }}
        >
          <Glyph name="x" size={14} />
        </button>
      )}
    </div>
  );
}

function rulesFor(props: JsonObject, name: string | null): JsonObject[] {
  const rules = field(props, "keys");
  if (name === null || !Array.isArray(rules)) return [];
  return (rules as JsonObject[]).filter((rule) => isObject(rule) && textField(rule, "key") === name);
}
