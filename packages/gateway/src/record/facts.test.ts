import type { DecisionEntry } from '@bailiff/contract';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { factsOf, wordsOf } from './facts.ts';
import { sampleDecision, sampleRefusal } from './testing/sample-entries.ts';

describe('what a record is found by', () => {
  test('a decision is found by everything that a filter names', () => {
    const facts = factsOf(
      sampleDecision({
        id: 'd-1',
        rules: ['teams.cx.resource.cap'],
        watchedRules: ['compliance.watched'],
        reasons: ['too_many'],
        outcome: 'deny',
      }),
    );
    expect(facts.fields).toEqual(
      expect.arrayContaining([
        ['agent', 'support-bot'],
        ['team', 'cx'],
        ['user', 'mara'],
        ['conversation', 'c-81'],
        ['server', 'crm'],
        ['tool', 'crm.read'],
        ['rule', 'teams.cx.resource.cap'],
        ['rule', 'compliance.watched'],
        ['reason', 'too_many'],
        ['outcome', 'deny'],
        ['policyVersion', '1.4.7+0123456789ab'],
        ['dataClass', 'customer_data'],
      ]),
    );
    expect(facts.counted).toContainEqual(['bundle', 'teams.cx.resource']);
  });

  test('a simulated decision is found and counted nowhere', () => {
    const facts = factsOf(sampleDecision({ id: 'd-1', simulated: true }));
    expect(facts.summary.simulated).toBe(true);
    expect(facts.counted).toEqual([]);
  });

  test('a list is found like a decision and counted apart from decisions', () => {
    const list = { candidates: 3, visible: ['crm.read'] };
    const facts = factsOf({ ...sampleDecision({ id: 'd-1' }), list });
    expect(facts.summary.isList).toBe(true);
    expect(facts.fields).toContainEqual(['agent', 'support-bot']);
    expect(facts.counted).toEqual([['list', 'support-bot']]);
  });

  test('a refusal is found as refused, by its failure and its route', () => {
    const facts = factsOf(sampleRefusal('d-1'));
    expect(facts.fields).toEqual([
      ['outcome', 'refused'],
      ['reason', 'unauthenticated'],
    ]);
    expect([...facts.words]).toEqual(expect.arrayContaining(['post', 'mcp', 'crm', 'credential']));
  });

  test('an input that was refused and may be anything is read without throwing', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('action', 'agent', 'context', 'user'), fc.jsonValue()),
        (input) => {
          const facts = factsOf({ ...sampleDecision({ id: 'd-1' }), input } as DecisionEntry);
          expect(facts.summary.agent).toBe('support-bot');
        },
      ),
    );
  });
});

describe('words', () => {
  test.each([
    ['Refund #4711 to Müller!', ['refund', '4711', 'to', 'müller']],
    ['snake_case file:///srv/a.txt', ['snake_case', 'file', 'srv', 'a', 'txt']],
    ['ﬁne ＡＢＣ', ['fine', 'abc']],
  ])('of %j are %j', (text, words) => {
    expect([...wordsOf([text])]).toEqual(words);
  });

  test('of one record are bounded', () => {
    const texts = Array.from({ length: 10_000 }, (_, number) => `word${number}`);
    expect(wordsOf(texts).size).toBe(256);
    expect([...wordsOf(['x'.repeat(1_000_000)])].join('')).toHaveLength(16_384);
  });
});

test('an override that lifted an objection is what a record is found and counted by; one that was refused is not', () => {
  const entry = sampleDecision({ id: 'd-1' });
  const used = (id: string, status: 'used' | 'refused') => ({
    id,
    lifts: [],
    status,
    ticket: '',
    expires_at: 1,
  });
  const overrides = [used('o-1', 'used'), used('o-2', 'used'), used('o-3', 'refused')];
  const answer = {
    ...entry.answer,
    metadata: { ...entry.answer.metadata, overrides },
  } as typeof entry.answer;
  const { fields, counted } = factsOf({ ...entry, answer });
  expect(fields.filter(([name]) => name === 'override').map(([, id]) => id)).toEqual(['o-1', 'o-2']);
  expect(counted.filter(([name]) => name === 'override').map(([, id]) => id)).toEqual(['o-1', 'o-2']);
  expect(counted).toContainEqual(['overrides_used', '2']);
  expect(factsOf(entry).counted.map(([name]) => name)).not.toContain('overrides_used');
});
