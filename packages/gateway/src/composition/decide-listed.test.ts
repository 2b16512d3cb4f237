import type { ListContext, Release } from '@bailiff/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeListContext } from '../decision/testing/context.ts';
import { deciderOf, type RunningOpa, runOpa } from '../decision/testing/decider.ts';
import { buildPolicies } from '../decision/testing/policies.ts';
import { decideListed } from './decide-listed.ts';

let release: Release;
let opa: RunningOpa;

beforeAll(async () => {
  release = await buildPolicies('1.0.0');
  opa = await runOpa(release.bundle);
});
afterAll(() => opa[Symbol.asyncDispose]());

function listOf(agentId: string, by: Release, ids: readonly string[] = []): ListContext {
  const list = makeListContext(ids, by);
  const { agent, action } = list.input;
  const target = { kind: 'tool', id: 'crm.*' } as const;
  return {
    ...list,
    input: {
      ...list.input,
      agent: { ...agent, id: agentId },
      action: { ...action, target, tool: '', tool_name: '' },
    },
  };
}

function decided(agentId: string, by: Release, { engine = opa.sidecar, ids = [] as string[] } = {}) {
  const releases = { current: () => by, accepts: () => by };
  const decider = deciderOf(engine, [by]);
  return decideListed(listOf(agentId, by, ids), { decider, releases }, AbortSignal.timeout(10_000));
}

test('whoever may act opens a session, though nothing grants everything', async () => {
  expect((await decided('support-bot', release)).answer).toMatchObject({ outcome: 'allow' });
});

test('a principal that is refused as such opens none, and learns only that', async () => {
  const decision = await decided('shadow-bot', release);
  expect(decision).toMatchObject({
    answer: { outcome: 'deny', reasons: ['agent_unregistered'], denied_scope: 'this_agent' },
    disclosure: 'principal',
    visible: [],
  });
});

test('it is refused a list in place of an empty one, and nobody else is', async () => {
  const ids = ['read', 'purge'];
  const decision = await decided('shadow-bot', release, { ids });
  expect(decision).toMatchObject({
    answer: { outcome: 'deny', reasons: ['agent_unregistered'], denied_scope: 'this_agent' },
    disclosure: 'principal',
    visible: [],
  });
  expect(await decided('support-bot', release, { ids })).toMatchObject({ answer: { outcome: 'allow' } });
  const nothing = await decided('support-bot', release, { ids: ['secret'] });
  expect(nothing, 'to whom nothing is granted').toMatchObject({ answer: { outcome: 'allow' }, visible: [] });
});

const overridden = (overridable: boolean): Release => {
  const override = {
    id: 'o-1',
    lifts: ['identity.unregistered'],
    scope: { tools: ['crm.read'] },
    not_before: 0,
    expires_at: 4_000_000_000,
    justification: 'A migration that runs under a name of its own.',
    ticket: 'T-1',
    requested_by: 'ida',
    approved_by: ['mara'],
  };
  const rules = [...release.rules].map(([id, rule]) => [id, { ...rule, overridable }] as const);
  return { ...release, rules: new Map(rules), data: { ...release.data, overrides: [override] } };
};

test('an override that may lift the refusal for one call leaves it to the calls', async () => {
  expect((await decided('shadow-bot', overridden(true))).answer.outcome).toBe('allow');
  expect((await decided('shadow-bot', overridden(false))).answer.outcome).toBe('deny');
});

test('nobody opens one while nothing can be decided', async () => {
  const broken = {
    name: 'sidecar',
    evaluate: async () => ({
      kind: 'failed',
      code: 'policy_unavailable',
      cause: undefined,
      locations: [],
    }),
  } as unknown as RunningOpa['sidecar'];
  expect((await decided('support-bot', release, { engine: broken })).answer).toMatchObject({
    outcome: 'deny',
    reasons: ['policy_unavailable'],
  });
});
