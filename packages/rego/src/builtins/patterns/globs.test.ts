import { type RecordedAnswer, testAnswers } from '../../testing/test-answers.ts';
import { globBuiltins } from './globs.ts';

const ANSWERS: readonly RecordedAnswer[] = [
  ['takes a star up to a separator', 'glob.match', '["*.com",[],"api.example.com"]', 'false'],
  ['takes the dot as separator where none is given', 'glob.match', '["*.com",[],"example.com"]', 'true'],
  ['takes no separator for null', 'glob.match', '["*.com",null,"api.example.com"]', 'true'],
  ['takes two stars past separators', 'glob.match', '["**.com",[],"api.example.com"]', 'true'],
  ['takes a question mark as one character', 'glob.match', '["?",["/"],"😀"]', 'true'],
  ['takes no separator for a question mark', 'glob.match', '["a?b",["/"],"a/b"]', 'false'],
  ['takes several separators', 'glob.match', '["*:*/*",[":","/"],"a:b/c"]', 'true'],
  ['matches a line break', 'glob.match', '["a*",["."],"a\\nb"]', 'true'],
  ['matches alternatives', 'glob.match', '["{cat,*bat,[fr]at}",null,"rat"]', 'true'],
  ['matches nested alternatives', 'glob.match', '["{a,{b,c*}}d",null,"cxxd"]', 'true'],
  ['matches an empty alternative', 'glob.match', '["a{b,}c",null,"ac"]', 'true'],
  ['matches a class', 'glob.match', '["[abc]",null,"b"]', 'true'],
  ['matches a range', 'glob.match', '["[a-c]",null,"d"]', 'false'],
  ['matches what is not in a class', 'glob.match', '["[!a-c]",null,"d"]', 'true'],
  ['takes a comma outside of alternatives as text', 'glob.match', '["a,b}",null,"a,b}"]', 'true'],
  ['takes an escaped character as text', 'glob.match', '["\\\\*\\\\{",null,"*{"]', 'true'],
  ['does not read escapes in a range', 'glob.match', '["[\\\\-a]",null,"]"]', 'true'],
  ['matches a separator that a class names', 'glob.match', '["a[/]b",["/"],"a/b"]', 'true'],
  [
    'stays linear where backtracking would not',
    'glob.match',
    '["{*a,**a}{*a,**a}{*a,**a}{*a,**a}{*a,**a}b",null,"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]',
    'false',
  ],
  [
    'tells an unclosed alternative',
    'glob.match',
    '["é{a,b",null,"a"]',
    'glob.match: glob: syntax error at 6: unclosed `{`',
  ],
  [
    'tells an unclosed class',
    'glob.match',
    '["[a",null,"a"]',
    'glob.match: glob: syntax error at 2: unexpected end of input',
  ],
  [
    'tells an empty class',
    'glob.match',
    '["[]",null,"a"]',
    'glob.match: glob: syntax error at 2: could not parse range',
  ],
  [
    'tells a range backwards',
    'glob.match',
    '["é[c-a]x",null,"a"]',
    'glob.match: glob: syntax error at 7: range hi character is less than lo',
  ],
  [
    'tells a range of three',
    'glob.match',
    '["[a-bc]",null,"a"]',
    'glob.match: glob: syntax error at 5: expected close range character',
  ],
  [
    'tells a trailing backslash',
    'glob.match',
    '["a\\\\",null,"a"]',
    'glob.match: glob: syntax error at 2: trailing backslash',
  ],
  [
    'refuses separators of two characters',
    'glob.match',
    '["a",["ab"],"a"]',
    'glob.match: operand 2 must be array of runes but got array containing string',
  ],
  [
    'refuses separators that are no strings',
    'glob.match',
    '["a",[1],"a"]',
    'glob.match: operand 2 must be array of strings but got array containing number',
  ],
  [
    'refuses separators that are no array',
    'glob.match',
    '["a","x","a"]',
    'glob.match: operand 2 must be one of {array, null} but got string',
  ],
  [
    'quotes what has a meaning',
    'glob.quote_meta',
    '["*.{a,b}[c]?\\\\!-é"]',
    '"\\\\*.\\\\{a,b\\\\}\\\\[c\\\\]\\\\?\\\\\\\\!-é"',
  ],
];

testAnswers('globs', globBuiltins, ANSWERS);
