import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Activation, type Release, ReleaseData } from '@bailiff/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type DeliveryState,
  NOTHING_HAPPENED,
  type StoredRelease,
} from '../distribution/releases/release-store.ts';
import { RELEASES_MAX, ReleaseFiles } from './release-files.ts';

let directory: string;
let folder: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bailiff-releases-'));
  folder = join(directory, 'releases');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const AT = '2026-11-22T12:00:00.000Z';

/** As much of a release as is kept, with its own bytes. */
function stored(version: string, at = AT): StoredRelease {
  const data = ReleaseData.parse({
    ...{ policy_version: version, digest: 'd', categories: [], bundles: { resource: '1.0.0+aaaaaaaaaaaa' } },
    ...{
      required: [],
      servers: {},
      subagents: {},
      teams: {},
    },
    ...{ audit: { level: 'basic', retention_days: 180 }, overrides: [] },
  });
  const release: Release = {
    ...{ policyVersion: version, digest: 'd', data, rules: new Map() },
    catalogue: {
      data_classes: {},
      regions: {},
      servers: {},
      models: {},
      subagents: {},
    } as Release['catalogue'],
    directory: { agents: {}, users: {} },
    bundle: new TextEncoder().encode(`bundle of ${version}`),
  };
  const note = { policy_version: version, digest: 'd', at, author: 'ada', reason: 'why', preflight: [] };
  const files = new Map([['a.rego', new Uint8Array([0, 255, 10])]]);
  return {
    release,
    note: { ...note, release: data },
    vector: {
      registry: new Map([['release.yaml', new Uint8Array([1])]]),
      parts: new Map([['resource', { files, place: 'resource', author: 'ada' }]]),
    },
    madeWith: 'kernel',
  };
}

const activation = (policy_version: string): Activation => ({
  ...{ policy_version, at: AT, by: 'ada', reason: 'why', kind: 'delivered' },
});
const state = (...versions: string[]): DeliveryState => ({
  activations: versions.map(activation),
  withdrawn: {
    resource: [
      {
        ...{ digest: 'f'.repeat(64), kind: 'rolled_back', by: 'olga', reason: 'it is broken', at: AT },
        policy_version: 'b',
      },
    ],
  },
  trials: [{ policy_version: 'b', kind: 'canary', at: AT, by: 'olga', reason: 'why' }],
});

test('what is kept comes back as it was, byte for byte, to another process too', async () => {
  const kept = stored('1.0.0+abc');
  await new ReleaseFiles(directory).keep(kept);
  expect(await new ReleaseFiles(directory).find('1.0.0+abc')).toEqual(kept);
  expect(await new ReleaseFiles(directory).notes()).toEqual([kept.note]);
});

test('a version that is none, or names another file, finds nothing', async () => {
  const files = new ReleaseFiles(directory);
  await files.keep(stored('1.0.0+abc'));
  await files.remember(state('1.0.0+abc'));
  for (const version of ['', 'state', '../releases/1.0.0_2Babc', '1.0.0_2Babc', '1.0.0+abd', 'x'.repeat(500)])
    expect(await files.find(version), version).toBeUndefined();
});

test('a release that was cut or changed anywhere is no release, and the others are', async () => {
  const files = new ReleaseFiles(directory);
  await files.keep(stored('1.0.0+abc'));
  await files.keep(stored('1.0.0+def'));
  const path = join(folder, '1.0.0_2Babc.release');
  const whole = await readFile(path);
  for (let at = 0; at < whole.length; at += 7) {
    const changed = Uint8Array.from(whole);
    changed[at] = (changed[at] ?? 0) ^ 1;
    // The line’s end is not looked at.
    if (at === 64) continue;
    await writeFile(path, changed);
    expect(await files.find('1.0.0+abc'), `byte ${at}`).toBeUndefined();
    await writeFile(path, whole.subarray(0, at));
    expect(await files.find('1.0.0+abc'), `${at} bytes`).toBeUndefined();
  }
  expect(await files.find('1.0.0+def')).toBeDefined();
});

test('another release’s file under a version’s name is not that version', async () => {
  const files = new ReleaseFiles(directory);
  await files.keep(stored('1.0.0+abc'));
  await writeFile(join(folder, '1.0.0_2Bdef.release'), await readFile(join(folder, '1.0.0_2Babc.release')));
  expect(await files.find('1.0.0+def')).toBeUndefined();
});

test('a damaged note is left out of the list', async () => {
  const files = new ReleaseFiles(directory);
  await files.keep(stored('1.0.0+abc'));
  await writeFile(join(folder, '1.0.0_2Babd.json'), '{"policy_version":');
  expect((await files.notes()).map(({ policy_version }) => policy_version)).toEqual(['1.0.0+abc']);
});

