import { afterEach, beforeEach, expect, test } from 'vitest';
import { readPolicyFolder } from '../delivery/target.ts';
import type { ReleaseVector } from '../releases/release-store.ts';
import { metadata, type SampleRelease, sampleRelease } from '../testing/sample-release.ts';
import { packageVersionFindings } from './package-versions.ts';

const { signal } = new AbortController();
const manifest = (version: string, title = 'Weather') =>
  `kind: server\nname: weather\nversion: ${version}\nowner: sky\ncatalogue: { title: ${title} }\nserver: { transport: http, url: "https://weather.example" }\n`;

let sample: SampleRelease;
let active: ReleaseVector;
beforeEach(async () => {
  sample = await sampleRelease({
    'release.yaml':
      'name: s\nversion: 1.0.0\ncatalogue: catalogue.yaml\npackages: [packages/weather]\nbundles:\n  identity: { path: identity }\n',
    'packages/weather/bailiff.package.yaml': manifest('1.10.0'),
    'packages/weather/bundle/bundle.yaml': 'name: servers/weather\nversion: 1.10.0\nowner: sky\n',
    'packages/weather/bundle/weather.rego': `package servers.weather\n\n${metadata()}deny contains "far" if input.action.args.city == "Atlantis"\n`,
  });
  active = await readPolicyFolder(sample.directory, signal);
});
afterEach(() => sample[Symbol.asyncDispose]());

const refused = async (isSigned = false, before: ReleaseVector | undefined = active) => {
  const { packages, parts } = await readPolicyFolder(sample.directory, signal);
  const found = await packageVersionFindings({ packages, parts, active: before, isSigned: () => isSigned });
  return [...found].map(([part, [finding]]) => [part, `${finding?.file}:${finding?.row} ${finding?.code}`]);
};

test('an older package than the one in force is refused at the row that says its version', async () => {
  await sample.write({ 'packages/weather/bailiff.package.yaml': manifest('1.9.0') });
  expect(await refused()).toEqual([
    ['packages/weather', 'packages/weather/bailiff.package.yaml:3 bundle_older'],
  ]);
  expect(await refused(false, { registry: new Map(), parts: new Map() }), 'where none is in force').toEqual(
    [],
  );
});

test('a package is no newer for lying in another folder', async () => {
  await sample.write({
    'packages/moved/bailiff.package.yaml': manifest('1.9.0'),
    'packages/moved/bundle/bundle.yaml': 'name: servers/weather\nversion: 1.9.0\nowner: sky\n',
    'release.yaml':
      'name: s\nversion: 1.0.0\ncatalogue: catalogue.yaml\npackages: [packages/moved]\nbundles:\n  identity: { path: identity }\n',
  });
  expect(await refused()).toEqual([['packages/moved', 'packages/moved/bailiff.package.yaml:3 bundle_older']]);
});

test('the same and a newer one are taken; other content under one version only where nobody signs', async () => {
  expect(await refused(true)).toEqual([]);
  await sample.write({ 'packages/weather/bailiff.package.yaml': manifest('1.10.0', 'Clouds') });
  expect(await refused(false)).toEqual([]);
  expect(await refused(true)).toEqual([
    ['packages/weather', 'packages/weather/bailiff.package.yaml:3 version_reused'],
  ]);
  await sample.write({ 'packages/weather/bailiff.package.yaml': manifest('1.11.0', 'Clouds') });
  expect(await refused(true)).toEqual([]);
});
