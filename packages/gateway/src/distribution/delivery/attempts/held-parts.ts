import { Failure, type ReleaseNote } from '@bailiff/contract';
import { BundleFailure } from '../../finding.ts';
import type { DeliveryEvent } from '../delivery-options.ts';
import type { DeliveryStatus, HeldBack } from '../delivery-status.ts';
import { REGISTRY } from '../target.ts';
import { heldBack, isToldAlready } from '../words.ts';

/** Checks of a part alone, before a vector is tried with it. They are looked at anew each time. */
const BEFORE_TRYING: ReadonlySet<string> = new Set(['read', 'verify', 'version', 'withdrawn']);

interface HeldPartsOptions {
  /** Never throws. */
  readonly onEvent: (event: DeliveryEvent) => void;
}

/** What is held back and why, and what came of the last attempt. Each reason is told once. */
export class HeldParts {
  readonly #options: HeldPartsOptions;
  #held: ReadonlyMap<string, HeldBack> = new Map();
  #last: DeliveryStatus['last_attempt'] = null;

  constructor(options: HeldPartsOptions) {
    this.#options = options;
  }

  /** By part. */
  get current(): ReadonlyMap<string, HeldBack> {
    return this.#held;
  }

  /** Null until there was an attempt. */
  get lastAttempt(): DeliveryStatus['last_attempt'] {
    return this.#last;
  }

  /** What was held back for what it says, or because it waits. */
  get objectedTo(): ReadonlyMap<string, HeldBack> {
    return new Map([...this.#held].filter(([, { check }]) => !BEFORE_TRYING.has(check)));
  }

  /** Whether something passed and waits for the end of a trial. */
  get isAnyWaiting(): boolean {
    return [...this.#held.values()].some(({ check }) => check === 'waiting');
  }

  /** From now on these are held back, and no others. */
  tell(held: ReadonlyMap<string, HeldBack>): void {
    const told = new Map(held);
    for (const [part, one] of held) {
      const before = this.#held.get(part);
      if (before !== undefined && isToldAlready(before, one)) told.set(part, before);
      else this.#options.onEvent({ kind: 'held', part, held: one });
    }
    this.#held = told;
  }

  /** These are held back, and there is nothing to attempt; `checks` are those that what is in force passed. */
  nothingNew(
    held: ReadonlyMap<string, HeldBack>,
    at: string,
    checks: ReleaseNote['preflight'] = [],
  ): undefined {
    this.tell(held);
    if (this.#last === null) this.note(at, checks);
  }

  /** What came of an attempt, whose `held` was told. */
  note(at: string, checks: ReleaseNote['preflight'] = []): void {
    this.#last = { at, checks, objections: [...this.#held.values()].map(({ detail }) => detail) };
  }

  /** Nothing could be attempted at all. */
  refuse(thrown: unknown, at: string): void {
    const detail = thrown instanceof Failure ? thrown.detail : String(thrown);
    this.#last = { at, checks: [], objections: [detail] };
    if (thrown instanceof BundleFailure)
      this.tell(
        new Map([[REGISTRY, heldBack({ check: 'compose', findings: thrown.findings, blamed: [] }, at)]]),
      );
    this.#options.onEvent({ kind: 'refused', detail });
  }
}
