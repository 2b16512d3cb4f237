import type { Random } from '../fuzz/generate/random.ts';

/** Texts in the manner of YAML's own examples and of OPA's cases, with what is known to be told apart. */
const SAMPLES: readonly string[] = [
  '',
  'a: 1\nb:\n  - x\n  - y: [1, 2, {z: 3}]\n',
  'american:\n  - Boston Red Sox\n  - Detroit Tigers\nnational:\n- New York Mets\n- Chicago Cubs\n',
  '-\n  name: Mark McGwire\n  hr:   65\n  avg:  0.278\n-\n  name: Sammy Sosa\n',
  '? - Detroit Tigers\n  - Chicago cubs\n:\n  - 2001-07-23\n\n? [ New York Yankees,\n    Atlanta Braves ]\n: [ 2001-07-02 ]\n',
  '---\ntime: 20:03:20\nplayer: Sammy Sosa\naction: strike (miss)\n...\n---\ntime: 20:03:47\n...\n',
  '# comment\n\nhr: # 1998 ranking\n- Mark McGwire\n# more\n- Sammy Sosa # last\n',
  'hr:\n  - Mark\n  - &SS Sammy\nrbi:\n  - *SS\n  - Ken\n',
  '--- >\n  Sammy Sosa completed another\n  fine season with great stats.\n\n    63 Home Runs\n    0.288 Batting Average\n\n  What a year!\n',
  'name: Mark\naccomplishment: >\n  Mark set a major\n  home run record\n\nstats: |\n  65 Home Runs\n  0.278 Batting\n',
  'unicode: "Sosa did fine.\\u263A"\ncontrol: "\\b1998\\t1999\\n"\nhex esc: "\\x0d\\x0a is \\r\\n"\nsingle: \'"Howdy!" he cried.\'\n',
  'plain:\n  This unquoted scalar\n  spans many lines.\n\nquoted: "So does this\n  quoted scalar.\\n"\n',
  'canonical: 12345\ndecimal: +12_345\noctal: 0o14\nold: 014\nhex: 0xC\nbin: 0b101\nneg: -0b11\nsign: 0b-1\n',
  'canonical: 1.23015e+3\nexp: 12.3015e+02\nfixed: 1230.15\ninf: -.inf\nnan: .NaN\nbig: 1e400\npoint: .5\nlast: 5.\n',
  "null:\nbooleans: [ true, False, yes, No, on, OFF, y, n ]\nstring: '012345'\n",
  'canonical: 2001-12-15T02:59:43.1Z\niso8601: 2001-12-14t21:59:43.10-05:00\nspaced: 2001-12-14 21:59:43.10\ndate: 2002-12-14\n',
  'not-date: !!str 2002-04-28\npicture: !!binary |\n R0lGODlhDAAMAIQAAP//9/X17unp5WZmZgAAAOfn515eXv\n odd: !x y\n',
  '%TAG ! tag:clarkevans.com,2002:\n--- !shape\n- !circle\n  center: &ORIGIN {x: 73, y: 129}\n  radius: 7\n',
  '%YAML 1.1\n---\n!!map {\n  ? !!str "a" : !!int "1",\n  ? b : !!float 2,\n}\n',
  'base: &b {a: 1, b: 2}\nd1:\n  <<: *b\n  b: 3\nd2:\n  <<: [*b, {c: 4}]\n  "<<": x\nd3: {<<: *b, <<: {z: 1}}\n',
  'strip: |-\n  text\nclip: |\n  text\nkeep: |+\n  text\n\n\nindent: |2\n    x\nfold: >-\n  a\n  b\n\n   c\n',
  'a: &x [1, *x]\n',
  'a: *unknown\n',
  '1: a\n"1": b\n1.0: c\ntrue: d\n~: e\n',
  '{a: b, c, ? d : e, "f":g, h: , [i]: j}\n',
  '[a, b: c, ? d : e, {f: g}, [], {}, "x": y, ]\n',
  'a: "x\\\n   y"\nb: "multi\n\n  line"\nc: \'it\'\'s\'\n',
  '!!int "x"\n',
  '!!float 3\n',
  '- - - a\n    - b\n  - c\n-\n-   - d\n',
  'key with spaces: value with: colon\n- not: here\n',
  '\ta: 1\n',
  'a:\n\t- b\n',
  '"a": "b" c\n',
  '{a: 1',
  '[1, 2',
  '"abc',
  "'abc",
  'a: b: c\n',
  'a: |\n x\n  y\n z\n',
  '&a !!str b\n',
  '!!set {a, b}\n',
  '!local &anchor value\n',
  '!<tag:yaml.org,2002:int> 7\n',
  'a: !e!x y\n',
  '@a',
  '`a`',
  '%b',
  '? a\n? b\n',
  '...\n',
  '---\n---\n',
  '--- a\n... b\n',
  'a\nb\n  c\n\nd',
  '\ufeffa: 1\n',
  'a: \u0085b\u2028c\u2029d\n',
  'a: \u0001\n',
  '"\\ud800"\n',
  '{"a":{"b":[1,2.5,null,true,"\\u00e9"]}}',
  '0x7FFFFFFFFFFFFFFF: 9223372036854775808\n18446744073709551615: 18446744073709551616\n',
];

