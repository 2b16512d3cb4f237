import type { DecisionEntry, ReleaseRule } from '@bailiff/contract';
import { describe, expect, test } from 'vitest';
import { decisionEntry, denial, permission, releaseOf } from '../testing/control-server.ts';
import { viewOf } from './decision-view.ts';
import { hidesTarget } from './hidden-target.ts';

const ABOUT = { agent: 'support-bot', user: 'mara' };
const rules = (...reads: string[]): ReadonlyMap<string, ReleaseRule> => releaseOf(reads).rules;
const denied = decisionEntry(denial('D'), ABOUT);

function atRow(entry: DecisionEntry, resolution: number): DecisionEntry {
  const { answer } = entry;
  if (answer.outcome !== 'deny') return entry;
  return { ...entry, answer: { ...answer, metadata: { ...answer.metadata, rules: [], resolution } } };
}

describe('a denied tool call', () => {
  test.each([
    ['the arguments', ['input.action.tool', 'input.action.args.rows'], false],
    ['all of the action', ['input.action'], false],
    ['everything', ['input'], false],
    ['the conversation', ['input.context.turn_count'], false],
    ['budgets', ['input.usage'], false],
    ['the caller alone', ['input.agent.id', 'input.user', 'data.policy.identity.users'], false],
    ['nothing', [], false],
    ['the target', ['input.action.tool', 'input.user.groups'], true],
    ['a path that only begins alike', ['input.contextual'], true],
  ])('by a rule that reads %s tells of its target accordingly', (_what, reads, hidden) =>
    expect(hidesTarget(denied, rules(...reads))).toBe(hidden));

  test('by a rule that the release does not know tells nothing', () =>
    expect(hidesTarget(denied, new Map())).toBe(true));

  test('without a grant tells nothing', () => {
    expect(hidesTarget(atRow(denied, 4), rules())).toBe(true);
    expect(hidesTarget(atRow(denied, 1), rules())).toBe(false); // could not decide: that is told
  });

  test('through the decision API, whose caller knows its tools, tells its reasons', () =>
    expect(hidesTarget(decisionEntry(denial('D'), ABOUT, 'decision_api/v1'), new Map())).toBe(false));

  test('that was allowed has nothing to hide', () =>
    expect(hidesTarget(decisionEntry(permission('D'), ABOUT), new Map())).toBe(false));

  test('is viewed in the same words as a tool that is not there', () => {
    const hidden = viewOf([denied], new Map());
    const absent = viewOf(
      [
        {
          schema: 'bailiff/record/v1',
          kind: 'refusal',
          decision_id: 'D',
          at: denied.at,
          principal: denied.principal,
          failure: 'unknown_tool',
          detail: 'Unknown tool',
          route: 'POST /mcp/crm',
        },
      ],
      new Map(),
    );
    expect(hidden).toEqual(absent);
    expect(hidden).toMatchObject({
      outcome: 'deny',
      reasons: ['unknown_tool'],
      alternatives: [],
      remediation: '',
    });
  });
});
