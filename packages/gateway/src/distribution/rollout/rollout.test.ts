import { Failure, type Release } from '@bailiff/contract';
import { expect, test, vi } from 'vitest';
import { createActiveRelease } from '../active-release.ts';
import type { PreflightAnswer } from '../delivery/preflight-engine.ts';
import { AGENTS_MAX, DenialTally } from './denial-tally.ts';
import { Rollout, type RolloutAlarm, type RolloutOptions, WINDOW_MS } from './rollout.ts';
import type { RecordedRefusal } from './would-loosen.ts';

const release = (policyVersion: string): Release => ({
  policyVersion,
  digest: policyVersion,
  data: {
    ...{ policy_version: policyVersion, digest: policyVersion, categories: [], bundles: {}, required: [] },
    ...{ servers: {}, subagents: {}, teams: {}, audit: { level: 'basic', retention_days: 1 }, overrides: [] },
    ...{ agents: {}, tool_pins: {}, launches: {} },
  },
  catalogue: { data_classes: {}, regions: {}, servers: {}, models: {}, subagents: {} },
  directory: { agents: {}, users: {} },
  rules: new Map(),
  bundle: new Uint8Array(),
});
const [OLD, NEW, NEWER] = [release('1'), release('2'), release('3')];
const SETTINGS = {
  canary: { share: 1, teams: [] },
  denial_band: { above: 0.1, agents_min: 5 },
  errors_max: 3,
};
const DECIDED: PreflightAnswer = { kind: 'decided', outcome: 'deny', reasons: ['r'], rules: [] };
const ALLOWED: PreflightAnswer = { ...DECIDED, outcome: 'allow' };

interface Scene extends Partial<Pick<RolloutOptions, 'activate' | 'openLane'>> {
  readonly refusals?: readonly RecordedRefusal[];
  /** What any other release says when it is asked. */
  readonly says?: PreflightAnswer;
}

function open({ refusals = [], says = DECIDED, ...options }: Scene = {}) {
  let now = 1_000;
  const releases = createActiveRelease({ clock: () => now });
  releases.activate(OLD);
  const told: string[] = [];
  const alarms: RolloutAlarm[] = [];
  let lanes = 0;
  const rollout = new Rollout({
    releases,
    openLane: async () => {
      lanes += 1;
      return {
        async [Symbol.asyncDispose]() {
          lanes -= 1;
        },
      };
    },
    activate: async (next) => releases.activate(next),
    engine: { decideAll: async (_release, texts) => texts.map(() => says) },
    refusalsBy: async function* () {
      yield* refusals;
    },
    events: {
      onStage: () => {},
      onStopped: ({ policyVersion }, { cause }) => told.push(`stopped ${policyVersion} ${cause}`),
      onRestoreWanted: ({ policyVersion }) => told.push(`restore ${policyVersion}`),
      onAlarm: (alarm) => alarms.push(alarm),
    },
    clock: () => now,
    ...options,
  });
  const observe = (by: Release, outcome: 'allow' | 'deny' | 'fault', agentId = 'bot') =>
    rollout.observe({
      release: by,
      agentId,
      outcome: outcome === 'fault' ? 'deny' : outcome,
      isFault: outcome === 'fault',
      inputText: '{}',
    });
  const later = (ms: number) => {
    now += ms;
  };
  return { rollout, releases, told, alarms, observe, later, lanes: () => lanes };
}

const times = (count: number, act: (index: number) => void) => {
  for (let index = 0; index < count; index++) act(index);
};

test('faults of a canary that the active release does not share stop it, and nobody is left in it', async () => {
  const { rollout, releases, told, observe, lanes } = open();
  await rollout.begin(NEW, 'canary', SETTINGS);
  expect(releases.releaseFor('bot')).toBe(NEW);
  times(3, () => observe(NEW, 'fault'));
  await vi.waitFor(() => expect(told).toEqual(['stopped 2 errors']));
  expect(releases.releaseFor('bot')).toBe(OLD);
  await vi.waitFor(() => expect(lanes()).toBe(0));
  expect(rollout.status().stopped).toMatchObject({ policy_version: '2' });
});

