import type { Input, Release } from '@bailiff/contract';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { EmbeddedEngine } from '../embedded/embedded-engine.ts';
import type { Evaluation } from '../engine.ts';
import { makeContext, makeInput } from '../testing/context.ts';
import { deciderOf } from '../testing/decider.ts';
import { CachedEngine, withCache } from './cached-engine.ts';
import { BOUNDARY_S, buildCompany } from './testing/company.ts';
import {
  type CountedEngine,
  cached,
  countedEngine,
  embeddedWith,
  SwitchedReleases,
} from './testing/engines.ts';

let company: Release;
let embedded: EmbeddedEngine;
beforeAll(async () => {
  company = await buildCompany();
  embedded = await embeddedWith(company);
}, 60_000);

let releases: SwitchedReleases;
let engine: CountedEngine;
let around: CachedEngine;
beforeEach(() => {
  releases = new SwitchedReleases(company);
  engine = countedEngine(embedded, releases);
  around = cached(engine, releases);
});

const BOT = { id: 'bot', scope: 'support', owner_team: 'cx', version: '1', chain: [] };

const call = (action: Partial<Input['action']> = {}, rest: Partial<Input> = {}): Input =>
  makeInput({ args: { rows: 9 }, ...action }, { agent: BOT, ...rest });

const at = (time_s: number): Partial<Input> => ({ environment: { ...makeInput().environment, time_s } });

async function ask(input: Input | string, signal = new AbortController().signal): Promise<Evaluation> {
  const text = typeof input === 'string' ? input : JSON.stringify(input);
  return around.evaluate('bailiff/decision', text, signal);
}

/** How often the engine is asked while these calls are made, one after the other. */
async function evaluationsFor(...calls: readonly (Input | string)[]): Promise<number> {
  const before = engine.asked();
  for (const each of calls) await ask(each);
  return engine.asked() - before;
}

const onServer = (server: string, tool: string): Partial<Input['action']> => ({
  server,
  tool: `${server}.${tool}`,
  tool_name: tool,
  target: { kind: 'tool', id: `${server}.${tool}` },
});

test('what no rule reads makes no other call', async () => {
  const { context, session, environment } = makeInput();
  const later = call(
    { estimated_tokens: 900, effects: ['external'] },
    {
      context: { ...context, conversation_id: 'c-82', cumulative_tokens: 9_999, session_age_seconds: 900 },
      session: { ...session, client_name: 'another' },
      environment: {
        ...environment,
        time: '2026-11-22T13:46:00Z',
        time_s: environment.time_s + 60,
        minute_of_day: 826,
      },
    },
  );
  expect(await evaluationsFor(call(), later)).toBe(1);
  expect(await ask(later)).toEqual(
    await engine.evaluate('bailiff/decision', JSON.stringify(later), AbortSignal.timeout(5_000)),
  );
});

describe('what the answer depends on makes another call', () => {
  test.each<[string, Input]>([
    ['agent', call({}, { agent: { ...BOT, id: 'another' } })],
    ['user, whom an override names', call({}, { user: { ...makeInput().user, id: 'omar' } })],
    ['kind of user, which a duty reads', call({}, { user: { ...makeInput().user, kind: 'service' } })],
    ['argument', call({ args: { rows: 90 } })],
    ['absent argument', call({ args: {} })],
    ['null for an argument', call({ args: { rows: null as unknown as string } })],
    ['text for a number', call({ args: { rows: '9' } })],
    [
      'what only the capabilities read',
      call({}, { session: { ...makeInput().session, transport: 'stdio' } }),
    ],
    [
      'counter that the team reads',
      call({}, { context: { ...makeInput().context, tool_calls_in_a_row: 9 } }),
    ],
    ['flag', call({}, { environment: { ...makeInput().environment, flags: { frozen: true } } })],
    ['target', call(onServer('crm', 'delete'))],
  ])('%s', async (_, other) => {
    expect(await evaluationsFor(call(), other)).toBe(2);
  });
});

