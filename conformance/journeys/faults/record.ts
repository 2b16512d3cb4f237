import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { DecisionEntry, OutcomeEntry, RecordEntry, RefusalEntry } from '@bailiff/contract';
import { expect } from 'vitest';
import { openSqliteReader } from '../../../packages/gateway/src/stores/sqlite/reader/decision-reader.ts';
import type { CountingUpstream, Witness } from './counting-upstream.ts';
import type { Told } from './mcp-client.ts';

/** The log as it is on disk, by decision id. */
export interface RecordOnDisk {
  readonly decisions: ReadonlyMap<string, DecisionEntry>;
  readonly outcomes: ReadonlyMap<string, OutcomeEntry>;
  readonly refusals: ReadonlyMap<string, RefusalEntry>;
}

/** A gateway that starts holds the store’s lock for a moment. */
const LOCK_TIMEOUT_MS = 10_000;

/** Reads the whole log, beside the gateway that writes it or without one. */
export function readRecord(file: string): RecordOnDisk {
  using database = new DatabaseSync(file, { readOnly: true, timeout: LOCK_TIMEOUT_MS });
  const rows = database.prepare('SELECT document FROM log ORDER BY seq').all();
  const entries = rows.map(({ document }) => JSON.parse(String(document)) as RecordEntry);
  const by = <Kind extends RecordEntry['kind']>(kind: Kind) => {
    const found = entries.filter(
      (entry): entry is Extract<RecordEntry, { kind: Kind }> => entry.kind === kind,
    );
    const named = new Map(found.map((entry) => [entry.decision_id, entry]));
    expect(named.size, `each ${kind} stands in the record once`).toBe(found.length);
    return named;
  };
  return { decisions: by('decision'), outcomes: by('outcome'), refusals: by('refusal') };
}

/** Whether the record on disk holds an allow of exactly the bytes that arrive. */
export function witnessOf(file: string): Witness {
  return ({ id, sha256 }) => {
    if (!existsSync(file)) return false;
    using database = new DatabaseSync(file, { readOnly: true, timeout: LOCK_TIMEOUT_MS });
    const [row] = database
      .prepare(`SELECT document FROM log WHERE decision_id = ? AND kind = 'decision'`)
      .all(id);
    if (row === undefined) return false;
    const { answer, forward } = JSON.parse(String(row.document)) as DecisionEntry;
    return answer.allow && forward?.digest === sha256;
  };
}

/** @throws an assertion when the chain does not hold. */
export async function expectChainHolds(file: string): Promise<void> {
  await using reader = await openSqliteReader({ file });
  expect(await reader.verify(() => {}, new AbortController().signal)).toMatchObject({ kind: 'intact' });
}

/** Why a call that was allowed and recorded may still not have reached its server. */
const KEPT_BACK: readonly (string | null)[] = [
  'client_gone',
  'record_unavailable',
  'upstream_unavailable',
  'upstream_timeout',
];

/**
 * What holds whatever fails. I1: no call reaches the server without an allow of exactly its bytes, on disk before they
 * arrived. I2: every request has one answer, with a reason and a decision id that the record knows. I3: the server saw
 * each recorded allow that was carried out once, and nothing else.
 */
export function expectPromisesKept(
  { decisions, outcomes, refusals }: RecordOnDisk,
  { calls }: Pick<CountingUpstream, 'calls'>,
  told: readonly Told[],
): void {
  const allowed = new Map([...decisions].filter(([, { answer }]) => answer.allow));
  for (const call of calls) {
    expect(allowed.get(call.id)?.forward, 'I1: an allow of exactly these bytes').toEqual({
      digest: call.sha256,
      bytes: call.bytes,
    });
    expect(call.wasRecorded, 'I1: on disk before they arrived').not.toBe(false);
  }
  expect(new Set(told.map(({ decisionId }) => decisionId)).size, 'I2: an id for each answer').toBe(
    told.length,
  );
  for (const each of told) {
    const { decisionId, namedId, kind, reasons, text } = each;
    expect(decisionId, `I2: a decision id: ${text}`).not.toBe('');
    if (kind === 'done') {
      expect(allowed.has(decisionId), 'I2: what was done was allowed').toBe(true);
      continue;
    }
    expect(reasons[0], `I2: a reason: ${text}`).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(namedId, 'I2: the answer names its decision').toBe(decisionId);
    const isKnown = decisions.has(decisionId) || refusals.has(decisionId);
    // A refusal because the record cannot be written may itself not be written.
    if (!reasons.includes('record_unavailable') && !reasons.includes('overloaded'))
      expect(isKnown, `I2: the record knows it: ${text}`).toBe(true);
  }
  const received = new Set(calls.map(({ id }) => id));
  expect(received.size, 'I3: each call arrived once').toBe(calls.length);
  for (const [id, { forward }] of allowed) {
    if (forward === null || received.has(id)) continue;
    // A decision without an outcome says that nobody knows what became of it.
    const { result = 'unknown', failure = null } = outcomes.get(id) ?? {};
    expect(result, 'I3: what did not arrive is not recorded as forwarded').toMatch(/^(failed|unknown)$/);
    if (result === 'failed') expect(KEPT_BACK).toContain(failure);
  }
}
