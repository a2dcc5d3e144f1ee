import { describe, expect, it } from "vitest";
import { TextFieldState } from "@/core/text-field";

describe("a text field", () => {
  it("numbers the user's changes from the extension's last one", () => {
    const field = new TextFieldState({ value: "a", edit: 6 });
    expect(field.type("ab")).toEqual({ value: "ab", edit: 7 });
    expect(field.type("ab")).toBeNull();
    expect(field.type("abc")).toEqual({ value: "abc", edit: 8 });
  });

  it("ignores an echo older than the typing", () => {
    const field = new TextFieldState({ value: "", edit: 0 });
    field.type("n");
    field.type("ne");
    expect(field.offer({ value: "n", edit: 1 })).toBe(false);
    expect(field.value).toBe("ne");
  });

  it("takes what the extension made of the newest typing", () => {
    const field = new TextFieldState({ value: "", edit: 0 });
    field.type(" ne");
    expect(field.offer({ value: "ne", edit: 1 })).toBe(true);
    expect(field.value).toBe("ne");
  });

  it("tells its subscribers of a new text only", () => {
    const field = new TextFieldState({ value: "a", edit: 0 });
    let told = 0;
    const stop = field.subscribe(() => told++);
    field.offer({ value: "a", edit: 1 });
    expect(told).toBe(0);
    field.offer({ value: "b", edit: 2 });
    stop();
    field.offer({ value: "c", edit: 3 });
    expect(told).toBe(1);
  });

  it("after a restart sends the user's text when the new process has another", () => {
    const field = new TextFieldState({ value: "", edit: 0 });
    field.type("need");
    field.type("needle");
    expect(field.restart({ value: "need", edit: 1 })).toEqual({ value: "needle", edit: 3 });
    expect(field.value).toBe("needle");
  });

  it("after a restart sends nothing when the new process has the text, or the user never typed", () => {
    const typed = new TextFieldState({ value: "", edit: 0 });
    typed.type("needle");
    expect(typed.restart({ value: "needle", edit: 1 })).toBeNull();
    const untouched = new TextFieldState({ value: "old", edit: 4 });
    expect(untouched.restart({ value: "new", edit: 0 })).toBeNull();
    expect(untouched.value).toBe("new");
  });
});
