import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfiguration } from '../../config.ts';
import { OPA, type SampleRelease, sampleRelease } from '../../distribution/testing/sample-release.ts';
import { readFolder } from '../../stores/bundle-sources/folder/folder-files.ts';
import { LAST_GOOD_FOLDER, LastGoodBundles } from '../../stores/last-good-bundles.ts';
import { checkedRelease } from '../corpus/checked-release.ts';
import { policyCheck } from '../policy/check.ts';
import { bundleBuild, bundleTest } from './build-release.ts';

let sample: SampleRelease;
let folder: string;
let source: string;
let configuration: string;

beforeEach(async () => {
  process.env.BAILIFF_OPA = OPA;
  sample = await sampleRelease();
  folder = await mkdtemp(join(tmpdir(), 'bailiff-fetched-'));
  source = join(folder, 'compliance');
  await rename(join(sample.directory, 'compliance'), source);
  configuration = join(folder, 'bailiff.yaml');
  const settings = { policy: { directory: sample.directory }, data_dir: join(folder, 'data') };
  await writeFile(configuration, JSON.stringify(settings));
  await register();
});
afterEach(async () => {
  await sample[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** The sample’s registry, in which compliance comes from a source. */
async function register(changes: object = {}, place: object = {}): Promise<void> {
  const bundles = Object.fromEntries(
    ['identity', 'resource', 'overrides', 'servers/crm'].map((name) => [name, { path: name }]),
  );
  const origin = { kind: 'directory', path: source, local_development: true, ...place };
  const registry = {
    ...{ name: 'sample', version: '1.2.3', catalogue: 'catalogue.yaml' },
    bundles: { ...bundles, compliance: { source: origin, ...changes } },
    servers_without_bundle: ['everything'],
  };
  await writeFile(join(sample.directory, 'release.yaml'), JSON.stringify(registry, null, 2));
}

async function keepCopy(): Promise<void> {
  const { signal } = new AbortController();
  const files = await readFolder(source, { bytesMax: 1_000_000, signal });
  await new LastGoodBundles(join(folder, 'data', LAST_GOOD_FOLDER)).keep('compliance', {
    ...{ content: { kind: 'files', files }, version: '1', approvals: [], at: Date.UTC(2026, 10, 20) },
  });
}

const build = async (options = {}) => {
  const built = await bundleBuild(sample.directory, {
    configuration: await loadConfiguration(configuration),
    ...options,
  });
  return { exitCode: built.exitCode, said: stripVTControlCharacters(built.out + built.error) };
};

test('a bundle that comes from a source is fetched for a build, a test, a corpus and a check alike', async () => {
  const { exitCode, said } = await build();
  expect([exitCode, said]).toEqual([0, expect.stringMatching(/^ {2}compliance .*1 rule$/m)]);
  expect(said).not.toContain('warning bundle_');
  expect(JSON.parse((await bundleTest(sample.directory, { json: true })).out)).toMatchObject({ passed: 2 });
  const { release } = await checkedRelease({ release: sample.directory });
  expect(Object.keys(release?.data.bundles ?? {})).toContain('compliance');
  const checked = await policyCheck(sample.directory, { format: 'json', regal: false });
  expect(
    JSON.parse(checked.out).findings.filter(({ severity }: { severity: string }) => severity === 'error'),
  ).toEqual([]);
});

test('one that is fetched and refused is told with its own reason, and not as missing', async () => {
  await register({ approvals: 1, owners: ['ada'] });
  const { exitCode, said } = await build();
  expect([exitCode, said]).toEqual([
    1,
    expect.stringMatching(
      /release\.yaml:\d+: approvals_missing: The bundle `compliance` was fetched and is refused: It has 0 of 1 approvals/,
    ),
  ]);
  expect(said).not.toContain('bundle_missing');
  const checked = await policyCheck(sample.directory, { format: 'text', regal: false });
  expect([checked.exitCode, checked.out]).toEqual([1, expect.stringContaining('approvals_missing')]);
});

test('one that cannot be fetched is told with the reason, and never with leave to do without it', async () => {
  await register({}, { path: join(folder, 'nowhere') });
  const { exitCode, said } = await build();
  expect([exitCode, said]).toEqual([
    1,
    expect.stringMatching(/bundle_missing: The required bundle `compliance` could not be fetched: .*nowhere/),
  ]);
  expect(said).not.toContain('required: false');
});

test('of one that cannot be fetched, the copy that the gateway of this folder keeps is taken, and its age told', async () => {
  await keepCopy();
  await register({}, { path: join(folder, 'nowhere') });
  const { exitCode, said } = await build();
  expect([exitCode, said]).toEqual([
    0,
    expect.stringMatching(
      /warning .*release\.yaml:\d+: bundle_from_copy: .*of 2026-11-20T00:00:00\.000Z.*nowhere/,
    ),
  ]);
  const { doubts } = await checkedRelease({ config: configuration });
  expect(doubts.map(({ code }) => code)).toEqual(['bundle_from_copy']);
});

test('a copy is verified like anything that is fetched', async () => {
  await keepCopy();
  await register({ approvals: 1, owners: ['ada'] }, { path: join(folder, 'nowhere') });
  expect((await build()).exitCode).toBe(1);
});

test('an optional one that cannot be fetched is left out, which is told', async () => {
  await register({ required: false }, { path: join(folder, 'nowhere') });
  const { exitCode, said } = await build();
  expect([exitCode, said]).toEqual([0, expect.stringMatching(/warning .*bundle_left_out: .*nowhere/)]);
});

test('without sources none is fetched, which is told, and nothing is written that would lack them', async () => {
  const { exitCode, said } = await build({ withoutSources: true });
  expect([exitCode, said]).toEqual([0, expect.stringMatching(/warning .*bundle_left_out: .*`compliance`/)]);
  expect(said).not.toMatch(/^ {2}compliance /m);
  await expect(build({ withoutSources: true, output: join(folder, 'release.tar.gz') })).rejects.toMatchObject(
    {
      code: 'bad_request',
    },
  );
});

test('what is doubtful about a bundle that was fetched is left to its owner, and nothing is mended in its name', async () => {
  await writeFile(
    join(source, 'odd.rego'),
    'package policy.compliance\n\n# METADATA\n# title: Odd\n# custom:\n#   reason: odd\ndeny contains "odd" if input.action.args.rows > 9\n',
  );
  const checked = await policyCheck(sample.directory, { format: 'json', fix: true, regal: false });
  const { findings, fixed = [] } = JSON.parse(checked.out);
  expect(
    findings.map(({ code, severity }: { code: string; severity: string }) => `${severity} ${code}`),
  ).toContain('error rule_owner_missing');
  expect(fixed).toEqual([]);
});
