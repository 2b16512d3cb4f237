import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bundleAt, releasesBegin, type SampleDelivery, sampleDelivery } from '../testing/sample-delivery.ts';

let it: SampleDelivery;
beforeEach(async () => {
  it = await sampleDelivery();
  await it.delivery.open();
});
afterEach(() => it[Symbol.asyncDispose]());

const OLGA = { by: 'olga', reason: 'refunds are refused' };
const decides = (bundle: string) => it.ladder.current?.data.bundles[bundle]?.split('+')[0];
const held = () => it.delivery.status().held;
const registry = () => readFile(join(it.sample.directory, 'release.yaml'), 'utf8');
const OTHER_TESTS = { 'resource/words_test.rego': 'package policy.resource_test\n\n# Words.\n' };

test('what was rolled back stays so with other tests, also beside what somebody else changes, until it is newer', async () => {
  await it.change(bundleAt('resource', '1.1.0'));
  const left = it.ladder.current?.policyVersion ?? '';
  await it.delivery.rollBack(undefined, OLGA);
  await it.change(OTHER_TESTS);
  expect(decides('resource')).toBe('1.0.0');
  expect(held().resource).toMatchObject({ check: 'withdrawn', detail: expect.stringContaining('by olga') });
  await it.change(bundleAt('overrides', '1.1.0'));
  expect([decides('resource'), decides('overrides')]).toEqual(['1.0.0', '1.1.0']);
  it = await it.restarted();
  await it.delivery.open();
  await it.change({ 'resource/words_test.rego': 'package policy.resource_test\n\n# Other words.\n' });
  expect(decides('resource')).toBe('1.0.0');
  await it.change(bundleAt('resource', '1.2.0'));
  expect([decides('resource'), held()]).toEqual(['1.2.0', {}]);
  expect(left).not.toBe('');
});

test('a registration that was rolled back stays so with a comment', async () => {
  await it.change({
    'release.yaml': (await registry()).replace('{ path: compliance }', '{ path: compliance, owners: [ada] }'),
  });
  const owned = it.ladder.current?.policyVersion ?? '';
  const { policy_version: before } = await it.delivery.rollBack(undefined, OLGA);
  await it.change({ 'release.yaml': `${await registry()}# Words.\n` });
  expect(it.ladder.current?.policyVersion).toBe(before);
  expect(Object.keys(held())).toEqual(['release.yaml']);
  await it.delivery.promote({ version: owned }, OLGA);
  await it.change({ 'release.yaml': `${await registry()}# More words.\n` });
  expect([it.ladder.current?.policyVersion, held()]).toEqual([owned, {}]);
});

test('a bundle that was added and taken back stays away while somebody else changes the registry', async () => {
  const before = await registry();
  const withWorkflow = before.replace('bundles:\n', 'bundles:\n  workflow: { path: workflow }\n');
  await it.change({ ...bundleAt('workflow', '1.0.0'), 'release.yaml': withWorkflow });
  expect(decides('workflow')).toBe('1.0.0');
  await it.delivery.rollBack(undefined, OLGA);
  const owned = '{ path: compliance, owners: [ada] }';
  await it.change({ 'release.yaml': withWorkflow.replace('{ path: compliance }', owned) });
  expect(decides('workflow')).toBeUndefined();
  expect(held()['release.yaml']?.detail).toMatch(
    /^It names workflow: Rolled back by olga .* Take that out of it/,
  );
  await it.change(bundleAt('resource', '1.1.0'));
  expect([decides('workflow'), decides('resource')]).toEqual([undefined, '1.1.0']);
  await it.change({ 'release.yaml': before.replace('{ path: compliance }', owned) });
  expect(held()).toEqual({});
  const both = withWorkflow.replace('{ path: compliance }', owned);
  await it.change({ ...bundleAt('workflow', '1.1.0'), 'release.yaml': both });
  expect([decides('workflow'), held()]).toEqual(['1.1.0', {}]);
});

test('a trial that was stopped does not begin again with other tests', async () => {
  await releasesBegin(it, 'watch');
  await it.change(bundleAt('resource', '1.1.0'));
  await it.delivery.stopTrial(OLGA);
  await it.change(OTHER_TESTS);
  expect([it.ladder.trial, held().resource?.check]).toEqual([undefined, 'withdrawn']);
});

test('what was promoted keeps its stage when its tests change and then somebody else’s rules', async () => {
  await releasesBegin(it, 'watch');
  await it.change(bundleAt('resource', '1.1.0'));
  await it.delivery.promote('canary', OLGA);
  await it.change(OTHER_TESTS);
  await it.change(bundleAt('overrides', '1.1.0'));
  expect([it.ladder.trial?.stage, Object.keys(held())]).toEqual(['canary', ['overrides']]);
  await it.delivery.promote('everyone', OLGA);
  expect(decides('resource')).toBe('1.1.0');
});
