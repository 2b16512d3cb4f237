import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { toLower, toUpper } from './letter-case.ts';
import { quote } from './quote.ts';

/** Every code point but surrogates, as Go 1.26 (Unicode 15.0) turns it. */
const CODE_POINTS = Array.from({ length: 0x110000 }, (_, codePoint) => codePoint)
  .filter((codePoint) => codePoint < 0xd800 || codePoint > 0xdfff)
  .map((codePoint) => String.fromCodePoint(codePoint))
  .join('');

test.each([
  ['lower case', toLower, '137590953b837f1ec8b7c02b3a0425d0'],
  ['upper case', toUpper, 'e53032f7945c39d39df0f06015707fcf'],
  ['quotes', (text: string) => quote(text), '588091fc2d5616828ae526e3c3e1fcbf'],
] as const)('every code point has the %s that Go gives it', (_name, turn, hash) => {
  expect(createHash('sha256').update(turn(CODE_POINTS)).digest('hex').slice(0, 32)).toBe(hash);
});

test('a text is turned code point by code point, whatever stands around it', () => {
  expect(toLower('ΑΣ')).toBe('ας'.replace('ς', 'σ'));
  expect(toUpper('straße')).toBe('STRAßE');
});