test('an answer ends where an override begins or ends, and holds up to there', async () => {
  const lifted = (seconds: number) => call({ args: { rows: 90 } }, at(BOUNDARY_S + seconds));
  const outcomes = [];
  for (const seconds of [-600, -1, 0, 1, 59, 60, 90_000]) {
    const evaluation = await ask(lifted(seconds));
    const value =
      evaluation.kind === 'result'
        ? (evaluation.value as { metadata: { overrides: { id: string }[] } })
        : undefined;
    outcomes.push([seconds, engine.asked(), value?.metadata.overrides.map(({ id }) => id)]);
  }
  expect(outcomes).toEqual([
    [-600, 1, ['by-user']],
    [-1, 1, ['by-user']],
    [0, 2, ['by-agent']],
    [1, 2, ['by-agent']],
    [59, 2, ['by-agent']],
    [60, 3, ['by-agent']],
    [90_000, 4, []],
  ]);
});

describe('never kept', () => {
  test.each<[string, Input | string]>([
    ['a call that a rule about usage speaks for', call(onServer('billing', 'pay'))],
    ['a call that a rule about time speaks for', call(onServer('clock', 'tick'))],
    [
      'a call with an approval',
      call(
        {},
        { approval: { id: 'a', rules: ['x'], approved_by: ['ana'], expires_at: '2026-11-23T00:00:00Z' } },
      ),
    ],
    ['an answer in which a rule asks for approval', call(onServer('crm', 'delete'))],
    ['a call that policy fails at', call({ args: { sum: 'much' } })],
    ['an input that is not whole', JSON.stringify({ ...call(), usage: null })],
    ['a text that says a number in two ways', JSON.stringify(call()).replace('"rows":9', '"rows":9.0')],
    ['a text that says a key twice', JSON.stringify(call()).replace('"rows":9', '"rows":90,"rows":9')],
    ['a number that is no double', JSON.stringify(call()).replace('"rows":9', '"rows":9007199254740993')],
    ['no JSON', '{'],
    ['a very long text', call({ args: { rows: 9, text: 'x'.repeat(70_000) } })],
  ])('%s', async (_, input) => {
    expect(await evaluationsFor(input, input, input)).toBe(3);
    expect(around.status().cache?.hits).toBe(0);
  });

  test('what no engine was able to answer', async () => {
    engine.after = () => ({
      kind: 'failed',
      engine: 'none',
      code: 'evaluation_timeout',
      cause: undefined,
      locations: [],
    });
    expect(await evaluationsFor(call(), call())).toBe(2);
    engine.after = (evaluation) => ({
      kind: 'undefined',
      revision: company.policyVersion,
      engine: evaluation.engine,
    });
    expect(await evaluationsFor(call(), call())).toBe(2);
    engine.after = (evaluation) => evaluation;
    expect(await evaluationsFor(call(), call())).toBe(1);
  });

  test('an answer of another release', async () => {
    engine.after = (evaluation) => ({ ...evaluation, revision: '0.0.1+000000000000' }) as Evaluation;
    expect(await evaluationsFor(call(), call())).toBe(2);
  });

  test('answers of a release whose capabilities nobody has read', async () => {
    const { capabilityReads: _, ...unread } = company;
    releases.switchTo(unread);
    await embedded.prepare(unread);
    expect(await evaluationsFor(call(), call())).toBe(2);
  });
});

test('another release starts with nothing, and so does one that comes back', async () => {
  const other: Release = { ...company };
  await embedded.prepare(other);
  expect(await evaluationsFor(call(), call())).toBe(1);
  releases.switchTo(other);
  expect(await evaluationsFor(call(), call())).toBe(1);
  releases.switchTo(company);
  expect(await evaluationsFor(call(), call())).toBe(1);
});

test('an answer that comes after its release was replaced, or after all was dropped, is not kept', async () => {
  const other: Release = { ...company };
  await embedded.prepare(other);
  engine.before = () => releases.switchTo(other);
  await ask(call());
  engine.before = () => around.drop();
  expect(await evaluationsFor(call())).toBe(1);
  engine.before = () => {};
  expect(await evaluationsFor(call(), call())).toBe(1);
});

