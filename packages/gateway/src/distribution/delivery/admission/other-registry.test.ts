import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ReleaseManifest } from '@bailiff/contract';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { approvePart } from '../../parts/signing/approvals.ts';
import {
  filesOf,
  type KeyFolder,
  keyFolder,
  readingOf,
  registered,
  SAMPLE_TEXTS,
  type SampleKey,
  verifySample,
} from '../../parts/testing/sample-part.ts';
import { Source } from '../testing/followed.ts';
import { releasesBegin, type SampleDelivery, sampleDelivery } from '../testing/sample-delivery.ts';

const OLGA = { by: 'olga', reason: 'a test' };
const HOUR_MS = 3_600_000;
const http = { kind: 'http', url: 'https://bundles.example/compliance', local_development: true } as const;
/** An owner of compliance has to approve it. */
const APPROVED = { source: http, owners: ['ada'], approvals: 1 };
const UNAPPROVED = { ...APPROVED, approvals: 0 };

let it: SampleDelivery;
let keys: KeyFolder;
let ada: SampleKey;
let source: Source;
let nowMs: number;

beforeEach(async () => {
  keys = await keyFolder();
  ada = await keys.make('ada');
  source = new Source();
  nowMs = Date.now();
  it = await sampleDelivery({ openFetcher: () => source, clock: () => nowMs });
  await publish('2.0.0', { isApproved: true });
});
afterEach(async () => {
  await it[Symbol.asyncDispose]();
  await keys[Symbol.asyncDispose]();
});

async function publish(version: string, { isApproved }: { readonly isApproved: boolean }): Promise<void> {
  const files = filesOf({
    ...SAMPLE_TEXTS,
    'bundle.yaml': `name: compliance\nversion: ${version}\nowner: privacy\n`,
  });
  const registration = registered({ source: ReleaseManifest.shape.bundles.parse({ c: APPROVED }).c?.source });
  const { digest } = readingOf(await verifySample(files, new Map(), { registration }));
  const approval = await approvePart({ bundle: 'compliance', digest, approver: 'ada' }, ada);
  const approvals = isApproved ? [approval] : [];
  const found = `${version} ${approvals.length}`;
  source.version = found;
  source.act = async (known?: unknown) => {
    void known;
    return { kind: 'found', content: { kind: 'files', files }, version: found, approvals };
  };
}

/** The registry, with compliance registered so. */
async function register(compliance: object, changes: object = {}): Promise<void> {
  const file = join(it.sample.directory, 'release.yaml');
  const before: { bundles: object; version: string } = parse(await readFile(file, 'utf8'));
  const own = { keys: { ada: { file: 'ada.pub', person: 'ada' } } };
  const bundles = { ...before.bundles, compliance, ...changes };
  await it.sample.write({
    'ada.pub': ada.publicPem,
    'release.yaml': stringify({ ...before, ...own, bundles, version: `${before.version}1` }),
  });
}

const inForce = () => it.ladder.current?.data.bundles.compliance?.split('+')[0];
const held = async () => {
  await it.delivery.pull();
  const found = it.delivery.status().held;
  return Object.fromEntries(Object.entries(found).map(([part, { check }]) => [part, check]));
};

async function rolledBack(compliance: object): Promise<void> {
  await register(compliance);
  expect(await held()).toEqual({});
  await it.delivery.rollBack(undefined, OLGA);
  expect(await held()).toMatchObject({ 'release.yaml': 'withdrawn' });
}

describe('by a release.yaml that was rolled back', () => {
  beforeEach(async () => {
    await register(APPROVED);
    await it.delivery.open();
    expect(inForce()).toBe('2.0.0');
  });

  test('nothing is delivered that the one in force wants approved, until it is approved', async () => {
    await rolledBack(UNAPPROVED);
    await publish('2.1.0', { isApproved: false });
    const both = { 'release.yaml': 'withdrawn', compliance: 'registration' };
    expect([await held(), inForce()]).toEqual([both, '2.0.0']);
    expect(it.delivery.status().held.compliance?.detail).toContain('It has 0 of 1 approvals');
    expect(await held(), 'and that goes on being told').toEqual(both);
    await publish('2.1.0', { isApproved: true });
    expect([await held(), inForce()]).toEqual([{ 'release.yaml': 'withdrawn' }, '2.1.0']);
  });

  test('nothing is delivered that comes from somewhere else', async () => {
    await rolledBack({ ...APPROVED, source: { ...http, url: 'https://elsewhere.example/compliance' } });
    await publish('2.1.0', { isApproved: true });
    expect([await held(), inForce()]).toMatchObject([{ compliance: 'registration' }, '2.0.0']);
  });

  test('nothing is delivered from a folder of this disk', async () => {
    await rolledBack({ path: 'compliance' });
    await it.sample.write({ 'compliance/bundle.yaml': 'name: compliance\nversion: 2.1.0\nowner: privacy\n' });
    expect([await held(), inForce()]).toMatchObject([{ compliance: 'registration' }, '2.0.0']);
  });

  test('what holds by the one in force is delivered', async () => {
    await rolledBack({ ...UNAPPROVED, source: { ...http, cadence_seconds: 60 } });
    await publish('2.1.0', { isApproved: true });
    expect([await held(), inForce()]).toEqual([{ 'release.yaml': 'withdrawn' }, '2.1.0']);
  });
});

test('by a release.yaml that does not pass, nothing is delivered that the one in force wants approved', async () => {
  await register(APPROVED);
  await it.delivery.open();
  await register(UNAPPROVED, { 'servers/unknown': { path: 'servers/unknown' } });
  await publish('2.1.0', { isApproved: false });
  expect(await held()).toMatchObject({ 'release.yaml': 'compose', compliance: 'registration' });
  expect(inForce()).toBe('2.0.0');
});

test('what is on trial by another release.yaml is not taken over by the one in force', async () => {
  await register(APPROVED);
  await it.delivery.open();
  const before = await readFile(join(it.sample.directory, 'release.yaml'), 'utf8');
  await releasesBegin(it, 'watch');
  await register(UNAPPROVED);
  await publish('2.1.0', { isApproved: false });
  await held();
  expect(it.ladder.trial?.release.data.bundles.compliance).toMatch(/^2\.1\.0/);
  await it.sample.write({ 'release.yaml': before });
  await held();
  expect([inForce(), it.ladder.trial?.release.policyVersion]).toEqual(['2.0.0', undefined]);
});

test.each([
  ['has no limit', { ...UNAPPROVED }],
  ['does not require it', { ...UNAPPROVED, required: false }],
  ['has it from somewhere else', { ...UNAPPROVED, source: { ...http, url: 'https://elsewhere.example/' } }],
  ['has it from a folder', { path: 'compliance' }],
])('what is not known to be current by the limit in force is missing, though a release.yaml that was rolled back %s', async (_name, compliance) => {
  await register({ ...APPROVED, source: { ...http, max_staleness_seconds: 3_600 } });
  await it.delivery.open();
  await rolledBack(compliance);
  await publish('2.1.0', { isApproved: false });
  await held();
  expect([...(it.missing.at(-1) ?? [])]).toEqual([]);
  nowMs += HOUR_MS + 1_000;
  await held();
  expect([...(it.missing.at(-1) ?? [])], 'looked at, and not what holds in force').toEqual(['compliance']);
});
