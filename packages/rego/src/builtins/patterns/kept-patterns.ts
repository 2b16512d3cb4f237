/** How many compiled patterns are kept of each kind, the ones used last: as many as OPA keeps. */
const PATTERNS_MAX = 100;

/** What has been compiled, by its text. */
export class KeptPatterns<Compiled> {
  readonly #byText = new Map<string, Compiled>();
  readonly #compile: (text: string) => Compiled;

  constructor(compile: (text: string) => Compiled) {
    this.#compile = compile;
  }

  /** @throws what compiling throws; a text that fails is not kept. */
  get(text: string): Compiled {
    const kept = this.#byText.get(text);
    const compiled = kept ?? this.#compile(text);
    if (kept !== undefined) this.#byText.delete(text);
    else if (this.#byText.size >= PATTERNS_MAX)
      this.#byText.delete(this.#byText.keys().next().value as string);
    this.#byText.set(text, compiled);
    return compiled;
  }
}
