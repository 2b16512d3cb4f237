import { type Configuration, Failure, failureOf, type RecordEntry, type Release } from '@bailiff/contract';
import { entryText } from '../../../record/entry.ts';
import type { AppendOptions, DecisionLog, LogStatus } from '../../../record/log.ts';
import type { RememberedRelease } from '../../../record/reader.ts';
import { StoreThread } from '../thread.ts';
import { type Trouble, toldAt } from '../trouble.ts';
import { BATCH_ENTRIES_MAX, EntryQueue } from './entry-queue.ts';
import { StoreState } from './store-state.ts';
import { batchOf } from './writer.ts';
import type { Appended, WriterMethods, WriterStart } from './writer-thread.ts';

/** How long a batch that could not be written rests before it is sent again; a locked store is tried sooner. */
const RETRY_MS = 250;
const RETRY_BUSY_MS = 25;

/** How often a store that nothing is written to is looked at. What is written is looked at before it counts. */
const LOOK_MS = 1_000;

export interface SqliteLogOptions
  extends Pick<Configuration['record'], 'buffer_ms' | 'queue_max' | 'write_timeout_ms'> {
  /** Path of the database; made when it is missing. */
  readonly file: string;
  /** Hears each time the store begins or ceases to be writable, with the path and what to do. */
  readonly onStatus?: (status: LogStatus) => void;
}

/**
 * Opens the store, takes it for this process alone, follows the end of its chain, and marks as `unknown` what a
 * former run left open.
 * @throws Failure `record_unavailable`, for people: in use by another process, damaged, or not writable; with the path
 * and what to do.
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
 * batch is sent again until it is stored. Only when the store’s files are removed or replaced is it given up.
 */
export class SqliteDecisionLog implements DecisionLog {
  readonly #options: SqliteLogOptions;
  readonly #queue: EntryQueue;
  readonly #state: StoreState;
  #started: StoreThread<WriterMethods> | undefined;
  /** Which file was opened: a thread that has to be started again writes to no other. */
  #identity: string | undefined;
  #sending = false;
  #failures = 0;
  #busySinceMs: number | undefined;
  #flushTimer: NodeJS.Timeout | undefined;
  #flushImmediate: NodeJS.Immediate | undefined;
  #deadlineTimer: NodeJS.Timeout | undefined;
  #lookTimer: NodeJS.Timeout | undefined;
  #closing = false;
  #emptied: (() => void) | undefined;
  #abandoned = 0;

  constructor(options: SqliteLogOptions) {
    this.#options = options;
    this.#queue = new EntryQueue(options.queue_max);
    this.#state = new StoreState(options.file, options.onStatus ?? (() => {}));
  }

  async open(): Promise<void> {
    const opened = await this.#thread().ask('open', { closeAbandoned: true });
    if (opened.kind === 'failed')
      throw new Failure('record_unavailable', toldAt(this.#options.file, opened.trouble));
    this.#abandoned = opened.abandoned;
    this.#identity = opened.identity;
    this.#lookTimer = setInterval(() => void this.#look(), LOOK_MS).unref();
  }

  /** Decisions of a former run that were found open and marked `unknown`. */
  get abandoned(): number {
    return this.#abandoned;
  }

  async append(
    entry: RecordEntry,
    { durable, inputText }: AppendOptions,
    signal: AbortSignal,
  ): Promise<void> {
    if (this.#closing) throw closed();
    const { refusal, isLost } = this.#state;
    if (refusal !== undefined && isLost) throw refusal;
    const taken = this.#queue.take(entryText(entry, inputText), performance.now());
    if (refusal !== undefined) throw refusal;
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
    return this.#state.status;
  }

  /** Writes what waits, for as long as a write may take, and gives the store up. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    clearInterval(this.#lookTimer);
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
      { file: this.#options.file, identity: this.#identity } satisfies WriterStart,
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
      .catch(
        (thrown): Appended => ({
          kind: 'failed',
          trouble: { words: failureOf(thrown).detail, mend: '' },
        }),
      );
    this.#sending = false;
    if (appended.kind === 'stored') this.#sent();
    else if (appended.kind === 'lost') this.#lose(appended.path);
    else this.#sendAgain(appended);
  }

  #sent(): void {
    this.#state.written();
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
  #sendAgain({ kind, trouble }: Extract<Appended, { kind: 'busy' | 'failed' }>): void {
    let restMs = RETRY_BUSY_MS;
    if (kind === 'busy') {
      this.#busySinceMs ??= performance.now();
      if (performance.now() - this.#busySinceMs >= this.#options.write_timeout_ms) this.#inTrouble(trouble);
    } else {
      this.#failures += 1;
      restMs = this.#failures === 1 ? 0 : RETRY_MS;
      if (this.#failures > 1) this.#inTrouble(trouble);
    }
    this.#cancelFlush();
    this.#flushTimer = setTimeout(() => this.#flush(), restMs);
  }

  /** Whoever waits is refused now: their entries stay and are written when the store recovers. */
  #inTrouble(trouble: Trouble): void {
    this.#state.inTrouble(trouble);
    this.#queue.refuse(new Failure('record_unavailable', trouble.words), Infinity);
  }

  /**
   * The files are not where the next reader looks for them. Whoever waits is refused, and whoever comes; going on with
   * other files would be a record with a hole that nobody sees.
   */
  #lose(path: string): void {
    this.#state.lost(path);
    this.#cancelFlush();
    if (this.#state.refusal !== undefined) this.#queue.abandon(this.#state.refusal);
    this.#emptied?.();
  }

  async #look(): Promise<void> {
    if (this.#sending || this.#state.isLost) return;
    const path = await this.#thread()
      .ask('lostPath', undefined)
      .catch(() => undefined); // the next batch says why
    if (path !== undefined && !this.#closing) this.#lose(path);
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
        this.#inTrouble({ words: late.detail, mend: 'The disk may hang.' });
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
    overrides: release.data.overrides,
    activatedMs,
  };
}