test('calls that the active release cannot decide either stop nothing', async () => {
  const { rollout, told, observe } = open({ says: { kind: 'failed', detail: 'no' } });
  await rollout.begin(NEW, 'canary', SETTINGS);
  times(20, () => observe(NEW, 'fault'));
  await new Promise((resolve) => setImmediate(resolve));
  expect(rollout.status().trial).toMatchObject({ stage: 'canary', errors: 0 });
  expect(told).toEqual([]);
});

test('a flood of denied calls from one agent neither stops, alarms, nor rolls back', async () => {
  const { rollout, told, alarms, observe } = open();
  await rollout.begin(NEW, 'canary', SETTINGS);
  times(10, (index) => observe(OLD, 'allow', `old-${index}`));
  times(10, (index) => observe(NEW, 'allow', `new-${index}`));
  times(10_000, () => observe(NEW, 'deny', 'flooder'));
  expect(rollout.status().trial?.denials.candidate).toEqual({ agents: 11, denied: 1 });
  await rollout.promote('everyone');
  times(10_000, () => observe(NEW, 'deny', 'flooder'));
  expect({ told, alarms }).toEqual({ told: [], alarms: [] });
});

test('more denied agents than the band allows raise one alarm and halt promotion until somebody insists', async () => {
  const { rollout, told, alarms, observe, releases } = open();
  await rollout.begin(NEW, 'canary', SETTINGS);
  times(10, (index) => observe(OLD, 'allow', `old-${index}`));
  times(10, (index) => observe(NEW, index < 5 ? 'deny' : 'allow', `new-${index}`));
  expect(alarms).toMatchObject([{ kind: 'denials', release: NEW }]);
  await expect(rollout.promote('everyone')).rejects.toThrow(/halted/);
  await expect(rollout.promote('everyone', '  ')).rejects.toThrow(/halted/);
  expect(releases.current()).toBe(OLD);
  await rollout.promote('everyone', 'It is meant to be stricter.');
  expect(releases.current()).toBe(NEW);
  expect(told).toEqual([]);
});

test('faults after a promotion ask for the release before, within the window only', async () => {
  const scene = open();
  await scene.rollout.begin(NEW, 'everyone', SETTINGS);
  times(3, () => scene.observe(NEW, 'fault'));
  await vi.waitFor(() => expect(scene.told).toEqual(['restore 1']));
  expect(scene.alarms).toEqual([]);
  const late = open();
  await late.rollout.begin(NEW, 'everyone', SETTINGS);
  late.later(WINDOW_MS);
  times(10, () => late.observe(NEW, 'fault'));
  await new Promise((resolve) => setImmediate(resolve));
  expect(late.told).toEqual([]);
});

test.each([
  [
    'it would let a refused call through',
    { outcome: 'deny', inputText: '{}', isWhole: true },
    ALLOWED,
    /let through/,
  ],
  [
    'a refused call is not known as it was',
    { outcome: 'deny', inputText: '{}', isWhole: false },
    DECIDED,
    /masked/,
  ],
  [
    'a call that was held would go through',
    { outcome: 'approval_required', inputText: '{}', isWhole: true },
    ALLOWED,
    /let through/,
  ],
] as const)('the release before is not restored by itself where %s: an alarm says so', async (_, refusal, says, why) => {
  const { rollout, told, alarms, observe } = open({ refusals: [refusal], says });
  await rollout.begin(NEW, 'everyone', SETTINGS);
  times(3, () => observe(NEW, 'fault'));
  await vi.waitFor(() => expect(alarms).toHaveLength(1));
  expect(alarms[0]).toMatchObject({ kind: 'not_restored', release: NEW, detail: expect.stringMatching(why) });
  expect(told).toEqual([]);
});

test('the release before is restored where it refuses what was refused', async () => {
  const refusals = Array.from(
    { length: 120 },
    () => ({ outcome: 'deny', inputText: '{}', isWhole: true }) as const,
  );
  const { rollout, told, observe } = open({ refusals });
  await rollout.begin(NEW, 'everyone', SETTINGS);
  times(3, () => observe(NEW, 'fault'));
  await vi.waitFor(() => expect(told).toEqual(['restore 1']));
});

