import { describe, expect, test } from 'vitest';
import { answerOf } from '../../testing/answer-of.ts';
import { type RecordedAnswer, testAnswers } from '../../testing/test-answers.ts';
import { RegoSet } from '../../values/collections.ts';
import type { BuiltinGroup } from '../builtin.ts';
import { NotRepresentableError } from '../encodings/utf8.ts';
import { reportingBuiltins } from './reporting.ts';
import { rewritingBuiltins } from './rewriting.ts';
import { searchBuiltins } from './search.ts';
import { trimBuiltins } from './trim.ts';

const builtins: BuiltinGroup = {
  ...reportingBuiltins,
  ...rewritingBuiltins,
  ...searchBuiltins,
  ...trimBuiltins,
};

const ANSWERS: readonly RecordedAnswer[] = [
  ['finds a part', 'contains', '["héllo", "éll"]', 'true'],
  ['finds the empty part', 'startswith', '["", ""]', 'true'],
  ['finds an end', 'endswith', '["a😀", "😀"]', 'true'],
  ['refuses a number as a part', 'contains', '["a", 1]', 'contains: operand 2 must be string but got number'],
  ['counts parts that do not overlap', 'strings.count', '["aaaa", "aa"]', '2'],
  ['counts the gaps between code points', 'strings.count', '["a😀", ""]', '3'],
  ['gives positions in code points', 'indexof', '["😀é!", "!"]', '2'],
  ['gives -1 for what is not there', 'indexof', '["abc", "d"]', '-1'],
  ['refuses to look for nothing', 'indexof', '["abc", ""]', 'indexof: empty search character'],
  ['gives positions of parts that overlap', 'indexof_n', '["aaa", "aa"]', '[0,1]'],
  ['gives all positions in code points', 'indexof_n', '["😀a😀a", "a"]', '[1,3]'],
  ['gives no position', 'indexof_n', '["é", "a"]', '[]'],
  ['finds any prefix of any text', 'strings.any_prefix_match', '[["xa", "bc", "ab"], ["q", "b"]]', 'true'],
  ['finds no prefix', 'strings.any_prefix_match', '["abc", ["b", "ac"]]', 'false'],
  ['finds no prefix among none', 'strings.any_prefix_match', '[["a", "b"], []]', 'false'],
  ['finds any suffix', 'strings.any_suffix_match', '[["a😀", "b"], "😀"]', 'true'],
  [
    'refuses a number among prefixes',
    'strings.any_prefix_match',
    '["a", ["a", 1]]',
    'strings.any_prefix_match: operand 2 must be array of strings but got array containing number',
  ],
  [
    'refuses an object of texts',
    'strings.any_suffix_match',
    '[{}, "a"]',
    'strings.any_suffix_match: operand 1 must be one of {string, set, array} but got object',
  ],
  ['cuts a set of characters at both ends', 'trim', '["éabcé", "éc"]', '"ab"'],
  ['cuts nothing for no characters', 'trim', '[" a ", ""]', '" a "'],
  ['cuts at the left', 'trim_left', '["😀😀a😀", "😀"]', '"a😀"'],
  ['cuts at the right', 'trim_right', '["a\\u0000\\u0000", "\\u0000"]', '"a"'],
  ['cuts one prefix', 'trim_prefix', '["ababc", "ab"]', '"abc"'],
  ['cuts one suffix', 'trim_suffix', '["abcbc", "bc"]', '"abc"'],
  [
    'cuts the spaces that Go knows, not a byte order mark',
    'trim_space',
    '["\\u0085\\u00a0\\u3000\\ufeff \\u2028"]',
    '"﻿"',
  ],
  ['lowers one code point to one other', 'lower', '["İΣς ẞǅK"]', '"iσς ßǆk"'],
  ['raises one code point to one other', 'upper', '["ßıſŉǆ\\ufb01ꟶ"]', '"ßISŉǄﬁꟵ"'],
  ['turns code points around', 'strings.reverse', '["a😀é"]', '"é😀a"'],
  ['joins texts', 'concat', '[", ", ["a", "b"]]', '"a, b"'],
  [
    'refuses to join numbers',
    'concat',
    '[",", ["a", 1]]',
    'concat: operand 2 must be array of strings but got array containing number',
  ],
  [
    'refuses to join a text',
    'concat',
    '[",", "a"]',
    'concat: operand 2 must be one of {set, array} but got string',
  ],
  ['splits at each delimiter', 'split', '["a,,b", ","]', '["a","","b"]'],
  ['splits into code points', 'split', '["a😀", ""]', '["a","😀"]'],
  ['splits nothing into nothing', 'split', '["", ""]', '[]'],
  ['keeps the first parts', 'strings.split_n', '["a,b,c", ",", 2]', '["a","b"]'],
  ['keeps the last parts', 'strings.split_n', '["a,b,c", ",", -2]', '["b","c"]'],
  ['keeps no part', 'strings.split_n', '["a,b,c", ",", 0]', '[]'],
  ['takes an integral float for a count', 'strings.split_n', '["a,b,c", ",", 1.0]', '["a"]'],
  ['cuts by code points', 'substring', '["a😀bc", 1, 2]', '"😀b"'],
  ['cuts to the end', 'substring', '["a😀bc", 2, -1]', '"bc"'],
  ['cuts past the end', 'substring', '["abc", 9, 9223372036854775807]', '""'],
  ['refuses a negative offset', 'substring', '["abc", -1, 1]', 'substring: negative offset'],
  [
    'refuses a fraction as an offset',
    'substring',
    '["abc", 0.5, 1]',
    'substring: operand 2 must be integer number but got floating-point number',
  ],
  ['replaces each part', 'replace', '["aaa", "aa", "b"]', '"ba"'],
  ['puts a text between characters', 'replace', '["ab", "", "-"]', '"-a-b-"'],
  [
    'replaces by the earlier of two patterns',
    'strings.replace_n',
    '[{"a": "1", "ab": "2", "b": "3"}, "abab"]',
    '"1313"',
  ],
  [
    'replaces by the shortest of the patterns that begin alike',
    'strings.replace_n',
    '[{"ab": "1", "abc": "2", "bc": "3", "é": "4", "😀x": "5"}, "abcbcé😀x😀"]',
    '"1c345😀"',
  ],
  [
    'replaces by an empty pattern between two others',
    'strings.replace_n',
    '[{"": "-", "aa": "2", "aab": "3"}, "aaab"]',
    '"-2-a-b-"',
  ],
  ['replaces by an empty pattern first', 'strings.replace_n', '[{"": "-", "b": "3"}, "abb"]', '"-a-3-3-"'],
  [
    'refuses a pattern that is no text',
    'strings.replace_n',
    '[{"a": 1}, "a"]',
    'strings.replace_n: operand 1 non-string value found in pattern object',
  ],
  ['takes a note', 'trace', '["note"]', 'true'],
  ['refuses a note that is no text', 'trace', '[1]', 'trace: operand 1 must be string but got number'],
  ['joins the parts of a template', 'internal.template_string', '[["a", 1.0, null, "\\""]]', '"a1.0null\\""'],
];

testAnswers('texts', builtins, ANSWERS);

describe('texts', () => {
  test('makes no text of what would cut a character in two', () => {
    expect(() => answerOf(rewritingBuiltins, 'replace', '["é", "", "-"]')).toThrow(NotRepresentableError);
    expect(answerOf(rewritingBuiltins, 'replace', '["é", "", ""]')).toBe('"é"');
  });

  test('shows the one result of a part of a template, and that there is none', () => {
    const template = reportingBuiltins['internal.template_string'] as unknown as (
      ...operands: unknown[]
    ) => string;
    expect(template({}, [RegoSet.of([['a']]), '-', RegoSet.of([])])).toBe('["a"]-<undefined>');
    expect(() => template({}, [RegoSet.of([1, 2])])).toThrow(
      'template-strings must not produce multiple outputs',
    );
  });
});