test('nothing kept is given while the engine could not answer itself, nor to a caller that left', async () => {
  await ask(call());
  engine.ready = false;
  expect(await evaluationsFor(call())).toBe(1);
  engine.ready = true;
  const evaluation = await ask(call(), AbortSignal.abort());
  expect(evaluation).toMatchObject({ kind: 'failed', code: 'evaluation_timeout' });
});

test('answers of an engine whose answers are not kept cost no look-up', async () => {
  const { engine: cachedSidecar } = withCache(engine, { releases, cache: 'auto', cache_entries: 10 });
  const text = JSON.stringify(call());
  for (let turn = 0; turn < 3; turn++)
    await cachedSidecar.evaluate('bailiff/decision', text, new AbortController().signal);
  expect(engine.asked()).toBe(3);
  expect(cachedSidecar.status().cache).toEqual({ hits: 0, misses: 1, passed: 2, entries: 0 });
});

test('no cache is put around an engine where none is wanted', () => {
  expect(withCache(engine, { releases, cache: 'off', cache_entries: 10 }).engine).toBe(engine);
});

test('nobody can change what others are given', async () => {
  const first = await ask(call());
  const value = first.kind === 'result' ? (first.value as { metadata: { rules: unknown[] } }) : undefined;
  const before = structuredClone(first);
  value?.metadata.rules.push('mine');
  expect(await ask(call())).toEqual(before);
  expect(engine.asked()).toBe(1);
});

test('is not looked for what never comes again, but for a trial now and then', {
  timeout: 60_000,
}, async () => {
  const text = (rows: number) => JSON.stringify(call({ args: { rows } }));
  for (let rows = 0; rows < 512; rows++) await ask(text(rows));
  expect(around.status().cache).toMatchObject({ hits: 0, misses: 512, passed: 0 });
  for (let turn = 0; turn < 8_192; turn++) await ask('{');
  expect(await evaluationsFor(text(1), text(1), text(1_000), text(1_000))).toBe(1);
  expect(around.status().cache).toMatchObject({ hits: 3, misses: 513, passed: 8_192 });
});

test('holds no more entries than it may', async () => {
  around = cached(engine, releases, 8);
  for (let rows = 0; rows < 40; rows++) await ask(call({ args: { rows } }));
  expect(around.status().cache?.entries).toBe(8);
});

test('holds no more bytes than it may', { timeout: 60_000 }, async () => {
  const bytes = new CachedEngine({
    engine,
    releases,
    keepsOf: new Set(['embedded']),
    entriesMax: 10,
    bytesMax: 40_000,
  });
  const text = (rows: string) => JSON.stringify(call({ args: { rows } }));
  for (let turn = 0; turn < 20; turn++)
    await bytes.evaluate(
      'bailiff/decision',
      text(`${turn}${'x'.repeat(9_000)}`),
      new AbortController().signal,
    );
  expect(bytes.status().cache?.entries).toBeLessThan(3);
});

test('every use of a kept answer is a decision of its own', async () => {
  const decider = deciderOf(around, [company]);
  const decide = (decisionId: string, conversation_id: string) => {
    const input = call({}, { context: { ...makeInput().context, conversation_id } });
    const { call: made, ...context } = makeContext(input, company);
    return decider.decide({ ...context, call: { ...made, decisionId } }, new AbortController().signal);
  };
  const first = await decide('01J00000000000000000000001', 'c-1');
  const second = await decide('01J00000000000000000000002', 'c-2');
  expect(engine.asked()).toBe(1);
  expect([first, second].map(({ answer }) => [answer.outcome, answer.metadata.decision_id])).toEqual([
    ['allow', '01J00000000000000000000001'],
    ['allow', '01J00000000000000000000002'],
  ]);
  expect(second.inputText).toContain('"c-2"');
});
