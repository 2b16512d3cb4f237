import type { DataClassSource, DeniedScope, KernelAnswer } from '@bailiff/contract';
import { describe, expect, test } from 'vitest';
import { makeRelease, makeRule } from '../testing/release.ts';
import { type Decided, decisiveRules, deniedScope, mayPass } from './decisive-rules.ts';

type Matched = KernelAnswer['metadata']['rules'][number];

const matched = (rule: string, effect: Matched['effect'] = 'deny'): Matched => ({
  rule,
  effect,
  title: '',
  owner: '',
  reason: 'x',
  remediation: '',
  appeal_path: '',
});

const refusal = (
  resolution: number,
  rules: readonly Matched[],
  overrides: Decided['metadata']['overrides'] = [],
): Decided => ({
  outcome: resolution === 6 ? 'approval_required' : 'deny',
  reasons: ['x'],
  metadata: { resolution, rules: [...rules], overrides },
});

const override = (status: 'used' | 'refused', ...lifts: string[]) => ({
  id: 'o',
  lifts,
  status,
  ticket: 'T',
  expires_at: 1,
});

describe('decisive are', () => {
  const release = makeRelease('1', {
    'a.one': {},
    'a.two': {},
    'a.asks': { kind: 'require_approval' },
    'a.grants': { kind: 'allow' },
  });
  const all = [
    matched('a.one'),
    matched('a.two'),
    matched('a.asks', 'require_approval'),
    matched('a.grants', 'allow'),
  ];

  test.each<[string, Decided, readonly string[], readonly string[]]>([
    [
      'all denials where one is final',
      refusal(2, all, [override('refused', 'a.one')]),
      [],
      ['a.one', 'a.two'],
    ],
    ['denials that no override lifts', refusal(3, all, [override('used', 'a.one')]), [], ['a.two']],
    ['the rules that ask', refusal(6, all), [], ['a.asks']],
    ['the rules that still ask', refusal(6, all), ['a.asks'], []],
    ['none where nothing grants', refusal(4, all), [], []],
    ['none where policy failed', refusal(1, all), [], []],
    ['none of the rules that the release does not know', refusal(2, [matched('b.unknown')]), [], []],
  ])('%s', (_what, answer, approved, expected) => {
    expect(decisiveRules(answer, release, approved).map(({ id }) => id)).toEqual(expected);
  });
});

describe('denied is', () => {
  const scopeOf = (reads: readonly string[][], sources: readonly DataClassSource['source'][] = []) => {
    const rules = reads.map((paths, index) => makeRule(`a.r${index}`, { reads: paths }));
    const dataClassSources = sources.map((source) => ({ class: 'customer_data', source }));
    return deniedScope(refusal(2, []), rules, { dataClassSources });
  };

  test.each<[DeniedScope, string[][]]>([
    [
      'this_agent',
      [
        [
          'input.agent.id',
          'input.user.groups',
          'input.session.auth_method',
          'input.environment.time_s',
          'data.policy.identity.agents',
        ],
      ],
    ],
    ['this_agent', [['data.policy.identity.frozen']]],
    ['this_conversation', [['input.context.turn_count']]],
    ['this_conversation', [['input.usage', 'input.action.tool']]],
    ['this_tool', [['input.action.tool', 'input.user.id']]],
    ['this_tool', [['input.action.region', 'input.action.effects']]],
    ['this_call', [['input.action.args.rows', 'input.context.turn_count']]],
    ['this_call', [['input.action.estimated_tokens']]],
    ['this_call', [['input.action']]],
    ['this_call', [['input']]],
    ['this_call', [['input.result.text']]],
    ['this_call', []],
  ])('%s for a rule on %j', (expected, reads) => expect(scopeOf(reads)).toBe(expected));

  test('the broadest of what several rules say', () => {
    expect(scopeOf([['input.action.args.rows'], ['input.action.tool']])).toBe('this_tool');
    expect(scopeOf([['input.agent.id'], ['input.context.turn_count'], ['input']])).toBe('this_agent');
  });

  test.each<[DeniedScope, readonly DataClassSource['source'][]]>([
    ['this_tool', ['server', 'tool', 'resource', 'model']],
    ['this_conversation', ['tool', 'conversation']],
    ['this_call', ['tool', 'argument']],
    ['this_call', ['caller', 'conversation']],
  ])('%s for a rule on data classes that come from %j', (expected, sources) =>
    expect(scopeOf([['input.action.data_classes_referenced', 'input.user.groups']], sources)).toBe(expected));

  test.each<[DeniedScope, readonly string[]]>([
    ['this_agent', ['no_grant_who', 'no_grant_what']],
    ['this_agent', ['agent_version_not_in_release']],
    ['this_tool', ['no_grant_what']],
    ['this_tool', ['outside_capabilities']],
  ])('%s where the kernel says %j', (expected, reasons) =>
    expect(deniedScope({ ...refusal(4, []), reasons: [...reasons] }, [], { dataClassSources: [] })).toBe(
      expected,
    ));
});

describe('the same call may pass later', () => {
  const rulesOn = (...reads: string[][]) =>
    reads.map((paths, index) => makeRule(`a.r${index}`, { reads: paths }));

  test.each<[boolean, string[][]]>([
    [true, [['input.environment.weekday', 'input.user.groups']]],
    [true, [['input.usage.agent-weekly-tokens.remaining']]],
    [false, [['input.environment.weekday'], ['input.user.groups']]],
    [false, [['input.environment.is_production']]],
    [false, [['input.context.turn_count']]],
    [false, []],
  ])('%s: %j', (expected, reads) => expect(mayPass(refusal(2, []), rulesOn(...reads))).toBe(expected));

  test('but never of another version of the agent', () => {
    const reasons = ['agent_version_not_in_release'];
    expect(mayPass({ ...refusal(2, []), reasons }, rulesOn(['input.environment.weekday']))).toBe(false);
  });
  test('when policy itself failed, which may be mended', () =>
    expect(mayPass(refusal(1, []), [])).toBe(true));
  test('but not by waiting for an approval that cannot be given', () =>
    expect(mayPass(refusal(6, []), rulesOn(['input.usage']))).toBe(false));
});
