import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { OPA, sampleRelease } from '../distribution/testing/sample-release.ts';
import { examine } from './doctor.ts';

beforeAll(() => {
  process.env.BAILIFF_OPA = OPA;
});

/** What the doctor finds with this configuration beside the sample release, but for the port, which is the machine’s. */
async function findingsWith(configuration: readonly string[], files = {}) {
  const text = ['policy: { directory: policy }', ...configuration, ''].join('\n');
  await using sample = await sampleRelease({ ...files, '../bailiff.yaml': text });
  const found = await examine(join(sample.directory, '../bailiff.yaml'));
  return found.filter(({ what }) => what !== 'gateway');
}

test('all is found where all is there', async () => {
  const findings = await findingsWith(['servers:', '  crm: { transport: stdio, command: node }']);
  expect(findings.map(({ what, ok, mend }) => [what, ok, mend])).toEqual([
    ['node', true, undefined],
    ['configuration', true, undefined],
    ['opa', true, undefined],
    ['policy', true, undefined],
    ['data folder', true, undefined],
    ['server crm', true, undefined],
  ]);
});

test('a configured server that the release does not register is missing, with its row and the mend', async () => {
  const findings = await findingsWith([
    'servers:',
    '  everything: { transport: http, url: "http://127.0.0.1:1" }',
    '  ghost: { transport: stdio, command: node }',
  ]);
  expect(findings.filter(({ ok }) => !ok)).toEqual([
    {
      what: 'server ghost',
      ok: false,
      detail: expect.stringMatching(/bailiff\.yaml:4: server_unregistered: /),
      mend: expect.stringMatching(/`servers\/ghost`.*`servers_without_bundle`.*policy\/release\.yaml/),
    },
  ]);
});

test('a configured server that the catalogue does not list is told with its mend, and nothing is missing for that', async () => {
  const release = 'name: sample\nversion: 1.2.3\ncatalogue: catalogue.yaml\n';
  const bundles = ['identity', 'resource', 'compliance', 'overrides', 'servers/crm']
    .map((name) => `  ${name}: { path: ${name} }\n`)
    .join('');
  const findings = await findingsWith(['servers:', '  bare: { transport: stdio, command: node }'], {
    'release.yaml': `${release}bundles:\n${bundles}servers_without_bundle: [everything, bare]\n`,
  });
  expect(findings.filter(({ mend }) => mend !== undefined)).toEqual([
    expect.objectContaining({
      what: 'server bare',
      ok: true,
      detail: expect.stringMatching(/bailiff\.yaml:3: server_uncatalogued: /),
    }),
  ]);
});

test('a bundle without rules is told with its mend, and nothing is missing for that', async () => {
  const findings = await findingsWith([], { 'resource/resource.rego': 'package policy.resource\n' });
  expect(findings.filter(({ mend }) => mend !== undefined)).toEqual([
    expect.objectContaining({
      what: 'policy',
      ok: true,
      detail: expect.stringContaining('resource/bundle.yaml:1: bundle_without_rules'),
    }),
  ]);
});

test('what is configured as OPA and is none is missing, in one line', async () => {
  const findings = await findingsWith(['engine: { opa: /bin/true }']);
  const opa = findings.find(({ what }) => what === 'opa');
  expect(opa).toMatchObject({
    ok: false,
    detail: expect.stringMatching(/^engine\.opa: \/bin\/true is no OPA/),
  });
  expect(findings.find(({ what }) => what === 'policy')?.ok).toBe(false);
});

test('a data folder that is a file is an error of the configuration', async () => {
  const findings = await findingsWith(['data_dir: bailiff.yaml']);
  expect(findings.find(({ what }) => what === 'configuration')).toMatchObject({
    ok: false,
    detail: expect.stringMatching(/bailiff\.yaml:2: data_dir: .* Name a folder/),
  });
});
