import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { DecisionEntry, OutcomeEntry, RecordEntry, RefusalEntry } from '@bailiff/contract';

/** What the record says about one message. */
export interface Recorded {
  decision?: DecisionEntry;
  outcome?: OutcomeEntry;
  refusal?: RefusalEntry;
}

const LOCK_TIMEOUT_MS = 10_000;

/** Reads a log beside the gateway that writes it, each entry once. */
export class RecordTail implements Disposable {
  readonly #database: DatabaseSync;
  readonly #statement: StatementSync;
  readonly #known = new Map<string, Recorded>();
  #sequence = -1;

  constructor(file: string) {
    this.#database = new DatabaseSync(file, { readOnly: true, timeout: LOCK_TIMEOUT_MS });
    this.#statement = this.#database.prepare('SELECT seq, document FROM log WHERE seq > ? ORDER BY seq');
  }

  /** All that is known of what was not forgotten, with what was written since the last time. */
  read(): ReadonlyMap<string, Recorded> {
    for (const { seq, document } of this.#statement.iterate(this.#sequence)) {
      this.#sequence = Number(seq);
      const entry = JSON.parse(String(document)) as RecordEntry;
      const about = this.#known.get(entry.decision_id) ?? {};
      this.#known.set(entry.decision_id, { ...about, [entry.kind]: entry });
    }
    return this.#known;
  }

  /** Lets go of what was judged, so that a long run takes no more memory than a short one. */
  forget(): void {
    this.#known.clear();
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
