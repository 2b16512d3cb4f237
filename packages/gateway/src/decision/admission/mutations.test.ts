import type { JsonObject } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { makeInput } from '../testing/context.ts';
import { mutations } from './mutations.ts';

const input = makeInput() as unknown as JsonObject;
const textsOf = (seed: number, count = 50) =>
  [...mutations(input, seed, count)].map((one) => JSON.stringify(one));

test('the same seed gives the same variants, another one others', () => {
  expect(textsOf(7)).toEqual(textsOf(7));
  expect(textsOf(7)).not.toEqual(textsOf(8));
});

test('variants differ from the input and from each other, and leave it as it was', () => {
  const before = JSON.stringify(input);
  const texts = textsOf(7, 200);
  expect(texts).toHaveLength(200);
  expect(new Set(texts).size).toBeGreaterThan(150);
  expect(texts.filter((text) => text === before).length).toBeLessThan(10);
  expect(JSON.stringify(input)).toBe(before);
});

test('keys go, keys come and values become hostile, names of prototypes among them', () => {
  const texts = textsOf(1, 2_000);
  expect(texts.some((text) => !text.includes('"owner_team"'))).toBe(true);
  expect(texts.some((text) => text.includes('"added"'))).toBe(true);
  for (const hostile of ['"__proto__"', '"constructor":', '9007199254740992', '"\\u0000"', '"ﬀ']) {
    expect(
      texts.some((text) => text.includes(hostile)),
      hostile,
    ).toBe(true);
  }
});

test('an empty document has variants like itself', () => {
  expect([...mutations({}, 3, 2)]).toEqual([{}, {}]);
});
