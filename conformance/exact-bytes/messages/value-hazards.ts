import { argumentsOf, type Draft, type Hazard, insert, someObject } from './draft.ts';
import type { Random } from './random.ts';
import { type Node, nodeOf, nodesOf, utf8 } from './tree.ts';

const plain = (spelled: string): Node => ({ kind: 'plain', spelled });
const string = (spelled: string): Node => ({ kind: 'string', spelled });

const NUMBERS =
  '9007199254740991 9007199254740992 9007199254740993 -9007199254740993 9007199254740992.0 9007199254740993.0 123456789012345678901234567890 1e400 -1e400 1e-400 1E5 1e5 1e+5 1e16 1.0 -0 -0.0 -0e0 0e5 0.1000000000000000055511151231257827 1.7976931348623157e308 1.7976931348623159e308 5e-324 2e-324 4.9406564584124654e-324 0.30000000000000004 1e23 8.5e15 2.2250738585072011e-308 18446744073709551615 18446744073709551616 NaN -NaN nan Infinity -Infinity inf 01 -01 00 +1 0x10 0b1 0o7 .5 5. 1. 1e 1e+ 1_000 - -- 1,5 1n ١ 1.5e3 true True TRUE null None nil undefined'.split(
    ' ',
  );

/** Bytes that are no UTF-8, or that some decoders take for something else. */
const BAD_BYTES = [
  '\xff',
  '\xfe\xff',
  '\xc0\xae',
  '\xc0\x80',
  '\xc1\xbf',
  '\xe0\x80\xaf',
  '\xe0\x9f\xbf',
  '\xf0\x80\x80\xaf',
  '\xf8\x88\x80\x80\x80',
  '\xf4\x90\x80\x80',
  '\xed\xa0\x80',
  '\xed\xa0\x80\xed\xb0\x80',
  '\xed\xbf\xbf',
  '\x80',
  '\xbf',
  '\xc3',
  '\xe2\x82',
  '\xf0\x9f\x98',
  '\xc3\x28',
  '\xef\xbb',
];

const ESCAPES = [
  '\\ud800',
  '\\udc00',
  '\\ud83d\\ude00',
  '\\ude00\\ud83d',
  '\\ud800\\u0041',
  '\\uD83D\\uDE00',
  '\\u0000',
  '\\u0022',
  '\\u005c',
  '\\u002f',
  '\\/',
  '\\b\\f\\n\\r\\t',
  '\\x41',
  '\\0',
  "\\'",
  '\\u00',
  '\\u{41}',
  '\\U00000041',
  '\\a',
  '\\',
  '\\uD83D',
  '\\u2028',
  '\\ufeff',
  '\\uffff',
  '\\u00e9',
  '\\u0065\\u0301',
  '\\u+041',
  '\\u 041',
  '\\ug000',
];

const CONTROLS = [
  '\x00',
  '\x01',
  '\x08',
  '\t',
  '\n',
  '\r',
  '\x0b',
  '\x1b[31m',
  '\x1f',
  '\x7f',
  utf8('\u0080'),
  utf8('\u0085'),
  utf8('\u2028'),
  utf8('\u2029'),
  utf8('\ufeff'),
  utf8('\ufffe'),
];

/** Puts something into a string that is there, or among the arguments as one of its own. */
function intoString(draft: Draft, random: Random, what: string): void {
  const strings = nodesOf(draft.root).filter((node) => node.kind === 'string');
  const target = strings.length > 0 && random.chance(0.5) ? random.pick(strings) : undefined;
  if (target === undefined) {
    insert(argumentsOf(draft), 'message', string(`a${what}b`), random);
    return;
  }
  const at = random.pick([0, target.spelled.length]);
  target.spelled = `${target.spelled.slice(0, at)}${what}${target.spelled.slice(at)}`;
}

const texts = (name: string, choices: readonly string[]): Hazard => ({
  name,
  apply: (draft, random) => intoString(draft, random, random.pick(choices)),
});

/** Puts a value in any place, an argument’s mostly. */
function place(draft: Draft, value: Node, random: Random): void {
  const object = random.chance(0.8) ? argumentsOf(draft) : someObject(draft, random);
  if (object.members.length > 0 && random.chance(0.5)) random.pick(object.members).value = value;
  else insert(object, random.pick(['rows', 'amount', 'n']), value, random);
}

export const VALUE_HAZARDS: readonly Hazard[] = [
  {
    name: 'a number',
    apply: (draft, random) => place(draft, plain(random.pick(NUMBERS)), random),
  },
  {
    name: 'a number of random digits',
    apply: (draft, random) => {
      const digits = (count: number) => Array.from({ length: count }, () => random.below(10)).join('');
      const whole = `${random.chance(0.3) ? '-' : ''}${1 + random.below(9)}${digits(random.below(20))}`;
      const fraction = random.chance(0.6) ? `.${digits(1 + random.below(22))}` : '';
      const exponent = random.chance(0.4)
        ? `${random.pick(['e', 'E'])}${random.pick(['', '+', '-'])}${random.below(330)}`
        : '';
      place(draft, plain(`${whole}${fraction}${exponent}`), random);
    },
  },
  texts('bytes that are no UTF-8', BAD_BYTES),
  texts('an escape', ESCAPES),
  texts('a control character', CONTROLS),
  texts('two Unicode forms', [
    utf8('e\u0301'),
    utf8('é'),
    utf8('\u212b'),
    utf8('ﬁ'),
    utf8('각'),
    utf8('\u1100\u1161\u11a8'),
  ]),
  {
    name: 'every character escaped',
    apply: (draft, random) => {
      const escaped = (text: string) =>
        text.replace(/[ -!#-[\]-~]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
      const { root } = draft;
      for (const node of nodesOf(root)) {
        if (node.kind === 'string' && !node.spelled.includes('\\') && random.chance(0.7))
          node.spelled = escaped(node.spelled);
      }
    },
  },
  {
    name: 'depth',
    apply: (draft, random) => {
      const isLarge = random.chance(0.05);
      const levels = random.pick(
        isLarge ? [1_000, 10_000, 200_000] : [57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 100],
      );
      const [open, close] = random.pick([
        ['[', ']'],
        ['{"a":', '}'],
        ['[{"a":', '}]'],
      ] as const);
      const times = Math.ceil(levels / (open.length > 5 ? 2 : 1));
      place(
        draft,
        plain(`${open.repeat(times)}${open.endsWith(':') ? '0' : ''}${close.repeat(times)}`),
        random,
      );
    },
  },
  {
    name: 'a long string',
    apply: (draft, random) => {
      // The longest are rare, so that a million messages are not a terabyte.
      const isLarge = random.chance(0.02);
      const length = random.pick(
        isLarge ? [100_000, 1_000_000, 4_194_304] : [255, 256, 257, 1_000, 4_096, 8_192, 65_536],
      );
      insert(
        argumentsOf(draft),
        'message',
        string(random.pick(['x', 'é', '\\n', '\\u0061']).repeat(length)),
        random,
      );
    },
  },
  {
    name: 'a value of another type',
    apply: (draft, random) => {
      const { members } = someObject(draft, random);
      if (members.length > 0)
        random.pick(members).value = nodeOf(
          random.pick([null, true, 0, 'x', [], {}, [{}], { name: 'delete_file' }]),
        );
    },
  },
];