const PIECES: readonly string[] = [
  ...[
    '\n',
    '\n  ',
    '\n    ',
    '\n- ',
    '\n\n',
    ' ',
    '  ',
    '\t',
    '\r\n',
    '\r',
    '\u0085',
    '\u2028',
    '# c\n',
    ' #c',
    '#',
  ],
  ...[
    ': ',
    ':',
    '- ',
    '-',
    '? ',
    '?',
    ', ',
    ',',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '|',
    '>',
    '|-\n',
    '>+\n  ',
    '|2\n',
  ],
  ...[
    '---',
    '...',
    '---\n',
    '...\n',
    '\n---\n',
    '%YAML 1.1\n',
    '%YAML 1.2\n',
    '%TAG !e! tag:x,2000:\n',
    '%X\n',
  ],
  ...[
    '&a ',
    '*a',
    '&b',
    '*b ',
    '!!str ',
    '!!int ',
    '!!float ',
    '!!bool ',
    '!!null ',
    '!!map ',
    '!!seq ',
    '! ',
    '!x ',
  ],
  ...['!!binary ', '!!merge ', '!<x> ', '!e!f ', '<<: ', '<<', '<<: *a\n', '<<: [*a, *b]\n'],
  ...[
    'a',
    'b',
    'key',
    'true',
    'no',
    'null',
    '~',
    '1',
    '-1',
    '0',
    '-0',
    '1.0',
    '1e3',
    '1_000',
    '0x1F',
    '0o17',
    '017',
    '0b11',
  ],
  ...[
    '.5',
    '.inf',
    '.nan',
    '1e400',
    '99999999999999999999',
    '12:30',
    '2001-01-01',
    '2001-1-1 1:2:3',
    '-',
    '\\',
    '\\n',
  ],
  ...[
    '\\u0041',
    '\\x',
    '"a"',
    "'b'",
    '"c\\"',
    '"x\\\n y"',
    "'it''s'",
    '\u00e9',
    '\ud83d\ude00',
    '\ufeff',
    '\u0001',
    '@',
    '`',
    '%',
  ],
  ...[
    'a: 1\n',
    'b: 2\n',
    '  c: 3\n',
    '- x\n',
    '  - y\n',
    'a: &a {x: 1}\n',
    'b: *a\n',
    'text text\n',
    'k: |\n  t\n',
  ],
];

/** A text of a known one or of pieces, changed here and there. */
export function randomYaml(random: Random): string {
  const text = random.weigh<string>([
    [5, () => random.pick(SAMPLES)],
    [3, () => random.several([1, 14], () => random.pick(PIECES)).join('')],
    [3, () => `${block(random, 0)}\n`],
    [2, () => flow(random, 0)],
    [
      1,
      () =>
        random.several([2, 3], () => random.pick(SAMPLES)).join(random.pick(['', '\n', '---\n', '...\n'])),
    ],
    [1, () => long(random)],
  ]);
  return random.chance(0.25) ? text : mutated(random, text);
}

function mutated(random: Random, text: string): string {
  let result = text;
  for (let left = 1 + random.below(3); left > 0; left--) {
    const at = random.below(result.length + 1);
    const length = random.below(4);
    const inserted = random.chance(0.6) ? random.pick(PIECES) : '';
    result = result.slice(0, at) + inserted + result.slice(at + (random.chance(0.5) ? length : 0));
  }
  return result.toWellFormed();
}

function scalar(random: Random): string {
  const words = [
    'a',
    'b c',
    'true',
    'x: y',
    '- z',
    '#d',
    '1',
    '-2.50',
    '0x1f',
    '~',
    '',
    'yes',
    '2001-01-01',
    "it's",
    '"q"',
  ];
  const text = random.chance(0.8)
    ? random.pick(words)
    : random.several([0, 6], () => random.pick(PIECES)).join('');
  return random.weigh<string>([
    [4, () => text],
    [2, () => JSON.stringify(text)],
    [2, () => `'${text.replaceAll("'", "''")}'`],
    [1, () => `${random.pick(['!!str', '!!int', '!!float', '!x', '&a', '&b !!str'])} ${text}`],
    [1, () => random.pick(['*a', '*b'])],
  ]);
}

