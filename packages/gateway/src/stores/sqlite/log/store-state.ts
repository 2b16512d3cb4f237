import { Failure } from '@bailiff/contract';
import type { LogStatus } from '../../../record/log.ts';
import { StoreLost, type Trouble, toldAt, troubleOf } from '../trouble.ts';

/**
 * Whether the store can be written. What callers are refused with names no path: they are agents. Each change is told
 * once, with the path and what to do.
 */
export class StoreState {
  readonly #file: string;
  readonly #onChange: (status: LogStatus) => void;
  #trouble: Trouble | undefined;
  #lostAt: string | undefined;

  constructor(file: string, onChange: (status: LogStatus) => void) {
    this.#file = file;
    this.#onChange = onChange;
  }

  /** What appends are refused with; undefined while the store can be written. */
  get refusal(): Failure | undefined {
    if (this.#lostAt !== undefined)
      return new Failure('record_unavailable', troubleOf(new StoreLost(this.#lostAt)).words);
    return this.#trouble === undefined ? undefined : new Failure('record_unavailable', this.#trouble.words);
  }

  /** Whether files of the store were removed or replaced. Nothing but a restart mends that. */
  get isLost(): boolean {
    return this.#lostAt !== undefined;
  }

  get status(): LogStatus {
    if (this.#lostAt !== undefined) {
      const what = 'This file was removed, moved or replaced while the gateway ran.';
      const mend = 'Nothing can be recorded and every call is refused until the gateway is started again.';
      return { writable: false, detail: `${this.#lostAt}: ${what} ${mend}` };
    }
    if (this.#trouble !== undefined) return { writable: false, detail: toldAt(this.#file, this.#trouble) };
    return { writable: true, detail: 'The record is written.' };
  }

  inTrouble(trouble: Trouble): void {
    const before = this.status.writable;
    this.#trouble = trouble;
    if (before) this.#onChange(this.status);
  }

  lost(path: string): void {
    if (this.#lostAt !== undefined) return;
    this.#lostAt = path;
    this.#onChange(this.status);
  }

  written(): void {
    if (this.#trouble === undefined) return;
    this.#trouble = undefined;
    if (!this.isLost) this.#onChange(this.status);
  }
}
