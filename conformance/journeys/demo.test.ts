import { afterAll, beforeAll, expect, test } from 'vitest';
import { lineOf, type Played, playDemo } from '../../examples/acme/demo.ts';
import { tellOutcome } from '../../packages/gateway/src/commands/record/terminal.ts';
import { bearer, openCompany, type RunningCompany } from './gateway.ts';

let company: RunningCompany;
const played: Played[] = [];

beforeAll(async () => {
  // The default, as everybody has it at a first start: OPA decides, and the embedded engine takes over when it may.
  company = await openCompany((same) => ({ ...same, engine: { ...same.engine, kind: 'auto' } }));
  await playDemo(company.gateway.url, (one) => played.push(one));
}, 120_000);
afterAll(() => company?.[Symbol.asyncDispose]());

/** Agents that the script’s task was handed to. */
const SUBAGENTS: readonly string[] = ['planner-bot', 'refund-bot'];

const said = (server: string, tool: string) =>
  played
    .filter(({ step }) => step.server === server && step.tool === tool)
    .map(({ step, outcome, result, reasons }) =>
      `${step.as}: ${outcome} ${result} ${reasons.join(' ')}`.trim(),
    );

test('agents are allowed what policy grants and refused with a reason what it does not', () => {
  expect(said('crm', 'read')).toEqual([
    'support-bot for mara: allow forwarded',
    'support-bot for lee: deny refused data_class_unauthorized_for_user',
  ]);
  expect(said('filesystem', 'read_text_file')[0]).toBe('support-bot for mara: allow forwarded');
  expect(said('filesystem', 'read_text_file')[1]).toMatch(/deny refused path_traversal/);
  expect(said('crm', 'query')).toEqual(['ops-bot for omar: deny refused sql_destructive sql_not_read_only']);
});

test('a refusal names a change that was decided again to be allowed, and that change is allowed', () => {
  const [refused, followed] = played.filter(({ step }) => step.tool === 'export');
  expect(refused?.alternatives).toEqual([{ 'action.args.rows': 50 }]);
  expect(followed?.outcome).toBe('allow');
});

test('what needs a person is held, and names the rule that asks', () => {
  expect(said('payments', 'refund').slice(0, 2)).toEqual([
    'support-bot for mara: allow forwarded',
    'support-bot for mara: approval_required held refund_needs_approval',
  ]);
});

test('a task goes through the agent that plans to the one that does it, and that one is reached no other way', () => {
  expect(said('agents', 'planner')).toEqual(['support-bot for mara: allow forwarded']);
  expect(played.find(({ step }) => step.tool === 'planner')?.detail).toMatch(/^refund_bot: payments: /);
  expect(said('agents', 'refund_bot')).toEqual(['support-bot for mara: deny refused unknown_tool']);
});

test('a tool that policy hides is answered as if it did not exist', () => {
  expect(said('payments', 'refund')[2]).toBe('sales-bot for sven: deny refused unknown_tool');
});

test('whoever may not act at all is told so, each with their own reason', () => {
  expect(said('crm', 'search').slice(0, 2)).toEqual([
    'support-bot for tess: deny refused user_disabled',
    'shadow-bot for mara: deny refused agent_unregistered',
  ]);
});

test('a runaway loop is stopped', () => {
  const loop = said('crm', 'search').slice(2);
  expect(loop.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => 'support-bot for mara: allow forwarded'));
  expect(loop[5]).toBe('support-bot for mara: deny refused runaway_loop');
});

test('a call that takes longer than policy allows is cancelled', () => {
  expect(said('everything', 'trigger-long-running-operation')).toEqual([
    'support-bot for mara: allow failed upstream_timeout',
  ]);
});

test('every call of the script is on the record, in the words in which the demo told it', async () => {
  const response = await fetch(`${company.gateway.url}/v1/decisions?limit=200`, {
    headers: bearer('operator'),
  });
  const { decisions } = (await response.json()) as {
    decisions: { seq: number; agent: string; user: string; outcome: string; result: string }[];
  };
  const recorded = decisions
    .filter(({ result }) => result !== 'answered') // A list: nobody called anything.
    .filter(({ agent }) => !SUBAGENTS.includes(agent)) // Their calls are their own; the script made one of them.
    .sort((a, b) => a.seq - b.seq)
    .map(({ agent, user, outcome, result }) => `${agent} for ${user}: ${outcome} ${result}`);
  expect(recorded).toEqual(played.map(({ step, outcome, result }) => `${step.as}: ${outcome} ${result}`));
  for (const one of played) {
    expect(lineOf(one)).toContain(tellOutcome(one.outcome));
    expect(lineOf(one)).toContain(one.result);
  }
});
