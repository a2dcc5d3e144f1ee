/** The active row of a collection, shared between user and extension by edit numbers as a text field's value is. */
export class ActiveRow {
  #index = 0;
  #edit = 0;

  get index(): number {
    return this.#index;
  }

  get edit(): number {
    return this.#edit;
  }

  /** The user moved; returns the edit number of the move. */
  move(index: number): number {
    this.#index = index;
    return ++this.#edit;
  }

  /** Takes the extension's row unless the user has moved since; says whether the row changed. */
  offer(index: number, edit: number): boolean {
    if (edit < this.#edit) return false;
    this.#edit = edit;
    const changed = index !== this.#index;
    this.#index = index;
    return changed;
  }
}
