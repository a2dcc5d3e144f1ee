/** The parts F6 walks through, in this order; each is an element with `data-part`. */
export const PARTS = ["activityBar", "sideBar", "editor", "statusBar"] as const;
export type Part = (typeof PARTS)[number];

const FOCUSABLE = 'button, input, a[href], [tabindex="0"], [contenteditable="true"]';

/** Remembers where the focus was in each part, and which part it came from. */
export class PartFocus {
  readonly #last = new Map<Part, HTMLElement>();
  #current: Part | null = null;
  #previous: Part | null = null;

  /** To be told of every element that takes focus. */
  noteFocus(element: Element | null): void {
    const part = partOf(element);
    if (part === null || !(element instanceof HTMLElement)) return;
    this.#last.set(part, element);
    if (part === this.#current) return;
    this.#previous = this.#current;
    this.#current = part;
  }

  get current(): Part | null {
    return partOf(document.activeElement);
  }

  focus(part: Part): boolean {
    const box = document.querySelector<HTMLElement>(`[data-part="${part}"]`);
    if (box === null) return false;
    const last = this.#last.get(part);
    const kept = last?.isConnected === true && last !== box ? last : null;
    const target = kept ?? box.querySelector<HTMLElement>("[data-part-focus]") ?? firstFocusable(box) ?? box;
    target.focus();
    return document.activeElement === target;
  }

  step(by: 1 | -1): void {
    const at = PARTS.indexOf(this.current ?? "statusBar");
    for (let count = 1; count <= PARTS.length; count++) {
      const part = PARTS[(at + by * count + PARTS.length * count) % PARTS.length];
      if (part !== undefined && this.focus(part)) return;
    }
  }

  /** Back to the part the focus came from; the editor if there is none. */
  goBack(): boolean {
    const from = this.current;
    if (from === null) return false;
    const back = this.#previous ?? "editor";
    return back !== from && this.focus(back);
  }
}

function firstFocusable(box: HTMLElement): HTMLElement | undefined {
  return [...box.querySelectorAll<HTMLElement>(FOCUSABLE)].find((element) => element.tabIndex >= 0);
}

function partOf(element: Element | null): Part | null {
  const part = element?.closest<HTMLElement>("[data-part]")?.dataset["part"];
  return PARTS.find((known) => known === part) ?? null;
}
