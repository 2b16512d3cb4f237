import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Input, Release } from '@bailiff/contract';
import { type Builtin, builtins, compilePlan, type Policy, UnsupportedPlan } from '@bailiff/rego';
import { pino } from 'pino';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createContextOf } from '../../context/context-of.ts';
import { createConversations } from '../../context/conversations.ts';
import { AutoEngine } from '../../decision/auto-engine.ts';
import { EmbeddedEngine } from '../../decision/embedded/embedded-engine.ts';
import { makeInput } from '../../decision/testing/context.ts';
import { type RunningOpa, runOpa } from '../../decision/testing/decider.ts';
import { buildPolicies } from '../../decision/testing/policies.ts';
import { type ActiveRelease, createActiveRelease } from '../../distribution/active-release.ts';
import type { PlannedTests } from '../../distribution/planned-tests.ts';
import { EngineVerdicts } from '../../stores/engine-verdicts.ts';
import { Admission, type AdmissionFacts } from './admission.ts';
import { Differences } from './differences.ts';
import type { ComparedSamples } from './engine-gate.ts';

const PATIENCE_MS = 30_000;
const clock = () => 1_770_000_000_000;

let first: Release;
let second: Release;
let directory: string;
let opened: AsyncDisposableStack;
beforeAll(async () => {
  [first, second] = await Promise.all([buildPolicies('1.0.0'), buildPolicies('2.0.0')]);
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'admission-'));
  opened = new AsyncDisposableStack();
});
afterEach(async () => {
  await opened.disposeAsync();
  await rm(directory, { recursive: true, force: true });
});

/** A comparison that says yes where it should say no: `input.action.args.rows > 100` never holds. */
const neverGreater: Builtin = () => false;
const broken = (plan: string): Policy => compilePlan(plan, { builtins: new Map([['gt', neverGreater]]) });

interface Gate extends AsyncDisposable {
  readonly auto: AutoEngine;
  readonly releases: ActiveRelease;
  readonly opa: RunningOpa;
  readonly counted: string[];
  readonly lines: { readonly level: number; readonly msg: string }[];
  readonly verdicts: EngineVerdicts;
  ask(args?: Input['action']['args']): ReturnType<AutoEngine['evaluate']>;
  standing(release?: Release): string;
  isSettled(release?: Release): Promise<void>;
}

interface GateOptions {
  readonly compile?: (plan: string) => Policy;
  readonly fallsBack?: boolean;
  readonly shadow?: number;
  readonly opa?: RunningOpa;
  readonly versions?: readonly string[];
  readonly testsOf?: AdmissionFacts['testsOf'];
  readonly recent?: readonly Input[];
  readonly compared?: ComparedSamples;
}

