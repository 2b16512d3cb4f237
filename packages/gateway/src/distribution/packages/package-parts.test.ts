import { expect, test } from 'vitest';
import { withdrawnBy, withoutWithdrawn } from '../delivery/memory/withdrawn.ts';
import { readPolicyFolder } from '../delivery/target.ts';
import { type Files, sampleRelease } from '../testing/sample-release.ts';

const { signal } = new AbortController();
const RELEASE =
  'name: s\nversion: 1.0.0\ncatalogue: catalogue.yaml\npackages: [packages/*]\nbundles:\n  identity: { path: identity }\n';
const MANIFEST = 'kind: server\nname: weather\nversion: 1.4.0\nowner: sky\ncatalogue: { title: Weather }\n';
const WEATHER: Files = {
  'release.yaml': RELEASE,
  'packages/weather/bailiff.package.yaml': MANIFEST,
  'packages/weather/bundle/bundle.yaml': 'name: servers/weather\nversion: 1.4.0\nowner: sky\n',
  'packages/weather/bundle/weather_test.rego': 'package servers.weather_test\n',
  'packages/weather/dist/index.js': 'launched\n',
};

async function folderOf(files: Files) {
  await using sample = await sampleRelease({ ...WEATHER, ...files });
  return await readPolicyFolder(sample.directory, signal);
}

test('a package is one part: manifest, policy and tests, and not what is launched', async () => {
  const { parts, manifest, packages } = await folderOf({});
  expect([...parts.keys()]).toEqual(['packages/weather', 'identity']);
  expect([...(parts.get('packages/weather')?.files.keys() ?? [])]).toEqual([
    ...['bailiff.package.yaml', 'bundle/bundle.yaml', 'bundle/weather_test.rego'],
  ]);
  expect(parts.get('packages/weather')?.place).toBe('packages/weather');
  expect(manifest.bundles['servers/weather']).toMatchObject({ required: true, may_grant: false });
  expect(packages.map(({ bundle }) => bundle?.name)).toEqual(['servers/weather']);
});

test.each([
  ['is no YAML', ': {'],
  ['says what nobody knows', `${MANIFEST}may_grant: true\n`],
  ['is called otherwise', MANIFEST.replace('name: weather', 'name: climate')],
])('a package whose manifest %s is the same part as before, so that it is held back as that', async (_what, text) => {
  const { parts, manifest } = await folderOf({ 'packages/weather/bailiff.package.yaml': text });
  expect([...parts.keys()]).toContain('packages/weather');
  expect(manifest.bundles).not.toHaveProperty('servers/weather');
});

test('bundles that the catalogue names are read, and followed, as those of release.yaml are', async () => {
  const source = '{ kind: oci, reference: "registry.example/policy/crm:live", local_development: true }';
  const { parts, manifest } = await folderOf({
    'catalogue.yaml': `data_classes: {}\nregions: {}\nservers:\n  crm: { title: CRM, bundle: ${source} }\n  other: { title: O, bundle: { path: servers/crm } }\n`,
    'release.yaml': RELEASE.replace(
      'bundles:\n',
      'bundles:\n  servers/crm: { owners: [ada], approvals: 1 }\n',
    ),
  });
  expect(manifest.bundles['servers/crm']).toMatchObject({
    source: { kind: 'oci', cadence_seconds: 30 },
    owners: ['ada'],
    approvals: 1,
  });
  expect(parts.has('servers/crm')).toBe(false);
  expect([...(parts.get('servers/other')?.files.keys() ?? [])]).toContain('crm.rego');
});

test('a package that was taken back whole stays away while it lies there as it was', async () => {
  const left = await folderOf({});
  const target = { registry: left.registry, parts: new Map([...left.parts].slice(1)) };
  const told = { by: 'olga', reason: 'a test', at: '2026-02-03T04:05:06.000Z', policy_version: '1.0.0+left' };
  const means = { left: new Map<string, string>(), target: new Map<string, string>() };
  const withdrawn = withdrawnBy({ left, target, told: { ...told, kind: 'rolled_back' }, means }, {});
  expect([...withoutWithdrawn(left, target, withdrawn).parts.keys()]).toEqual(['identity']);
  const newer = await folderOf({
    'packages/weather/bailiff.package.yaml': MANIFEST.replace('1.4.0', '1.4.1'),
  });
  expect([...withoutWithdrawn(newer, target, withdrawn).parts.keys()]).toContain('packages/weather');
});
