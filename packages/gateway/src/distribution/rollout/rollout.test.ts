import { Failure } from '@bailiff/contract';
import { expect, test, vi } from 'vitest';
import { AGENTS_MAX, DenialTally } from './denial-tally.ts';
import type { RestrainedCall } from './restrained-call.ts';
import { type RolloutOptions, WINDOW_MS } from './rollout.ts';
import {
  ALLOWED,
  DECIDED,
  LIMIT,
  NEW,
  NEWER,
  OLD,
  openScene,
  type Scene,
  SETTINGS,
  times,
} from './testing/open-scene.ts';

test('faults of a canary that the active release does not share stop it, and nobody is left in it', async () => {
  const { rollout, releases, told, observe, lanes } = openScene();
  await rollout.begin(NEW, 'canary', SETTINGS);
  expect(releases.releaseFor('bot')).toBe(NEW);
  times(3, (index) => observe(NEW, 'fault', `bot-${index}`));
  await vi.waitFor(() => expect(told).toEqual(['stopped 2 errors']));
  expect(releases.releaseFor('bot')).toBe(OLD);
  await vi.waitFor(() => expect(lanes()).toBe(0));
  expect(rollout.status().stopped).toMatchObject({ policy_version: '2' });
});

test('faults of one agent alone stop no trial, and take no release back', async () => {
  const { rollout, told, observe } = openScene();
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const flood = async () => {
    for (let index = 0; index < 40; index++) {
      observe(NEW, 'fault', 'flooder');
      await settled();
    }
  };
  await rollout.begin(NEW, 'canary', { ...SETTINGS, errors_max: 20 });
  await flood();
  expect(rollout.status().trial).toMatchObject({ stage: 'canary', errors: 5 });
  await rollout.promote('everyone');
  await flood();
  expect(rollout.status().window).toMatchObject({ policy_version: '2', errors: 5 });
  expect(told).toEqual([]);
});

test('an agent whose faults take long to look into keeps those of others from nothing', async () => {
  const { rollout, told, observe } = openScene({
    says: (texts) => texts.map(() => DECIDED),
  });
  await rollout.begin(NEW, 'canary', SETTINGS);
  times(100, () => observe(NEW, 'fault', 'flooder'));
  times(2, (index) => observe(NEW, 'fault', `bot-${index}`));
  await vi.waitFor(() => expect(told).toEqual(['stopped 2 errors']));
});

