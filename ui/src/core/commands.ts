import { type KeyPress, nameOfKey } from "./keys";

export interface Command {
  readonly id: string;
  readonly title: string;
  /** A key, or a chord of two separated by a blank: `Ctrl+K Ctrl+O`. */
  readonly key?: string;
  /** False leaves the key to whoever else wants it. */
  readonly enabled?: () => boolean;
  readonly run: () => void;
}

/** What became of a key press. */
export type KeyOutcome = "ran" | "waiting" | "unknown-chord" | "unbound";

/** Every action is a command with an id; menus, buttons and keys only name it. */
export class CommandRegistry {
  readonly #commands = new Map<string, Command>();
  readonly #byKey = new Map<string, Command>();
  readonly #chordStarts = new Set<string>();
  #started: string | null = null;
  #onChord: (started: string | null) => void = () => {};

  register(command: Command): void {
    if (this.#commands.has(command.id)) throw new Error(`Command ${command.id} is registered twice.`);
    this.#commands.set(command.id, command);
    if (command.key === undefined) return;
    const other = this.#byKey.get(command.key);
    if (other !== undefined) throw new Error(`${command.key} is bound to ${other.id} and ${command.id}.`);
    this.#byKey.set(command.key, command);
    const [first, second] = command.key.split(" ");
    if (first !== undefined && second !== undefined) this.#chordStarts.add(first);
  }

  get(id: string): Command | undefined {
    return this.#commands.get(id);
  }

  all(): Command[] {
    return [...this.#commands.values()];
  }

  execute(id: string): boolean {
    const command = this.#commands.get(id);
    if (command === undefined || command.enabled?.() === false) return false;
    command.run();
    return true;
  }

  /** Told when the first half of a chord was pressed, and when the chord ended. */
  onChord(listener: (started: string | null) => void): void {
    this.#onChord = listener;
  }

  press(press: KeyPress): KeyOutcome {
    const name = nameOfKey(press);
    if (name === null) return this.#started === null ? "unbound" : "waiting";
    const started = this.#started;
    if (started !== null) this.#setStarted(null);
    const command = this.#byKey.get(started === null ? name : `${started} ${name}`);
    if (command !== undefined && command.enabled?.() !== false) {
      command.run();
      return "ran";
    }
    if (started !== null) return "unknown-chord";
    if (!this.#chordStarts.has(name)) return "unbound";
    this.#setStarted(name);
    return "waiting";
  }

  #setStarted(started: string | null): void {
    this.#started = started;
    this.#onChord(started);
  }
}
