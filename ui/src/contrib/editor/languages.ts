import type { Extension } from "@codemirror/state";
import { fileExtension } from "@/core/paths";

type Load = () => Promise<Extension>;

const cpp: Load = async () => (await import("@codemirror/lang-cpp")).cpp();
const python: Load = async () => (await import("@codemirror/lang-python")).python();
const json: Load = async () => (await import("@codemirror/lang-json")).json();
const markdown: Load = async () => (await import("@codemirror/lang-markdown")).markdown();
const css: Load = async () => (await import("@codemirror/lang-css")).css();
const html: Load = async () => (await import("@codemirror/lang-html")).html();
const rust: Load = async () => (await import("@codemirror/lang-rust")).rust();
const javascript: Load = async () => (await import("@codemirror/lang-javascript")).javascript({ jsx: true });
const typescript: Load = async () =>
  (await import("@codemirror/lang-javascript")).javascript({ jsx: true, typescript: true });

const languages: ReadonlyMap<string, Load> = new Map([
  ...["c", "cc", "cpp", "cxx", "h", "hh", "hpp", "hxx", "ipp"].map((name): [string, Load] => [name, cpp]),
  ...["py", "pyi"].map((name): [string, Load] => [name, python]),
  ...["js", "jsx", "mjs", "cjs"].map((name): [string, Load] => [name, javascript]),
  ...["ts", "tsx", "mts", "cts"].map((name): [string, Load] => [name, typescript]),
  ...["json", "webmanifest"].map((name): [string, Load] => [name, json]),
  ...["md", "markdown"].map((name): [string, Load] => [name, markdown]),
  ...["html", "htm"].map((name): [string, Load] => [name, html]),
  ["css", css],
  ["rs", rust],
]);

/** The grammar for a file, loaded when first needed; null where there is none. */
export function languageOf(path: string): Load | null {
  return languages.get(fileExtension(path)) ?? null;
}
