import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { readPolicyFolder } from '../delivery/target.ts';
import { approvePart } from '../parts/signing/approvals.ts';
import {
  keyFolder,
  LIMIT_BYTES,
  NOW_MS,
  readingOf,
  type SampleKey,
  signedSample,
} from '../parts/testing/sample-part.ts';
import { unpackPart } from '../parts/unpack-part.ts';
import { metadata, type SampleRelease, sampleRelease } from '../testing/sample-release.ts';
import { verifyPackages } from './verify-packages.ts';

const { signal } = new AbortController();
const TEXTS = {
  'bundle.yaml': 'name: servers/weather\nversion: 1.4.0\nowner: sky\n',
  'weather.rego': `package servers.weather\n\n${metadata()}deny contains "far" if input.action.args.city == "Atlantis"\n`,
};
const MANIFEST =
  'kind: server\nname: weather\nversion: 1.4.0\nowner: sky\ncatalogue: { title: Weather }\nserver: { transport: http, url: "https://weather.example" }\n';
const releaseWith = (registration: string) =>
  `name: s\nversion: 1.0.0\ncatalogue: catalogue.yaml\npackages: [packages/weather]\nbundles:\n  identity: { path: identity }\n  servers/weather: ${registration}\n`;
const SIGNED = '{ owners: [ada, ben], signing_keys: [release] }';

async function signedPackage(key: SampleKey, registration: string): Promise<SampleRelease> {
  const sample = await sampleRelease({
    'release.yaml': releaseWith(registration),
    'packages/weather/bailiff.package.yaml': MANIFEST,
  });
  const bytes = await signedSample(key, { texts: TEXTS, name: 'servers/weather' });
  const files = readingOf(await unpackPart(bytes, { sizeLimitBytes: LIMIT_BYTES, name: 'servers/weather' }));
  for (const [path, content] of files) {
    const at = join(sample.directory, 'packages/weather/bundle', path);
    await mkdir(dirname(at), { recursive: true });
    await writeFile(at, content);
  }
  return sample;
}

async function refusedOf({ directory }: SampleRelease, key: SampleKey, bens?: SampleKey) {
  await using keys = await keyFolder();
  const { packages, parts, manifest } = await readPolicyFolder(directory, signal);
  const refused = await verifyPackages({
    packages,
    parts,
    bundles: manifest.bundles,
    keys: await keys.trusted([
      [key, { person: 'ada' }],
      ...(bens ? [[bens, { person: 'ben' }] as const] : []),
    ]),
    clock: () => NOW_MS,
  });
  return [...refused].map(([part, findings]) => [part, findings.map(({ file, code }) => `${file} ${code}`)]);
}

test('a package is taken as signed where its registration names a key, and as it is where it names none', async () => {
  await using keys = await keyFolder();
  const key = await keys.make('release');
  await using signed = await signedPackage(key, SIGNED);
  expect(await refusedOf(signed, key)).toEqual([]);
  await using free = await signedPackage(key, '{ may_grant: true }');
  await rm(join(free.directory, 'packages/weather/bundle/.signatures.json'));
  expect(await refusedOf(free, key)).toEqual([]);
});

test.each([
  ['without its signature', '.signatures.json', undefined, 'signature_missing'],
  ['with a rule that nobody signed', 'more.rego', 'package servers.weather\n', 'file_unsigned'],
  ['with another byte', 'weather.rego', `${TEXTS['weather.rego']}\n`, 'file_changed'],
])('a package %s is refused as a whole', async (_what, file, text, code) => {
  await using keys = await keyFolder();
  const key = await keys.make('release');
  await using sample = await signedPackage(key, SIGNED);
  const at = join(sample.directory, 'packages/weather/bundle', file);
  if (text === undefined) await rm(at);
  else await writeFile(at, text);
  const [refused] = await refusedOf(sample, key);
  expect(refused?.[0]).toBe('packages/weather');
  expect(JSON.stringify(refused?.[1])).toContain(code);
});

test('a package has the approvals that its registration asks for, or is refused', async () => {
  await using keys = await keyFolder();
  const key = await keys.make('release');
  await using sample = await signedPackage(
    key,
    '{ owners: [ada, ben], signing_keys: [release], approvals: 1 }',
  );
  const [refused] = await refusedOf(sample, key);
  expect(JSON.stringify(refused)).toContain('packages/weather/bundle approvals_missing');

  const bundle = join(sample.directory, 'packages/weather/bundle');
  const { metadata: signed } = JSON.parse(await readFile(join(bundle, '.manifest'), 'utf8'));
  const other = await keys.make('bens');
  const statement = { bundle: 'servers/weather', digest: String(signed.digest), approver: 'ben' };
  const approval = await approvePart(statement, other);
  await writeFile(join(bundle, '.approvals.json'), JSON.stringify([approval]));
  expect(await refusedOf(sample, key, other)).toEqual([]);
});
