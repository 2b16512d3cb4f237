import type { Activation } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { releaseBefore } from './release-before.ts';

const line = (...steps: readonly (readonly [string, Activation['kind']])[]): Activation[] =>
  steps.map(([policy_version, kind]) => ({ policy_version, kind, at: '', by: '', reason: '' }));

test('is the one that decided before', () => {
  expect(releaseBefore(line(['a', 'delivered'], ['b', 'delivered']), 'b')).toBe('a');
  expect(releaseBefore(line(['a', 'delivered'], ['b', 'delivered'], ['c', 'promoted']), 'c')).toBe('b');
  expect(releaseBefore(line(['a', 'delivered']), 'a')).toBeUndefined();
  expect(releaseBefore([], undefined)).toBeUndefined();
});

test('is never one that was gone back from, however often one goes back', () => {
  const back = line(['a', 'delivered'], ['b', 'delivered'], ['c', 'delivered'], ['b', 'rolled_back']);
  expect(releaseBefore(back, 'b')).toBe('a');
  expect(releaseBefore([...back, ...line(['a', 'rolled_back'])], 'a')).toBeUndefined();
  expect(releaseBefore([...back, ...line(['d', 'delivered'])], 'd')).toBe('b');
});

test('is the one gone back to, after what was taken back was promoted again', () => {
  const again = line(['a', 'delivered'], ['b', 'delivered'], ['a', 'rolled_back'], ['b', 'promoted']);
  expect(releaseBefore(again, 'b')).toBe('a');
});

test('of a rollback to one that is no longer remembered, nothing is before', () => {
  expect(releaseBefore(line(['b', 'delivered'], ['z', 'rolled_back']), 'z')).toBeUndefined();
});
