import { Answer, type Release } from '@bailiff/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeContext, makeInput } from '../testing/context.ts';
import { deciderOf, type RunningOpa, runOpa } from '../testing/decider.ts';
import { buildPolicies } from '../testing/policies.ts';
import { principalRefusal } from './principal-refusal.ts';

let release: Release;
let opa: RunningOpa;

beforeAll(async () => {
  release = await buildPolicies('1.0.0');
  opa = await runOpa(release.bundle);
});
afterAll(() => opa[Symbol.asyncDispose]());

async function answerTo(agentId: string, tool: string, args: Record<string, number>): Promise<Answer> {
  const target = { kind: 'tool', id: `crm.${tool}` } as const;
  const agent = { ...makeInput().agent, id: agentId };
  const input = makeInput({ tool: target.id, tool_name: tool, target, args }, { agent });
  const { decide } = deciderOf(opa.sidecar, [release]);
  return (await decide(makeContext(input, release), AbortSignal.timeout(10_000))).answer;
}

test('a refusal of the principal is the same for every tool, existing or not, and for all arguments', async () => {
  const answers = [
    await answerTo('shadow-bot', 'read', {}),
    await answerTo('shadow-bot', 'read', { rows: 5_000 }),
    await answerTo('shadow-bot', 'secret', {}),
    await answerTo('shadow-bot', 'no_such_tool', {}),
  ];
  expect(new Set(answers.map(({ metadata }) => metadata.matched_rules.length)).size).toBeGreaterThan(1);

  const refusals = answers.map((answer) => {
    const refusal = principalRefusal(answer, release);
    expect(refusal && Answer.parse(refusal)).toEqual(refusal);
    return refusal && { ...refusal, metadata: { ...refusal.metadata, latency_ms: 0 } };
  });
  for (const refusal of refusals) expect(refusal).toEqual(refusals[0]);
  expect(refusals[0]).toMatchObject({
    outcome: 'deny',
    reasons: ['agent_unregistered'],
    message: 'The agent is not registered.',
    denied_scope: 'this_agent',
    alternatives: [],
    metadata: {
      matched_rules: ['identity.unregistered'],
      resolution: 2,
      appeal_path: 'https://tickets.example/identity',
      audit_required: true,
    },
  });
  expect(refusals[0]).not.toHaveProperty('remediation');
});

test('an agent’s version outside the release refuses the principal, whatever else is said of the call', async () => {
  const answer = await answerTo('support-bot', 'read', { rows: 5_000 });
  const reasons = ['agent_version_not_in_release', ...answer.reasons];
  const ofVersion = Answer.parse({ ...answer, reasons, metadata: { ...answer.metadata, resolution: 2 } });
  const refusal = principalRefusal(ofVersion, release);
  expect(refusal && Answer.parse(refusal)).toEqual(refusal);
  expect(refusal).toMatchObject({
    reasons: ['agent_version_not_in_release'],
    message: 'This version of the agent is not part of the release that decides.',
    denied_scope: 'this_agent',
    retryable: false,
    alternatives: [],
    metadata: { matched_rules: [], rules: [], resolution: 2, appeal_path: '' },
  });
  const stranger = await answerTo('shadow-bot', 'read', {});
  const both = Answer.parse({ ...stranger, reasons: ['agent_version_not_in_release', ...stranger.reasons] });
  expect(principalRefusal(both, release)).toMatchObject({
    reasons: ['agent_version_not_in_release', 'agent_unregistered'],
    message: 'This version of the agent is not part of the release that decides.',
  });
});

test.each([
  ['an allow', 'read', {}],
  ['a denial of the call', 'read', { rows: 5_000 }],
  ['a denial that nothing grants', 'secret', {}],
  ['a refusal for want of a decision', 'read', { amount: Number.NaN }],
])('%s holds none', async (_what, tool, args) => {
  expect(principalRefusal(await answerTo('support-bot', tool, args), release)).toBeUndefined();
});