function block(random: Random, depth: number): string {
  const pad = ' '.repeat(depth * 2);
  if (depth > 3 || random.chance(0.2))
    return random.chance(0.2) ? blockScalar(random, depth) : scalar(random);
  const anchor = random.chance(0.15) ? random.pick(['&a ', '&b ', '!!map ', '!x ']) : '';
  const lines = random.several([1, 4], () => {
    const comment = random.chance(0.1) ? `${pad}# comment\n` : '';
    const value = random.chance(0.2) ? flow(random, depth) : block(random, depth + 1);
    if (anchor === '' && random.chance(0.3)) return `${comment}${pad}- ${value}`;
    return `${comment}${pad}${random.chance(0.1) ? '<<' : scalar(random)}: ${value}`;
  });
  return `${anchor}\n${lines.join('\n')}`;
}

function blockScalar(random: Random, depth: number): string {
  const pad = ' '.repeat(depth * 2 + 1);
  const lines = random.several([0, 4], () =>
    random.pick(['text', ' more', '', '  ', '\ttab', '# no', '- x', 'a: b']),
  );
  return `${random.pick(['|', '>'])}${random.pick(['', '-', '+', '1', '2-', '+3', ' # c'])}\n${lines.map((line) => pad + line).join('\n')}`;
}

function flow(random: Random, depth: number): string {
  if (depth > 3 || random.chance(0.3)) return scalar(random);
  const gap = random.pick(['', ' ', '\n ']);
  if (random.chance(0.5)) return `[${random.several([0, 4], () => flow(random, depth + 1)).join(`,${gap}`)}]`;
  const members = random.several(
    [0, 4],
    () => `${scalar(random)}${random.pick([': ', ':', ' : '])}${flow(random, depth + 1)}`,
  );
  return `{${members.join(`,${gap}`)}}`;
}

/** Texts that reach bounds: of keys, of what is read at a time, of aliases. */
function long(random: Random): string {
  return random.weigh<string>([
    [2, () => `{"${'k'.repeat(1000 + random.below(50))}": 1}`],
    [2, () => `${'k'.repeat(1000 + random.below(50))}: 1\n`],
    [
      2,
      () =>
        `a: ${'x'.repeat(480 + random.below(60))}${random.pick(['\u0001', '\n\tb', ' # c', '\u00e9'])}\nb: [\n`,
    ],
    [1, () => `a: b${' '.repeat(500 + random.below(20))}# c\n\tb: c\n`],
    [1, () => `# c\n${' '.repeat(500 + random.below(20))}# d\na: 1\n`],
    [
      1,
      () =>
        `a: &a [x, x, x, x, x, x, x, x]\n${'bcdefg'
          .split('')
          .map((name, index) => `${name}: &${name} [${Array(8).fill(`*${'abcdef'[index]}`).join()}]\n`)
          .join('')}`,
    ],
    [1, () => '['.repeat(10 + random.below(200)) + ']'.repeat(random.below(200))],
  ]);
}

/** A JSON value whose texts and keys are told apart in YAML. */
export function randomValue(random: Random, depth = 0): string {
  const kind = random.below(depth > 3 ? 5 : 8);
  if (kind < 3) return JSON.stringify(randomText(random));
  if (kind === 3)
    return random.pick([
      '0',
      '-0',
      '1',
      '1.0',
      '1e3',
      '-2.5',
      '1e400',
      '12345678901234567890',
      '1e-7',
      '0.1',
      '99999999999999999999999',
    ]);
  if (kind === 4) return random.pick(['null', 'true', 'false', '[]', '{}', '""']);
  if (kind === 5) return `[${random.several([0, 4], () => randomValue(random, depth + 1)).join()}]`;
  const keys = new Set(random.several([0, 6], () => randomText(random)));
  return `{${[...keys].map((key) => `${JSON.stringify(key)}:${randomValue(random, depth + 1)}`).join()}}`;
}

function randomText(random: Random): string {
  return random.weigh<string>([
    [
      3,
      () =>
        random
          .several([0, 3], () => random.pick(PIECES))
          .join('')
          .toWellFormed(),
    ],
    [
      2,
      () =>
        random.pick([
          'a',
          'yes',
          'no',
          'On',
          'true',
          'null',
          '~',
          '',
          '1',
          '1.5',
          '0x1',
          '12:30',
          '1_0',
          '<<',
          '=',
          '.inf',
          '2001-01-01',
        ]),
    ],
    [
      2,
      () =>
        `${random.pick(['a', 'b', 'B', '\u00e9', '_', '-', ''])}${random.below(120)}${random.pick(['', 'a', 'b', '01', '.1', '\u0663'])}`,
    ],
    [
      1,
      () =>
        random
          .several([0, 5], () =>
            random.pick([
              ' ',
              '\n',
              'x',
              '\t',
              '\u2028',
              '\u0085',
              '\ufeff',
              "'",
              '"',
              '\u007f',
              '\u00a0',
              '\ud83d\ude00',
            ]),
          )
          .join(''),
    ],
    [1, () => 'word '.repeat(random.below(40)).trim()],
  ]);
}
