import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { metadata } from '../testing/sample-release.ts';
import {
  activated,
  bundleAt,
  releasesBegin,
  type SampleDelivery,
  sampleDelivery,
} from './testing/sample-delivery.ts';

let it: SampleDelivery;
beforeEach(async () => {
  it = await sampleDelivery();
});
afterEach(() => it[Symbol.asyncDispose]());

const OPERATOR = { by: 'olga', reason: 'a test' };
const version = () => it.ladder.current?.policyVersion ?? '';
const bundles = () => it.ladder.current?.data.bundles ?? {};
const begins = (rung: string) => releasesBegin(it, rung);
const open = async () => {
  await it.delivery.open();
  return version();
};

describe('a change', () => {
  test('goes out, and one that is broken is held back alone, with its file and row', async () => {
    const first = await open();
    await it.change({
      ...bundleAt('resource', '1.1.0'),
      'compliance/broken.rego': `package policy.compliance\n\n${metadata()}deny contains "x" if nowhere\n`,
    });
    expect(version()).not.toBe(first);
    expect(bundles().resource).toMatch(/^1\.1\.0\+/);
    const { held, activations } = it.delivery.status();
    expect(Object.keys(held)).toEqual(['compliance']);
    expect(held.compliance?.findings).toMatchObject([{ file: 'compliance/broken.rego', row: 8 }]);
    expect(activations.map(({ policy_version }) => policy_version)).toEqual([first, version()]);
    await it.change({ 'compliance/broken.rego': 'package policy.compliance\n' });
    expect(it.delivery.status().held).toEqual({});
  });

  test('that did not pass is not tried again until something is different', async () => {
    await open();
    await it.change({ 'compliance/x_test.rego': 'package policy.compliance_test\n\ntest_fails if 1 == 2\n' });
    expect(Object.keys(it.delivery.status().held)).toEqual(['compliance']);
    const tries = it.tries();
    await it.delivery.pull();
    await it.delivery.pull();
    expect([it.tries(), Object.keys(it.delivery.status().held)]).toEqual([tries, ['compliance']]);
    const held = it.events.filter(({ kind }) => kind === 'held');
    expect(held, 'it is told once').toHaveLength(1);
  });

  test('that passes is brought in by itself once what kept it out is over', async () => {
    const first = await open();
    it.releases.full = true;
    await it.change(bundleAt('resource', '1.1.0'));
    expect(version()).toBe(first);
    expect(it.events.at(-1)).toMatchObject({ kind: 'refused', detail: expect.stringContaining('ENOSPC') });
    it.releases.full = false;
    it.ladder.broken = 'The engine does not follow.';
    await it.delivery.pull();
    expect(version()).toBe(first);
    it.ladder.broken = undefined;
    await it.delivery.pull();
    expect(bundles().resource).toMatch(/^1\.1\.0\+/);
  });

  test('waits while release.yaml is no file, and goes out when it is one again', async () => {
    const first = await open();
    const file = join(it.sample.directory, 'release.yaml');
    await rename(file, `${file}.aside`);
    await mkdir(file);
    await it.change(bundleAt('resource', '1.1.0'));
    expect(version()).toBe(first);
    expect(it.delivery.status().held['release.yaml']).toMatchObject({ check: 'compose' });
    await rm(file, { recursive: true });
    await rename(`${file}.aside`, file);
    await it.delivery.pull();
    expect(bundles().resource).toMatch(/^1\.1\.0\+/);
    expect(it.delivery.status().held).toEqual({});
  });

  test('of one owner goes out though a pipe lies in another one’s folder', { timeout: 30_000 }, async () => {
    await open();
    execFileSync('mkfifo', [join(it.sample.directory, 'compliance/pipe.rego')]);
    await it.change(bundleAt('resource', '1.1.0'));
    expect(bundles().resource).toMatch(/^1\.1\.0\+/);
    expect(it.delivery.status().held).toMatchObject({ compliance: { check: 'read' } });
  });

  test('and the next within the same moment end in the last of them', async () => {
    await open();
    for (let minor = 1; minor <= 5; minor++) {
      await it.sample.write(bundleAt('resource', `1.${minor}.0`));
      it.delivery.deliver();
    }
    await it.delivery.pull();
    expect(bundles().resource).toMatch(/^1\.5\.0\+/);
  });
});

