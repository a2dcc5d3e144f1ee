import document from "../../schemas/components.json";
import { field, isObject, type Json, type JsonObject } from "./json";
import { limits } from "./limits";

interface PropRule {
  readonly type: "string" | "boolean" | "integer" | "number" | "array" | "object" | "icon" | "url" | "id" | "enum";
  readonly required: boolean;
  readonly minimum: number;
  readonly maximum: number;
  readonly maxLength: number;
  readonly maxItems: number;
  readonly values: ReadonlySet<string>;
  readonly items: PropRule | null;
  readonly props: ReadonlyMap<string, PropRule> | null;
}

export interface ComponentSchema {
  readonly name: string;
  readonly children: boolean;
  readonly props: ReadonlyMap<string, PropRule>;
  readonly events: ReadonlySet<string>;
}

/** What is wrong, and where: `path` continues the node's own path, as `/props/value`. */
export interface SchemaFault {
  readonly path: string;
  readonly message: string;
}

export const ID_PATTERN = /^[A-Za-z0-9_.:/-]{1,128}$/;

const icons: ReadonlySet<string> = new Set(document.icons);
const schemes: ReadonlySet<string> = new Set(document.urlSchemes);
const NO_VALUES: ReadonlySet<string> = new Set();

function compileRule(source: JsonObject): PropRule {
  const values = field(source, "enum");
  const items = field(source, "items");
  const props = field(source, "props");
  const number = (name: string, fallback: number) => {
    const value = field(source, name);
    return typeof value === "number" ? value : fallback;
  };
  return {
    type: (Array.isArray(values) ? "enum" : field(source, "type")) as PropRule["type"],
    required: field(source, "required") === true,
    minimum: number("minimum", Number.NEGATIVE_INFINITY),
    maximum: number("maximum", Number.POSITIVE_INFINITY),
    maxLength: number("maxLength", Number.POSITIVE_INFINITY),
    maxItems: number("maxItems", Number.POSITIVE_INFINITY),
    values: Array.isArray(values) ? new Set(values as string[]) : NO_VALUES,
    items: isObject(items) ? compileRule(items) : null,
    props: isObject(props) ? compileProps(props) : null,
  };
}

function compileProps(source: JsonObject): Map<string, PropRule> {
  return new Map(Object.entries(source).map(([name, rule]) => [name, compileRule(rule as JsonObject)]));
}

const common = compileProps(document.common as unknown as JsonObject);

const schemas: ReadonlyMap<string, ComponentSchema> = new Map(
  Object.entries(document.components as unknown as Record<string, JsonObject>).map(([name, source]) => [
    name,
    {
      name,
      children: field(source, "children") === true,
      props: new Map([...common, ...compileProps(field(source, "props") as JsonObject)]),
      events: new Set(field(source, "events") as string[]),
    },
  ]),
);

export function schemaOf(component: string): ComponentSchema | undefined {
  return schemas.get(component);
}

export function componentNames(): string[] {
  return [...schemas.keys()];
}

/** A link may only lead to a scheme on the list; a browser ignores control characters and blanks in a scheme, so they are refused. */
export function isAllowedUrl(url: string): boolean {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(url)?.[1];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return scheme !== undefined && schemes.has(scheme.toLowerCase()) && !/[\u0000-\u0020\u007f]/.test(url);
}

function stringTooLong(value: string, maximum: number): boolean {
  // A UTF-16 unit is at most three bytes of UTF-8, so most strings are cleared without encoding them.
  if (value.length > maximum) return true;
  if (value.length * 3 <= limits.stringBytes) return false;
  return value.length > limits.stringBytes || new TextEncoder().encode(value).length > limits.stringBytes;
}

function checkValue(rule: PropRule, value: Json, path: string): SchemaFault | null {
  const wrong = (message: string): SchemaFault => ({ path, message });
  switch (rule.type) {
    case "boolean":
      return typeof value === "boolean" ? null : wrong("must be true or false");
    case "integer":
    case "number":
      if (typeof value !== "number" || !Number.isFinite(value)) return wrong("must be a number");
      if (rule.type === "integer" && !Number.isSafeInteger(value)) return wrong("must be a whole number");
      if (value < rule.minimum) return wrong(`must be at least ${rule.minimum}`);
      return value > rule.maximum ? wrong(`must be at most ${rule.maximum}`) : null;
    case "array": {
      if (!Array.isArray(value)) return wrong("must be a list");
      if (value.length > rule.maxItems) return wrong(`must have at most ${rule.maxItems} items`);
      if (rule.items === null) return null;
      for (let index = 0; index < value.length; index++) {
        const fault = checkValue(rule.items, value[index] as Json, `${path}/${index}`);
        if (fault !== null) return fault;
      }
      return null;
    }
    case "object":
      if (!isObject(value)) return wrong("must be an object");
      return rule.props === null ? null : checkFields(rule.props, value, path);
    default:
      break;
  }
  if (typeof value !== "string") return wrong("must be text");
  if (stringTooLong(value, rule.maxLength)) return wrong("is too long");
  if (rule.type === "enum" && !rule.values.has(value)) return wrong(`must be one of ${[...rule.values].join(", ")}`);
  if (rule.type === "icon" && !icons.has(value)) return wrong("is not a known icon");
  if (rule.type === "url" && !isAllowedUrl(value)) return wrong(`must be a link of ${[...schemes].join(", ")}`);
  if (rule.type === "id" && !ID_PATTERN.test(value)) return wrong("must be a node id");
  return null;
}

function checkFields(rules: ReadonlyMap<string, PropRule>, object: JsonObject, path: string): SchemaFault | null {
  for (const name of Object.keys(object)) {
    const rule = rules.get(name);
    if (rule === undefined) return { path: `${path}/${name}`, message: "is not a known property" };
    const fault = checkValue(rule, object[name] as Json, `${path}/${name}`);
    if (fault !== null) return fault;
  }
  for (const [name, rule] of rules) {
    if (rule.required && !Object.hasOwn(object, name)) return { path: `${path}/${name}`, message: "is missing" };
  }
  return null;
}

/** Null when every property is as the component's schema says. */
export function checkProps(schema: ComponentSchema, props: JsonObject): SchemaFault | null {
  return checkFields(schema.props, props, "/props");
}
