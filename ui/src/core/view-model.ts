import { ActiveRow } from "./active-row";
import { field, isObject, type Json, type JsonObject, numberField, textField } from "./json";
import { type Change, type NodeRecord, NodeStore } from "./node-store";
import { ErrorCode, fail, ok, type Result } from "./result";
import { TextFieldState, type TextOffer } from "./text-field";

export type EmitEvent = (node: string, event: string, data: JsonObject) => void;

/** What the host keeps for a collection while rows come and go. */
export interface CollectionState {
  readonly active: ActiveRow;
  scrollTop: number;
}

type Listener = () => void;

/**
 * One view of one extension: its nodes, and everything of the user's that must outlive the process that drew them (text,
 * caret row, scroll). Knows nothing of React; components subscribe to single nodes.
 */
export class ViewModel {
  readonly id: string;
  readonly #nodes = new NodeStore();
  readonly #emit: EmitEvent;
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #viewListeners = new Set<Listener>();
  readonly #fields = new Map<string, TextFieldState>();
  readonly #collections = new Map<string, CollectionState>();
  readonly #focusable = new Map<string, () => boolean>();
  readonly #dirty = new Set<string>();
  #revision = 0;
  #generation = 0;
  #drawn = false;
  #refused = false;
  #wantedFocus: readonly string[] | null = null;

  constructor(id: string, emit: EmitEvent) {
    this.id = id;
    this.#emit = emit;
  }

  get root(): string | null {
    return this.#nodes.root;
  }

  get revision(): number {
    return this.#revision;
  }

  get generation(): number {
    return this.#generation;
  }

  get size(): number {
    return this.#nodes.size;
  }

  node(id: string): NodeRecord | undefined {
    return this.#nodes.get(id);
  }

  /** A whole tree. Null: it belongs to a process that has been replaced since, and was ignored. */
  render(tree: Json | undefined, revision: number, generation: number): Result<"taken" | "stale"> {
    if (this.#drawn && generation < this.#generation) return ok("stale");
    const result = this.#nodes.render(tree);
    if (!result.ok) {
      this.#refused = true;
      return result;
    }
    const restarted = this.#drawn && generation !== this.#generation;
    const first = !this.#drawn;
    this.#revision = revision;
    this.#generation = generation;
    this.#drawn = true;
    this.#refused = false;
    this.#took(result.value, restarted);
    if (first || restarted) for (const listener of this.#viewListeners) listener();
    return ok("taken");
  }

  /** A change of the standing tree. After a refusal only a whole tree helps, so what was under way is passed over. */
  patch(operations: Json | undefined, base: number, revision: number): Result<"taken" | "stale"> {
    if (this.#refused) return ok("stale");
    if (!this.#drawn || base !== this.#revision) {
      this.#refused = true;
      return fail(ErrorCode.invalidRequest, `The patch starts from revision ${base}, but ${this.#revision} is shown.`);
    }
    const result = this.#nodes.patch(operations);
    if (!result.ok) {
      this.#refused = true;
      return result;
    }
    this.#revision = revision;
    this.#took(result.value, false);
    return ok("taken");
  }

  /** Tells subscribers what changed since the last call: once a frame. */
  flush(): void {
    const changed = [...this.#dirty];
    this.#dirty.clear();
    for (const id of changed) for (const listener of this.#listeners.get(id) ?? []) listener();
    this.#tryWantedFocus();
  }

  subscribe(id: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(id) === listeners) this.#listeners.delete(id);
    };
  }

  /** Called when the view is drawn first, and when a new process has drawn it again. */
  subscribeView(listener: Listener): () => void {
    this.#viewListeners.add(listener);
    return () => this.#viewListeners.delete(listener);
  }

  /** Sends an event if the extension asked for it. */
  emit(node: string, event: string, data: JsonObject = {}): void {
    if (this.#nodes.get(node)?.events.includes(event)) this.#emit(node, event, data);
  }

  textField(id: string): TextFieldState {
    let state = this.#fields.get(id);
    if (state === undefined) {
      state = new TextFieldState(offerOf(this.#nodes.get(id)?.props) ?? { value: "", edit: 0 });
      this.#fields.set(id, state);
    }
    return state;
  }

  collection(id: string): CollectionState {
    let state = this.#collections.get(id);
    if (state === undefined) {
      state = { active: new ActiveRow(), scrollTop: 0 };
      this.#collections.set(id, state);
    }
    return state;
  }

  /** A component offers to take focus for its node. */
  registerFocus(id: string, focus: () => boolean): () => void {
    this.#focusable.set(id, focus);
    this.#tryWantedFocus();
    return () => {
      if (this.#focusable.get(id) === focus) this.#focusable.delete(id);
    };
  }

  focus(id: string): boolean {
    return this.#focusable.get(id)?.() ?? false;
  }

  /** Focuses the first node of the first of these types there is; if nothing is drawn yet, as soon as it is. */
  focusFirst(...types: string[]): boolean {
    this.#wantedFocus = types;
    return this.#tryWantedFocus();
  }

  forgetWantedFocus(): void {
    this.#wantedFocus = null;
  }

  #tryWantedFocus(): boolean {
    for (const type of this.#wantedFocus ?? []) {
      const node = this.#nodes.find(({ type: its, props }) => its === type && field(props, "hidden") !== true);
      if (node === undefined) continue;
      // Drawn but not mounted yet: it will offer itself, and a later choice must not be taken meanwhile.
      if (!this.focus(node.id)) return false;
      this.#wantedFocus = null;
      return true;
    }
    return false;
  }

  #took(change: Change, restarted: boolean): void {
    for (const id of change.touched) this.#dirty.add(id);
    // After a restart a field may be unchanged to the eye and yet hold text the new process has not seen.
    for (const id of restarted ? new Set([...change.touched, ...this.#fields.keys()]) : change.touched) {
      const node = this.#nodes.get(id);
      if (node?.type === "TextField") this.#tookField(node, restarted);
      else this.#fields.delete(id);
      if (node?.type === "Tree" || node?.type === "List") this.#tookCollection(node, restarted);
      else this.#collections.delete(id);
    }
  }

  #tookField(node: NodeRecord, restarted: boolean): void {
    const state = this.textField(node.id);
    const offer = offerOf(node.props);
    if (restarted) {
      const change = state.restart(offer ?? { value: "", edit: 0 });
      if (change !== null) this.emit(node.id, "change", { value: change.value, edit: change.edit });
    } else if (offer !== null) {
      state.offer(offer);
    }
  }

  #tookCollection(node: NodeRecord, restarted: boolean): void {
    const { active } = this.collection(node.id);
    const offer = field(node.props, "active");
    if (restarted && active.edit > 0) return;
    if (isObject(offer)) active.offer(numberField(offer, "index") ?? 0, numberField(offer, "edit") ?? 0);
  }
}

/** A value counts only together with the edit it answers. */
function offerOf(props: JsonObject | undefined): TextOffer | null {
  const value = props === undefined ? undefined : textField(props, "value");
  if (props === undefined || value === undefined) return null;
  const edit = numberField(props, "edit");
  return edit === undefined ? null : { value, edit };
}
