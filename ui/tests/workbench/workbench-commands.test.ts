import { describe, expect, it } from "vitest";
import { catalogue, failureText } from "@/core/catalogue";
import { nameOfKey } from "@/core/keys";
import { PartFocus } from "@/workbench/parts";
import { workbenchCommands } from "@/workbench/workbench-commands";
import { startSession } from "../host";

/** What the browser would say when a name of a key is pressed; the way back must give the same name. */
function pressed(name: string) {
  const parts = name.split("+");
  const last = parts.at(-1) ?? "";
  const has = (modifier: string) => parts.slice(0, -1).includes(modifier);
  return {
    key: last,
    code: "",
    ctrlKey: has("Ctrl"),
    shiftKey: has("Shift"),
    altKey: has("Alt"),
    metaKey: has("Meta"),
  };
}

describe("the workbench's commands", () => {
  const commands = workbenchCommands(startSession().session, new PartFocus()).all();

  it("each have an id, a title and a key that can be pressed", () => {
    expect(commands.length).toBeGreaterThan(5);
    for (const { id, title, key } of commands) {
      expect(id).toMatch(/^[a-z]+(\.[a-zA-Z]+)+$/);
      expect(title, id).toBe(catalogue[`command.${id}` as keyof typeof catalogue]);
      for (const half of (key ?? "none").split(" ")) expect(nameOfKey(pressed(half)), id).toBe(half);
    }
  });

  it("are all there is under command. in the catalogue, and each title is its own", () => {
    const named = Object.keys(catalogue).filter((key) => key.startsWith("command.") && key !== "command.withKey");
    expect(named.sort()).toEqual(commands.map(({ id }) => `command.${id}`).sort());
    expect(new Set(commands.map(({ title }) => title)).size).toBe(commands.length);
  });
});

describe("a failure", () => {
  it("is shown with the id its sender gave it, else the name of its code", () => {
    expect(failureText({ code: -32012, message: "Gone.", data: { id: "folder.missing" } })).toBe(
      "Gone. (folder.missing)",
    );
    expect(failureText({ code: -32003, message: "Late." })).toBe("Late. (deadline_exceeded)");
    expect(failureText({ code: 7, message: "Odd." })).toBe("Odd. (7)");
  });
});
