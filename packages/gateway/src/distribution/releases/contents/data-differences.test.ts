import type { Json } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { dataDifferences } from './data-differences.ts';

const differences = (from: Json | undefined, to: Json | undefined) => [
  ...dataDifferences(from, to, 'policy'),
];

test('a value that is another, that came or that went is told with its path', () => {
  expect(
    differences({ rows_max: 50, old: 1, same: [1] }, { rows_max: 100, fresh: { a: 1 }, same: [1] }),
  ).toEqual([
    { kind: 'added', path: 'policy.fresh', to: { a: 1 } },
    { kind: 'removed', path: 'policy.old', from: 1 },
    { kind: 'changed', path: 'policy.rows_max', from: 50, to: 100 },
  ]);
  expect(differences({ a: '1' }, { a: 1 })).toHaveLength(1);
  expect(differences({ a: null }, {})).toEqual([{ kind: 'removed', path: 'policy.a', from: null }]);
  expect(differences({ a: [] }, { a: {} })).toHaveLength(1);
});

test('of a list is told who came and who went, each as often', () => {
  expect(differences({ groups: ['a', 'b'] }, { groups: ['c', 'a', 'a'] })).toEqual([
    { kind: 'members', path: 'policy.groups', added: ['c', 'a'], removed: ['b'] },
  ]);
  expect(differences([1, 2], [2, 1])).toEqual([
    { kind: 'reordered', path: 'policy', from: [1, 2], to: [2, 1] },
  ]);
});

test('elements that have an id or a name are compared one by one, whatever their order', () => {
  const one = { id: 'o-1', agents: ['bot'] };
  const two = { id: 'o-"2"', agents: [] };
  expect(differences([one, two], [two, { ...one, agents: ['bot', 'other'] }])).toEqual([
    { kind: 'members', path: 'policy[id="o-1"].agents', added: ['other'], removed: [] },
  ]);
  expect(differences([one], [one, two])).toEqual([
    { kind: 'added', path: 'policy[id="o-\\"2\\""]', to: two },
  ]);
  expect(differences([{ name: 'a', v: 1 }], [{ name: 'a', v: 2 }])).toEqual([
    { kind: 'changed', path: 'policy[name="a"].v', from: 1, to: 2 },
  ]);
  expect(differences([one, two], [two, one])).toMatchObject([{ kind: 'reordered' }]);
});

test('elements that share an id are members like any others', () => {
  expect(differences([{ id: 'a' }, { id: 'a', b: 1 }], [{ id: 'a' }])).toEqual([
    { kind: 'members', path: 'policy', added: [], removed: [{ id: 'a', b: 1 }] },
  ]);
});

test('the order of keys is no difference', () => {
  expect(differences({ a: [{ x: 1, y: 2 }] }, { a: [{ y: 2, x: 1 }] })).toEqual([]);
});

test('a key that is no plain name stands as JSON, without what hides text or steers a terminal', () => {
  const keys = ['crm.read', 'a"b', '', '\u001b[31m', '\u202e', '\ud800', '😀', '\u{e0001}', '1st'];
  const data: Json = JSON.parse(`{"__proto__": 1, "constructor": 1}`);
  const paths = differences(
    {},
    { ...(data as object), ...Object.fromEntries(keys.map((key) => [key, 1])) },
  ).map(({ path }) => path);
  expect(paths.toSorted()).toEqual(
    [
      ...['policy.constructor', 'policy["crm.read"]', 'policy["a\\"b"]', 'policy[""]', 'policy["1st"]'],
      ...['policy["\\u001b[31m"]', 'policy["\\u202e"]', 'policy["\\ud800"]', 'policy["😀"]'],
      ...['policy["\\udb40\\udc01"]', 'policy.__proto__'],
    ].toSorted(),
  );
});
