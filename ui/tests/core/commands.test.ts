import { beforeEach, describe, expect, it } from "vitest";
import { CommandRegistry } from "@/core/commands";
import { type KeyPress, nameOfKey } from "@/core/keys";

function press(key: string, modifiers: Partial<KeyPress> = {}): KeyPress {
  return { key, code: "", ctrlKey: false, shiftKey: false, altKey: false, metaKey: false, ...modifiers };
}

const ctrl = (key: string) => press(key, { ctrlKey: true });

describe("names of keys", () => {
  it("are the same whether the platform says e or E", () => {
    const modifiers = { ctrlKey: true, shiftKey: true, code: "KeyE" };
    expect(nameOfKey(press("e", modifiers))).toBe("Ctrl+Shift+E");
    expect(nameOfKey(press("E", modifiers))).toBe("Ctrl+Shift+E");
  });

  it("follow the layout where it has Latin letters, else the place on the keyboard", () => {
    expect(nameOfKey(press("a", { code: "KeyQ" }))).toBe("A");
    expect(nameOfKey(press("ф", { code: "KeyA", ctrlKey: true }))).toBe("Ctrl+A");
  });

  it("are none for a modifier alone", () => {
    expect(nameOfKey(press("Control", { ctrlKey: true }))).toBeNull();
    expect(nameOfKey(press(" "))).toBe("Space");
    expect(nameOfKey(press("F6", { shiftKey: true }))).toBe("Shift+F6");
  });
});

describe("commands", () => {
  let ran: string[];
  let commands: CommandRegistry;
  let chords: Array<string | null>;

  beforeEach(() => {
    ran = [];
    chords = [];
    commands = new CommandRegistry();
    commands.onChord((started) => chords.push(started));
    commands.register({ id: "open", title: "Open", key: "Ctrl+K Ctrl+O", run: () => ran.push("open") });
    commands.register({ id: "bar", title: "Bar", key: "Ctrl+B", run: () => ran.push("bar") });
    commands.register({ id: "off", title: "Off", key: "Ctrl+W", enabled: () => false, run: () => ran.push("off") });
  });

  it("run by key, and leave other keys alone", () => {
    expect(commands.press(ctrl("b"))).toBe("ran");
    expect(commands.press(ctrl("x"))).toBe("unbound");
    expect(commands.press(ctrl("w"))).toBe("unbound");
    expect(ran).toEqual(["bar"]);
  });

  it("run by chord, with Ctrl held or pressed again", () => {
    expect(commands.press(ctrl("k"))).toBe("waiting");
    expect(commands.press(press("Control", { ctrlKey: true }))).toBe("waiting");
    expect(commands.press(ctrl("o"))).toBe("ran");
    expect(ran).toEqual(["open"]);
    expect(chords).toEqual(["Ctrl+K", null]);
  });

  it("swallow the second key of an unknown chord, once", () => {
    commands.press(ctrl("k"));
    expect(commands.press(ctrl("b"))).toBe("unknown-chord");
    expect(commands.press(ctrl("b"))).toBe("ran");
    expect(ran).toEqual(["bar"]);
  });

  it("cannot share an id or a key", () => {
    expect(() => commands.register({ id: "bar", title: "", run: () => {} })).toThrow(/twice/);
    expect(() => commands.register({ id: "other", title: "", key: "Ctrl+B", run: () => {} })).toThrow(/Ctrl\+B/);
  });
});
