import { execFileSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { approvePart } from '../../../packages/gateway/src/distribution/parts/signing/approvals.ts';
import {
  LIMIT_BYTES,
  readingOf,
  type SampleKey,
} from '../../../packages/gateway/src/distribution/parts/testing/sample-part.ts';
import { unpackPart } from '../../../packages/gateway/src/distribution/parts/unpack-part.ts';
import { CountingUpstream } from '../faults/counting-upstream.ts';
import { ONLY_SIDECAR } from '../test-engine.ts';
import { claimedDigest } from './claimed-digest.ts';
import { metadata, type Signers, signers, trusted } from './compliance.ts';
import { type DeliveryCompany, openDeliveryCompany, type Registry, registryOf } from './delivery-company.ts';

/** Whose change it is does not depend on what evaluates policy. */
const { skip: isEmbedded } = ONLY_SIDECAR;
const GIT = (() => {
  try {
    return execFileSync('git', ['--version']).length > 0;
  } catch {
    return false;
  }
})();
const skip = isEmbedded || !GIT;

const upstream = CountingUpstream.ofSuite();
let people: Signers;
let owners: Record<'ada' | 'ben' | 'cleo', SampleKey>;
let company: DeliveryCompany;
let registered: Registry;
let workTree: string;

const git = (...args: readonly string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
    cwd: workTree,
    stdio: 'pipe',
  });
