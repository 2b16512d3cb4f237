import type { ReleaseData, ReleaseStep } from '@bailiff/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { releasesBegin, type SampleDelivery, sampleDelivery } from '../delivery/testing/sample-delivery.ts';
import { withJoinedTrials } from './joined-trials.ts';

let it: SampleDelivery;
beforeEach(async () => {
  it = await sampleDelivery();
  await releasesBegin(it, 'watch');
  await it.delivery.open();
});
afterEach(() => it[Symbol.asyncDispose]());

const publish = async (bundle: string, version: string) => {
  await it.sample.write({ [`${bundle}/bundle.yaml`]: `name: ${bundle}\nversion: ${version}\nowner: x\n` });
  await it.delivery.pull();
  return it.ladder.trial?.release.policyVersion ?? '';
};
const history = async () => withJoinedTrials(it.delivery.history(), await it.delivery.notes());
const OPERATOR = { by: 'olga', reason: 'a test' };

test('a change that joins a trial is told of both releases: whose trial went on, and as what', async () => {
  const first = await publish('resource', '1.1.0');
  const second = await publish('compliance', '2.1.0');
  expect(second).not.toBe(first);
  expect((await history()).get(first)).toMatchObject([
    { kind: 'watch' },
    { kind: 'joined', to: second, reason: 'a later change of compliance joined its trial' },
  ]);
  expect((await history()).get(second)).toMatchObject([{ kind: 'watch', from: first }]);
});

test('a trial that follows one that was stopped or promoted has joined none', async () => {
  const first = await publish('resource', '1.1.0');
  await it.delivery.promote('everyone', OPERATOR);
  const second = await publish('compliance', '2.1.0');
  await it.delivery.stopTrial(OPERATOR);
  const third = await publish('compliance', '2.2.0');
  const told = await history();
  expect([first, second, third].map((one) => told.get(one)?.map(({ kind }) => kind))).toEqual([
    ['watch', 'promoted'],
    ['watch', 'stopped'],
    ['watch'],
  ]);
  expect(told.get(third)?.[0]).not.toHaveProperty('from');
});

const step = (kind: ReleaseStep['kind'], minute: number): ReleaseStep => ({
  ...{ at: `2026-11-22T12:0${minute}:00.000Z`, by: 'ada', reason: 'why', kind },
});
const DELIVERED = ['0', [step('delivered', 0)]] as const;
const note = (policy_version: string, release: Partial<ReleaseData>) => ({
  ...{ policy_version, release: { bundles: {}, ...release } as ReleaseData },
});

test('what joined is named: bundles, release.yaml, or where no note is left, a change', () => {
  const trials = new Map([DELIVERED, ['a', [step('canary', 1)]], ['b', [step('watch', 2)]]]);
  const reason = (...notes: ReturnType<typeof note>[]) =>
    withJoinedTrials(trials, notes).get('a')?.at(-1)?.reason;
  const many = Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`teams/t${at}/resource`, '1']));
  expect(reason(note('a', {}), note('b', { bundles: many }))).toMatch(
    /^a later change of teams\/t0\/resource, .*teams\/t4\/resource, 3 more bundles joined its trial$/,
  );
  const audit = { level: 'full', retention_days: 1 } as const;
  expect(reason(note('a', {}), note('b', { bundles: { resource: '1' }, audit }))).toBe(
    'a later change of resource, release.yaml or what it names joined its trial',
  );
  expect(reason(note('a', {}), note('b', {}))).toBe(
    'a later change of release.yaml or what it names joined its trial',
  );
  expect(reason(note('b', {}))).toBe('a later change joined its trial');
});

test('before the first release of which it is remembered that it came to decide, nothing is said to have joined', () => {
  const trials = [
    ['a', [step('watch', 1)]],
    ['b', [step('watch', 2)]],
  ] as const;
  const told = withJoinedTrials(new Map([...trials, ['c', [step('delivered', 3)]]]), []);
  expect(told.get('a')).toEqual([step('watch', 1)]);
  expect(withJoinedTrials(new Map(trials), []).get('b')).toEqual([step('watch', 2)]);
});
