import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ObjectScanner, SCANNED_MEMBERS_MAX } from './object-scanner.ts';

const DEPTH_MAX = 8;

/** Scans bytes in pieces that are cut where `cuts` say, each at an address of its own. */
function scanned(bytes: Uint8Array, cuts: readonly number[] = []) {
  const scanner = new ObjectScanner({ depthMax: DEPTH_MAX });
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  at.slice(1).forEach((end, index) => {
    const shifted = new Uint8Array(end - (at[index] ?? 0) + (index % 4));
    shifted.set(bytes.subarray(at[index], end), index % 4);
    scanner.scan(shifted.subarray(index % 4));
  });
  return scanner;
}

function isObjectText(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

const encoded = (text: string) => new TextEncoder().encode(text);
const object = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 6 });
const cuts = fc.array(fc.nat(), { maxLength: 6 });

test('takes every object that is written as JSON, however it comes in', () => {
  fc.assert(
    fc.property(object, cuts, fc.constantFrom(0, 1, 4), (value, where, indent) => {
      const text = JSON.stringify(value, undefined, indent).replaceAll('\n', ' \r\n\t');
      expect(scanned(encoded(` ${text}\n`), where).isWhole).toBe(isObjectText(text));
    }),
    { numRuns: 2_000 },
  );
});

/** What a hostile or broken server may write in the place of any byte. */
const BYTES = '{}[]":,\\/ \n\r\t\u0000\u000b\u001f-+.eE0129truefalsnu\u0075d8\u007f\ufeff\'';

test('takes nothing that JSON.parse does not, and all that it takes, after any change', () => {
  const change = fc.record({ at: fc.nat(), with: fc.constantFrom(...BYTES, ''), drop: fc.nat({ max: 2 }) });
  fc.assert(
    fc.property(object, fc.array(change, { minLength: 1, maxLength: 3 }), cuts, (value, changes, where) => {
      let text = JSON.stringify(value);
      for (const { at, with: inserted, drop } of changes) {
        const place = at % (text.length + 1);
        text = text.slice(0, place) + inserted + text.slice(place + drop);
      }
      fc.pre(text.isWellFormed());
      expect(scanned(encoded(text), where).isWhole).toBe(isObjectText(text));
    }),
    { numRuns: 20_000 },
  );
});

test.each([
  ...['0', '-0', '0.5', '1e5', '1E+5', '-1.5e-10', '9007199254740993', '1e400'],
  ...[
    '01',
    '-',
    '+1',
    '.5',
    '1.',
    '1e',
    '1e+',
    '0x1',
    '1_000',
    'NaN',
    'Infinity',
    '-Infinity',
    '--1',
    '1.e1',
  ],
  ...['true', 'false', 'null', 'True', 'tru', 'truee', 'nul', 'nulll', 'undefined', '/**/1', "'a'", '1//'],
  ...[
    '"\\u00e9"',
    '"\\ud800"',
    '"\\u12g4"',
    '"\\x41"',
    '"\\',
    '"a\nb"',
    '"\u0000"',
    '"\t"',
    '"\u007f"',
    '"\\/"',
  ],
  ...[
    '[]',
    '[1,]',
    '[,1]',
    '[1 2]',
    '{"a":1,}',
    '{,}',
    '{"a"}',
    '{"a" 1}',
    '{a:1}',
    '[1}',
    '{"a":[}]',
    '',
    ' ',
  ],
])('judges the value %s as JSON.parse does, wherever the piece ends', (value) => {
  const text = `{"v":${value}}`;
  const bytes = encoded(text);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    expect(scanned(bytes, [cut]).isWhole, `cut at ${cut}`).toBe(isObjectText(text));
  }
});

test.each([
  ['two objects', '{}{}'],
  ['two objects in two lines', '{"a":1}\n{"b":2}'],
  ['something behind the object', '{} x'],
  ['a byte 0 behind the object', '{}\u0000'],
  ['a byte-order mark', '\ufeff{}'],
  ['an array', '[{}]'],
  ['a number', '1'],
  ['a string', '"{}"'],
  ['an object that is not closed', '{"a":{}'],
  ['nothing', ''],
])('%s is no object', (_what, text) => {
  expect(scanned(encoded(text)).isWhole).toBe(false);
});

test('what is nested too deeply or has too many members is not taken', () => {
  const nested = (levels: number) => encoded(`{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`);
  expect(scanned(nested(DEPTH_MAX)).isWhole).toBe(true);
  expect(scanned(nested(DEPTH_MAX + 1)).isWhole).toBe(false);
  const wide = (members: number) =>
    encoded(`{${Array.from({ length: members }, (_, n) => `"${n}":0`).join()}}`);
  expect(scanned(wide(SCANNED_MEMBERS_MAX)).isWhole).toBe(true);
  expect(scanned(wide(SCANNED_MEMBERS_MAX + 1)).isWhole).toBe(false);
});

test('tells where the members of the first two levels stand', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), object, { maxKeys: 4 }), cuts, (value, where) => {
      const bytes = encoded(JSON.stringify(value));
      const { members, isWhole } = scanned(bytes, where);
      expect(isWhole).toBe(true);
      const jsonAt = (start: number, end: number) =>
        JSON.parse(new TextDecoder().decode(bytes.subarray(start, end)));
      const told = (depth: number) =>
        members
          .filter((member) => member.depth === depth)
          .map(({ keyStart, keyEnd, start, end }) => [jsonAt(keyStart, keyEnd), jsonAt(start, end)]);
      const parsed: Record<string, object> = JSON.parse(JSON.stringify(value));
      expect(told(1)).toEqual(Object.entries(parsed));
      expect(told(2)).toEqual(Object.values(parsed).flatMap((one) => Object.entries(one)));
    }),
    { numRuns: 500 },
  );
});

test('a number without end is not kept', () => {
  const scanner = new ObjectScanner({ depthMax: DEPTH_MAX });
  scanner.scan(encoded('{"a":'));
  const digits = encoded('1'.repeat(600));
  expect(scanner.scan(digits)).toBe(true);
  expect(scanner.scan(digits)).toBe(false);
  expect(scanner.scan(encoded('}'))).toBe(false);
  expect(scanner.isWhole).toBe(false);
});
