import { describe, expect, it } from "vitest";
import { catalogue, formatSize, text } from "@/core/catalogue";
import { labelParts } from "@/core/label-parts";
import { displayPath, fileExtension, workspaceUrl } from "@/core/paths";
import { hitInLine } from "@/core/text-position";

describe("paths", () => {
  it("are shown unescaped, with what is not text made visible", () => {
    expect(displayPath("a b/100%25.txt")).toBe("a b/100%.txt");
    expect(displayPath("bad%FFname")).toBe("bad\ufffdname");
    expect(displayPath("%C3%A9é")).toBe("éé");
    expect(displayPath("two\nlines")).toBe("two\u240alines");
    expect(displayPath("half%2")).toBe("half%2");
  });

  it("become an address by encoding each segment of the escaped path", () => {
    expect(workspaceUrl("a b/100%25 #?.txt")).toBe("/workspace/a%20b/100%2525%20%23%3F.txt");
  });

  it("have an extension, or are known by their whole name", () => {
    expect(fileExtension("a/B.CPP")).toBe("cpp");
    expect(fileExtension("x.d/Makefile")).toBe("makefile");
    expect(fileExtension(".gitignore")).toBe(".gitignore");
  });
});

describe("places in a line", () => {
  it("count bytes on the wire and UTF-16 units here", () => {
    expect(hitInLine("needle", 1, 6)).toEqual({ start: 0, end: 6 });
    expect(hitInLine("é😀 needle", 8, 6)).toEqual({ start: 4, end: 10 });
    expect(hitInLine("short", 50, 6)).toEqual({ start: 5, end: 5 });
  });
});

describe("labels", () => {
  it("are cut into plain and highlighted parts", () => {
    expect(
      labelParts(
        "ab cd",
        [
          [0, 1],
          [3, 5],
        ],
        false,
      ),
    ).toEqual([
      { text: "a", match: true },
      { text: "b ", match: false },
      { text: "cd", match: true },
    ]);
  });

  it("pass over matches that overlap or lie outside", () => {
    expect(
      labelParts(
        "abc",
        [
          [0, 2],
          [1, 3],
          [9, 12],
          [2, 1],
        ],
        false,
      )
        .map(({ text: part }) => part)
        .join(""),
    ).toBe("abc");
  });

  it("begin near the first match when the line is long", () => {
    const parts = labelParts(`${" ".repeat(8)}${"x".repeat(100)}needle`, [[108, 114]], true);
    expect(parts[0]).toEqual({ text: "…", match: false });
    expect(parts.map(({ text: part }) => part).join("").length).toBeLessThan(30);
    expect(parts.at(-1)).toEqual({ text: "needle", match: true });
    expect(labelParts("    needle", [[4, 10]], true)).toEqual([{ text: "needle", match: true }]);
  });
});

describe("the catalogue", () => {
  it("fills in what is given and nothing inherited", () => {
    expect(text("status.position", { line: 3, column: 4 })).toBe("Ln 3, Col 4");
    expect(text("status.position", {})).toContain("{line}");
    for (const words of Object.values(catalogue)) expect(words.trim()).not.toBe("");
  });

  it("writes sizes", () => {
    expect(formatSize(12)).toBe("12 bytes");
    expect(formatSize(3 * 1024 ** 3)).toBe("3.00 GB");
  });
});
