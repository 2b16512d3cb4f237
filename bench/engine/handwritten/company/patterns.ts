/** Names and prefixes that end in `*`. */
export class Patterns {
  readonly #names: ReadonlySet<string>;
  readonly #prefixes: readonly string[];

  constructor(entries: readonly string[] = []) {
    this.#names = new Set(entries);
    this.#prefixes = entries.filter((entry) => entry.endsWith('*')).map((entry) => entry.slice(0, -1));
  }

  covers(name: string): boolean {
    return this.#names.has(name) || this.#prefixes.some((prefix) => name.startsWith(prefix));
  }
}
