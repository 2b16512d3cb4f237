import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifies } from '../../requirements.ts';
import { CountingUpstream } from '../faults/counting-upstream.ts';
import { type BundleServer, bundleServer } from './bundle-server.ts';
import { type Signers, signers, trusted } from './compliance.ts';
import { type DeliveryCompany, openDeliveryCompany } from './delivery-company.ts';

verifies('matrix-8');

const upstream = CountingUpstream.ofSuite();
let server: BundleServer;
let people: Signers;
let company: DeliveryCompany;

beforeAll(async () => {
  server = await bundleServer();
  people = await signers();
  server.publish('compliance', await people.compliance('1.0.0', 10));
  const { keys, texts } = await trusted([[people.release, 'build']]);
  const source = { kind: 'http', url: server.url('compliance'), cadence_seconds: 0.2 };
  company = await openDeliveryCompany({
    upstream,
    texts,
    registry: { keys, bundles: { compliance: { source, signing_keys: ['release'], owners: ['ada'] } } },
  });
}, 120_000);
afterAll(async () => {
  await company?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  await people?.[Symbol.asyncDispose]();
});

/** Writes rubbish over the files of a folder of the data folder. */
const damage = async (folder: string, isMeant: (file: string) => boolean) => {
  const path = join(company.gateway.folder, 'data', folder);
  const files = (await readdir(path)).filter(isMeant);
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) await writeFile(join(path, file), 'rubbish');
};
const failedRestart = async () => {
  const failure = await company.restart().catch((thrown: unknown) => thrown);
  return String(failure);
};

test('with every release and every last good copy damaged, and no source, a restart decides nothing and says what to do', async () => {
  const { active } = await company.status();
  server.hang();
  await damage('releases', (file) => file.endsWith('.release'));
  await damage('bundles', () => true);
  const said = await failedRestart();
  expect(said).toContain(`Nothing decides: ${active}, which was in force since `);
  expect(said).toContain('cannot be read any more');
  expect(said).toMatch(/compliance/);
  expect(said).toContain('restore `releases` in the data folder from a backup, and start again');
  expect(said, 'words, not a stack').not.toMatch(/\n\s+at .*\/src\//);
  await expect(fetch(`${company.gateway.url}/readyz`), 'nothing listens').rejects.toThrow();
}, 120_000);

test('with what was taken back damaged too, it does not begin as if nothing had been, though all sources answer', async () => {
  server.answer();
  await damage('releases', (file) => file.startsWith('state.'));
  const said = await failedRestart();
  expect(said).toMatch(/what was taken back cannot be read any more.*Restore the folder from a backup/);
}, 120_000);
