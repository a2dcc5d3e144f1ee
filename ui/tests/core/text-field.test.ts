import { describe, expect, it } from "vitest";
import { TextFieldState, textAfter } from "@/core/text-field";

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

  it("announces what the browser is about to do, and does not say it twice", () => {
    const field = new TextFieldState({ value: "n", edit: 3 });
    expect(field.announce("ne")).toEqual({ value: "ne", edit: 4 });
    expect(field.value).toBe("n");
    expect(field.type("ne")).toBeNull();
    expect([field.value, field.edit]).toEqual(["ne", 4]);
    expect(field.announce("ne")).toBeNull();
  });

  it("corrects an announcement that did not come true under a number of its own", () => {
    const field = new TextFieldState({ value: "n", edit: 3 });
    field.announce("ne");
    expect(field.announce("nee")).toBeNull();
    expect(field.type("nE")).toEqual({ value: "nE", edit: 5 });
    field.announce("nEx");
    expect(field.type("nE")).toEqual({ value: "nE", edit: 7 });
    expect(field.offer({ value: "nEx", edit: 6 })).toBe(false);
  });
});

describe("the text after a key", () => {
  const field = { value: "needle", selectionStart: 4, selectionEnd: 4, maxLength: -1 };
  const key = (inputType: string, data: string | null = null) => ({
    inputType,
    data,
    isComposing: false,
    defaultPrevented: false,
  });

  it("is known for a typed character and for one taken back, at the caret or over a selection", () => {
    expect(textAfter(key("insertText", "x"), field)).toBe("needxle");
    expect(textAfter(key("deleteContentBackward"), field)).toBe("neele");
    const selected = { ...field, selectionStart: 0, selectionEnd: 4 };
    expect(textAfter(key("insertText", "x"), selected)).toBe("xle");
    expect(textAfter(key("deleteContentBackward"), selected)).toBe("le");
  });

  it("is left to the browser where only the browser knows it", () => {
    expect(textAfter({ ...key("insertText", "x"), isComposing: true }, field)).toBeNull();
    expect(textAfter({ ...key("insertText", "x"), defaultPrevented: true }, field)).toBeNull();
    expect(textAfter(key("insertFromPaste"), field)).toBeNull();
    expect(textAfter(key("deleteWordBackward"), field)).toBeNull();
    expect(textAfter(key("insertText", "x"), { ...field, maxLength: 6 })).toBeNull();
    expect(textAfter(key("insertText", "x"), { ...field, selectionStart: null })).toBeNull();
    const start = { ...field, selectionStart: 0, selectionEnd: 0 };
    expect(textAfter(key("deleteContentBackward"), start)).toBeNull();
    const accent = { ...field, value: "e\u0301x", selectionStart: 2, selectionEnd: 2 };
    expect(textAfter(key("deleteContentBackward"), accent)).toBeNull();
  });
});
