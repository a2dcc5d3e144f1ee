import { field, isObject, type Json, type JsonObject, sameJson, textField } from "./json";
import { limits } from "./limits";
import { ErrorCode, type Failure, fail, ok, type Result } from "./result";
import { checkProps, ID_PATTERN, schemaOf } from "./schema";

/** One node. Records are replaced, never changed, so identity tells React whether anything changed. */
export interface NodeRecord {
  readonly id: string;
  readonly type: string;
  readonly props: JsonObject;
  readonly children: readonly string[];
  readonly events: readonly string[];
  readonly parent: string | null;
}

export interface Change {
  /** Ids whose record is new, replaced or gone. */
  readonly touched: ReadonlySet<string>;
}

const EMPTY_PROPS: JsonObject = Object.freeze({});
const NONE: readonly string[] = Object.freeze([]);

class Refusal extends Error {
  readonly failure: Failure;
  constructor(path: string, message: string, code: number = ErrorCode.invalidParams) {
    super(message);
    this.failure = { code, message: `${path} ${message}.`, data: { path } };
  }
}

/**
 * The keyed Virtual DOM of one view. A batch is built beside the standing tree and replaces it only when every operation
 * could be applied, at a cost that depends on the batch and not on the tree.
 */
export class NodeStore {
  #nodes = new Map<string, NodeRecord>();
  #root: string | null = null;

  get root(): string | null {
    return this.#root;
  }

  get size(): number {
    return this.#nodes.size;
  }

  get(id: string): NodeRecord | undefined {
    return this.#nodes.get(id);
  }

  ids(): IterableIterator<string> {
    return this.#nodes.keys();
  }

  /** First node, in reading order, that satisfies the condition. */
  find(matches: (node: NodeRecord) => boolean): NodeRecord | undefined {
    const pending = this.#root === null ? [] : [this.#root];
    while (pending.length > 0) {
      const node = this.#nodes.get(pending.pop() as string);
      if (node === undefined) continue;
      if (matches(node)) return node;
      for (let index = node.children.length - 1; index >= 0; index--) pending.push(node.children[index] as string);
    }
    return undefined;
  }

  /** Replaces everything. Nodes that are the same as before keep their record, so they are not rendered again. */
  render(tree: Json | undefined): Result<Change> {
    const next = new Map<string, NodeRecord>();
    try {
      const root = readTree(tree, null, "", 1, next, (id) => next.has(id), limits.nodesPerView);
      const touched = new Set<string>();
      for (const [id, node] of next) {
        const old = this.#nodes.get(id);
        if (old !== undefined && sameNode(old, node)) next.set(id, old);
        else touched.add(id);
      }
      for (const id of this.#nodes.keys()) if (!next.has(id)) touched.add(id);
      this.#nodes = next;
      this.#root = root;
      return ok({ touched });
    } catch (error) {
      return refused(error);
    }
  }

  patch(operations: Json | undefined): Result<Change> {
    if (!Array.isArray(operations)) return fail(ErrorCode.invalidParams, "A patch needs a list of operations.");
    if (operations.length > limits.operationsPerBatch) {
      return fail(ErrorCode.payloadTooLarge, "The patch has too many operations.", {
        limit: limits.operationsPerBatch,
      });
    }
    const draft = new Draft(this.#nodes, this.#root);
    try {
      operations.forEach((operation, index) => {
        draft.apply(operation as Json, `/ops/${index}`);
      });
    } catch (error) {
      return refused(error);
    }
    draft.commit();
    return ok({ touched: draft.touched });
  }
}

/** Changes laid over the standing tree; null marks a node as gone. */
class Draft {
  readonly #base: Map<string, NodeRecord>;
  readonly #root: string | null;
  readonly #changed = new Map<string, NodeRecord | null>();
  #size: number;

  constructor(base: Map<string, NodeRecord>, root: string | null) {
    this.#base = base;
    this.#root = root;
    this.#size = base.size;
  }

  get touched(): ReadonlySet<string> {
    return new Set(this.#changed.keys());
  }

  commit(): void {
    for (const [id, node] of this.#changed) {
      if (node === null) this.#base.delete(id);
      else this.#base.set(id, node);
    }
  }

  apply(operation: Json, path: string): void {
    if (!isObject(operation)) throw new Refusal(path, "must be an object");
    switch (textField(operation, "op")) {
      case "insert":
        return this.#insert(operation, path);
      case "remove":
        return this.#remove(this.#required(operation, "id", path), path);
      case "move":
        return this.#move(operation, path);
      case "set":
        return this.#set(operation, path);
      default:
        throw new Refusal(`${path}/op`, "is not insert, remove, move or set");
    }
  }

  #get(id: string): NodeRecord | undefined {
    const changed = this.#changed.get(id);
    return changed === undefined ? this.#base.get(id) : (changed ?? undefined);
  }

  #required(operation: JsonObject, name: string, path: string): NodeRecord {
    const id = textField(operation, name);
    const node = id === undefined ? undefined : this.#get(id);
    if (node === undefined) throw new Refusal(`${path}/${name}`, "names no node of this view");
    return node;
  }

  #index(operation: JsonObject, count: number, path: string): number {
    const index = field(operation, "index");
    if (typeof index !== "number" || !Number.isInteger(index) || index < 0 || index > count) {
      throw new Refusal(`${path}/index`, `must be between 0 and ${count}`);
    }
    return index;
  }

