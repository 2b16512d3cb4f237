import { type Configuration, Failure, failureOf, type RecordEntry, type Release } from '@bailiff/contract';
import { entryText } from '../../../record/entry.ts';
import type { DecisionLog, LogStatus } from '../../../record/log.ts';
import type { RememberedRelease } from '../../../record/reader.ts';
import { StoreThread } from '../thread.ts';
import { BATCH_ENTRIES_MAX, EntryQueue } from './entry-queue.ts';
import { batchOf } from './writer.ts';
import type { Appended, WriterMethods } from './writer-thread.ts';

/** How long a batch that could not be written rests before it is sent again; a locked store is tried sooner. */
const RETRY_MS = 250;
const RETRY_BUSY_MS = 25;

export interface SqliteLogOptions
  extends Pick<Configuration['record'], 'buffer_ms' | 'queue_max' | 'write_timeout_ms'> {
  /** Path of the database; made when it is missing. */
  readonly file: string;
}

/**
 * Opens the store, takes it for this process alone, follows the end of its chain, and marks as `unknown` what a
 * former run left open.
 * @throws Failure `record_unavailable`, for people: in use by another process, damaged, or not writable.
 */
export async function openSqliteLog(options: SqliteLogOptions): Promise<SqliteDecisionLog> {
  const log = new SqliteDecisionLog(options);
  try {
    await log.open();
    return log;
  } catch (thrown) {
    await log[Symbol.asyncDispose]();
    throw thrown;
  }
}

/**
 * The log as the gateway’s main thread sees it: a bounded queue before one writing thread. While a batch is on its
 * way to the disk, the next one collects, so that many entries share one fsync. Nothing taken is dropped: a failed
 * batch is sent again until it is stored.
 */
export class SqliteDecisionLog implements DecisionLog {
  readonly #options: SqliteLogOptions;
  readonly #queue: EntryQueue;
  #started: StoreThread<WriterMethods> | undefined;
  /** Why the store cannot be written; undefined while it can. */
  #trouble: string | undefined;
  #sending = false;
  #failures = 0;
  #busySinceMs: number | undefined;
  #flushTimer: NodeJS.Timeout | undefined;
  #flushImmediate: NodeJS.Immediate | undefined;
  #deadlineTimer: NodeJS.Timeout | undefined;
  #closing = false;
  #emptied: (() => void) | undefined;
  #abandoned = 0;

  constructor(options: SqliteLogOptions) {
    this.#options = options;
    this.#queue = new EntryQueue(options.queue_max);
  }

  async open(): Promise<void> {
    this.#abandoned = (await this.#thread().ask('open', { closeAbandoned: true })).abandoned;
  }

  /** Decisions of a former run that were found open and marked `unknown`. */
  get abandoned(): number {
    return this.#abandoned;
  }

