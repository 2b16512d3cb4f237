import type { Release } from '@bailiff/contract';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { buildPolicies, denialText } from '../../decision/testing/policies.ts';
import { type Company, openCompany } from './testing/open-company.ts';

const agents = Object.fromEntries(
  Array.from({ length: 40 }, (_, index) => [
    `bot-${index}`,
    { scope: 'support', owner_team: index < 20 ? 'cx' : 'ops' },
  ]),
);
const settings = {
  canary: { share: 0, teams: ['ops'] },
  denial_band: { above: 0.1, agents_min: 5 },
  errors_max: 3,
};
const BROKEN = `broken := value if some value in [1, 2]\n${denialText('broken', 'broken == 1')}`;
const PATIENCE = { timeout: 20_000, interval: 20 };

let usual: Release;
let tighter: Release;
let broken: Release;
beforeAll(async () => {
  [usual, tighter, broken] = await Promise.all([
    buildPolicies('1.0.0', { agents }),
    buildPolicies('1.1.0', { agents, compliance: denialText('tight', 'input.action.args.rows > 5') }),
    buildPolicies('1.2.0', { agents, compliance: BROKEN }),
  ]);
});

const KINDS = ['auto', 'sidecar', 'embedded'] as const;

describe.each(KINDS)('a release climbs the ladder, with engine %s', (kind) => {
  let company: Company;
  beforeAll(async () => {
    company = await openCompany(usual, { engine: { kind } });
  });
  afterAll(() => company[Symbol.asyncDispose]());

  test('watched, its would-be denials are on record and nobody is told of them', async () => {
    await company.rollout.begin(tighter, 'watch', settings);
    const { answer } = await company.call('bot-30', { rows: 20 });
    expect(answer).toMatchObject({ outcome: 'allow', metadata: { policy_version: usual.policyVersion } });
    expect(answer.metadata).not.toHaveProperty('candidate');
    const [entry] = await company.recorded(1);
    expect(entry?.answer).toMatchObject({
      outcome: 'allow',
      metadata: {
        policy_version: usual.policyVersion,
        candidate: {
          policy_version: tighter.policyVersion,
          stage: 'watch',
          outcome: 'deny',
          reasons: ['tight'],
          matched_rules: expect.arrayContaining(['compliance.tight']),
          differs: true,
        },
      },
    });
    await company.call('bot-30', { rows: 2 });
    const [same] = await company.recorded(1);
    expect(same?.answer.metadata.candidate).toMatchObject({ outcome: 'allow', differs: false });
    expect(company.rollout.status().trial).toMatchObject({
      stage: 'watch',
      calls: 2,
      differing: 1,
      errors: 0,
    });
    const { text } = await company.metrics.expose();
    expect(text).toContain('bailiff_candidate_decisions_total{differs="true"} 1');
    expect(text).toContain('bailiff_release_candidate{stage="watch"} 1');
  });

  test('in its canary it decides for the teams that are named, calls and lists, and for nobody else', async () => {
    await company.rollout.promote('canary');
    const covered = await company.call('bot-30', { rows: 20 });
    expect(covered.answer).toMatchObject({
      outcome: 'deny',
      reasons: ['tight'],
      metadata: { policy_version: tighter.policyVersion, bundles: tighter.data.bundles },
    });
    const [entry] = await company.recorded(1);
    expect(entry?.release_digest).toBe(tighter.digest);
    expect(entry?.answer.metadata.candidate).toMatchObject({ stage: 'canary', differs: null });
    expect((await company.call('bot-3', { rows: 20 })).answer).toMatchObject({
      outcome: 'allow',
      metadata: { policy_version: usual.policyVersion },
    });
    const versionOf = async (agent: string) => (await company.list(agent)).answer.metadata.policy_version;
    expect([await versionOf('bot-30'), await versionOf('bot-3')]).toEqual([
      tighter.policyVersion,
      usual.policyVersion,
    ]);
  });

  test('promoted to everyone it decides at once, without a call that could not be decided', async () => {
    await company.rollout.promote('everyone');
    expect(company.releases.current()).toBe(tighter);
    for (let turn = 0; turn < 20; turn++)
      expect((await company.call('bot-3', { rows: 20 })).answer.reasons).toEqual(['tight']);
    expect(company.rollout.status()).toMatchObject({
      trial: null,
      window: { policy_version: tighter.policyVersion, previous: usual.policyVersion, errors: 0 },
    });
    await company.follows();
  });

  test('one whose rule is broken stops by itself, and its agents are back on the active release', async () => {
    await company.rollout.begin(broken, 'canary', settings);
    const first = await company.call('bot-30', { rows: 2 });
    expect(first.answer).toMatchObject({ outcome: 'deny', reasons: ['policy_unavailable'] });
    let turn = 30;
    await vi.waitFor(async () => {
      turn = turn === 39 ? 31 : turn + 1;
      await company.call(`bot-${turn}`, { rows: 2 });
      expect(company.rollout.status().trial).toBeNull();
    }, PATIENCE);
    expect(company.stopped).toEqual([{ version: broken.policyVersion, cause: 'errors' }]);
    expect((await company.call('bot-30', { rows: 2 })).answer).toMatchObject({
      outcome: 'allow',
      metadata: { policy_version: tighter.policyVersion },
    });
    expect((await company.metrics.expose()).text).toContain(
      'bailiff_rollout_stopped_total{reason="errors"} 1',
    );
  });
});
