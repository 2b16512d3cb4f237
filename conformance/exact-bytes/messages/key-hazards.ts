import { argumentsOf, type Draft, type Hazard, insert, someObject } from './draft.ts';
import type { Random } from './random.ts';
import { type Member, nodeOf, spelledText, utf8 } from './tree.ts';
import { someValue } from './values.ts';

/** A key as it is spelled, spelled otherwise. */
type Respelling = (key: string, random: Random) => string;

/** Adds a second member whose key some parser takes for one that is there, with another value. */
const again =
  (respell: Respelling) =>
  (draft: Draft, random: Random): void => {
    const object = someObject(draft, random);
    if (object.members.length === 0) insert(object, 'name', nodeOf('safe'), random);
    const { key } = random.pick(object.members);
    insert(object, respell(key, random), nodeOf(random.pick(['danger', 1, someValue(random, 1)])), random);
  };

/** Spells a key that is there otherwise. */
const instead =
  (respell: Respelling) =>
  (draft: Draft, random: Random): void => {
    const { members } = someObject(draft, random);
    const member: Member | undefined = members.length === 0 ? undefined : random.pick(members);
    if (member !== undefined) member.key = respell(member.key, random);
  };

const same: Respelling = (key) => key;

/** One character as an escape: the same key to every parser. */
const escaped: Respelling = (key, random) => {
  const letters = [...key.matchAll(/[a-z]/g)].filter(
    ({ index }) => !/\\(?:u[0-9a-f]{0,3})?$/.test(key.slice(0, index)),
  );
  if (letters.length === 0) return key;
  const { index } = random.pick(letters);
  const code = key.charCodeAt(index).toString(16).padStart(4, '0');
  const digits = random.chance(0.5) ? code : code.toUpperCase();
  return `${key.slice(0, index)}\\u${digits}${key.slice(index + 1)}`;
};

const inOtherCase: Respelling = (key, random) =>
  random.chance(0.3) ? key.toUpperCase() : key.replace(/[a-z]/, (letter) => letter.toUpperCase());

/** Characters that fold into letters, or look like them. */
const LOOK_ALIKES: readonly (readonly [string, string])[] = [
  ['s', '\u017f'],
  ['k', '\u212a'],
  ['e', '\u0435'],
  ['a', '\u0430'],
  ['i', '\u0131'],
  ['I', '\u0130'],
  ['n', '\uff4e'],
  ['m', '\u{1d426}'],
  ['o', '\u00ba'],
];

const folded: Respelling = (key, random) => {
  const fitting = LOOK_ALIKES.filter(([letter]) => key.includes(letter));
  if (fitting.length === 0) return `${key}${utf8('\u017f')}`;
  const [letter, other] = random.pick(fitting);
  const code = `\\u${other.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return key.replace(letter, other.length === 1 && random.chance(0.3) ? code : utf8(other));
};

const TRAILERS = [
  '\\u0000',
  '\u0000',
  ' ',
  '\\t',
  utf8('\u200b'),
  utf8('\u00ad'),
  utf8('\ufeff'),
  utf8('\u0301'),
  '\\u2060',
];
const withTrailer: Respelling = (key, random) =>
  random.chance(0.8) ? `${key}${random.pick(TRAILERS)}` : `${random.pick(TRAILERS)}${key}`;

const OBEYED = [
  '__proto__',
  '\\u005f_proto__',
  'constructor',
  'prototype',
  'toJSON',
  '$ref',
  '@type',
  '__class__',
  '__init__',
  '<<',
];
const NUMBER_LIKE = ['2', '1', '10', '01', '-1', '4294967295', '4294967294', '1e3', '0', '9007199254740993'];

/** Two forms of one text, and two texts of one compatibility form. */
const FORMS = [
  ['café', 'cafe\u0301'],
  ['ﬁle', 'file'],
  ['Å', '\u212b'],
  ['ß', 'ss'],
  ['ς', 'σ'],
  ['①', '1'],
] as const;

export const KEY_HAZARDS: readonly Hazard[] = [
  { name: 'a key twice', apply: again(same) },
  { name: 'a key twice, once escaped', apply: again(escaped) },
  { name: 'a key in two cases', apply: again(inOtherCase) },
  { name: 'a key that folds into another', apply: again(folded) },
  { name: 'a key and itself with a trailer', apply: again(withTrailer) },
  { name: 'a key escaped', apply: instead(escaped) },
  { name: 'a key in another case', apply: instead(inOtherCase) },
  { name: 'a key that folds into what is meant', apply: instead(folded) },
  { name: 'a key with a trailer', apply: instead(withTrailer) },
  {
    name: 'keys in two Unicode forms',
    apply: (draft, random) => {
      const object = random.chance(0.7) ? argumentsOf(draft) : someObject(draft, random);
      for (const key of random.pick(FORMS))
        if (random.chance(0.8)) insert(object, utf8(key), nodeOf(key), random);
    },
  },
  {
    name: 'a key that parsers obey',
    apply: (draft, random) =>
      insert(someObject(draft, random), random.pick(OBEYED), nodeOf({ admin: true }), random),
  },
  {
    name: 'keys like numbers',
    apply: (draft, random) => {
      const object = random.chance(0.8) ? argumentsOf(draft) : someObject(draft, random);
      for (let left = 4; left > 0; left -= 1) insert(object, random.pick(NUMBER_LIKE), nodeOf(left), random);
    },
  },
  {
    name: 'many keys',
    apply: (draft, random) => {
      // The largest are rare, so that a million messages are sent within the hour.
      const isLarge = random.chance(0.02);
      const count = random.pick(isLarge ? [5_000, 20_000, 99_900, 100_001] : [10, 50, 100, 200, 500]);
      const object = argumentsOf(draft);
      for (let number = 0; number < count; number += 1) {
        object.members.push({ key: spelledText(`k${number}`), value: { kind: 'plain', spelled: '0' } });
      }
    },
  },
];
