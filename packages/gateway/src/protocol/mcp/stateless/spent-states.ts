import { Failure, holderKey, type Principal } from '@bailiff/contract';
import { STATE_TTL_MS } from './sealed-state.ts';

/** States that are remembered as used, together and of one agent acting for one user. */
export const SPENT_MAX = 65_536;
export const SPENT_OF_ONE_MAX = 8_192;

interface Spent {
  readonly holder: string;
  readonly untilMs: number;
}

/** Which states were used already. None is forgotten before it has expired, so that each is good for one call. */
export class SpentStates {
  readonly #monotonicMs: () => number;
  /** By id, the first used first. */
  readonly #spent = new Map<string, Spent>();
  readonly #held = new Map<string, number>();

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** @throws Failure `invalid_params` for a state that was used, and `overloaded` where another one cannot be remembered. */
  spend(id: string, principal: Principal): void {
    this.#forgetExpired();
    if (this.#spent.has(id)) throw new Failure('invalid_params', 'The requestState was used already.');
    const holder = holderKey(principal);
    const held = this.#held.get(holder) ?? 0;
    if (this.#spent.size >= SPENT_MAX || held >= SPENT_OF_ONE_MAX) {
      throw new Failure('overloaded', 'Too many questions were answered in too short a time.');
    }
    this.#spent.set(id, { holder, untilMs: this.#monotonicMs() + STATE_TTL_MS });
    this.#held.set(holder, held + 1);
  }

  /** The state was not used after all: its call was not allowed. */
  giveBack(id: string): void {
    const spent = this.#spent.get(id);
    if (spent === undefined) return;
    this.#spent.delete(id);
    const held = (this.#held.get(spent.holder) ?? 1) - 1;
    if (held > 0) this.#held.set(spent.holder, held);
    else this.#held.delete(spent.holder);
  }

  #forgetExpired(): void {
    const nowMs = this.#monotonicMs();
    for (const [id, { untilMs }] of this.#spent) {
      if (untilMs > nowMs) return;
      this.giveBack(id);
    }
  }
}
