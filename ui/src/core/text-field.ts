/** What the extension says about a field's text. */
export interface TextOffer {
  readonly value: string;
  readonly edit: number;
}

/**
 * The text of one field. The host owns it while the user types: each change made here gets the next edit number, and an
 * offer is taken only when it has seen them all, so an echo never overwrites newer typing.
 */
export class TextFieldState {
  #value: string;
  #edit: number;
  /** What the browser is about to make of the text, already told under the next number. */
  #announced: string | null = null;
  /** Whether the user ever made the text what it is; otherwise the extension's word is as good as ours. */
  #owned = false;
  readonly #listeners = new Set<() => void>();

  constructor(offer: TextOffer) {
    this.#value = offer.value;
    this.#edit = offer.edit;
  }

  get value(): string {
    return this.#value;
  }

  get edit(): number {
    return this.#edit;
  }

  /** The browser is about to make the text this: returns what the `change` event carries, or null when nothing changes. */
  announce(value: string): TextOffer | null {
    if (value === this.#value || this.#announced !== null) return null;
    this.#announced = value;
    return { value, edit: this.#edit + 1 };
  }

  /**
   * The user changed the text: returns what the `change` event carries, or null when nothing changed or that has been
   * announced.
   */
  type(value: string): TextOffer | null {
    const announced = this.#announced;
    this.#announced = null;
    if (announced === null && value === this.#value) return null;
    this.#owned = true;
    this.#edit++;
    this.#become(value);
    if (value === announced) return null;
    // The number of what was announced and did not happen is used up.
    if (announced !== null) this.#edit++;
    return { value, edit: this.#edit };
  }

  /** Takes the extension's text unless the user has typed since. */
  offer(offer: TextOffer): boolean {
    if (offer.edit < this.#edit) return false;
    this.#edit = offer.edit;
    this.#become(offer.value);
    return true;
  }

  /**
   * A new process of the extension describes the field. Text of the user's stays; where it differs from what the process
   * restored, the event that tells the process is returned.
   */
  restart(offer: TextOffer): TextOffer | null {
    this.#edit = Math.max(this.#edit, offer.edit);
    if (!this.#owned) {
      this.#become(offer.value);
      return null;
    }
    if (offer.value === this.#value) return null;
    this.#edit++;
    return { value: this.#value, edit: this.#edit };
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #become(value: string): void {
    if (value === this.#value) return;
    this.#value = value;
    for (const listener of this.#listeners) listener();
  }
}

/** The parts of an input element's `beforeinput` event and of the element that say what its text will be. */
export interface ComingInput {
  readonly inputType: string;
  readonly data: string | null;
  readonly isComposing: boolean;
  readonly defaultPrevented: boolean;
}

export interface SelectedText {
  readonly value: string;
  readonly selectionStart: number | null;
  readonly selectionEnd: number | null;
  /** Negative without a limit. */
  readonly maxLength: number;
}

/** The text after a plain key, or null where only the browser knows: compositions, words, what is pasted, what is cut. */
export function textAfter(coming: ComingInput, field: SelectedText): string | null {
  const { value, selectionStart: start, selectionEnd: end } = field;
  if (coming.isComposing || coming.defaultPrevented || start === null || end === null) return null;
  if (coming.inputType === "insertText" && coming.data !== null) {
    const next = value.slice(0, start) + coming.data + value.slice(end);
    return field.maxLength >= 0 && next.length > field.maxLength ? null : next;
  }
  if (coming.inputType !== "deleteContentBackward") return null;
  if (start < end) return value.slice(0, start) + value.slice(end);
  // One character of another script may be several code units.
  const isPlain = start > 0 && value.charCodeAt(start - 1) < 0x80;
  return isPlain ? value.slice(0, start - 1) + value.slice(start) : null;
}
