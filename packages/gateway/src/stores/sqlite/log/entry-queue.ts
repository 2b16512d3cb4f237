import { Failure } from '@bailiff/contract';
import type { EntryText } from '../../../record/entry.ts';

/** One transaction holds at most this much. */
export const BATCH_ENTRIES_MAX = 512;
const BATCH_CHARACTERS_MAX = 8 * 1_048_576;

/** Characters of all entries that may wait together. */
const WAITING_CHARACTERS_MAX = 64 * 1_048_576;

/** The part of the places that refused requests, which anybody can cause, may take: the others are for calls. */
const REFUSALS_SHARE = 0.1;

/** An entry that is not known to be on disk, and whoever waits for that. Times are on the monotonic clock. */
interface Waiting extends EntryText {
  readonly takenMs: number;
  /** Whether room was kept for it, as for the outcome of a decision. */
  readonly hasOwnRoom: boolean;
  /** Ends the wait; undefined where nobody waits, or no longer. */
  settle: ((failure?: Failure) => void) | undefined;
}

/**
 * The entries between being taken and being stored, in order: at most `entriesMax` decisions and refusals, and beside
 * them one outcome for each decision that was taken, so that what was recorded as begun is never left open for want of
 * room. Decisions are open while their calls are under way, which bounds the outcomes.
 */
export class EntryQueue {
  readonly #entriesMax: number;
  readonly #refusalsMax: number;
  #queue: Waiting[] = [];
  #sent: readonly Waiting[] = [];
  #characters = 0;
  #refusals = 0;
  /** Outcomes that wait. */
  #outcomes = 0;
  /** Decisions that were taken and whose outcome was not. */
  #owed = 0;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
    this.#refusalsMax = Math.max(1, Math.floor(entriesMax * REFUSALS_SHARE));
  }

  /** Entries that wait to be sent. */
  get queued(): number {
    return this.#queue.length;
  }

  isEmpty(): boolean {
    return this.#queue.length === 0 && this.#sent.length === 0;
  }

  /** Whether somebody waits for an entry that has not been sent. */
  isAwaited(): boolean {
    return this.#queue.some(({ settle }) => settle !== undefined);
  }

  /** When the oldest entry that has not been sent was taken. */
  oldestMs(): number | undefined {
    return this.#queue[0]?.takenMs;
  }

  /** When the oldest entry was taken that is not known to be on disk. */
  oldestUnstoredMs(): number | undefined {
    return (this.#sent[0] ?? this.#queue[0])?.takenMs;
  }

  /** When the entry was taken that somebody has waited for longest. */
  longestWaitFrom(): number | undefined {
    const waits = ({ settle }: Waiting) => settle !== undefined;
    return (this.#sent.find(waits) ?? this.#queue.find(waits))?.takenMs;
  }

  /** Takes an entry. @throws Failure `overloaded` when there is no room for one of its kind. */
  take(entry: EntryText, takenMs: number): Waiting {
    if (entry.kind === 'outcome' && this.#owed > 0) {
      this.#owed -= 1;
      this.#outcomes += 1;
      return this.#add({ ...entry, takenMs, hasOwnRoom: true, settle: undefined });
    }
    const waiting = this.#queue.length + this.#sent.length - this.#outcomes;
    if (waiting >= this.#entriesMax || this.#characters + entry.document.length > WAITING_CHARACTERS_MAX) {
      throw new Failure('overloaded', 'Too many decisions wait to be recorded.');
    }
    if (entry.kind === 'refusal') {
      if (this.#refusals >= this.#refusalsMax)
        throw new Failure('overloaded', 'Too many refused requests wait to be recorded.');
      this.#refusals += 1;
    }
    if (entry.kind === 'decision') this.#owed += 1;
    return this.#add({ ...entry, takenMs, hasOwnRoom: false, settle: undefined });
  }

  #add(taken: Waiting): Waiting {
    this.#queue.push(taken);
    this.#characters += taken.document.length;
    return taken;
  }

  /**
   * Resolves when the entry is stored. Abort ends the wait. @throws Failure as given to `refuse`; `client_gone` on
   * abort.
   */
  stored(entry: Waiting, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = () => entry.settle?.(new Failure('client_gone', undefined, { cause: signal.reason }));
      entry.settle = (failure) => {
        entry.settle = undefined;
        signal.removeEventListener('abort', abort);
        if (failure === undefined) resolve();
        else reject(failure);
      };
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
    });
  }

  /** The batch to send: the one that was not stored, or else the next one. */
  batch(): readonly EntryText[] {
    if (this.#sent.length > 0) return this.#sent;
    let characters = 0;
    const end = this.#queue.findIndex((entry, index) => {
      characters += entry.document.length;
      return index > 0 && (index >= BATCH_ENTRIES_MAX || characters > BATCH_CHARACTERS_MAX);
    });
    this.#sent = this.#queue.splice(0, end === -1 ? this.#queue.length : end);
    return this.#sent;
  }

  /** The batch is on disk. */
  batchStored(): void {
    for (const entry of this.#sent) {
      this.#characters -= entry.document.length;
      if (entry.kind === 'refusal') this.#refusals -= 1;
      if (entry.hasOwnRoom) this.#outcomes -= 1;
      entry.settle?.();
    }
    this.#sent = [];
  }

  /**
   * Ends the waits for entries taken at or before `takenMs`; they stay. Returns whether any of them had been sent.
   */
  refuse(failure: Failure, takenMs: number): boolean {
    const refused = (entry: Waiting) => entry.settle !== undefined && entry.takenMs <= takenMs;
    const sent = this.#sent.filter(refused);
    for (const entry of [...sent, ...this.#queue.filter(refused)]) entry.settle?.(failure);
    return sent.length > 0;
  }

  /** Refuses whoever waits and forgets every entry: they cannot be stored. */
  abandon(failure: Failure): void {
    this.refuse(failure, Infinity);
    this.#queue = [];
    this.#sent = [];
    this.#characters = 0;
    this.#refusals = 0;
    this.#outcomes = 0;
  }
}
