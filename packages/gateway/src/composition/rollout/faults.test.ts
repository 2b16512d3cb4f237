import type { Release } from '@bailiff/contract';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { makeContext, makeInput } from '../../decision/testing/context.ts';
import { buildPolicies, denialText } from '../../decision/testing/policies.ts';
import { openCompany } from './testing/open-company.ts';

const BOTS = ['bot-1', 'bot-2', 'bot-3'] as const;
const agents = Object.fromEntries(BOTS.map((bot) => [bot, { scope: 'support', owner_team: 'ops' }]));
const settings = {
  canary: { share: 0, teams: ['ops'] },
  denial_band: { above: 0.1, agents_min: 5 },
  errors_max: 3,
};
const PATIENCE = { timeout: 20_000, interval: 20 };
const BROKEN = `broken := value if some value in [1, 2]\n${denialText('broken', 'input.action.args.rows < 10\n\tbroken == 1')}`;
const BOUND = `# METADATA
# title: Rows are limited
# custom:
#   owner: tests
#   reason: rows_limited
oblige contains {"id": "bound", "kind": "limit", "limits": {"rows": 50}} if input.action.args.rows > 5
`;
const TIGHT = denialText('tight', 'input.action.args.rows > 5');

let usual: Release;
let tight: Release;
let broken: Release;
let brokenAndTight: Release;
let brokenAndBound: Release;
beforeAll(async () => {
  [usual, tight, broken, brokenAndTight, brokenAndBound] = await Promise.all([
    buildPolicies('1.0.0', { agents }),
    buildPolicies('1.1.0', { agents, compliance: TIGHT }),
    buildPolicies('1.2.0', { agents, compliance: BROKEN }),
    buildPolicies('1.3.0', { agents, compliance: `${BROKEN}\n${TIGHT}` }),
    buildPolicies('1.4.0', { agents, compliance: `${BROKEN}\n${BOUND}` }),
  ]);
});

test('a spare OPA that is killed under a watched release changes no call, and comes back', async () => {
  await using company = await openCompany(usual, { engine: { kind: 'sidecar' } });
  await company.rollout.begin(tight, 'watch', { ...settings, errors_max: 1_000 });
  const spare = company.lanes.find(tight)?.spare;
  const pid = spare?.pid;
  expect(pid).toBeGreaterThan(0);
  process.kill(pid as number, 'SIGKILL');
  expect((await company.call('bot-1')).answer.outcome).toBe('allow');
  await vi.waitFor(async () => {
    expect((await company.call('bot-1')).answer.outcome).toBe('allow');
    const [entry] = await company.recorded(1);
    expect(entry?.answer.metadata.candidate).toMatchObject({ outcome: 'deny', reasons: ['tight'] });
  }, PATIENCE);
  expect(spare?.pid).not.toBe(pid);
});

test('a spare OPA that stays away under a canary of its own takes the canary with it', async () => {
  await using company = await openCompany(usual, { engine: { kind: 'sidecar' } });
  await company.rollout.begin(tight, 'canary', settings);
  const spare = company.lanes.find(tight)?.spare;
  await vi.waitFor(async () => {
    const pid = spare?.pid;
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
    for (const bot of BOTS) await company.call(bot);
    expect(company.rollout.status().trial).toBeNull();
  }, PATIENCE);
  expect(company.stopped).toEqual([{ version: tight.policyVersion, cause: 'errors' }]);
  expect((await company.call('bot-1')).answer).toMatchObject({
    outcome: 'allow',
    metadata: { policy_version: usual.policyVersion },
  });
});

test.each([
  'auto',
  'sidecar',
] as const)('a canary that is stopped in the middle of a call ends it as it began (%s)', async (kind) => {
  await using company = await openCompany(usual, { engine: { kind } });
  await company.rollout.begin(tight, 'canary', settings);
  const { signal } = new AbortController();
  const made = makeContext(makeInput()).call;
  const call = { ...made, principal: { ...made.principal, agentId: 'bot-1' } };
  const described = await company.stages.stages.contextOf(call, signal);
  await company.rollout.stop('Enough.');
  const decision = await company.stages.stages.decide(described, signal);
  expect(decision.answer).toMatchObject({
    outcome: 'deny',
    reasons: ['tight'],
    metadata: { policy_version: tight.policyVersion, bundles: tight.data.bundles },
  });
  expect((await company.call('bot-1')).answer.metadata.policy_version).toBe(usual.policyVersion);
});

test.each([
  'auto',
  'sidecar',
] as const)('a release that everybody has, and that fails, asks for the one before it (%s)', async (kind) => {
  await using company = await openCompany(usual, { engine: { kind } });
  await company.rollout.begin(broken, 'watch', { ...settings, errors_max: 1_000 });
  await company.rollout.promote('everyone');
  await company.rollout.stop('Nothing is on trial.');
  company.releases.activate(usual);
  await company.follows();
  await company.rollout.begin(broken, 'everyone', settings);
  await company.follows();
  await vi.waitFor(async () => {
    for (const bot of BOTS) await company.call(bot, { rows: 2 });
    expect(company.restores).toEqual([usual.policyVersion]);
  }, PATIENCE);
});