  #parent(operation: JsonObject, path: string): NodeRecord {
    const parent = this.#required(operation, "parent", path);
    if (schemaOf(parent.type)?.children === false)
      throw new Refusal(`${path}/parent`, `(${parent.type}) takes no children`);
    return parent;
  }

  #depthOf(node: NodeRecord): number {
    let depth = 1;
    for (let up = node.parent; up !== null; up = this.#get(up)?.parent ?? null) depth++;
    return depth;
  }

  #pathOf(node: NodeRecord): string {
    const parent = node.parent === null ? undefined : this.#get(node.parent);
    return `${parent === undefined ? "" : this.#pathOf(parent)}/${node.id}`;
  }

  #insert(operation: JsonObject, path: string): void {
    const parent = this.#parent(operation, path);
    const index = this.#index(operation, parent.children.length, path);
    const added = new Map<string, NodeRecord>();
    const taken = (id: string) => added.has(id) || this.#get(id) !== undefined;
    const room = limits.nodesPerView - this.#size;
    const at = this.#depthOf(parent) + 1;
    const id = readTree(field(operation, "node"), parent.id, this.#pathOf(parent), at, added, taken, room);
    for (const [key, node] of added) this.#changed.set(key, node);
    this.#size += added.size;
    this.#setChildren(parent, spliced(parent.children, index, 0, id));
  }

  #remove(node: NodeRecord, path: string): void {
    const parent = node.parent === null ? undefined : this.#get(node.parent);
    if (parent === undefined || node.id === this.#root) throw new Refusal(path, "must not remove the root");
    this.#setChildren(parent, spliced(parent.children, parent.children.indexOf(node.id), 1));
    const pending = [node.id];
    for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
      pending.push(...(this.#get(id)?.children ?? NONE));
      this.#changed.set(id, null);
      this.#size--;
    }
  }

  #move(operation: JsonObject, path: string): void {
    const node = this.#required(operation, "id", path);
    if (node.parent === null) throw new Refusal(path, "must not move the root");
    const target = this.#parent(operation, path);
    for (let up: string | null = target.id; up !== null; up = this.#get(up)?.parent ?? null) {
      if (up === node.id) throw new Refusal(`${path}/parent`, "lies inside the node that moves");
    }
    const old = this.#get(node.parent) as NodeRecord;
    this.#setChildren(old, spliced(old.children, old.children.indexOf(node.id), 1));
    const parent = this.#get(target.id) as NodeRecord;
    const index = this.#index(operation, parent.children.length, path);
    if (this.#depthOf(parent) + this.#heightOf(node) > limits.depth) throw new Refusal(path, "nests too deep");
    this.#setChildren(parent, spliced(parent.children, index, 0, node.id));
    if (old.id !== parent.id) this.#changed.set(node.id, { ...node, parent: parent.id });
  }

  #heightOf(node: NodeRecord): number {
    let height = 0;
    for (const id of node.children) height = Math.max(height, this.#heightOf(this.#get(id) as NodeRecord));
    return height + 1;
  }

  #set(operation: JsonObject, path: string): void {
    const node = this.#required(operation, "id", path);
    const change = field(operation, "props");
    if (!isObject(change)) throw new Refusal(`${path}/props`, "must be an object");
    const merged = new Map<string, Json>(Object.entries(node.props));
    for (const [name, value] of Object.entries(change)) {
      if (value === null) merged.delete(name);
      else merged.set(name, value);
    }
    const props = toProps(merged);
    check(node.type, props, this.#pathOf(node));
    this.#changed.set(node.id, { ...node, props });
  }

  #setChildren(node: NodeRecord, children: readonly string[]): void {
    this.#changed.set(node.id, { ...node, children });
  }
}

