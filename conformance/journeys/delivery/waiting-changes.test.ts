import { afterAll, beforeAll, expect, test } from 'vitest';
import { CountingUpstream } from '../faults/counting-upstream.ts';
import { until } from '../faults/processes.ts';
import { ONLY_SIDECAR } from '../test-engine.ts';
import { type DeliveryCompany, openDeliveryCompany } from './delivery-company.ts';

const upstream = CountingUpstream.ofSuite();
let company: DeliveryCompany;
/** Nothing here depends on what evaluates policy. */
const { skip } = ONLY_SIDECAR;

beforeAll(async () => {
  if (skip) return;
  company = await openDeliveryCompany({ upstream, registry: { rollout: { begins: 'watch' } } });
}, 120_000);
afterAll(() => company?.[Symbol.asyncDispose]());

const publish = (bundle: string, version: string) =>
  company.write({ [`${bundle}/bundle.yaml`]: `name: ${bundle}\nversion: ${version}\nowner: faults\n` });
const trial = async () => (await company.status()).rollout.trial;
const complaintOf = async (...args: readonly string[]) => {
  const failure = await company.release(...args).catch((thrown: unknown) => thrown);
  return (failure as { readonly stderr?: string }).stderr ?? '';
};

test.skipIf(skip)(
  'a release that somebody promoted to its canary stays there while another owner’s change waits',
  async () => {
    await publish('resource', '1.1.0');
    const first = (await company.pull()).rollout.trial?.policy_version ?? '';
    const told = await company.release('promote', 'canary', '--reason', 'a quiet day');
    expect(told).toMatch(/^\S+ is in its canary since \S+; for all others \S+ decides\.\n$/);
    expect(told).toContain(first);
    await publish('identity', '1.1.0');
    await company.pull();
    expect(await trial()).toMatchObject({ policy_version: first, stage: 'canary' });
    const said = await company.release('status');
    expect(said).toMatch(/^identity .* waits$/m);
    expect(said).toMatch(/^waits identity: It passed, and waits for the trial of .*promote everyone.*stop/m);
    expect(said).not.toContain('held back');
  },
);

test.skipIf(skip)(
  'it is in its canary after a restart too, and what waits goes on waiting',
  async () => {
    const before = await trial();
    company = await company.restart();
    expect(await trial()).toMatchObject({ policy_version: before?.policy_version, stage: 'canary' });
    expect((await company.status()).held).toMatchObject({ identity: { check: 'waiting' } });
  },
  120_000,
);

test.skipIf(skip)('what waits begins with watch once the other decides for everyone', async () => {
  const told = await company.release('promote', 'everyone', '--reason', 'nobody missed anything');
  expect(told.split('\n')).toHaveLength(2);
  expect(told).toMatch(/decides since .*nobody missed anything/);
  await until('it is on trial', async () => (await trial())?.stage === 'watch');
  const { bundles, held } = await company.status();
  expect(held).toEqual({});
  expect(bundles.find(({ name }) => name === 'resource')?.revision).toMatch(/^1\.1\.0\+/);
});

test.skipIf(skip)(
  'a restart leaves the time in which a release may be taken back by itself',
  async () => {
    const { window } = (await company.status()).rollout;
    expect(window).not.toBeNull();
    company = await company.restart();
    const { policy_version, previous, until: end = '' } = window ?? {};
    const after = (await company.status()).rollout.window;
    expect(after).toMatchObject({ policy_version, previous });
    expect(Math.abs(Date.parse(after?.until ?? '') - Date.parse(end))).toBeLessThan(1_000);
  },
  120_000,
);

test.skipIf(skip)('status and list tell who took back what, when and why, and what to do', async () => {
  const left = (await company.status()).active ?? '';
  await company.release('rollback', '--reason', 'refunds are refused');
  await company.pull();
  expect(await company.release('status')).toMatch(
    /^withdrawn resource: Rolled back by \S+ at \S+: refunds are refused\. Publish something newer, or bring it back with/m,
  );
  const list = await company.release('list');
  expect(list).toMatch(/promoted to everyone \S+ by .*: nobody missed anything/);
  expect(list).toMatch(/left for \S+ \S+ by .*: refunds are refused/);
  expect(await company.release('show', left)).toMatch(/left for .*refunds are refused/);
});

test.skipIf(skip).each([
  [['promote', 'watch'], /goes on to `canary` or `everyone`/],
  [['promote', 'nonsense'], /nonsense is neither a stage \(`canary`, `everyone`\) nor a release/],
  [['rollback', '9.9.9'], /9\.9\.9 was never in force\. In force were, the latest first: \S+\./],
])('release %s says what there is', async (args, words) => {
  const said = await complaintOf(...args, '--reason', 'a test');
  expect(said).toMatch(words);
  expect(said.trimEnd().split('\n')).toHaveLength(1);
});
