import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfiguration } from '../../../config.ts';
import { OPA } from '../../../distribution/testing/sample-release.ts';
import { bundleBuild } from '../../bundle/build-release.ts';
import { newPackage } from '../../package/new-package.ts';
import { policyCheck } from '../check.ts';
import { type NewOptions, policyNew } from './policy-new.ts';

let folder = '';
let dir = '';
beforeEach(async () => {
  process.env.BAILIFF_OPA = OPA;
  folder = await mkdtemp(join(tmpdir(), 'bailiff-new-'));
  dir = join(folder, 'policy');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const make = (what: string | undefined, options: NewOptions = {}) =>
  policyNew(what, { dir, owner: 'you', ...options });
const text = (file: string) => readFile(join(dir, file), 'utf8');
const begin = async () => {
  await make('release');
};

/** That nothing is found, strictly, and every test passes. */
async function passes(): Promise<{
  readonly tests: { readonly passed: number };
  readonly bundles: readonly object[];
}> {
  const checked = await policyCheck(dir, { format: 'text', strict: true, regal: false });
  expect(checked.out).toBe('nothing found\n');
  const built = await bundleBuild(dir, { json: true });
  expect(built).toMatchObject({ exitCode: 0, error: '' });
  const told = JSON.parse(built.out);
  expect(told).toMatchObject({ alarms: [], warnings: [], tests: { failed: 0, skipped: 0 } });
  return told;
}

describe('a policy folder from nothing', () => {
  test('passes every check, with a configuration beside it that a gateway takes', async () => {
    await begin();
    const { tests, bundles } = await passes();
    expect(tests.passed).toBe(9);
    expect(bundles).toMatchObject([{ name: 'identity' }, { name: 'resource' }]);
    const { configuration } = await loadConfiguration(join(folder, 'bailiff.yaml'));
    expect(configuration.policy.directory).toBe(dir);
  });

  test('leaves a configuration that is there', async () => {
    await writeFile(join(folder, 'bailiff.yaml'), '# mine\n');
    await begin();
    expect(await readFile(join(folder, 'bailiff.yaml'), 'utf8')).toBe('# mine\n');
  });

  test('is made first where that is asked for', async () => {
    await expect(make('compliance')).rejects.toThrow(/policy new release --dir .*--release/);
    const { out } = await make('compliance', { release: true, json: true });
    expect(JSON.parse(out).files).toEqual(
      expect.arrayContaining([join(dir, 'release.yaml'), join(dir, 'compliance/compliance.rego')]),
    );
    await make('workflow', { release: true });
    expect(Object.keys(parse(await text('release.yaml')).bundles)).toEqual([
      ...['identity', 'resource', 'compliance', 'workflow'],
    ]);
  });
});

/** Every kind, and how many rules it begins with. */
const KINDS: readonly (readonly [what: string, name: string, rules: number, options?: NewOptions])[] = [
  ['workflow', 'workflow', 1],
  ['compliance', 'compliance', 1],
  ['overrides', 'overrides', 0],
  ['identity', 'teams/cx/identity', 1, { team: 'cx' }],
  ['resource', 'teams/cx/resource', 1, { team: 'cx' }],
  ['teams/cx/workflow', 'teams/cx/workflow', 1],
  ['compliance', 'teams/cx/compliance', 1, { team: 'cx' }],
  ['servers/weather', 'servers/weather', 1],
  ['subagents/planner', 'subagents/planner', 1],
  // Words that Rego keeps for itself, and names of its built-ins.
  ...['default', 'if', 'input', 'count', 'time'].map(
    (name) => [`servers/${name}`, `servers/${name}`, 1] as const,
  ),
];

test('every kind of bundle passes every check as it is written, with every rule of it at the simple level', async () => {
  await begin();
  for (const [what, , , options] of KINDS) expect(await make(what, options)).toMatchObject({ exitCode: 0 });
  const { bundles } = await passes();
  for (const [, name, rules] of KINDS) {
    expect(bundles.find((bundle) => 'name' in bundle && bundle.name === name)).toMatchObject({
      rules: { length: rules },
    });
    expect(parse(await text(`${name}/bundle.yaml`))).toMatchObject({
      ...{ name, version: '0.1.0', owner: 'you', level: 'simple', description: expect.any(String) },
    });
    expect(await text(`${name}/README.md`)).toContain('Owner: you.');
  }
});

test('identity and resource pass as well where a folder has others in their place', async () => {
  await begin();
  await rm(join(dir, 'identity'), { recursive: true });
  await rm(join(dir, 'resource'), { recursive: true });
  const { out } = await make('identity', { json: true });
  expect(JSON.parse(out).release).toMatchObject({ state: 'there' });
  await make('resource');
  await passes();
});

describe('what is there', () => {
  test('is never overwritten, and nothing is written beside it', async () => {
    await begin();
    await make('workflow');
    const before = await text('release.yaml');
    await expect(make('workflow')).rejects.toThrow(
      /workflow\/bundle.yaml is there already\. Nothing is written/,
    );
    await expect(make('release')).rejects.toThrow(/release.yaml is there already/);
    await mkdir(join(dir, 'compliance'));
    await writeFile(join(dir, 'compliance/data.yaml'), 'mine: true\n');
    await expect(make('compliance')).rejects.toThrow(/compliance\/data.yaml is there already/);
    expect(await readdir(join(dir, 'compliance'))).toEqual(['data.yaml']);
    expect(await text('compliance/data.yaml')).toBe('mine: true\n');
    expect(await text('release.yaml')).toBe(before);
  });

  test('is registered in one row, comments and all else as they were', async () => {
    await begin();
    const release = `# Mine.\n${await text('release.yaml')}# The end.\n`;
    await writeFile(join(dir, 'release.yaml'), release);
    await make('workflow', { owner: '@acme/ops' });
    const row = '  workflow: { path: workflow, owners: ["@acme/ops"] }\n';
    expect((await text('release.yaml')).replace(row, '')).toBe(release);
  });

  test('is registered by hand where that is asked for, and the row is told', async () => {
    await begin();
    const before = await text('release.yaml');
    const { out } = await make('servers/everything', { register: false });
    expect(out).toContain('bundles: servers/everything: { path: servers/everything, owners: [you] }');
    expect(out).toContain('servers_without_bundle: no longer everything');
    expect(await text('release.yaml')).toBe(before);
  });

  test('is not touched where its release is refused', async () => {
    await begin();
    await writeFile(join(dir, 'release.yaml'), `${await text('release.yaml')}nonsense: 1\n`);
    const { exitCode, error } = await make('workflow');
    expect([exitCode, error]).toEqual([1, expect.stringMatching(/release.yaml:\d+: key_unknown/)]);
    expect(await readdir(dir)).not.toContain('workflow');
  });
});

describe('what cannot be made', () => {
  test.each<[string, string | undefined, NewOptions, RegExp]>([
    ['nothing', undefined, {}, /Say what to make: identity/],
    ['a name that no bundle has', 'crm', {}, /For a server: servers\/crm/],
    ['a name with a dash', 'servers/my-server', {}, /servers\/my_server would do/],
    ['a way out of the folder', 'servers/../../x', {}, /No bundle may be called/],
    ['a team of no category', 'servers/x', { team: 'cx' }, /--team does not go with servers\/x/],
    ['overrides of a team', 'overrides', { team: 'cx' }, /would have no say/],
    ['an owner of two rows', 'workflow', { owner: 'a\nb' }, /An owner is/],
    ['a description of two rows', 'workflow', { description: 'a\n# b' }, /A description is one row/],
    ['two lists of tools', 'server', { fromServer: 'x', fromFile: 'y' }, /only one/],
    ['a category from tools', 'workflow', { fromFile: 'y' }, /Only servers/],
    ['the bundle of another server', 'servers/x', { fromServer: 'y' }, /not servers\/x/],
    ['subagents as tools', undefined, { fromServer: 'agents' }, /subagents\/<name>/],
  ])('%s is refused with what to do', async (_what, what, options, words) => {
    await begin();
    await expect(make(what, options)).rejects.toThrow(words);
  });

  test('a bundle that comes with a package, or from elsewhere, is changed there', async () => {
    await begin();
    const release = await text('release.yaml');
    const source = '  workflow: { source: { kind: git, repository: "https://git.example/p" } }\n';
    await writeFile(join(dir, 'release.yaml'), release.replace('bundles:\n', `bundles:\n${source}`));
    await expect(make('workflow')).rejects.toThrow(/fetched from elsewhere/);
    await newPackage('server', 'weather', join(dir, 'weather'));
    await writeFile(join(dir, 'release.yaml'), `${release}packages: [weather]\n`);
    await expect(make('servers/weather')).rejects.toThrow(/comes with the package in weather/);
  });
});

test('an owner whom nobody named is told of as a guess, and one who was named is not', async () => {
  const { out } = await policyNew('release', { dir });
  expect(out).toMatch(/owner .*: the login name of whoever ran this, .*--owner names the team/);
  const named = await policyNew('workflow', { dir, owner: 'you' });
  const team = await policyNew('compliance', { dir, team: 'cx' });
  for (const told of [named, team]) expect(told.out).toMatch(/owner (you|cx)\n/);
  expect(JSON.parse((await policyNew('compliance', { dir, json: true })).out)).toMatchObject({
    is_owner_guessed: true,
  });
});

test('whatever an owner and a description are, they are text and no more', async () => {
  await begin();
  const description = 'Who: "looks" | <b>after</b> `it` #1 {{x}}';
  await make('compliance', { owner: '@acme/privacy team', description });
  await passes();
  expect(parse(await text('compliance/bundle.yaml'))).toMatchObject({
    owner: '@acme/privacy team',
    description,
  });
  expect(await text('compliance/README.md')).toContain('Who: "looks" \\| \\<b\\>after\\</b\\>');
});
