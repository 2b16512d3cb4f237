import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure, ReleaseManifest } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { filesOf, SAMPLE_TEXTS } from '../parts/testing/sample-part.ts';
import { Source } from './testing/followed.ts';
import { type SampleDelivery, sampleDelivery } from './testing/sample-delivery.ts';

/** Why a gateway that begins with nothing does not start, compliance coming from a source as given. */
async function refusal(act: Source['act'], registration: object): Promise<string> {
  const source = new Source();
  source.act = act;
  await using gateway = await sampleDelivery({ openFetcher: () => source });
  await fetchCompliance(gateway, registration);
  return await gateway.delivery.open().then(
    () => 'It started.',
    (thrown: Failure) => thrown.detail,
  );
}

async function fetchCompliance({ sample }: SampleDelivery, registration: object): Promise<void> {
  const manifest = ReleaseManifest.parse(
    parse(await readFile(join(sample.directory, 'release.yaml'), 'utf8')),
  );
  const source = { kind: 'http', url: 'https://bundles.example/compliance', local_development: true };
  const bundles = { ...manifest.bundles, compliance: { source, ...registration } };
  const { name, version, catalogue, servers_without_bundle } = manifest;
  await sample.write({
    'release.yaml': stringify({ name, version, catalogue, servers_without_bundle, bundles }),
  });
}

test('a first start that is kept by a bundle that was fetched and refused says for what, and not that it is missing', async () => {
  const found = {
    content: { kind: 'files', files: filesOf(SAMPLE_TEXTS) },
    version: '1',
    approvals: [],
  } as const;
  const said = await refusal(async () => ({ kind: 'found', ...found }), { approvals: 1, owners: ['ada'] });
  expect(said).toMatch(
    /^release\.yaml:\d+: approvals_missing: The bundle `compliance` was fetched and is refused: It has 0 of 1/,
  );
  expect(said).not.toContain('bundle_missing');
});

test('a first start without what could not be fetched says why it could not', async () => {
  const said = await refusal(() => {
    throw new Failure('bundle_unavailable', 'Nobody listens at bundles.example.');
  }, {});
  expect(said).toMatch(
    /bundle_missing: .*`compliance` could not be fetched: Nobody listens at bundles\.example\./,
  );
});
