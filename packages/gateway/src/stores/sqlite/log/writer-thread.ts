/** The thread that owns a store: it alone writes the log, and makes the indexes in the pauses between batches. */
import { pid } from 'node:process';
import type { DatabaseSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';
import type { RememberedRelease } from '../../../record/reader.ts';
import { HeldFiles } from '../file-identity.ts';
import { Indexer } from '../index/indexer.ts';
import { type Ownership, takeOwnership } from '../ownership.ts';
import { serveThread } from '../serve-thread.ts';
import { isBusy, StoreLost, type Trouble, troubleOf } from '../trouble.ts';
import { Checkpointer } from './checkpointer.ts';
import { type Batch, LogWriter } from './writer.ts';

/**
 * How far behind the log the indexes may be while there is time, and how much is indexed before batches are looked
 * for.
 */
const INDEX_DELAY_MS = 500;
const INDEX_STEP_ENTRIES = 128;

/** How often that is done when the store is closed; whoever opens it next does the rest. */
const CLOSING_STEPS_MAX = 100;

/** What became of an opening. */
export type Opened =
  | { readonly kind: 'opened'; readonly abandoned: number; readonly identity: string | undefined }
  | { readonly kind: 'failed'; readonly trouble: Trouble };

/**
 * What became of a batch. After `busy` and `failed` it is not known to be stored, and sending it again is safe. After
 * `lost`, which names the path, nothing can be stored any more.
 */
export type Appended =
  | { readonly kind: 'stored' }
  | { readonly kind: 'busy' | 'failed'; readonly trouble: Trouble }
  | { readonly kind: 'lost'; readonly path: string };

export type WriterMethods = {
  open(options: { readonly closeAbandoned: boolean }): Opened;
  append(batch: Batch): Appended;
  /** Whether the store’s files are still those that were opened; else the path of the first that is not. */
  lostPath(nothing: undefined): string | undefined;
  rememberRelease(release: RememberedRelease): void;
  /** Indexes some further entries; returns whether there may be more. */
  indexFurther(nothing: undefined): boolean;
};

export interface WriterStart {
  readonly file: string;
  /** Which file it has to be, where an earlier thread of this process had it open. */
  readonly identity: string | undefined;
}

const { file, identity } = workerData as WriterStart;
const writer = new LogWriter(file, identity);
const checkpointer = new Checkpointer(file);
let ownership: Ownership | undefined;
let lock: HeldFiles | undefined;
let indexer: Indexer | undefined;
let timer: NodeJS.Timeout | undefined;

/** Nothing touches the store before this process owns it; a thread that was started again has to take it anew. */
function ownedStore(): DatabaseSync {
  ownership ??= takeOwnership(file, pid);
  lock ??= new HeldFiles([ownership.lockFile]);
  return writer.database();
}

function indexSoon(delayMs: number): void {
  timer ??= setTimeout(() => {
    timer = undefined;
    try {
      if (indexFurther()) indexSoon(0);
      checkpointer.relieve(() => (ownership === undefined ? undefined : writer.database()));
    } catch {
      indexer = undefined; // The log goes on without; the next batch or query tries again.
    }
  }, delayMs);
}

function indexFurther(): boolean {
  const database = ownedStore();
  indexer ??= new Indexer(database);
  return indexer.step(INDEX_STEP_ENTRIES) === INDEX_STEP_ENTRIES;
}

const methods: WriterMethods = {
  open({ closeAbandoned }) {
    try {
      ownedStore();
      const abandoned = closeAbandoned ? writer.closeAbandoned(Date.now()) : 0;
      indexSoon(INDEX_DELAY_MS);
      return { kind: 'opened', abandoned, identity: writer.identity };
    } catch (thrown) {
      return { kind: 'failed', trouble: troubleOf(thrown) };
    }
  },
  append(batch) {
    try {
      ownedStore();
      writer.append(batch);
      lock?.refuseLost(); // Who removed it may own the store by now.
      indexSoon(INDEX_DELAY_MS);
      return { kind: 'stored' };
    } catch (thrown) {
      if (thrown instanceof StoreLost) return { kind: 'lost', path: thrown.path };
      indexer = undefined; // Its statements belong to the connection that failed.
      return { kind: isBusy(thrown) ? 'busy' : 'failed', trouble: troubleOf(thrown) };
    }
  },
  lostPath() {
    try {
      ownedStore();
      writer.refuseLost();
      lock?.refuseLost();
      return undefined;
    } catch (thrown) {
      if (thrown instanceof StoreLost) return thrown.path;
      throw thrown;
    }
  },
  rememberRelease({ policyVersion, activatedMs, ...release }) {
    ownedStore()
      .prepare(
        'INSERT INTO release VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET activated_ms = excluded.activated_ms, document = excluded.document',
      )
      .run(policyVersion, activatedMs, JSON.stringify(release));
  },
  indexFurther,
};

serveThread(methods, () => {
  clearTimeout(timer);
  try {
    for (let step = 0; ownership !== undefined && step < CLOSING_STEPS_MAX && indexFurther(); ) step += 1;
  } catch {
    // Whoever opens the store next goes on.
  }
  checkpointer[Symbol.dispose]();
  writer[Symbol.dispose]();
  ownership?.[Symbol.dispose]();
});
