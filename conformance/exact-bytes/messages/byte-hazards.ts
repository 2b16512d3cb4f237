import type { Hazard } from './draft.ts';
import type { Random } from './random.ts';

/** Pieces that mean something in a message. */
const TOKENS = [
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"name"',
  '"name":"delete_file",',
  '"params"',
  '"arguments":{}',
  'null',
  '\\u0000',
  '0',
  'e',
  '-',
  '\r\n',
  '\0',
  '\xff',
  '"id":2,',
  '"method":"ping",',
  '"method":"tools/call",',
  '\\u006e',
  '\xc5\xbf',
  '\xe2\x84\xaa',
];

type Spoiler = (bytes: Buffer, random: Random) => Buffer;

const at = (bytes: Buffer, random: Random) => random.below(bytes.length + 1);
const replaced = (bytes: Buffer, from: number, upto: number, by: Buffer) =>
  Buffer.concat([bytes.subarray(0, from), by, bytes.subarray(upto)]);

const SPOILERS: readonly (readonly [string, Spoiler])[] = [
  [
    'a bit flipped',
    (bytes, random) => {
      const copy = Buffer.from(bytes);
      const place = random.below(copy.length);
      copy[place] = (copy[place] ?? 0) ^ (1 << random.below(8));
      return copy;
    },
  ],
  [
    'a byte changed',
    (bytes, random) => {
      const place = at(bytes, random);
      return replaced(bytes, place, place + 1, Buffer.of(random.below(256)));
    },
  ],
  [
    'bytes left out',
    (bytes, random) => {
      const place = at(bytes, random);
      return replaced(bytes, place, place + 1 + random.below(8), Buffer.alloc(0));
    },
  ],
  [
    'bytes repeated',
    (bytes, random) => {
      const place = at(bytes, random);
      const piece = bytes.subarray(place, place + 1 + random.below(60));
      const there = at(bytes, random);
      return replaced(bytes, there, there, piece);
    },
  ],
  [
    'a token put in',
    (bytes, random) => {
      const place = at(bytes, random);
      return replaced(bytes, place, place, Buffer.from(random.pick(TOKENS), 'latin1'));
    },
  ],
  [
    'two bytes swapped',
    (bytes, random) => {
      const copy = Buffer.from(bytes);
      const [one, other] = [random.below(copy.length), random.below(copy.length)];
      [copy[one], copy[other]] = [copy[other] ?? 0, copy[one] ?? 0];
      return copy;
    },
  ],
  ['cut off', (bytes, random) => bytes.subarray(0, at(bytes, random))],
  ['the end again', (bytes, random) => Buffer.concat([bytes, bytes.subarray(at(bytes, random))])],
];

/** What happens to a message on the way, without any regard to what it means. */
export const BYTE_HAZARDS: readonly Hazard[] = SPOILERS.map(([name, spoil]) => ({
  name,
  apply: ({ spoilers }, random) => {
    spoilers.push((bytes) => (bytes.length === 0 ? bytes : spoil(bytes, random)));
  },
}));