test.each([
  ['cannot decide with more time either', true, ['stopped 2 errors']],
  ['can decide with more time', false, []],
] as const)('a watched release that %s', async (_, isStillFault, expected) => {
  const { rollout, told } = openScene();
  await rollout.begin(NEW, 'watch', SETTINGS);
  const isFaultAgain = vi.fn(async () => isStillFault);
  times(3, (index) => {
    const call = { agentId: `bot-${index}`, outcome: 'deny', inputText: '{}' } as const;
    rollout.observeWatched({
      active: { ...call, release: OLD, isFault: false },
      candidate: { ...call, release: NEW, isFault: true },
      differs: true,
      isFaultAgain,
    });
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isFaultAgain).toHaveBeenCalledTimes(3);
  expect(told).toEqual(expected);
});

test('calls that the active release cannot decide either stop nothing', async () => {
  const { rollout, told, observe } = openScene({ says: { kind: 'failed', detail: 'no' } });
  await rollout.begin(NEW, 'canary', SETTINGS);
  times(20, (index) => observe(NEW, 'fault', `bot-${index}`));
  await new Promise((resolve) => setImmediate(resolve));
  expect(rollout.status().trial).toMatchObject({ stage: 'canary', errors: 0 });
  expect(told).toEqual([]);
});

test('a flood of denied calls from one agent neither stops, alarms, nor rolls back', async () => {
  const { rollout, told, alarms, observe } = openScene();
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
  const { rollout, told, alarms, observe, releases } = openScene();
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
  const scene = openScene();
  await scene.rollout.begin(NEW, 'everyone', SETTINGS);
  times(3, (index) => scene.observe(NEW, 'fault', `bot-${index}`));
  await vi.waitFor(() => expect(scene.told).toEqual(['restore 1']));
  expect(scene.alarms).toEqual([]);
  const late = openScene();
  await late.rollout.begin(NEW, 'everyone', SETTINGS);
  late.later(WINDOW_MS);
  times(10, (index) => late.observe(NEW, 'fault', `bot-${index}`));
  await new Promise((resolve) => setImmediate(resolve));
  expect(late.told).toEqual([]);
});

test.each<[string, RestrainedCall, NonNullable<Scene['says']>, RegExp]>([
  [
    'it would let a refused call through',
    { outcome: 'deny', obligations: [], inputText: '{}', isWhole: true },
    ALLOWED,
    /let through/,
  ],
  [
    'a refused call is not known as it was',
    { outcome: 'deny', obligations: [], inputText: '{}', isWhole: false },
    DECIDED,
    /masked/,
  ],
  [
    'a call that was held would go through',
    { outcome: 'approval_required', obligations: [], inputText: '{}', isWhole: true },
    ALLOWED,
    /let through/,
  ],
  [
    'nobody can be asked what it would make of a refused call',
    { outcome: 'deny', obligations: [], inputText: '{}', isWhole: true },
    (texts) => texts.map((text) => (text === '{}' ? { kind: 'failed', detail: 'no OPA' } : DECIDED)),
    /not known/,
  ],
  [
    'a refused call gets no answer',
    { outcome: 'deny', obligations: [], inputText: '{}', isWhole: true },
    (texts) => texts.filter((text) => text !== '{}').map(() => DECIDED),
    /not known/,
  ],
  [
    'an allowed call would lose its duty',
    { outcome: 'allow', obligations: [LIMIT], inputText: '{}', isWhole: true },
    { ...ALLOWED, obligations: [{ kind: 'limit', limits: { rows: 11 } }] },
    /without a duty/,
  ],
])('the release before is not restored by itself where %s: an alarm says so', async (_, refusal, says, why) => {
  const { rollout, told, alarms, observe } = openScene({ refusals: [refusal], says });
  await rollout.begin(NEW, 'everyone', SETTINGS);
  times(3, (index) => observe(NEW, 'fault', `bot-${index}`));
  await vi.waitFor(() => expect(alarms).toHaveLength(1));
  expect(alarms[0]).toMatchObject({ kind: 'not_restored', release: NEW, detail: expect.stringMatching(why) });
  expect(told).toEqual([]);
});

test('the release before is restored where it refuses what was refused', async () => {
  const refusals = Array.from(
    { length: 120 },
    () => ({ outcome: 'deny', obligations: [], inputText: '{}', isWhole: true }) as const,
  );
  const { rollout, told, observe } = openScene({ refusals });
  await rollout.begin(NEW, 'everyone', SETTINGS);
  times(3, (index) => observe(NEW, 'fault', `bot-${index}`));
  await vi.waitFor(() => expect(told).toEqual(['restore 1']));
});

test('the release before is restored where it puts at least the same duties on what was allowed', async () => {
  const audited = { kind: 'audit', level: 'full', retention_days: 9 } as const;
  const { rollout, told, observe } = openScene({
    refusals: [
      'unrestrained',
      { outcome: 'allow', obligations: [LIMIT, audited], inputText: '{}', isWhole: true },
    ],
    says: { ...ALLOWED, obligations: [{ kind: 'notify', to: ['ops'] }, { ...LIMIT }] },
  });
  await rollout.begin(NEW, 'everyone', SETTINGS);
  times(3, (index) => observe(NEW, 'fault', `bot-${index}`));
  await vi.waitFor(() => expect(told).toEqual(['restore 1']));
});

test('where the refused calls cannot be read again nothing is restored', async () => {
  const endless = { outcome: 'deny', obligations: [], inputText: '{}', isWhole: true } as const;
  const { rollout, alarms, observe } = openScene({ refusals: Array.from({ length: 2_001 }, () => endless) });
  await rollout.begin(NEW, 'everyone', SETTINGS);
  times(3, (index) => observe(NEW, 'fault', `bot-${index}`));
  await vi.waitFor(() => expect(alarms[0]?.detail).toMatch(/more than 2000/));
});

test('another release takes the place of the one on trial', async () => {
  const { rollout, told, releases, lanes } = openScene();
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
  const { rollout, releases } = openScene({ openLane });
  await rollout.begin(NEW, 'watch', SETTINGS);
  await expect(rollout.begin(NEWER, 'watch', SETTINGS)).rejects.toThrow('No spare.');
  expect(releases.candidate()?.release).toBe(NEW);
});

test.each([
  ['goes on to decide for everyone is not told to have stopped', false],
  ['cannot be activated ends then', true],
] as const)('a trial that is stopped while it is promoted and %s', async (_, isRefused) => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const scene = openScene({
    activate: async (next) => {
      await promise;
      scene.releases.activate(next);
    },
  });
  await scene.rollout.begin(NEW, 'canary', SETTINGS);
  const promoted = scene.rollout.promote('everyone').catch((thrown: Failure) => thrown.code);
  const stopped = scene.rollout.stop('Enough.').catch((thrown: Failure) => thrown.code);
  if (isRefused) reject(new Failure('internal', 'The store is full.'));
  else resolve();
  expect([await promoted, await stopped]).toEqual(
    isRefused ? ['internal', undefined] : [undefined, 'bad_request'],
  );
  expect(scene.releases.current()).toBe(isRefused ? OLD : NEW);
  expect(scene.told).toEqual(isRefused ? ['stopped 2 asked'] : []);
  expect(scene.rollout.status()).toMatchObject({ trial: null, stopped: isRefused ? {} : null });
});

test('a release that cannot be activated stays on trial', async () => {
  const activate = async () => Promise.reject(new Failure('internal', 'The store is full.'));
  const { rollout, releases } = openScene({ activate });
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
  const { rollout, releases } = openScene({ openLane });
  const beginning = rollout.begin(NEW, 'watch', SETTINGS);
  await rollout.stop('Not today.');
  opened();
  await expect(beginning).rejects.toThrow('Not today.');
  expect(disposed).toHaveBeenCalledOnce();
  expect(releases.candidate()).toBeUndefined();
});

test('a share covers the same agents each time, and a larger one those and more', async () => {
  const { rollout, releases } = openScene();
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

test('a release whose trial was stopped, and that decides or is tried all the same, is not told as stopped', async () => {
  const { rollout } = openScene();
  await rollout.begin(NEW, 'watch', SETTINGS);
  await rollout.stop('no good');
  expect(rollout.status().stopped).toMatchObject({ policy_version: '2', reason: 'no good' });
  await rollout.begin(NEW, 'watch', SETTINGS);
  expect(rollout.status()).toMatchObject({ trial: { policy_version: '2' }, stopped: null });
  await rollout.stop('no good either');
  await rollout.begin(NEW, 'everyone', SETTINGS);
  expect(rollout.status()).toMatchObject({ trial: null, stopped: null });
  await rollout.replace(OLD);
  expect(rollout.status().stopped).toMatchObject({ reason: 'no good either' });
});

test('a trial that went on as that of another release was not stopped', async () => {
  const { rollout } = openScene();
  await rollout.begin(NEW, 'watch', SETTINGS);
  await rollout.begin(NEWER, 'watch', SETTINGS);
  await rollout.promote('everyone');
  expect(rollout.status()).toMatchObject({ trial: null, stopped: null });
});