test('where the refused calls cannot be read again nothing is restored', async () => {
  const endless = { outcome: 'deny', inputText: '{}', isWhole: true } as const;
  const { rollout, alarms, observe } = open({ refusals: Array.from({ length: 2_001 }, () => endless) });
  await rollout.begin(NEW, 'everyone', SETTINGS);
  times(3, () => observe(NEW, 'fault'));
  await vi.waitFor(() => expect(alarms[0]?.detail).toMatch(/more than 2000/));
});

test('another release takes the place of the one on trial', async () => {
  const { rollout, told, releases, lanes } = open();
  await rollout.begin(NEW, 'watch', SETTINGS);
  await rollout.begin(NEWER, 'watch', SETTINGS);
  expect(told).toEqual(['stopped 2 replaced']);
  expect(releases.candidate()?.release).toBe(NEWER);
  await vi.waitFor(() => expect(lanes()).toBe(1));
});

test('a release that cannot have engines leaves the one on trial where it is', async () => {
  const openLane = vi
    .fn<RolloutOptions['openLane']>()
    .mockResolvedValueOnce({ [Symbol.asyncDispose]: async () => {} })
    .mockRejectedValueOnce(new Failure('policy_unavailable', 'No spare.'));
  const { rollout, releases } = open({ openLane });
  await rollout.begin(NEW, 'watch', SETTINGS);
  await expect(rollout.begin(NEWER, 'watch', SETTINGS)).rejects.toThrow('No spare.');
  expect(releases.candidate()?.release).toBe(NEW);
});

test('a release that cannot be activated stays on trial', async () => {
  const activate = async () => Promise.reject(new Failure('internal', 'The store is full.'));
  const { rollout, releases } = open({ activate });
  await rollout.begin(NEW, 'canary', SETTINGS);
  await expect(rollout.promote('everyone')).rejects.toThrow('The store is full.');
  expect(releases.candidate()?.release).toBe(NEW);
  expect(rollout.status()).toMatchObject({ trial: { policy_version: '2' }, window: null });
});

test('one that is stopped while its engines open never is on trial', async () => {
  let opened = () => {};
  const disposed = vi.fn(async () => {});
  const openLane = () =>
    new Promise<AsyncDisposable>((resolve) => {
      opened = () => resolve({ [Symbol.asyncDispose]: disposed });
    });
  const { rollout, releases } = open({ openLane });
  const beginning = rollout.begin(NEW, 'watch', SETTINGS);
  await rollout.stop('Not today.');
  opened();
  await expect(beginning).rejects.toThrow('Not today.');
  expect(disposed).toHaveBeenCalledOnce();
  expect(releases.candidate()).toBeUndefined();
});

test('a share covers the same agents each time, and a larger one those and more', async () => {
  const { rollout, releases } = open();
  const ids = Array.from({ length: 2_000 }, (_, index) => `agent-${index}`);
  const coveredBy = async (share: number) => {
    await rollout.begin(NEW, 'canary', { ...SETTINGS, canary: { share, teams: [] } });
    return ids.filter((id) => releases.releaseFor(id) === NEW);
  };
  const few = await coveredBy(0.1);
  expect(few.length).toBeGreaterThan(150);
  expect(few.length).toBeLessThan(250);
  expect(await coveredBy(0.1)).toEqual(few);
  expect(await coveredBy(0.5)).toEqual(expect.arrayContaining(few));
  expect(await coveredBy(0)).toEqual([]);
  expect(await coveredBy(1)).toEqual(ids);
});

test('only so many agents are told apart, whoever calls', () => {
  const tally = new DenialTally();
  times(AGENTS_MAX + 500, (index) => tally.observe(`agent-${index}`, true));
  expect(tally).toMatchObject({ agents: AGENTS_MAX, denied: AGENTS_MAX, share: 1 });
});

test('an agent counts as denied while more than half of its calls are', () => {
  const tally = new DenialTally();
  tally.observe('a', true);
  expect(tally.denied).toBe(1);
  tally.observe('a', false);
  expect(tally.denied).toBe(0);
  tally.observe('a', true);
  expect(tally.denied).toBe(1);
});