test('one that also binds what the one before allows freely is left in place, and an alarm says so', async () => {
  await using company = await openCompany(usual);
  await company.rollout.begin(brokenAndBound, 'everyone', settings);
  await company.follows();
  expect((await company.call('bot-1', { rows: 20 })).answer).toMatchObject({
    outcome: 'allow',
    obligations: expect.arrayContaining([{ kind: 'limit', limits: { rows: 50 } }]),
  });
  await vi.waitFor(async () => {
    for (const bot of BOTS) await company.call(bot, { rows: 2 });
    const { text } = await company.metrics.expose();
    expect(text).toMatch(/^bailiff_rollout_alarms_total 1$/m);
  }, PATIENCE);
  expect(company.restores).toEqual([]);
});

test('a watched release that cannot decide with all the time there is stops by itself', async () => {
  await using company = await openCompany(usual);
  await company.rollout.begin(broken, 'watch', settings);
  await vi.waitFor(async () => {
    for (const bot of BOTS)
      expect((await company.call(bot, { rows: 2 })).answer.outcome, 'nobody is told').toBe('allow');
    expect(company.rollout.status().trial).toBeNull();
  }, PATIENCE);
  expect(company.stopped).toEqual([{ version: broken.policyVersion, cause: 'errors' }]);
});

test('one that also refuses what the one before allows is left in place, and an alarm says so', async () => {
  await using company = await openCompany(usual);
  await company.rollout.begin(brokenAndTight, 'everyone', settings);
  await company.follows();
  expect((await company.call('bot-1', { rows: 20 })).answer.reasons).toEqual(['tight']);
  await vi.waitFor(async () => {
    for (const bot of BOTS) await company.call(bot, { rows: 2 });
    const { text } = await company.metrics.expose();
    expect(text).toMatch(/^bailiff_rollout_alarms_total 1$/m);
  }, PATIENCE);
  expect(company.restores).toEqual([]);
  expect(company.releases.current()).toBe(brokenAndTight);
});

describe('before a release decides', () => {
  test('the engines are compared in a spare OPA, and it decides embedded from its first call on', async () => {
    await using company = await openCompany(usual);
    const { signal } = new AbortController();
    const judgement = await company.engines.judge({ release: tight }, signal);
    expect(judgement).toMatchObject({
      outcome: 'passed',
      detail: expect.stringMatching(/did as OPA in \d+ trials/),
    });
    company.releases.activate(tight);
    const { answer } = await company.call('bot-1', { rows: 20 });
    expect(answer).toMatchObject({ reasons: ['tight'], metadata: { engine: 'embedded' } });
  });

  test('it says what it would decide while its engines are compared, without another OPA', async () => {
    await using company = await openCompany(usual);
    await company.call('bot-1', { rows: 20 });
    const [entry] = await company.recorded(1);
    const { signal } = new AbortController();
    const order: string[] = [];
    const judged = company.engines.judge({ release: tight }, signal).finally(() => order.push('judged'));
    const answers = await company.engines.decideAll(tight, [JSON.stringify(entry?.input)], signal);
    order.push('decided');
    expect(answers).toMatchObject([{ kind: 'decided', outcome: 'deny', reasons: ['tight'] }]);
    expect(await judged).toMatchObject({ outcome: 'passed' });
    expect(order).toEqual(['decided', 'judged']);
  });

  test.each(['auto', 'sidecar'] as const)('it says what it would decide (%s)', async (kind) => {
    await using company = await openCompany(usual, { engine: { kind } });
    await company.call('bot-1', { rows: 20 });
    const [entry] = await company.recorded(1);
    const texts = [JSON.stringify(entry?.input), '{"schema":"none"}', JSON.stringify(entry?.input)];
    const decided = { kind: 'decided', outcome: 'deny', reasons: ['tight'] };
    expect(await company.engines.decideAll(tight, texts, new AbortController().signal)).toMatchObject([
      decided,
      { kind: 'failed' },
      decided,
    ]);
  });

  test('where OPA alone decides there is nothing to compare', async () => {
    await using company = await openCompany(usual, { engine: { kind: 'sidecar' } });
    expect(await company.engines.judge({ release: tight }, new AbortController().signal)).toMatchObject({
      outcome: 'skipped',
      detail: expect.stringContaining('engine.kind is sidecar'),
    });
  });

  test('one that no engine may decide by is not put on trial, and the reason is told', async () => {
    await using company = await openCompany(usual, { engine: { kind: 'embedded' } });
    const rubbish = { ...tight, policyVersion: '9.9.9', bundle: new Uint8Array([1, 2, 3]) };
    await expect(company.rollout.begin(rubbish, 'watch', settings)).rejects.toMatchObject({
      code: 'policy_unavailable',
      detail: expect.stringContaining('engine.kind is embedded'),
    });
    expect(company.releases.candidate()).toBeUndefined();
  });
});
