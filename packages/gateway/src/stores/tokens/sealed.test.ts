import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { KEY_BYTES, seal, unseal } from './sealed.ts';

const PLAIN = Buffer.from('what nobody else reads');

test('what is sealed is opened by its key under its name, and by nothing else', () => {
  const key = randomBytes(KEY_BYTES);
  const sealed = seal(PLAIN, key, 'one');
  expect(Buffer.from(unseal(sealed, key, 'one'))).toEqual(PLAIN);
  expect(() => unseal(sealed, key, 'another')).toThrow();
  expect(() => unseal(sealed, randomBytes(KEY_BYTES), 'one')).toThrow();
});

test('the same is never sealed to the same twice', () => {
  const key = randomBytes(KEY_BYTES);
  const all = Array.from({ length: 100 }, () => Buffer.from(seal(PLAIN, key, 'one')).toString('hex'));
  expect(new Set(all).size).toBe(100);
});
