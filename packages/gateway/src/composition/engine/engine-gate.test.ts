import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Release } from '@bailiff/contract';
import { type Builtin, compilePlan } from '@bailiff/rego';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createContextOf } from '../../context/context-of.ts';
import { createConversations } from '../../context/conversations.ts';
import { AutoEngine } from '../../decision/auto-engine.ts';
import { EmbeddedEngine } from '../../decision/embedded/embedded-engine.ts';
import type { Engine } from '../../decision/engine.ts';
import { makeInput } from '../../decision/testing/context.ts';
import { type RunningOpa, runOpa } from '../../decision/testing/decider.ts';
import { buildPolicies } from '../../decision/testing/policies.ts';
import { createActiveRelease } from '../../distribution/active-release.ts';
import { EngineVerdicts } from '../../stores/engine-verdicts.ts';
import { Differences } from './differences.ts';
import { type ComparedSamples, EngineGate } from './engine-gate.ts';

const { signal } = new AbortController();
const clock = () => 1_770_000_000_000;
const INPUT = JSON.stringify(makeInput({ args: { rows: 500 } }));

let release: Release;
let opa: RunningOpa;
let directory: string;
beforeAll(async () => {
  release = await buildPolicies('1.0.0');
  opa = await runOpa(release.bundle);
  await opa.sidecar.whenReady(AbortSignal.timeout(30_000));
  directory = await mkdtemp(join(tmpdir(), 'gate-'));
});
afterAll(async () => {
  await opa[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

interface Scene {
  readonly gate: EngineGate;
  readonly compared: ComparedSamples;
  /** Inputs that OPA was asked. */
  readonly asked: string[];
}

/** The gate with a real OPA as the spare of its lane, of which one answer in so many is left out, or with no lane at all. */
async function open({
  spare = 'there',
  silentOf = Number.POSITIVE_INFINITY,
  gt,
}: {
  readonly spare?: 'there' | 'missing';
  readonly silentOf?: number;
  readonly gt?: Builtin;
}): Promise<Scene> {
  const asked: string[] = [];
  const evaluate: Engine['evaluate'] = async (entrypoint, inputText, deadline) => {
    asked.push(inputText);
    if (asked.length % silentOf === 0)
      return { kind: 'failed', code: 'policy_unavailable', detail: 'busy' } as never;
    return opa.sidecar.evaluate(entrypoint, inputText, deadline);
  };
  const lane = { spare: { evaluate, revision: async () => release.policyVersion } };
  const hold = async () => {
    if (spare === 'missing') throw new Error('no room for another OPA');
    return { lane, [Symbol.asyncDispose]: async () => undefined };
  };
  const releases = createActiveRelease({ clock });
  const verdicts = new EngineVerdicts(await mkdtemp(join(directory, 'verdicts-')));
  const differences = new Differences({ logger: pino({ level: 'silent' }), verdicts, clock });
  const embedded = new EmbeddedEngine(
    gt === undefined
      ? {}
      : { compile: (plan: string) => compilePlan(plan, { builtins: new Map([['gt', gt]]) }) },
  );
  const auto = new AutoEngine({
    embedded,
    reference: opa.sidecar,
    releases,
    fallsBack: true,
    shadow: 0,
    chance: () => 0,
    shadowDeadlineMs: 10_000,
    onDifference: () => undefined,
  });
  const limits = { idle_minutes: 30, max: 100 } as never;
  const conversations = createConversations({ limits, clock, secret: new Uint8Array(32) });
  const configuration = {
    environment: { name: 'test', is_production: false, region: '', time_zone: 'UTC' },
    servers: {},
    engine: { kind: 'auto', deadline_ms: 10_000 },
  } as never;
  const compared: ComparedSamples = new WeakMap();
  const gate = new EngineGate({
    configuration,
    lanes: { hold } as never,
    own: { auto, embedded },
    verdicts,
    differences,
    context: createContextOf({ configuration, releases, conversations, clock }),
    versions: ['1'],
    compared,
  });
  return { gate, compared, asked };
}

test('before it was judged, OPA is asked what a release decides, and the embedded engine only ahead of that', async () => {
  const { gate, asked } = await open({});
  expect(await gate.decideAhead(release, [INPUT], signal)).toMatchObject([
    { kind: 'decided', outcome: 'deny' },
  ]);
  expect(asked).toEqual([]);
  expect(await gate.decideAll(release, [INPUT], signal)).toMatchObject([
    { kind: 'decided', outcome: 'deny' },
  ]);
  expect(asked).toEqual([INPUT]);
});

test('a release that passed is asked of the embedded engine, and so is one of the same plan', async () => {
  const { gate, asked, compared } = await open({});
  expect(await gate.judge({ release }, signal)).toMatchObject({ outcome: 'passed' });
  expect(compared.get(release)).toMatchObject({ samples: 25, trials: asked.length });
  asked.length = 0;
  await gate.decideAll(release, [INPUT], signal);
  await gate.decideAll({ ...release }, [INPUT], signal);
  expect(asked).toEqual([]);
});

test('an engine that was not compared answers nothing, though it could', async () => {
  const { gate } = await open({ spare: 'missing' });
  expect(await gate.judge({ release }, signal)).toMatchObject({ outcome: 'failed' });
  expect(await gate.decideAll(release, [INPUT], signal)).toEqual([
    { kind: 'failed', detail: 'no room for another OPA' },
  ]);
});

test('an engine that decides otherwise answers nothing any more, also ahead', async () => {
  const { gate, asked } = await open({ gt: () => false });
  expect(await gate.judge({ release }, signal)).toMatchObject({ outcome: 'failed' });
  asked.length = 0;
  await gate.decideAll(release, [INPUT], signal);
  await gate.decideAhead(release, [INPUT], signal);
  await gate.decideAll({ ...release }, [INPUT], signal);
  expect(asked).toEqual([INPUT, INPUT, INPUT]);
});

test('what was left unanswered is left to whoever goes on comparing', async () => {
  const { gate, compared } = await open({ silentOf: 40 });
  expect(await gate.judge({ release }, signal)).toMatchObject({ outcome: 'passed' });
  expect(compared.has(release)).toBe(false);
});