describe('a rollback', () => {
  test('takes all back together, stays, and gives way to what is newer', async () => {
    const first = await open();
    await it.change({ ...bundleAt('resource', '1.1.0'), ...bundleAt('overrides', '1.1.0') });
    const activation = await it.delivery.rollBack(undefined, OPERATOR);
    expect([activation.policy_version, activation.kind, version()]).toEqual([first, 'rolled_back', first]);
    await it.delivery.pull();
    expect(version()).toBe(first);
    await it.change(bundleAt('resource', '1.2.0'));
    expect(bundles()).toMatchObject({
      resource: expect.stringMatching(/^1\.2\.0/),
      overrides: expect.stringMatching(/^1\.0\.0/),
    });
  });

  test('twice in a row goes back twice, and not to what was just taken back', async () => {
    const first = await open();
    await it.change(bundleAt('resource', '1.1.0'));
    const second = version();
    await it.change(bundleAt('resource', '1.2.0'));
    await it.delivery.rollBack(undefined, OPERATOR);
    expect(version()).toBe(second);
    await it.delivery.rollBack(undefined, OPERATOR);
    expect(version()).toBe(first);
    await expect(it.delivery.rollBack(undefined, OPERATOR)).rejects.toThrow('No release was in force before');
  });

  test('is not undone by a delivery that looks while it is written down', async () => {
    const first = await open();
    await it.change(bundleAt('resource', '1.1.0'));
    const written = Promise.withResolvers<void>();
    it.releases.gate = written.promise;
    const rollback = it.delivery.rollBack(undefined, OPERATOR);
    await vi.waitFor(() => expect(version()).toBe(first));
    it.delivery.deliver();
    await vi.waitFor(() => undefined);
    written.resolve();
    await rollback;
    await it.delivery.pull();
    await it.delivery.pull();
    expect(version()).toBe(first);
  });

  test('that cannot be written down holds all the same, and is written as soon as it can be', async () => {
    const first = await open();
    await it.change(bundleAt('resource', '1.1.0'));
    it.releases.full = true;
    expect(await it.delivery.rollBack(undefined, OPERATOR)).toMatchObject({ policy_version: first });
    expect(it.troubles[0]).toContain('ENOSPC');
    await it.delivery.pull();
    expect(version()).toBe(first);
    it.releases.full = false;
    await it.delivery.pull();
    expect(it.releases.remembered.activations.at(-1)).toMatchObject({ policy_version: first });
    it = await it.restarted();
    await it.delivery.open();
    expect(version()).toBe(first);
  });

  test('ends a delivery that is under way, which is then looked at anew', async () => {
    const first = await open();
    await it.change(bundleAt('resource', '1.1.0'));
    await it.sample.write(bundleAt('overrides', '1.1.0'));
    const pull = it.delivery.pull();
    await it.delivery.rollBack(undefined, OPERATOR);
    await pull;
    await it.delivery.pull();
    expect(activated(it.events)[2]).toBe(`rolled_back ${first}`);
    expect(bundles()).toMatchObject({
      resource: expect.stringMatching(/^1\.0\.0/),
      overrides: expect.stringMatching(/^1\.1\.0/),
    });
  });

  test('to nothing that is kept changes nothing', async () => {
    const first = await open();
    await expect(it.delivery.rollBack('9.9.9+none', OPERATOR)).rejects.toMatchObject({ code: 'not_found' });
    expect(version()).toBe(first);
  });
});

describe('bringing a kept release into force', () => {
  test('lasts: the newest does not come back by itself, and what was wanted again is', async () => {
    const first = await open();
    await it.change(bundleAt('resource', '1.1.0'));
    const second = version();
    await it.delivery.promote({ version: first }, OPERATOR);
    await it.delivery.pull();
    expect(version()).toBe(first);
    await it.delivery.promote({ version: second }, OPERATOR);
    await it.delivery.pull();
    expect(version()).toBe(second);
  });
});