/** `Object.fromEntries` defines own fields, so a name such as `__proto__` stays a mere name. */
function toProps(entries: Iterable<readonly [string, Json]>): JsonObject {
  return Object.freeze(Object.fromEntries(entries));
}

function spliced(list: readonly string[], index: number, removed: number, ...added: string[]): readonly string[] {
  return [...list.slice(0, index), ...added, ...list.slice(index + removed)];
}

function check(type: string, props: JsonObject, path: string): void {
  const schema = schemaOf(type);
  const fault = schema === undefined ? null : checkProps(schema, props);
  if (fault !== null) throw new Refusal(`${path}${fault.path}`, fault.message);
}

/** Reads a subtree into `into`; stops at the first fault, so its cost is bounded by the quotas and not by what was sent. */
function readTree(
  source: Json | undefined,
  parent: string | null,
  parentPath: string,
  depth: number,
  into: Map<string, NodeRecord>,
  taken: (id: string) => boolean,
  room: number,
): string {
  if (!isObject(source)) throw new Refusal(`${parentPath}/`, "must be a node");
  const id = textField(source, "id");
  if (id === undefined || !ID_PATTERN.test(id)) throw new Refusal(`${parentPath}/`, "has a child without a valid id");
  const path = `${parentPath}/${id}`;
  if (taken(id)) throw new Refusal(path, "has an id that is used twice");
  if (depth > limits.depth) throw new Refusal(path, `is nested deeper than ${limits.depth}`, ErrorCode.payloadTooLarge);
  if (into.size >= room) {
    throw new Refusal(path, `is more than the ${limits.nodesPerView} nodes a view may have`, ErrorCode.payloadTooLarge);
  }
  const type = textField(source, "type");
  if (type === undefined) throw new Refusal(`${path}/type`, "is missing");
  const given = field(source, "props");
  if (given !== undefined && !isObject(given)) throw new Refusal(`${path}/props`, "must be an object");
  const props =
    given === undefined ? EMPTY_PROPS : toProps(Object.entries(given).filter(([, value]) => value !== null));
  check(type, props, path);

  const kids = field(source, "children");
  if (kids !== undefined && !Array.isArray(kids)) throw new Refusal(`${path}/children`, "must be a list");
  if (kids !== undefined && kids.length > 0 && schemaOf(type)?.children === false) {
    throw new Refusal(`${path}/children`, `are not taken by ${type}`);
  }
  const children: string[] = [];
  into.set(id, { id, type, props, children, events: readEvents(field(source, "events"), path), parent });
  for (const kid of kids ?? []) children.push(readTree(kid as Json, id, path, depth + 1, into, taken, room));
  return id;
}

function readEvents(source: Json | undefined, path: string): readonly string[] {
  if (source === undefined) return NONE;
  const valid =
    Array.isArray(source) && source.length <= limits.eventsPerNode && source.every((name) => typeof name === "string");
  if (!valid) throw new Refusal(`${path}/events`, "must be a short list of names");
  return source as readonly string[];
}

function sameNode(a: NodeRecord, b: NodeRecord): boolean {
  return (
    a.type === b.type &&
    a.parent === b.parent &&
    sameJson(a.children, b.children) &&
    sameJson(a.events, b.events) &&
    sameJson(a.props, b.props)
  );
}

function refused(error: unknown): Result<Change> {
  if (error instanceof Refusal) return { ok: false, error: error.failure };
  throw error;
}
