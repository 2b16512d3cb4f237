import { access } from 'node:fs/promises';
import { Failure } from '@bailiff/contract';
import type { ChainPosition } from '../../../record/chain.ts';
import type { DecisionReader, Verification } from '../../../record/reader.ts';
import { StoreThread } from '../thread.ts';
import type { ReaderMethods } from './reader-thread.ts';

/** Entries between two reports of progress. */
const VERIFIED_PER_QUESTION = 10_000;

export interface SqliteReaderOptions {
  /** Path of the database. */
  readonly file: string;
  /** Brings the indexes up to the log before each query; given where this process owns the store. */
  readonly catchUp?: () => Promise<void>;
}

/** Opens a store to be read, beside whoever writes it. @throws Failure `record_unavailable` when there is none. */
export async function openSqliteReader(options: SqliteReaderOptions): Promise<DecisionReader> {
  await access(options.file).catch((cause) => {
    throw new Failure('record_unavailable', 'There is no record there.', { cause });
  });
  return new SqliteDecisionReader(options);
}

class SqliteDecisionReader implements DecisionReader {
  readonly #file: string;
  readonly #catchUp: () => Promise<void>;
  #started: StoreThread<ReaderMethods> | undefined;
  #closed = false;

  constructor({ file, catchUp }: SqliteReaderOptions) {
    this.#file = file;
    this.#catchUp = catchUp ?? (() => Promise.resolve());
  }

  async page(...[filter, options, signal]: Parameters<DecisionReader['page']>) {
    await this.#catchUp();
    signal.throwIfAborted();
    return this.#thread().ask('page', { filter, options });
  }

  async counts(...[question, signal]: Parameters<DecisionReader['counts']>) {
    await this.#catchUp();
    signal.throwIfAborted();
    return this.#thread().ask('counts', question);
  }

  async find(...[decisionId, signal]: Parameters<DecisionReader['find']>) {
    signal.throwIfAborted();
    return this.#thread().ask('find', decisionId);
  }

  async release(...[policyVersion, signal]: Parameters<DecisionReader['release']>) {
    signal.throwIfAborted();
    return this.#thread().ask('release', policyVersion);
  }

  async verify(onProgress: (entries: number) => void, signal: AbortSignal): Promise<Verification> {
    const head = await this.#thread().ask('head', undefined); // what comes later is left for the next time
    let position: ChainPosition | undefined;
    while (position === undefined || position.seq < head.seq) {
      signal.throwIfAborted();
      const from: ChainPosition | undefined = position;
      const limit = Math.min(VERIFIED_PER_QUESTION, head.seq - (from?.seq ?? 0));
      const next = await this.#thread().ask('follow', { from, limit });
      if ('detail' in next) return { kind: 'broken', ...next };
      if (next.seq === from?.seq || (next.seq === 0 && head.seq > 0)) {
        const missing = head.seq - next.seq;
        return {
          kind: 'broken',
          seq: next.seq + 1,
          detail: `${missing} entries are missing at the end, from ${next.seq + 1} on.`,
        };
      }
      position = next;
      onProgress(position.seq);
    }
    if (!Buffer.from(position.hash).equals(head.hash)) {
      return {
        kind: 'broken',
        seq: position.seq,
        detail: `Entry ${position.seq} is not the one that the log ends with.`,
      };
    }
    return { kind: 'intact', entries: position.seq, head: Buffer.from(position.hash).toString('hex') };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#started?.[Symbol.asyncDispose]();
  }

  /** Started by the first question, and again after it ended: most gateways are asked seldom. */
  #thread(): StoreThread<ReaderMethods> {
    if (this.#closed) throw new Failure('record_unavailable', 'The record is closed.');
    this.#started ??= new StoreThread<ReaderMethods>(
      new URL('./reader-thread.ts', import.meta.url),
      { file: this.#file },
      () => {
        this.#started = undefined;
      },
    );
    return this.#started;
  }
}