const push = async (bytes: Uint8Array) => {
  await rm(join(workTree, 'compliance'), { recursive: true, force: true });
  const files = readingOf(await unpackPart(bytes, { sizeLimitBytes: LIMIT_BYTES, name: 'compliance' }));
  for (const [path, content] of files) {
    const file = join(workTree, 'compliance', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  git('add', '--all');
  git('commit', '--quiet', '--message', 'another');
  git('push', '--quiet', 'origin', 'HEAD:main');
  return company?.pull();
};

beforeAll(async () => {
  if (skip) return;
  people = await signers();
  owners = {
    ada: await people.key('ada-1'),
    ben: await people.key('ben-1'),
    cleo: await people.key('cleo-1'),
  };
  workTree = join(people.folder.directory, 'work');
  const bare = join(people.folder.directory, 'bare.git');
  await mkdir(workTree);
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', bare]);
  git('init', '--quiet', '--initial-branch=main');
  git('remote', 'add', 'origin', bare);
  await push(await people.compliance('1.0.0', 10));
  const { keys, texts } = await trusted([
    [people.release, 'build'],
    ...Object.entries(owners).map(([person, key]) => [key, person] as const),
  ]);
  const source = { kind: 'git', repository: bare, ref: 'main', path: 'compliance', cadence_seconds: 3_600 };
  registered = {
    keys,
    bundles: {
      compliance: { source, signing_keys: ['release'], owners: ['ada', 'ben', 'cleo'] },
      workflow: { path: 'workflow', may_read: ['policy.resource.limits'] },
    },
  };
  company = await openDeliveryCompany({
    upstream,
    registry: registered,
    texts: {
      ...texts,
      'resource/data.yaml': 'limits: { rows: 7 }\n',
      'workflow/bundle.yaml': 'name: workflow\nversion: 1.0.0\nowner: flow\n',
      'workflow/flow.rego': `package policy.workflow\n\n${metadata('over_limit')}deny contains "limit" if input.action.args.lines > data.policy.resource.limits.rows\n`,
    },
  });
}, 120_000);
afterAll(async () => {
  await company?.[Symbol.asyncDispose]();
  await people?.[Symbol.asyncDispose]();
});

const decides = async (args: object) => {
  await company.follows();
  const { outcome, reasons } = await company.decide(args);
  return outcome === 'deny' ? reasons : outcome;
};

test.skipIf(skip)('what is pushed to a repository goes live, and names its commit', async () => {
  const status = await push(await people.compliance('1.1.0', 8));
  const compliance = status?.bundles.find(({ name }) => name === 'compliance');
  const commit = git('rev-parse', 'HEAD').toString().trim();
  expect(compliance).toMatchObject({ held: null, signed_by: 'release', author: 'ada' });
  expect(compliance?.pull?.last_pull?.detail).toContain(commit.slice(0, 12));
  expect(await decides({ rows: 9 })).toEqual(['over_8']);
});

test.skipIf(skip).each([
  [
    'a package that is another bundle’s',
    { 'own.rego': `package policy.resource\n\n${metadata('rogue')}allow contains "rogue" if true\n` },
  ],
  ['a package below the kernel', { 'own.rego': `package bailiff\n\ndecision := {"allow": true}\n` }],
  [
    'a read of what it may not read',
    {
      'own.rego': `package policy.compliance\n\n${metadata('spy')}deny contains "spy" if data.policy.resource.limits.rows > 0\n`,
    },
  ],
  [
    'a call that leaves the gateway',
    {
      'own.rego': `package policy.compliance\n\n${metadata('out')}deny contains "out" if http.send({"method": "get", "url": "http://127.0.0.1"}).status_code == 200\n`,
    },
  ],
  [
    'an error that the compiler finds',
    { 'own.rego': `package policy.compliance\n\n${metadata('broken')}deny contains "x" if {\n` },
  ],
  ['a test that fails', { 'own_test.rego': 'package policy.compliance_test\n\ntest_no if 1 == 2\n' }],
])(
  'a signed bundle with %s is held back with the row, and its last good version decides',
  async (_what, more) => {
    const status = await push(await people.compliance('1.2.0', 80, { more }));
    expect(Object.keys(status?.held ?? {})).toEqual(['compliance']);
    const [file = ''] = Object.keys(more);
    expect(status?.held.compliance?.findings[0]).toMatchObject({
      file: expect.stringContaining(file),
      row: expect.any(Number),
    });
    expect(await decides({ rows: 9 })).toEqual(['over_8']);
  },
);

test.skipIf(skip)(
  'a bundle that others read is not removed from under them, and those others’ rules go on',
  async () => {
    await push(await people.compliance('1.3.0', 8));
    const before = (await company.status()).active;
    const bundles = { ...registered.bundles, resource: { path: 'resource-moved' } };
    await company.write({ 'release.yaml': registryOf({ ...registered, bundles }) });
    const { active, held } = await company.pull();
    expect(active).toBe(before);
    expect(Object.keys(held).length).toBeGreaterThan(0);
    expect(await decides({ lines: 8 })).toEqual(['over_limit']);
    await company.register(registered);
    expect((await company.pull()).held).toEqual({});
  },
);

test.skipIf(skip)(
  'two of three owners have to approve it, and neither its author nor the same one twice',
  async () => {
    const bundle = await people.compliance('1.4.0', 6);
    const file = 'compliance.tar.gz';
    const source = { kind: 'directory', path: file, cadence_seconds: 3_600 };
    const compliance = { source, signing_keys: ['release'], owners: ['ada', 'ben', 'cleo'], approvals: 2 };
    await writeFile(join(company.policy, file), bundle);
    const digest = await claimedDigest(bundle);
    const approvals: string[] = [];
    const approve = async (person: keyof typeof owners, of = digest) => {
      const key = owners[person];
      approvals.push(await approvePart({ bundle: 'compliance', digest: of, approver: person }, key));
      await writeFile(join(company.policy, `${file}.approvals.json`), JSON.stringify(approvals));
      return (await company.pull()).held.compliance?.detail ?? 'out';
    };
    await company.register({ ...registered, bundles: { ...registered.bundles, compliance } });
    expect((await company.pull()).held.compliance?.detail).toContain('0 of 2 approvals');
    expect(await approve('ada'), 'the author').toContain('0 of 2 approvals');
    expect(await approve('ben', 'f'.repeat(64)), 'another digest').toContain('0 of 2 approvals');
    expect(await approve('ben')).toContain('1 of 2 approvals');
    expect(await approve('ben'), 'twice is once').toContain('1 of 2 approvals');
    expect(await decides({ rows: 7 }), 'until then the last good one').toBe('allow');
    expect(await approve('cleo')).toBe('out');
    expect(await decides({ rows: 7 })).toEqual(['over_6']);
    const { bundles } = await company.status();
    expect(bundles.find(({ name }) => name === 'compliance')?.approved_by).toEqual(['ben', 'cleo']);
  },
);