test('what was activated and taken back outlives one damaged file of it', async () => {
  const files = new ReleaseFiles(directory);
  expect(await files.state()).toEqual(NOTHING_HAPPENED);
  await files.remember(state('a', 'b'));
  for (const damaged of ['', '{', '{"activations":[{}]}', '\u0000\u0000']) {
    await writeFile(join(folder, 'state.json'), damaged);
    expect(await new ReleaseFiles(directory).state(), JSON.stringify(damaged)).toEqual(state('a', 'b'));
  }
});

test('where both files of what was taken back are damaged, nobody begins as if nothing had been', async () => {
  const files = new ReleaseFiles(directory);
  await files.remember(state('a', 'b'));
  await writeFile(join(folder, 'state.json'), '{');
  await writeFile(join(folder, 'state.copy.json'), '');
  await expect(new ReleaseFiles(directory).state()).rejects.toMatchObject({
    code: 'bundle_invalid',
    detail: expect.stringMatching(/state\.json and state\.copy\.json in .* are damaged\. Restore .* backup/),
  });
  await rm(join(folder, 'state.copy.json'));
  await expect(new ReleaseFiles(directory).state()).rejects.toThrow(/damaged/);
  await rm(folder, { recursive: true });
  expect(await new ReleaseFiles(directory).state()).toEqual(NOTHING_HAPPENED);
});

test('a state that holds digests alone of what was taken back keeps it taken back', async () => {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'state.json'), '{"activations":[],"withdrawn":{"resource":["abc"]}}');
  const { withdrawn } = await new ReleaseFiles(directory).state();
  expect(withdrawn).toMatchObject({ resource: [{ digest: 'abc', by: '', at: '' }] });
});

test('the active release and the newest are never dropped, however many come', {
  timeout: 60_000,
}, async () => {
  const files = new ReleaseFiles(directory);
  const at = (index: number) => new Date(Date.parse(AT) + index * 1_000).toISOString();
  await files.keep(stored('1.0.0+active', at(0)));
  await files.keep(stored('1.0.0+never', at(1)));
  await files.remember(state('1.0.0+active'));
  for (let index = 2; index < RELEASES_MAX + 12; index++)
    await files.keep(stored(`1.0.0+v${index}`, at(index)));
  const versions = (await files.notes()).map(({ policy_version }) => policy_version);
  expect(versions).toHaveLength(RELEASES_MAX);
  expect(versions).toContain('1.0.0+active');
  expect(versions).not.toContain('1.0.0+never');
  expect(versions[0]).toBe(`1.0.0+v${RELEASES_MAX + 11}`);
  expect(await files.find('1.0.0+never')).toBeUndefined();
});

const KEEP_FOR_EVER = `
import { ReleaseFiles } from ${JSON.stringify(fileURLToPath(new URL('release-files.ts', import.meta.url)))};
import { randomBytes } from 'node:crypto';
const stored = JSON.parse(process.argv[2]);
stored.release.rules = new Map();
const files = new ReleaseFiles(process.argv[1]);
for (let turn = 0; ; turn++) {
  stored.release.bundle = randomBytes(200_000);
  stored.vector = { registry: new Map(), parts: new Map() };
  await files.keep(stored);
  await files.remember({ activations: [{ policy_version: 'p' + turn, at: '', by: '', reason: '', kind: 'delivered' }], withdrawn: {}, trials: [] });
  process.stdout.write(turn + '\\n');
}`;

test('a process killed while it writes leaves each file whole, as it was or as it is', {
  timeout: 60_000,
}, async () => {
  for (let round = 0; round < 4; round++) {
    const document = JSON.stringify({ ...stored('1.0.0+abc'), vector: {} });
    const child = spawn(process.execPath, ['--input-type=module', '-e', KEEP_FOR_EVER, directory, document], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let turns = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      turns += chunk.toString().split('\n').length - 1;
      if (turns > 3 + round) child.kill('SIGKILL');
    });
    await once(child, 'close');
    expect(turns).toBeGreaterThan(3);
    const files = new ReleaseFiles(directory);
    expect((await files.find('1.0.0+abc'))?.release.bundle).toHaveLength(200_000);
    expect((await files.state()).activations).toHaveLength(1);
  }
});

test('what a killed process left behind is gone with the next that is kept', async () => {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, '1.0.0_2Bold.release.123.draft'), 'half');
  await writeFile(join(folder, '1.0.0_2Bold.release'), 'a release without a note');
  const files = new ReleaseFiles(directory);
  await files.remember(state('1.0.0+abc'));
  await files.keep(stored('1.0.0+abc'));
  expect((await readdir(folder)).sort()).toEqual([
    ...['1.0.0_2Babc.json', '1.0.0_2Babc.release', 'state.copy.json', 'state.json'],
  ]);
});
