/** The thread that reads a store, beside whoever writes it. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';
import type { RecordEntry } from '@bailiff/contract';
import {
  CHAIN_START,
  type ChainBreak,
  type ChainedEntry,
  type ChainPosition,
  followLink,
  GENESIS,
} from '../../../record/chain.ts';
import type {
  CountsQuestion,
  DecisionFilter,
  DecisionPage,
  PageOptions,
  RecordCounts,
  RememberedRelease,
  StoredEntry,
} from '../../../record/reader.ts';
import { openForReading } from '../database.ts';
import { CountsQuery } from '../index/counts.ts';
import { PageQuery } from '../index/page.ts';
import { serveThread } from '../serve-thread.ts';

export type ReaderMethods = {
  page(question: { readonly filter: DecisionFilter; readonly options: PageOptions }): DecisionPage;
  find(decisionId: string): readonly StoredEntry[];
  counts(question: CountsQuestion): RecordCounts;
  release(policyVersion: string | undefined): RememberedRelease | undefined;
  /** Follows the chain over at most `limit` entries after a position. */
  follow(question: {
    readonly from: ChainPosition | undefined;
    readonly limit: number;
  }): ChainPosition | ChainBreak;
  /** Where the log says that it ends. */
  head(nothing: undefined): ChainPosition;
};

const { file } = workerData as { readonly file: string };
let opened:
  | { readonly database: DatabaseSync; readonly pages: PageQuery; readonly counts: CountsQuery }
  | undefined;
const statements = new Map<string, StatementSync>();

function store() {
  if (opened !== undefined) return opened;
  const database = openForReading(file);
  opened = { database, pages: new PageQuery(database), counts: new CountsQuery(database) };
  return opened;
}

function prepared(sql: string): StatementSync {
  const known = statements.get(sql);
  if (known !== undefined) return known;
  const statement = store().database.prepare(sql);
  statements.set(sql, statement);
  return statement;
}

const hex = (bytes: unknown) => Buffer.from(bytes as Uint8Array).toString('hex');

const methods: ReaderMethods = {
  page: ({ filter, options }) => store().pages.page(filter, options),
  counts: (question) => store().counts.counts(question),
  find: (decisionId) =>
    prepared(
      `SELECT log.seq AS seq, log.hash AS hash, log.document AS document, before.hash AS previous
       FROM log LEFT JOIN log AS before ON before.seq = log.seq - 1
       WHERE log.decision_id = ? ORDER BY log.seq`,
    )
      .all(decisionId)
      .map(({ seq, hash, document, previous }) => ({
        seq: Number(seq),
        previousHash: hex(previous ?? GENESIS),
        hash: hex(hash),
        entry: JSON.parse(String(document)) as RecordEntry, // written by this program from a RecordEntry
      })),
  release: (policyVersion) => {
    const row = prepared(
      `SELECT policy_version, activated_ms, document FROM release
       WHERE ?1 IS NULL OR policy_version = ?1 ORDER BY activated_ms DESC, rowid DESC LIMIT 1`,
    ).get(policyVersion ?? null);
    if (row === undefined) return undefined;
    const document = JSON.parse(String(row.document)) as Omit<
      RememberedRelease,
      'policyVersion' | 'activatedMs'
    >;
    return {
      ...document,
      policyVersion: String(row.policy_version),
      activatedMs: Number(row.activated_ms),
    };
  },
  follow: ({ from = CHAIN_START, limit }) => {
    let position = from;
    const entries = prepared(
      'SELECT seq, decision_id AS decisionId, kind, at_ms AS atMs, hash, document FROM log WHERE seq > ? ORDER BY seq LIMIT ?',
    ).iterate(from.seq, limit) as Iterable<unknown> as Iterable<ChainedEntry>;
    for (const entry of entries) {
      const link = followLink(position, entry);
      if ('detail' in link) return link;
      position = link;
    }
    return position;
  },
  head: () => prepared('SELECT seq, hash FROM head').get() as unknown as ChainPosition,
};

serveThread(methods, () => opened?.database.close());