/** What the gateway makes of its engines, with a real OPA that has the first release. */
async function open(options: GateOptions = {}): Promise<Gate> {
  const { fallsBack = true, shadow = 0, versions = ['1'], testsOf = async () => undefined } = options;
  await using stack = new AsyncDisposableStack();
  const opa = options.opa ?? stack.use(await runOpa(first.bundle));
  const releases = createActiveRelease({ clock });
  const lines: Gate['lines'] = [];
  const logger = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const verdicts = new EngineVerdicts(directory);
  const differences = new Differences({ logger, verdicts, clock });
  const embedded = new EmbeddedEngine(options.compile === undefined ? {} : { compile: options.compile });
  const auto = new AutoEngine({
    embedded,
    reference: opa.sidecar,
    releases,
    fallsBack,
    shadow,
    chance: () => 0,
    shadowDeadlineMs: 10_000,
    onDifference: (release, difference) => differences.observe(release, difference),
  });
  const counted: string[] = [];
  const limits = { idle_minutes: 30, max: 100 } as never;
  const conversations = createConversations({ limits, clock, secret: new Uint8Array(32) });
  const configuration = {
    environment: { name: 'test', is_production: false, region: '', time_zone: 'UTC' },
    servers: {},
  };
  stack.use(
    new Admission({
      engines: { auto, embedded, reference: opa.sidecar },
      releases,
      verdicts,
      differences,
      logger,
      clock,
      embeddedDeadlineMs: 10_000,
      samplesMax: 8,
      context: createContextOf({ configuration: configuration as never, releases, conversations, clock }),
      reader: readerOf(options.recent ?? []),
      metrics: { observeEngineDifference: (comparison) => void counted.push(comparison) },
      ...(options.compared && { compared: options.compared }),
      versions,
      testsOf,
    }),
  );
  const standing = (release = first) => auto.standingOf(release).kind;
  const kept = stack.move();
  return {
    auto,
    releases,
    opa,
    counted,
    lines,
    verdicts,
    standing,
    ask: (args = { rows: 500 }) =>
      auto.evaluate(
        'bailiff/decision',
        JSON.stringify(makeInput({ args })),
        AbortSignal.timeout(PATIENCE_MS),
      ),
    isSettled: (release = first) =>
      vi.waitFor(() => expect(standing(release)).not.toBe('waiting'), { timeout: PATIENCE_MS, interval: 20 }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** A record that holds these inputs. */
function readerOf(recent: readonly Input[]): AdmissionFacts['reader'] {
  return {
    page: async () => ({ decisions: recent.map((_, index) => ({ decisionId: String(index) })) }) as never,
    find: async (id) => [{ entry: { kind: 'decision', list: null, input: recent[Number(id)] } }] as never,
  };
}

describe('a release that is activated', () => {
  test('is OPA’s until it was compared, and the embedded engine’s once it did as OPA', async () => {
    await using gate = await open();
    gate.releases.activate(first);
    expect(await gate.ask()).toMatchObject({ kind: 'result', engine: 'sidecar' });
    await gate.isSettled();
    expect(gate.standing()).toBe('admitted');
    expect(await gate.ask()).toMatchObject({ kind: 'result', engine: 'embedded', value: { allow: false } });
    expect(gate.counted).toEqual([]);
  });

  test('is not compared anew after a restart, also without an OPA that could be asked', async () => {
    await using before = await open();
    before.releases.activate(first);
    await before.isSettled();
    await before[Symbol.asyncDispose]();
    opened.use(await runOpa(undefined));
    await using without = await runOpa(undefined);
    await using gate = await open({ opa: without, fallsBack: false });
    gate.releases.activate(first);
    await gate.isSettled();
    expect(gate.standing()).toBe('admitted');
    expect(await gate.ask()).toMatchObject({ kind: 'result', engine: 'embedded' });
    expect(gate.auto.status()).toMatchObject({ ready: true, standby: { ready: false } });
  });

  test.each([
    ['another version of this gateway or of OPA', { versions: ['2'] }],
    ['another release', {}],
  ])('is compared anew for %s', async (what, options) => {
    await using before = await open();
    before.releases.activate(first);
    await before.isSettled();
    await before[Symbol.asyncDispose]();
    await using without = await runOpa(undefined);
    await using gate = await open({ ...options, opa: without, fallsBack: false });
    const release = what === 'another release' ? second : first;
    gate.releases.activate(release);
    await vi.waitFor(() => expect(gate.auto.status().detail).toContain('not compared'));
    expect(await gate.ask()).toMatchObject({ kind: 'failed', code: 'policy_unavailable' });
  });

  test('is left alone where another one takes its place, which has its turn at once', async () => {
    await using gate = await open();
    gate.releases.activate(second); // OPA has the first and never gets this one.
    await vi.waitFor(() => expect(gate.opa.sidecar.status().ready).toBe(true));
    gate.releases.activate(first);
    await gate.isSettled();
    expect([gate.standing(first), gate.standing(second)]).toEqual(['admitted', 'waiting']);
    gate.opa.server.publish(second.bundle);
    gate.releases.activate(second);
    await gate.isSettled(second);
    expect(gate.standing(second)).toBe('admitted');
  });

  test('waits, and keeps nobody from stopping, while OPA has another one', async () => {
    await using gate = await open({ fallsBack: false });
    gate.releases.activate(second);
    await vi.waitFor(() => expect(gate.auto.status().detail).toContain('not compared'));
    expect(await gate.ask()).toMatchObject({ kind: 'failed', code: 'policy_unavailable' });
  });

  test('that cannot be evaluated here is refused by name, and OPA decides', async () => {
    await using gate = await open({
      compile: () => {
        throw new UnsupportedPlan({ builtins: ['http.send'], statements: [] } as never);
      },
    });
    gate.releases.activate(first);
    await gate.isSettled();
    expect(gate.standing()).toBe('refused');
    expect(await gate.ask()).toMatchObject({ kind: 'result', engine: 'sidecar' });
    expect(await gate.verdicts.find('any')).toBeUndefined();
  });

  test('whose bundle is no bundle is refused, and nothing is thrown', async () => {
    await using gate = await open();
    const rubbish = { ...first, bundle: new Uint8Array([1, 2, 3]) };
    gate.releases.activate(rubbish);
    await gate.isSettled(rubbish);
    expect(gate.auto.standingOf(rubbish)).toMatchObject({
      kind: 'refused',
      detail: 'The embedded engine could not be made ready.',
    });
  });
});

describe('an embedded engine with a planted difference', () => {
  test.each([true, false])('is found out before it decides anything (falls back: %s)', async (fallsBack) => {
    const recent = [makeInput({ args: { rows: 500 } })];
    await using gate = await open({ compile: broken, fallsBack, recent });
    gate.releases.activate(first);
    await gate.isSettled();
    expect(gate.standing()).toBe('refused');
    expect(gate.counted).toEqual(['outcome']);
    const errors = gate.lines.filter(({ level }) => level === 50);
    expect(errors, 'told once').toHaveLength(1);
    expect(JSON.stringify(errors), 'without what was in the input').not.toContain('mara');
    const answer = await gate.ask();
    if (fallsBack) expect(answer).toMatchObject({ engine: 'sidecar', value: { allow: false } });
    else expect(answer).toMatchObject({ kind: 'failed', code: 'policy_unavailable' });
  });

  test('that no trial met is found out by a sample, and stays out after a restart', async () => {
    // Admitted as it is on a machine that is well, and broken from then on.
    let isBroken = false;
    const gt = builtins.get('gt') as Builtin;
    const sometimes: Builtin = (...operands) => (isBroken ? false : gt(...operands));
    const compile = (plan: string) => compilePlan(plan, { builtins: new Map([['gt', sometimes]]) });
    await using gate = await open({ compile, shadow: 1 });
    gate.releases.activate(first);
    await gate.isSettled();
    expect(gate.standing()).toBe('admitted');
    isBroken = true;
    expect(await gate.ask()).toMatchObject({ engine: 'embedded', value: { allow: true } });
    await vi.waitFor(() => expect(gate.standing()).toBe('refused'));
    expect(gate.counted).toEqual(['outcome']);
    expect(await gate.ask()).toMatchObject({ engine: 'sidecar', value: { allow: false } });
    await gate[Symbol.asyncDispose]();

    isBroken = false; // What it would be tried with finds nothing now.
    await using again = await open({ compile, shadow: 1 });
    again.releases.activate(first);
    await again.isSettled();
    expect(again.standing()).toBe('refused');
    expect(again.auto.standingOf(first).detail).toMatch(
      /otherwise than OPA \(outcome\): entrypoint bailiff\/decision, input_sha256 [0-9a-f]{64}\.$/,
    );
    expect(again.counted, 'it was told already').toEqual([]);
  });
});

const comparedBy = ({ auto }: Gate) => Number(/ in (\d+) trials/.exec(auto.standingOf(first).detail)?.[1]);

test('what was compared before a release decided is counted, and not compared again', async () => {
  await using whole = await open();
  whole.releases.activate(first);
  await whole.isSettled();
  const compared: ComparedSamples = new WeakMap([[first, { samples: 6, trials: 1_000 }]]);
  await using rest = await open({ versions: ['other'], compared });
  rest.releases.activate(first);
  await rest.isSettled();
  expect(comparedBy(rest)).toBeGreaterThan(1_000);
  expect(comparedBy(rest)).toBeLessThanOrEqual(1_000 + comparedBy(whole) / 2);
});

describe('a release’s own tests', () => {
  const planned = async (passed: boolean): Promise<PlannedTests> => ({
    bundle: first.bundle,
    tests: [{ name: 'policy.x_test.test_x', entrypoint: 'bailiff/visible', passed }],
  });

  test('count among what was compared', async () => {
    await using gate = await open({ testsOf: () => planned(false) });
    gate.releases.activate(first);
    await gate.isSettled();
    await using plain = await open({ versions: ['other'] });
    plain.releases.activate(first);
    await plain.isSettled();
    expect(comparedBy(gate)).toBe(comparedBy(plain) + 1);
  });

  test('refuse the embedded engine where one passes in one of them only', async () => {
    await using gate = await open({ testsOf: () => planned(true) });
    gate.releases.activate(first);
    await gate.isSettled();
    expect(gate.standing()).toBe('refused');
    expect(gate.lines.find(({ level }) => level === 50)).toMatchObject({ test: 'policy.x_test.test_x' });
  });

  test('that cannot be run admit nothing, and are tried again', async () => {
    let isWell = false;
    const testsOf = async () => {
      if (!isWell) throw new Error('opa ended');
      return undefined;
    };
    await using gate = await open({ testsOf });
    gate.releases.activate(first);
    await vi.waitFor(
      () => expect(gate.lines.some(({ msg }) => msg.includes('could not be compared'))).toBe(true),
      { timeout: PATIENCE_MS },
    );
    expect(gate.standing()).toBe('waiting');
    isWell = true;
    await gate.isSettled();
    expect(gate.standing()).toBe('admitted');
  });
});

test('a verdict that cannot be kept is a verdict all the same', async () => {
  await rm(directory, { recursive: true });
  await writeFile(directory, '');
  await using gate = await open();
  gate.releases.activate(first);
  await gate.isSettled();
  await vi.waitFor(() => expect(gate.lines.some(({ msg }) => msg.includes('could not be kept'))).toBe(true));
  expect(gate.standing()).toBe('admitted');
});
