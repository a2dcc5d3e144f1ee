import { act, fireEvent } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "@/core/json";
import { node } from "../host";
import { drawView } from "./view";

const KEYS = [
  { key: "ArrowDown", action: "focus", target: "missing" },
  { key: "ArrowDown", action: "focus", target: "go" },
  { key: "Escape", action: "emit", event: "clear" },
];

function tree(props: JsonObject = {}) {
  const field = node(
    "f",
    "TextField",
    { label: "Search", value: "", edit: 0, keys: KEYS, ...props },
    [],
    ["change", "submit", "clear"],
  );
  return node("root", "Column", {}, [field, node("go", "Button", { text: "Go" })]);
}

function input(screen: ReturnType<typeof drawView>["screen"]) {
  return screen.getByRole("textbox", { name: "Search" }) as HTMLInputElement;
}

describe("a text field", () => {
  it("sends every change with its number and is not overwritten by old echoes", async () => {
    const { host, screen, patch } = drawView(tree());
    await userEvent.type(input(screen), "ab");
    patch({ op: "set", id: "f", props: { value: "a", edit: 1 } });
    expect(input(screen).value).toBe("ab");
    expect(host.events("change")).toEqual([
      { value: "a", edit: 1 },
      { value: "ab", edit: 2 },
    ]);
    patch({ op: "set", id: "f", props: { value: "AB", edit: 2 } });
    expect(input(screen).value).toBe("AB");
  });

  it("tells of a key before the browser has carried it out, once", () => {
    const { host, screen } = drawView(tree());
    const element = input(screen);
    const key = { inputType: "insertText", data: "a", bubbles: true, cancelable: true };
    element.dispatchEvent(new InputEvent("beforeinput", key));
    expect(element.value).toBe("");
    expect(host.events("change")).toEqual([{ value: "a", edit: 1 }]);
    fireEvent.input(element, { target: { value: "a" } });
    expect(host.events("change")).toHaveLength(1);
    expect(element.value).toBe("a");
  });

  it("keeps the caret when other things of the field change, and over a restart", async () => {
    const { host, screen, patch, renderTree } = drawView(tree());
    await userEvent.type(input(screen), "needle");
    act(() => input(screen).setSelectionRange(2, 4));
    patch({ op: "set", id: "f", props: { placeholder: "new" } });
    renderTree(tree({ value: "need", edit: 4 }), 2);
    expect(document.activeElement).toBe(input(screen));
    expect(input(screen).value).toBe("needle");
    expect([input(screen).selectionStart, input(screen).selectionEnd]).toEqual([2, 4]);
    expect(host.events("change").at(-1)).toEqual({ value: "needle", edit: 7 });
  });

  it("carries out key rules at once: the first target there is gets the focus", async () => {
    const { screen } = drawView(tree());
    await userEvent.type(input(screen), "{ArrowDown}");
    expect(document.activeElement).toBe(screen.getByRole("button", { name: "Go" }));
  });

  it("is submitted by Enter and cleared by key or button", async () => {
    const { host, screen } = drawView(tree());
    await userEvent.type(input(screen), "x{Enter}");
    expect(host.events("submit")).toEqual([{ value: "x", edit: 1 }]);
    await userEvent.keyboard("{Escape}");
    expect(input(screen).value).toBe("");
    expect(host.events("clear")).toEqual([{ edit: 2 }]);
    await userEvent.type(input(screen), "y");
    await userEvent.click(screen.getByRole("button", { name: "Clear Search" }));
    expect(host.events("change").at(-1)).toEqual({ value: "", edit: 4 });
    expect(document.activeElement).toBe(input(screen));
  });
});
