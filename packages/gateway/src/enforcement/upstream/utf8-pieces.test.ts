import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { areUtf8 } from './utf8-pieces.ts';

const text = fc.string({ unit: 'binary', maxLength: 12 }).map((drawn) => new TextEncoder().encode(drawn));
/** Characters cut short, too long, of surrogates or beyond the last, beside good ones. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 6 }),
  text,
  fc.constantFrom(
    ...[[0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82], [0xf0], [0x80]].map((one) =>
      Uint8Array.from(one),
    ),
  ),
);

test('pieces are judged as the whole is, wherever they are cut', () => {
  fc.assert(
    fc.property(
      fc.array(bytes, { maxLength: 5 }),
      fc.array(fc.nat({ max: 5 }), { maxLength: 12 }),
      (parts, sizes) => {
        const whole = Buffer.concat(parts);
        const pieces: Buffer[] = [];
        let at = 0;
        for (const size of sizes) {
          pieces.push(whole.subarray(at, at + size));
          at = Math.min(at + size, whole.length);
        }
        pieces.push(whole.subarray(at));
        expect(areUtf8(pieces)).toBe(isUtf8(whole));
      },
    ),
    { numRuns: 20_000 },
  );
});
