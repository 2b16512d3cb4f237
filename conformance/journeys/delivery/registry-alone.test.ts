import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CountingUpstream } from '../faults/counting-upstream.ts';
import { until } from '../faults/processes.ts';
import { type DeliveryCompany, openDeliveryCompany, type Registry, registryOf } from './delivery-company.ts';

const upstream = CountingUpstream.ofSuite();
let company: DeliveryCompany;

/** Of three saves, looks alone would find two at different looks, which are 30 s apart. */
const TOLD_WITHIN_MS = 28_000;

const ownedBy = (...owners: string[]): Registry => ({
  bundles: { resource: { path: 'resource', owners } },
  rollout: { begins: 'watch' },
});

beforeAll(async () => {
  company = await openDeliveryCompany({ upstream, registry: ownedBy('ada') });
}, 120_000);
afterAll(() => company?.[Symbol.asyncDispose]());

/** As many editors save: another file is put in the place of the one that was there. */
async function saved(registry: Registry | string): Promise<void> {
  const path = join(company.policy, 'release.yaml');
  await writeFile(`${path}~`, typeof registry === 'string' ? registry : registryOf(registry));
  await rename(`${path}~`, path);
}

const trial = async () => (await company.status()).rollout.trial?.policy_version;

test('release.yaml is followed through every save, and who answers for a bundle goes up and down the ladder as one release', async () => {
  const before = (await company.status()).active ?? '';
  const began = performance.now();
  const seen = new Set<string>();
  for (const owners of [['ada', 'ben'], ['ada', 'cleo'], ['cleo']]) {
    await saved(ownedBy(...owners));
    await until('it is on trial', async () => {
      const version = await trial();
      return version !== undefined && version !== before && !seen.has(version);
    });
    seen.add((await trial()) ?? '');
  }
  expect(performance.now() - began, 'nobody waited for a look').toBeLessThan(TOLD_WITHIN_MS);
  const next = (await trial()) ?? '';
  expect((await company.status()).active).toBe(before);
  expect(await company.release('diff', next)).toMatch(
    /registrations\n {2}~ resource folder resource; owners ada \(.*\) → folder resource; owners cleo/,
  );
  expect(await company.release('list')).toContain('release.yaml or what it names (registration of resource)');
  await company.release('promote', 'everyone', '--reason', 'a test');
  expect(await company.release('show')).toMatch(/resource +folder resource; owners cleo/);
  expect(await company.rollBack()).toMatchObject({ policy_version: before });
  const { active, held } = await company.pull();
  expect([active, held['release.yaml']?.check]).toEqual([before, 'withdrawn']);
});

test('all that is wrong with release.yaml is told, each with its row', async () => {
  await saved('name: 7\nversion: one\ncatalogue: catalogue.yaml\nbundles: []\nbundels: {}\n');
  await until('it is refused', async () => {
    const { held } = await company.status();
    return held['release.yaml']?.check === 'compose';
  });
  const said = await company.release('status');
  expect(said).toMatch(/held back release\.yaml: 4 findings \(compose\)/);
  for (const row of [1, 2, 4, 5]) expect(said).toContain(`\n  release.yaml:${row}: `);
});
