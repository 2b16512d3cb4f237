/** Reads parts of parsed JSON, telling where something is not as it should be. */
export class JsonReader {
  readonly #value: unknown;
  readonly #where: string;

  constructor(value: unknown, where = 'plan') {
    this.#value = value;
    this.#where = where;
  }

  get isAbsent(): boolean {
    return this.#value === undefined || this.#value === null;
  }

  /** A member of an object; absent members are read as absent. */
  member(name: string): JsonReader {
    const value = this.#value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.#not('an object');
    const member = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    return new JsonReader(member, `${this.#where}.${name}`);
  }

  /** The elements of an array; none where it is absent. */
  elements(): readonly JsonReader[] {
    if (this.isAbsent) return [];
    if (!Array.isArray(this.#value)) throw this.#not('an array');
    return this.#value.map((element: unknown, index) => new JsonReader(element, `${this.#where}[${index}]`));
  }

  string(): string {
    if (typeof this.#value !== 'string') throw this.#not('a string');
    return this.#value;
  }

  boolean(): boolean {
    if (typeof this.#value !== 'boolean') throw this.#not('a boolean');
    return this.#value;
  }

  /** A safe integer. */
  integer(): number {
    if (!Number.isSafeInteger(this.#value)) throw this.#not('an integer');
    return this.#value as number;
  }

  /** An integer from 0 on, as positions and locals are. */
  index(): number {
    const index = this.integer();
    if (index < 0) throw this.#not('an index');
    return index;
  }

  #not(wanted: string): SyntaxError {
    return new SyntaxError(`not a plan: ${this.#where} is not ${wanted}`);
  }
}
