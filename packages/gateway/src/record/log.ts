import type { RecordEntry, Release } from '@bailiff/contract';

/** Whether the store can be written to, and if not, why, for people. */
export interface LogStatus {
  readonly writable: boolean;
  readonly detail: string;
}

export interface AppendOptions {
  readonly durable: boolean;
  readonly inputText?: string | undefined;
}

/**
 * The decision log’s writing side. Entries keep the order in which they were appended and are chained: each holds the
 * hash of the one before it.
 */
export interface DecisionLog extends AsyncDisposable {
  /**
   * Resolves once the entry is stored as asked: on disk when `durable`, else accepted into a buffer that is written
   * within the configured time; while the disk does not keep up with that, on disk too. Appending the same decision
   * id and kind twice is one append. Abort gives up waiting, not the entry. `inputText` is the JSON text of a decision’s
   * input, where there is one already.
   * @throws Failure `overloaded` when too many entries wait, of which refusals are at most a tenth: this one was not
   * taken; an outcome of a decision that was taken always has room. After any other rejection, as `record_unavailable`
   * when the store cannot write in time, the entry was taken and is written if the store recovers, which one whose
   * files were removed or replaced does not.
   */
  append(entry: RecordEntry, options: AppendOptions, signal: AbortSignal): Promise<void>;
  /**
   * Resolves once the store knows the release by its policy version, so that records can be read with the rules of
   * their time.
   * @throws Failure `record_unavailable`.
   */
  rememberRelease(release: Release, signal: AbortSignal): Promise<void>;
  status(): LogStatus;
}
