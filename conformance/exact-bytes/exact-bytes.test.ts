import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ACCEPTED, VECTORS } from '../../packages/gateway/src/protocol/json/testing/vectors.ts';
import { verifies } from '../requirements.ts';
import { storedCases } from './cases.ts';
import { lineOf, type Mismatch, type Shot, seeded, shoot, shootEach, Tally } from './fuzz.ts';
import type { Lane } from './lane.ts';
import { openRange, type Range } from './open-range.ts';

/** `run.ts` sends a million. */
const COUNT = Number(process.env.BAILIFF_EXACT_BYTES ?? 3_000);
const TIMEOUT_MS = 600_000;

let range: Range;
beforeAll(async () => {
  range = await openRange();
  for (const what of range.skipped) process.stdout.write(`exact bytes: without ${what}\n`);
}, 120_000);
afterAll(() => range?.[Symbol.asyncDispose]());

const shown = ({ bytes, hazards, wrong, server, era }: Mismatch) => ({
  wrong,
  hazards,
  server,
  era,
  bytes: Buffer.from(bytes).toString('latin1').slice(0, 2_000),
});

/** What became of a body, sent on every route. */
async function outcomeOf(bodyOf: (lane: Lane) => Buffer) {
  const tally = new Tally();
  const shot: Shot = (lane) => ({ bytes: bodyOf(lane), hazards: [] });
  await shootEach({ range, tally, lanes: range.onePerRoute }, [shot]);
  const { sent, arrived, refusedFor, mismatches } = tally.totals;
  expect(mismatches.map(shown)).toEqual([]);
  return { sent, arrived, refusedFor: Object.fromEntries(refusedFor) };
}

describe('what was decided about is what arrives, as every parser reads it, or nothing does:', () => {
  test('messages that once were not', async () => {
    const cases = await storedCases();
    for (const { bytes } of cases) await outcomeOf(() => bytes);
  });

  test('hostile messages', { timeout: TIMEOUT_MS }, async () => {
    verifies('one-parse');
    const tally = new Tally();
    await shoot({ range, tally }, seeded('npm test'), { from: 0, count: COUNT });
    const { totals } = tally;
    process.stdout.write(`${lineOf(totals)}\n`);
    expect(totals.mismatches.map(shown)).toEqual([]);
    expect(totals.sent).toBe(COUNT);
    // Otherwise nothing was shown about what arrives, or about what must not.
    expect(totals.arrived / COUNT).toBeGreaterThan(0.2);
    expect(totals.refused / COUNT).toBeGreaterThan(0.2);
  });

  const asArgument = (bytes: Buffer) => (lane: Lane) =>
    lane.bodyOf('echo', Buffer.concat([Buffer.from('{"value":'), bytes, Buffer.from('}')]));

  test.each(VECTORS)('$id as an argument', async ({ id, bytes }) => {
    verifies('one-parse');
    const { sent, arrived, refusedFor } = await outcomeOf(asArgument(bytes));
    expect(arrived).toBe(ACCEPTED.has(id) ? sent : 0);
    expect(refusedFor).toEqual(ACCEPTED.has(id) ? {} : { unparseable: sent });
  });

  test.each(VECTORS)('$id as the whole message', async ({ bytes }) => {
    const { arrived, refusedFor } = await outcomeOf(() => bytes);
    expect(arrived).toBe(0);
    expect(Object.keys(refusedFor)).toHaveLength(1);
  });
});