describe('a ladder that begins with watch', () => {
  test('is not climbed by a restart', async () => {
    const first = await open();
    await begins('watch');
    await it.change(bundleAt('resource', '1.1.0'));
    expect(version()).toBe(first);
    const onTrial = it.ladder.trial?.release.policyVersion;
    expect(onTrial).toBeDefined();
    it = await it.restarted();
    expect(await open()).toBe(first);
    expect(it.ladder.trial?.release.policyVersion).toBe(onTrial);
  });

  test('is not begun anew by what another owner breaks', async () => {
    await open();
    await begins('watch');
    await it.change(bundleAt('resource', '1.1.0'));
    const { trial } = it.ladder;
    expect(trial).toBeDefined();
    await it.change({ 'compliance/broken.rego': 'package policy.compliance\n\ndeny contains' });
    expect(Object.keys(it.delivery.status().held)).toEqual(['compliance']);
    expect(it.ladder.trial).toBe(trial);
  });

  test('is left when what is tried is taken back where it comes from', async () => {
    await open();
    await begins('watch');
    await it.change(bundleAt('resource', '1.1.0'));
    await it.delivery.promote('everyone', OPERATOR);
    const decides = version();
    await it.change(bundleAt('overrides', '1.1.0'));
    expect(it.ladder.trial).toBeDefined();
    await it.change({ 'overrides/bundle.yaml': 'name: overrides\nversion: 1.0.0\nowner: risk\n' });
    expect([it.ladder.trial, it.ladder.stops]).toEqual([undefined, [expect.stringContaining('taken back')]]);
    expect(version()).toBe(decides);
  });

  test('takes nobody further than the release that they saw', async () => {
    await open();
    await begins('watch');
    await it.change(bundleAt('resource', '1.1.0'));
    const held = Promise.withResolvers<void>();
    it.ladder.gate = held.promise;
    const promotions = [it.delivery.promote('everyone', OPERATOR), it.delivery.promote('everyone', OPERATOR)];
    held.resolve();
    const results = await Promise.allSettled(promotions);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(activated(it.events).at(-1)).toBe(`promoted ${version()}`);
  });

  test('does not take up again what was stopped', async () => {
    await open();
    await begins('watch');
    await it.change(bundleAt('resource', '1.1.0'));
    expect(it.ladder.trial).toBeDefined();
    await it.delivery.stopTrial({ by: 'olga', reason: 'no good' });
    await it.delivery.pull();
    expect(it.ladder.trial).toBeUndefined();
    await it.change(bundleAt('resource', '1.2.0'));
    expect(it.ladder.trial?.release.data.bundles.resource).toMatch(/^1\.2\.0/);
  });
});

test('a package that is older than the one in force is refused, and gone back to only by a rollback', async () => {
  await open();
  const weather = (version: string) => ({
    'packages/weather/bailiff.package.yaml': `kind: server\nname: weather\nversion: ${version}\nowner: sky\ncatalogue: { title: Weather }\nserver: { transport: http, url: "https://weather.example" }\n`,
    'packages/weather/bundle/bundle.yaml': `name: servers/weather\nversion: ${version}\nowner: sky\n`,
    'packages/weather/bundle/weather.rego': `package servers.weather\n\n${metadata()}deny contains "far" if input.action.args.city == "Atlantis"\n`,
  });
  const registry = await readFile(join(it.sample.directory, 'release.yaml'), 'utf8');
  await it.change({ 'release.yaml': `${registry}packages: [packages/weather]\n`, ...weather('1.4.0') });
  const first = version();
  await it.change(weather('1.5.0'));
  expect(bundles()['servers/weather']).toMatch(/^1\.5\.0\+/);
  await it.change(weather('1.4.9'));
  expect(bundles()['servers/weather']).toMatch(/^1\.5\.0\+/);
  expect(it.delivery.status().held).toMatchObject({
    'packages/weather': {
      check: 'version',
      detail: expect.stringMatching(
        /^packages\/weather\/bailiff\.package\.yaml:3: bundle_older: .*1\.4\.9.*1\.5\.0/,
      ),
    },
  });
  await it.delivery.rollBack(first, OPERATOR);
  await it.change(weather('1.4.9'));
  expect(bundles()['servers/weather'], 'it is newer than what was gone back to').toMatch(/^1\.4\.9\+/);
});

test('promotions, rollbacks and deliveries at once leave one release, and what the record says is what decides', {
  timeout: 60_000,
}, async () => {
  await open();
  const seen = new Set([version()]);
  const work: Promise<unknown>[] = [];
  for (let minor = 1; minor <= 8; minor++) {
    await it.sample.write(bundleAt('resource', `1.${minor}.0`));
    it.delivery.deliver();
    if (minor % 2 === 0) work.push(it.delivery.rollBack(undefined, OPERATOR).catch(() => undefined));
    if (minor % 3 === 0) work.push(it.delivery.promote({ version: [...seen][0] ?? '' }, OPERATOR));
    if (minor % 4 === 0) work.push(it.delivery.pull());
    seen.add(version());
  }
  await Promise.allSettled(work);
  await it.delivery.pull();
  const { activations, active } = it.delivery.status();
  expect(activations.at(-1)?.policy_version).toBe(active);
  expect(active).toBe(version());
  expect(it.releases.remembered.activations.at(-1)?.policy_version).toBe(active);
  await it.change(bundleAt('resource', '2.0.0'));
  expect(bundles().resource).toMatch(/^2\.0\.0/);
});

test('a start with a folder that no longer builds serves what was in force, and says what is wrong', async () => {
  const first = await open();
  await it.sample.write({ 'release.yaml': 'name: [' });
  it = await it.restarted();
  expect(await open()).toBe(first);
  expect(Object.keys(it.delivery.status().held)).toEqual(['release.yaml']);
});

test('a start with a full disk serves what was in force', async () => {
  const first = await open();
  await it.sample.write(bundleAt('resource', '1.1.0'));
  it.releases.full = true;
  it = await it.restarted();
  expect(await open()).toBe(first);
});
