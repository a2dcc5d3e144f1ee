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

  /** The user changed the text: returns what the `change` event carries, or null when nothing changed. */
  type(value: string): TextOffer | null {
    if (value === this.#value) return null;
    this.#owned = true;
    this.#edit++;
    this.#become(value);
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
