import type { DecisionEntry, OutcomeEntry } from '@bailiff/contract';
import { expect, test } from 'vitest';
import type { ReceivedCall } from './counting-upstream.ts';
import type { Told } from './mcp-client.ts';
import { expectPromisesKept } from './record.ts';

/** One call that went as it should, as its record, its server and its client saw it. */
const sha256 = 'a'.repeat(64);
const decision = {
  answer: { allow: true },
  forward: { digest: sha256, bytes: 9 },
} as unknown as DecisionEntry;
const outcome = { result: 'forwarded', failure: null } as unknown as OutcomeEntry;
const call: ReceivedCall = { id: 'd-1', sha256, bytes: 9, wasRecorded: true };
const done: Told = { status: 200, decisionId: 'd-1', kind: 'done', reasons: [], namedId: '', text: '' };
const refused: Told = {
  ...done,
  decisionId: 'd-2',
  kind: 'refused',
  reasons: ['too_many_rows'],
  namedId: 'd-2',
};

interface Seen {
  readonly decisions: readonly (readonly [string, DecisionEntry])[];
  readonly outcomes: readonly (readonly [string, OutcomeEntry])[];
  readonly calls: ReceivedCall[];
  readonly told: readonly Told[];
}

const good: Seen = {
  decisions: [
    ['d-1', decision],
    ['d-2', { answer: { allow: false }, forward: null } as unknown as DecisionEntry],
  ],
  outcomes: [['d-1', outcome]],
  calls: [call],
  told: [done, refused],
};

const check = (change: Partial<Seen>) => () => {
  const { decisions, outcomes, calls, told } = { ...good, ...change };
  const record = { decisions: new Map(decisions), outcomes: new Map(outcomes), refusals: new Map() };
  expectPromisesKept(record, { calls }, told);
};

test('what keeps the promises is accepted', () => expect(check({})).not.toThrow());

test.each<[string, Partial<Seen>, RegExp]>([
  ['a call that nobody allowed', { calls: [call, { ...call, id: 'd-2' }] }, /I1/],
  ['a call of other bytes', { calls: [{ ...call, sha256: 'b'.repeat(64) }] }, /I1/],
  ['a call that was recorded after it arrived', { calls: [{ ...call, wasRecorded: false }] }, /I1/],
  ['one id for two answers', { told: [done, done] }, /I2/],
  ['an answer without an id', { told: [{ ...done, decisionId: '' }] }, /I2/],
  [
    'an answer that the record does not know',
    { told: [{ ...refused, decisionId: 'd-9', namedId: 'd-9' }] },
    /I2/,
  ],
  ['a refusal without a reason', { told: [{ ...refused, reasons: [] }] }, /string|I2/],
  ['a refusal in words', { told: [{ ...refused, reasons: ['Too many rows.'] }] }, /I2/],
  ['something done that was denied', { told: [{ ...done, decisionId: 'd-2' }] }, /I2/],
  ['a call that arrived twice', { calls: [call, call] }, /I3/],
  ['a call that is recorded as forwarded and never arrived', { calls: [] }, /I3/],
])('%s is found', (_what, change, promise) => expect(check(change)).toThrow(promise));
