import type { Random } from './random.ts';

const KEYS = [
  'path',
  'name',
  'key',
  'args',
  'message',
  'id',
  'rows',
  'method',
  'to',
  'k',
  's',
  '',
  'a b',
  '2',
  '1',
  '10',
  '-1',
  'é',
  '日本',
  '😀',
  'a.b',
  'a/b',
  'constructor',
  'toString',
  'hasOwnProperty',
] as const;

const TEXTS = [
  '',
  'safe',
  'a\u0000b',
  '\u2028\u2029',
  'cafe\u0301',
  'café',
  '\u{1f600}',
  '\ufeffx',
  '\u200b',
  '\u202e',
  '</script>',
  '&<>',
  '\\u0061',
  '"',
  '\\',
  '\r\n\ndata: x\n\n',
  '\u007f\u0080\u009f',
  'İıſK',
  '\ufffd',
  '\uffff',
  '\u{10ffff}',
  '../../etc/passwd',
  '1e400',
  'NaN',
  'null',
  '2026-11-22T00:00:00Z',
  '\u0001\u001f',
  '\u0378',
  'ＡＢＣ',
  'ß',
  'data:;base64,AAAA',
] as const;

const NUMBERS = [
  0,
  1,
  -1,
  0.1,
  1.5,
  1e-7,
  1e21,
  123456.789,
  2 ** 53 - 1,
  -(2 ** 53 - 1),
  5e-324,
  1e15,
  0.1 + 0.2,
  4.35,
  100,
  1e-300,
] as const;

/** A value that strict parsers read alike, of any type; deeper the larger `levels` is. */
export function someValue(random: Random, levels: number): unknown {
  const kind = random.below(levels > 0 ? 8 : 5);
  switch (kind) {
    case 0:
      return random.pick([true, false, null]);
    case 1:
      return random.chance(0.5) ? random.pick(NUMBERS) : random.below(2_000_000) - 1_000_000;
    case 2:
      return random.next() * 10 ** (random.below(40) - 20);
    case 3:
    case 4:
      return random.chance(0.5) ? random.pick(TEXTS) : someText(random);
    case 5:
      return Array.from({ length: random.below(5) }, () => someValue(random, levels - 1));
    default:
      return someObjectValue(random, levels - 1);
  }
}

export function someObjectValue(random: Random, levels: number): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (let left = random.below(5); left > 0; left -= 1) {
    object[random.chance(0.8) ? random.pick(KEYS) : `key_${random.below(1_000)}`] = someValue(random, levels);
  }
  return object;
}

/** Any characters, of all planes, without halves of pairs. */
function someText(random: Random): string {
  const ends = [0x80, 0x80, 0x800, 0xd800, 0x110000];
  return Array.from({ length: random.below(12) }, () => {
    const point = random.below(random.pick(ends));
    return point >= 0xd800 && point < 0xe000 ? '?' : String.fromCodePoint(point);
  }).join('');
}
