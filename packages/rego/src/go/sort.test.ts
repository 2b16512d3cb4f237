import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import { goSorted } from './sort.ts';

const LENGTHS = [0, 1, 12, 13, 20, 49, 50, 51, 100, 333, 1000];

/** Keys that make every pivot a bad one: decided while they are compared, as late as can be. */
function worstKeys(length: number): readonly number[] {
  const keys = Array<number>(length).fill(length);
  let [decided, candidate] = [0, 0];
  goSorted([...keys.keys()], (left, right) => {
    if (keys[left] === length && keys[right] === length) keys[left === candidate ? left : right] = decided++;
    if (keys[left] === length) candidate = left;
    else if (keys[right] === length) candidate = right;
    return (keys[left] ?? 0) - (keys[right] ?? 0);
  });
  return keys.map((key) => key >> 1);
}

/** The positions that elements with these keys had, in the order that they are sorted to. */
function orderOf(keys: readonly number[]): readonly number[] {
  return goSorted([...keys.keys()], (left, right) => (keys[left] ?? 0) - (keys[right] ?? 0));
}

const orders = (arrays: readonly (readonly number[])[]): string =>
  hash('sha256', JSON.stringify(arrays.map(orderOf))).slice(0, 32);

type KeyAt = (index: number, length: number) => number;

// Recorded from slices.SortFunc of Go 1.26.8, with which OPA 1.22.2 is built.
test.each<readonly [name: string, keyAt: KeyAt, recorded: string]>([
  ['scattered', (index, length) => ((index * 7919) % length) >> 1, '4843dd9cbbf4537bede0217d886ba292'],
  ['ascending', (index) => index >> 1, 'd1436a5e1cf9cbf48cb2db07bb430cfb'],
  ['descending', (index, length) => (length - index) >> 1, '8fce8691aaca9eceefd3f698d2a1e361'],
  [
    'ascending but for a few',
    (index, length) => (index % 37 === 5 ? length - index : index >> 1),
    'b44c7f41d9c9f6acdae4bf4c0d68bc77',
  ],
  ['in teeth', (index) => index % 7, '0b5f1e8de1aeaf80de94df91adf906f3'],
  [
    'rising and falling',
    (index, length) => Math.min(index, length - index),
    'aca2a50a85670e64d730457deab4d0e2',
  ],
  ['all equal', () => 0, 'd1436a5e1cf9cbf48cb2db07bb430cfb'],
])('equal elements come in the order of Go’s sort where keys are %s', (_name, keyAt, recorded) => {
  const arrays = LENGTHS.map((length) => Array.from({ length }, (_, index) => keyAt(index, length)));
  expect(orders(arrays)).toBe(recorded);
});

test('equal elements come in the order of Go’s sort where it gives up partitioning', () => {
  const arrays = LENGTHS.map(worstKeys);
  // What was sorted in Go, too: the keys come of the sort itself.
  expect(hash('sha256', JSON.stringify(arrays)).slice(0, 32)).toBe('431297cd714171b71a01001a09bf0cb7');
  expect(orders(arrays)).toBe('e114019696569616db13027150158d16');
});
