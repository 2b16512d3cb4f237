import type { Input, Suggestion } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { targetFacts } from '../../context/target-facts.ts';
import { makeContext, makeInput } from '../testing/context.ts';
import { makeRelease } from '../testing/release.ts';
import { changedInput } from './changed-input.ts';

const release = makeRelease('1');
const change = (changes: Suggestion['change'], action: Partial<Input['action']> = {}) =>
  changedInput(makeContext(makeInput(action), release), changes, release)?.action;

const MODEL_CALL = {
  type: 'model_call',
  target: { kind: 'model', id: 'x' },
  model: 'x',
  region: 'us-east',
} as const;

test('sets arguments, nested ones too, and leaves the rest', () => {
  const args = { rows: 500, filter: { age: 1, 'a-b': [1] } };
  expect(
    change({ 'action.args.rows': 50, 'action.args.filter.age': 2, 'action.args.new.deep': true }, { args }),
  ).toEqual({
    ...makeInput().action,
    args: { rows: 50, filter: { age: 2, 'a-b': [1] }, new: { deep: true } },
  });
});

test('describes another model as its own call would be described', () => {
  const target = { kind: 'model', id: 'onprem-70b' } as const;
  const facts = targetFacts(release.catalogue, { target, server: '', toolName: '' });
  expect(facts.isListed).toBe(true);
  expect(change({ 'action.model': 'onprem-70b' }, MODEL_CALL)).toMatchObject({
    target,
    model: 'onprem-70b',
    provider: 'own',
    region: 'eu-west',
    effects: facts.effects,
    blast_radius: facts.blastRadius,
  });
});

test('sets keys that objects inherit as what they are: keys', () => {
  const action = change({ 'action.args.__proto__.rows': 50 });
  expect(JSON.stringify(action?.args)).toBe('{"id":7,"rows":20,"__proto__":{"rows":50}}');
  expect(({} as Record<string, unknown>).rows).toBeUndefined();
});

test.each<[string, Suggestion['change'], Partial<Input['action']>]>([
  ['changes nothing', { 'action.args.rows': 20 }, {}],
  ['changes no model where there is none', { 'action.model': 'onprem-70b' }, {}],
  ['names a model that the catalogue lacks', { 'action.model': 'constructor' }, MODEL_CALL],
  ['changes what the agent cannot', { 'action.region': 'eu-west' }, {}],
  ['changes what policy worked out', { 'action.data_classes_referenced': [] }, {}],
  ['replaces all arguments', { 'action.args': {} }, {}],
  ['reaches into a list', { 'action.args.list.0': 1 }, { args: { list: [2] } }],
  ['reaches into a text', { 'action.args.rows.max': 1 }, { args: { rows: 'x' } }],
  ['changes an argument that names data classes', { 'action.args.table': 'leads' }, {}],
  ['applies in part only', { 'action.args.rows': 50, 'action.region': 'eu-west' }, {}],
])('is none where it %s', (_what, changes, action) => expect(change(changes, action)).toBeUndefined());