  async append(
    entry: RecordEntry,
    { durable }: { readonly durable: boolean },
    signal: AbortSignal,
  ): Promise<void> {
    if (this.#closing) throw closed();
    const taken = this.#queue.take(entryText(entry), performance.now());
    if (this.#trouble !== undefined) throw new Failure('record_unavailable', this.#trouble);
    if (!durable && !this.#isBehind()) {
      this.#flushInTime();
      return;
    }
    const stored = this.#queue.stored(taken, signal);
    this.#flushImmediate ??= setImmediate(() => this.#flush()); // with all others of this turn of the event loop
    this.#watchDeadlines();
    await stored;
  }

  async rememberRelease(release: Release, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#closing) throw closed();
    await this.#thread().ask('rememberRelease', remembered(release, Date.now()));
  }

  /** Resolves once queries see everything that was stored before. @throws Failure `record_unavailable`. */
  async catchUp(): Promise<void> {
    if (this.#closing) throw closed();
    while (await this.#thread().ask('indexFurther', undefined)); // batches that come meanwhile take their turn between
  }

  status(): LogStatus {
    if (this.#closing) return { writable: false, detail: 'The record is closed.' };
    if (this.#trouble !== undefined) return { writable: false, detail: this.#trouble };
    return { writable: true, detail: 'The record is written.' };
  }

  /** Writes what waits, for as long as a write may take, and gives the store up. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    if (!this.#queue.isEmpty()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#emptied = resolve;
      const timer = setTimeout(resolve, this.#options.write_timeout_ms);
      this.#flush();
      await promise;
      clearTimeout(timer);
    }
    this.#cancelFlush();
    clearTimeout(this.#deadlineTimer);
    this.#queue.refuse(closed(), Infinity);
    await this.#started?.[Symbol.asyncDispose]();
  }

  /** Started by the first question, and again by the next one after it ended. */
  #thread(): StoreThread<WriterMethods> {
    this.#started ??= new StoreThread<WriterMethods>(
      new URL('./writer-thread.ts', import.meta.url),
      { file: this.#options.file },
      () => {
        this.#started = undefined;
      },
    );
    return this.#started;
  }

  /**
   * Whether the disk keeps up so badly that more than a window’s worth could be lost, or that room runs out: then
   * what may be buffered waits too.
   */
  #isBehind(): boolean {
    const { buffer_ms: bufferMs, queue_max: entriesMax } = this.#options;
    const oldestMs = this.#queue.oldestUnstoredMs();
    if (oldestMs !== undefined && performance.now() - oldestMs > bufferMs) return true;
    return this.#queue.queued > entriesMax / 2;
  }

  /** Half of the window is for collecting, the other half for the disk; a batch that is full does not wait. */
  #flushInTime(): void {
    if (this.#queue.queued >= BATCH_ENTRIES_MAX) this.#flushImmediate ??= setImmediate(() => this.#flush());
    const oldestMs = this.#queue.oldestMs();
    if (oldestMs === undefined || this.#flushTimer !== undefined || this.#flushImmediate !== undefined)
      return;
    const waitMs = oldestMs + this.#options.buffer_ms / 2 - performance.now();
    this.#flushTimer = setTimeout(() => this.#flush(), Math.max(0, waitMs));
  }

  #cancelFlush(): void {
    clearTimeout(this.#flushTimer);
    clearImmediate(this.#flushImmediate);
    this.#flushTimer = undefined;
    this.#flushImmediate = undefined;
  }

  #flush(): void {
    this.#cancelFlush();
    if (this.#sending || this.#queue.isEmpty()) return;
    this.#sending = true;
    void this.#send(); // never rejects
  }

  async #send(): Promise<void> {
    const appended = await this.#thread()
      .ask('append', batchOf(this.#queue.batch()))
      .catch((thrown): Appended => ({ kind: 'failed', detail: failureOf(thrown).detail }));
    this.#sending = false;
    if (appended.kind === 'stored') this.#sent();
    else this.#sendAgain(appended);
  }

  #sent(): void {
    this.#trouble = undefined;
    this.#failures = 0;
    this.#busySinceMs = undefined;
    this.#queue.batchStored();
    if (this.#queue.isEmpty()) this.#emptied?.();
    else if (this.#closing || this.#queue.isAwaited()) this.#flush();
    else this.#flushInTime();
  }

  /**
   * A store that is only locked is given as long as a write may take. One that fails twice is in trouble until it
   * works again.
   */
  #sendAgain({ kind, detail }: Exclude<Appended, { kind: 'stored' }>): void {
    let restMs = RETRY_BUSY_MS;
    if (kind === 'busy') {
      this.#busySinceMs ??= performance.now();
      if (performance.now() - this.#busySinceMs >= this.#options.write_timeout_ms) this.#inTrouble(detail);
    } else {
      this.#failures += 1;
      restMs = this.#failures === 1 ? 0 : RETRY_MS;
      if (this.#failures > 1) this.#inTrouble(detail);
    }
    this.#cancelFlush();
    this.#flushTimer = setTimeout(() => this.#flush(), restMs);
  }

  /** Whoever waits is refused now: their entries stay and are written when the store recovers. */
  #inTrouble(detail: string): void {
    this.#trouble = detail;
    this.#queue.refuse(new Failure('record_unavailable', detail), Infinity);
  }

  #watchDeadlines(): void {
    if (this.#deadlineTimer !== undefined) return;
    const fromMs = this.#queue.longestWaitFrom();
    if (fromMs === undefined) return;
    const { write_timeout_ms: timeoutMs } = this.#options;
    const waitMs = Math.max(1, fromMs + timeoutMs - performance.now());
    this.#deadlineTimer = setTimeout(() => {
      this.#deadlineTimer = undefined;
      const late = new Failure('record_unavailable', `The store has not answered for ${timeoutMs} ms.`);
      // A batch that is still on its way says that the store hangs; one that waits behind others only that it is slow.
      if (this.#queue.refuse(late, performance.now() - timeoutMs) && this.#sending)
        this.#inTrouble(late.detail);
      this.#watchDeadlines();
    }, waitMs);
  }
}

const closed = () => new Failure('record_unavailable', 'The record is closed.');

function remembered(release: Release, activatedMs: number): RememberedRelease {
  return {
    policyVersion: release.policyVersion,
    digest: release.digest,
    bundles: release.data.bundles,
    rules: Array.from(release.rules.values(), ({ id, bundle, kind, mode, title, owner, reason }) => ({
      id,
      bundle,
      kind,
      mode,
      title,
      owner,
      reason,
    })),
    activatedMs,
  };
}
