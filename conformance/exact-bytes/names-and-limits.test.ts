import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifies } from '../requirements.ts';
import { TOOLS } from './echoes/tools.ts';
import { type Shot, shootEach, Tally } from './fuzz.ts';
import type { Lane } from './lane.ts';
import type { Message } from './messages/make-message.ts';
import { lookAlike } from './messages/message-hazards.ts';
import { Random } from './messages/random.ts';
import { openRange, type Range } from './open-range.ts';

const BODY_BYTES = 2_000_000;
/** Of the strict parser: members and items in all. */
const MEMBERS_MAX = 100_000;
const RUNS = Number(process.env.BAILIFF_RUNS ?? 6);

let range: Range;
beforeAll(async () => {
  range = await openRange({ lanes: 0, limits: { body_bytes: BODY_BYTES } });
}, 120_000);
afterAll(() => range?.[Symbol.asyncDispose]());

/** A call with arguments as they are spelled. */
const calling =
  (name: string, args = '{}') =>
  (lane: Lane): Message => ({
    bytes: lane.bodyOf(name, Buffer.from(args)),
    hazards: [],
  });

/** What became of a body on each of these lanes; every one of them also went as it must. */
async function outcomeOf(shot: Shot, lanes = range.onePerRoute) {
  const tally = new Tally();
  await shootEach({ range, tally, lanes }, [shot]);
  const { mismatches, arrived, refusedFor } = tally.totals;
  expect(mismatches.map(({ wrong, server, era }) => ({ wrong, server, era }))).toEqual([]);
  return { arrived, refusedFor: [...refusedFor.keys()] };
}

describe('a tool is called by its exact name:', () => {
  test.each(TOOLS)('%j is', async (name) => {
    expect(await outcomeOf(calling(name))).toEqual({ arrived: range.onePerRoute.length, refusedFor: [] });
  });

  test.each([
    'Delete_file',
    'DELETE_FILE',
    'delete_file ',
    ' delete_file',
    'delete_file\u0000',
    'delete_file\n',
    'delete_file\u200b',
    'delete\u200d_file',
    'd\u0435lete_file',
    'delete\uff3ffile',
    'delete_\ufb01le',
    'delete_file\u0301',
    'delete_file\ufe0f',
    '\u202edelete_file',
    '\ufeffdelete_file',
    'a\u0000',
    'cafe\u0301',
    'CAF\u00c9',
    'node.delete_file',
    'toString',
    '__proto__',
    'hasOwnProperty',
    '',
    'x'.repeat(257),
  ])('%j is refused or unknown', async (name) => {
    verifies('tool-identity');
    const { arrived, refusedFor } = await outcomeOf(calling(name));
    expect(arrived).toBe(0);
    expect(['invalid_params', 'unknown_tool']).toEqual(expect.arrayContaining(refusedFor));
  });

  test('no other name is an alias of it', { timeout: 300_000 }, async () => {
    verifies('tool-identity');
    const changed = fc
      .tuple(fc.constantFrom(...TOOLS), fc.string())
      .map(([name, seed]) => lookAlike(name, new Random(seed)));
    const names = fc.oneof(changed, changed, fc.string({ unit: 'grapheme', maxLength: 12 }));
    await fc.assert(
      fc.asyncProperty(fc.array(names, { minLength: 8, maxLength: 16 }), async (several) => {
        const tally = new Tally();
        await shootEach(
          { range, tally, lanes: range.onePerRoute },
          several.map((name) => calling(name)),
        );
        const exact = several.filter((name) => TOOLS.some((tool) => tool === name)).length;
        expect(tally.totals.mismatches).toEqual([]);
        expect(tally.totals.arrived).toBe(exact * range.onePerRoute.length);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('a message arrives up to the limit, and beyond it nothing does:', () => {
  const nested = (levels: number) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
  const keys = (count: number) =>
    `{${Array.from({ length: count }, (_, number) => `"k${number}":0`).join(',')}}`;
  const filled = (bytes: number) => `{"a":"${'x'.repeat(bytes)}"}`;
  /** What counts besides the keys: members of the message and of its params. */
  const around = 4 + 2;
  /** The bytes of a message with one empty argument, as a client with a session sends it. */
  const aroundBytes =
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"a":""}}}'.length;

  test.each([
    ['depth', nested(61), nested(62), 'unparseable'],
    ['keys', keys(MEMBERS_MAX - around), keys(MEMBERS_MAX - around + 1), 'unparseable'],
    ['size', filled(BODY_BYTES - aroundBytes), filled(BODY_BYTES - aroundBytes + 1), 'body_too_large'],
    ['long keys', `{"${'k'.repeat(100_000)}":1}`, `{"${'k'.repeat(BODY_BYTES)}":1}`, 'body_too_large'],
  ])('%s', async (_what, fitting, excessive, reason) => {
    // One client and one server: a hundred thousand keys are compared for seconds, and the limits are the gateway’s.
    const lanes = range.onePerRoute.slice(0, 1);
    expect(await outcomeOf(calling('echo', fitting), lanes)).toEqual({ arrived: 1, refusedFor: [] });
    expect(await outcomeOf(calling('echo', excessive), lanes)).toEqual({ arrived: 0, refusedFor: [reason] });
  });

  test.each([
    ['one header that is long', `X-Long: ${'x'.repeat(100_000)}\r\n`],
    [
      'many headers',
      Array.from({ length: 2_000 }, (_, number) => `X-${number}: 12345678901234567890\r\n`).join(''),
    ],
  ])('%s', async (_what, headers) => {
    for (const lane of range.onePerRoute) {
      expect((await lane.send(calling('echo')(lane).bytes, headers)).status).toBe(431);
      expect((await lane.call('echo', {})).kind).toBe('echoed');
    }
    const arrived = (await Promise.all(range.echoes.map((echo) => echo.received()))).flat();
    expect(arrived.filter(({ method }) => method === 'tools/call')).toHaveLength(range.onePerRoute.length);
  });
});
