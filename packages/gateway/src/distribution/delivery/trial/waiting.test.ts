import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bundleAt, releasesBegin, type SampleDelivery, sampleDelivery } from '../testing/sample-delivery.ts';

let it: SampleDelivery;
beforeEach(async () => {
  it = await sampleDelivery();
  await it.delivery.open();
  await releasesBegin(it, 'watch');
  await it.delivery.pull();
});
afterEach(() => it[Symbol.asyncDispose]());

const OPERATOR = { by: 'olga', reason: 'a test' };
const stage = () => it.ladder.trial?.stage;
const onTrial = (bundle: string) => it.ladder.trial?.release.data.bundles[bundle]?.split('+')[0];
const held = () => it.delivery.status().held;
const BROKEN = 'package policy.compliance\n\ndeny contains';

/** `resource` is in its canary. */
const promoted = async () => {
  await it.change(bundleAt('resource', '1.1.0'));
  await it.delivery.promote('canary', OPERATOR);
};

test('what nobody promoted yet is joined by the good change of another owner, and begins anew with it', async () => {
  await it.change(bundleAt('resource', '1.1.0'));
  await it.change(bundleAt('overrides', '1.1.0'));
  expect([stage(), onTrial('resource'), onTrial('overrides')]).toEqual(['watch', '1.1.0', '1.1.0']);
  expect(held()).toEqual({});
});

test('what somebody promoted keeps its stage, and the good change of another owner waits and says for what', async () => {
  await promoted();
  const { trial } = it.ladder;
  await it.change(bundleAt('overrides', '1.1.0'));
  expect(it.ladder.trial).toBe(trial);
  expect([stage(), onTrial('overrides')]).toEqual(['canary', '1.0.0']);
  expect(Object.keys(held())).toEqual(['overrides']);
  expect(held().overrides).toMatchObject({ check: 'waiting', findings: [] });
  const detail = held().overrides?.detail ?? '';
  expect(detail).toContain(`waits for the trial of ${trial?.release.policyVersion}`);
  expect(detail).toContain('./bailiff release promote everyone');
  expect(detail).toContain('./bailiff release stop');
  const tries = it.tries();
  await it.delivery.pull();
  expect([it.tries(), Object.keys(held())], 'it is tried once').toEqual([tries, ['overrides']]);
  expect(it.events.filter(({ kind }) => kind === 'held')).toHaveLength(1);
});

test.each([
  ['decides for everyone', () => it.delivery.promote('everyone', OPERATOR), '1.1.0'],
  ['is given up', () => it.delivery.stopTrial(OPERATOR), '1.0.0'],
])('what waits begins where releases begin as soon as the trial %s', async (_how, end, resource) => {
  await promoted();
  await it.change(bundleAt('overrides', '1.1.0'));
  await end();
  await it.delivery.pull();
  expect([stage(), onTrial('overrides'), onTrial('resource')]).toEqual(['watch', '1.1.0', resource]);
  expect(it.ladder.current?.data.bundles.resource).toMatch(new RegExp(`^${resource}`));
  expect(Object.keys(held())).toEqual(resource === '1.0.0' ? ['resource'] : []);
});

test('an urgent change is in force after two commands, whatever is in its canary', async () => {
  await promoted();
  await it.change(bundleAt('overrides', '1.1.0'));
  await it.delivery.promote('everyone', OPERATOR);
  await it.delivery.pull();
  await it.delivery.promote('everyone', OPERATOR);
  expect(it.ladder.current?.data.bundles).toMatchObject({
    resource: expect.stringMatching(/^1\.1\.0/),
    overrides: expect.stringMatching(/^1\.1\.0/),
  });
});

test('a rollback is never kept waiting, and what waited goes on', async () => {
  const first = it.ladder.current?.policyVersion;
  await it.change(bundleAt('compliance', '2.1.0'));
  await it.delivery.promote('everyone', OPERATOR);
  await promoted();
  await it.change(bundleAt('overrides', '1.1.0'));
  await it.delivery.rollBack(undefined, OPERATOR);
  expect(it.ladder.current?.policyVersion).toBe(first);
  await it.delivery.pull();
  expect([stage(), onTrial('resource'), onTrial('overrides'), onTrial('compliance')]).toEqual([
    ...['watch', '1.1.0', '1.1.0', '2.0.0'],
  ]);
});

test('a newer version of what is on trial begins anew, and what waited joins it', async () => {
  await promoted();
  await it.change(bundleAt('overrides', '1.1.0'));
  await it.change(bundleAt('resource', '1.2.0'));
  expect([stage(), onTrial('resource'), onTrial('overrides')]).toEqual(['watch', '1.2.0', '1.1.0']);
  expect(held()).toEqual({});
});

test('a broken newer version of what is on trial leaves it where it is', async () => {
  await it.change(bundleAt('compliance', '2.1.0'));
  await it.delivery.promote('canary', OPERATOR);
  await it.change({ ...bundleAt('overrides', '1.1.0'), 'compliance/broken.rego': BROKEN });
  expect([stage(), onTrial('compliance')]).toEqual(['canary', '2.1.0']);
  expect(Object.entries(held()).map(([part, { check }]) => [part, check])).toEqual([
    ['compliance', 'compose'],
    ['overrides', 'waiting'],
  ]);
});

test('what is on trial stays there while its folder cannot be read', { timeout: 30_000 }, async () => {
  await promoted();
  const { trial } = it.ladder;
  const pipe = join(it.sample.directory, 'resource/pipe.rego');
  execFileSync('mkfifo', [pipe]);
  await it.change(bundleAt('overrides', '1.1.0'));
  expect(it.ladder.trial).toBe(trial);
  expect(held()).toMatchObject({ resource: { check: 'read' }, overrides: { check: 'waiting' } });
  await rm(pipe);
  await it.delivery.pull();
  expect([it.ladder.trial === trial, Object.keys(held())]).toEqual([true, ['overrides']]);
});

test('what is broken is told so and does not wait', async () => {
  await promoted();
  await it.change({ 'compliance/broken.rego': BROKEN });
  expect(held()).toMatchObject({ compliance: { check: 'compose' } });
  expect(stage()).toBe('canary');
});

test('what is on trial is left when it is taken back where it comes from, though others wait', async () => {
  await promoted();
  await it.change(bundleAt('overrides', '1.1.0'));
  await it.change({ 'resource/bundle.yaml': 'name: resource\nversion: 1.0.0\nowner: platform\n' });
  expect([stage(), onTrial('resource'), onTrial('overrides')]).toEqual(['watch', '1.0.0', '1.1.0']);
});

test('what somebody promoted is in its canary after a restart too, and others go on waiting', async () => {
  await promoted();
  await it.change(bundleAt('overrides', '1.1.0'));
  const version = it.ladder.trial?.release.policyVersion;
  it = await it.restarted();
  await it.delivery.open();
  expect([stage(), it.ladder.trial?.release.policyVersion]).toEqual(['canary', version]);
  expect(held()).toMatchObject({ overrides: { check: 'waiting' } });
});

test('what was stopped in its canary is not there after a restart', async () => {
  await promoted();
  await it.delivery.stopTrial(OPERATOR);
  it = await it.restarted();
  await it.delivery.open();
  expect(stage()).toBeUndefined();
});
