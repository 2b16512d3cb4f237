import { AGENTS_MAX } from './denial-tally.ts';

/** Agents that it takes at least to reach a limit, as far as the limit is no smaller. */
const AGENTS_MIN = 4;

/**
 * Calls that could not be decided, of which each agent brings in a quarter of the limit at most, and always one: whoever finds an
 * input that a release cannot decide must not stop it for everybody. A limit of 1 is the exception, where any call does.
 */
export class FaultTally {
  readonly #ofEach = new Map<string, number>();
  readonly #limit: number;
  readonly #eachMax: number;
  #counted = 0;

  constructor(limit: number) {
    this.#limit = limit;
    this.#eachMax = Math.max(1, Math.floor(limit / AGENTS_MIN));
  }

  /** Whether another one of this agent would count. */
  counts(agentId: string): boolean {
    const own = this.#ofEach.get(agentId);
    return own === undefined ? this.#ofEach.size < AGENTS_MAX : own < this.#eachMax;
  }

  add(agentId: string): void {
    if (!this.counts(agentId)) return;
    this.#ofEach.set(agentId, (this.#ofEach.get(agentId) ?? 0) + 1);
    this.#counted += 1;
  }

  /** Those that count. */
  get counted(): number {
    return this.#counted;
  }

  /** Whether the limit is reached. */
  get isReached(): boolean {
    return this.#counted >= this.#limit;
  }
}
