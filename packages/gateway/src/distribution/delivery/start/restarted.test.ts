import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  activated,
  bundleAt,
  releasesBegin,
  type SampleDelivery,
  sampleDelivery,
} from '../testing/sample-delivery.ts';

let it: SampleDelivery;
beforeEach(async () => {
  it = await sampleDelivery();
  await it.delivery.open();
});
afterEach(() => it[Symbol.asyncDispose]());

const OPERATOR = { by: 'olga', reason: 'a test' };
const version = () => it.ladder.current?.policyVersion ?? '';
const restart = async () => {
  it = await it.restarted();
  await it.delivery.open();
};

test('what came to decide before a restart may be taken back for as long as without one', async () => {
  const first = version();
  await it.change(bundleAt('resource', '1.1.0'));
  const { at } = it.delivery.status().activations.at(-1) ?? { at: '' };
  const second = version();
  await restart();
  expect(version()).toBe(second);
  expect(it.ladder.resumed).toEqual([{ version: second, previous: first, sinceMs: Date.parse(at) }]);
  await restart();
  expect(it.ladder.resumed, 'and after the next').toHaveLength(1);
});

test('what people went back to is not taken back by itself', async () => {
  await it.change(bundleAt('resource', '1.1.0'));
  await it.delivery.rollBack(undefined, OPERATOR);
  await restart();
  expect(it.ladder.resumed).toEqual([]);
});

test('what is new at a start comes after what was in force, and can be taken back for it', async () => {
  const first = version();
  await it.sample.write(bundleAt('resource', '1.1.0'));
  await restart();
  expect(activated(it.events)).toEqual([`restored ${first}`, `delivered ${version()}`]);
  expect(it.ladder.resumed).toMatchObject([{ version: version(), previous: first }]);
});

test('where all that was in force is damaged and nothing passes, nothing decides, and it is told what to do', async () => {
  const lost = version();
  it.releases.kept.clear();
  await it.sample.write({ 'compliance/broken.rego': 'package policy.compliance\n\ndeny contains' });
  it = await it.restarted();
  const failure = await it.delivery.open().catch((thrown: unknown) => thrown);
  expect(failure).toMatchObject({
    code: 'bundle_invalid',
    detail: expect.stringMatching(
      /compliance\/broken\.rego:\d+: [\s\S]*restore `releases` in the data folder/,
    ),
  });
  expect(String(failure)).toContain(`Nothing decides: ${lost}, which was in force since `);
  expect(version()).toBe('');
});

test('where all that was in force is damaged, what nobody promoted does not decide for everyone', async () => {
  await releasesBegin(it, 'watch');
  await it.change(bundleAt('resource', '1.1.0'));
  expect(it.ladder.trial).toBeDefined();
  it.releases.kept.clear();
  it = await it.restarted();
  await expect(it.delivery.open()).rejects.toThrow(/nobody promoted it .*begins` is watch/);
  expect(version()).toBe('');
  await releasesBegin(it, 'everyone');
  it = await it.restarted();
  await it.delivery.open();
  expect(it.ladder.current?.data.bundles.resource).toMatch(/^1\.1\.0/);
});

test('where all that was in force is damaged, what was taken back stays so', async () => {
  await it.change(bundleAt('resource', '1.1.0'));
  await it.delivery.rollBack(undefined, OPERATOR);
  it.releases.kept.clear();
  it = await it.restarted();
  await expect(it.delivery.open()).rejects.toThrow(
    /^bundle_invalid: Nothing decides: [^\n]*\nresource: Rolled back by olga/,
  );
  expect(version()).toBe('');
});

test('where all that was in force is damaged, what was held back for its tests does not decide', async () => {
  const bad = { 'compliance/bad_test.rego': 'package policy.compliance_test\n\ntest_bad if false\n' };
  await it.change({ ...bundleAt('compliance', '9.9.9'), ...bad });
  expect(it.delivery.status().held).toMatchObject({ compliance: { check: 'tests' } });
  it.releases.kept.clear();
  it = await it.restarted();
  await expect(it.delivery.open()).rejects.toThrow(/^bundle_invalid: Nothing decides: [\s\S]*test_bad/);
  expect(version()).toBe('');
  await it.sample.write({ 'compliance/bad_test.rego': 'package policy.compliance_test\n' });
  await restart();
  expect(it.ladder.current?.data.bundles.compliance).toMatch(/^9\.9\.9/);
});

test('a promoted trial that was taken back where it comes from does not go on after a restart', async () => {
  await releasesBegin(it, 'watch');
  await it.delivery.pull();
  const file = join(it.sample.directory, 'resource/bundle.yaml');
  const before = await readFile(file, 'utf8');
  await it.change(bundleAt('resource', '1.1.0'));
  await it.delivery.promote('canary', OPERATOR);
  expect(it.ladder.trial?.stage).toBe('canary');
  await it.change({ 'resource/bundle.yaml': before });
  expect(it.ladder.trial).toBeUndefined();
  expect(it.releases.remembered.trials.at(-1)?.kind, 'written at once').toBe('stopped');
  await restart();
  expect(it.ladder.trial).toBeUndefined();
});

test('what could not be written down is written at the end, where there is room by then', async () => {
  const first = version();
  await it.change(bundleAt('resource', '1.1.0'));
  it.releases.full = true;
  await it.delivery.rollBack(undefined, OPERATOR);
  await it.delivery.pull();
  it.releases.full = false;
  await restart();
  expect(version()).toBe(first);
});
