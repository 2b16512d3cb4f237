import { expect, test } from 'vitest';
import { answerOf } from '../../testing/answer-of.ts';
import { type RecordedAnswer, testAnswers } from '../../testing/test-answers.ts';
import { NotRepresentableError } from '../encodings/utf8.ts';
import { yamlBuiltins } from './yaml.ts';

const ANSWERS: readonly RecordedAnswer[] = [
  [
    'reads blocks and flows',
    'yaml.unmarshal',
    '["a: 1\\nb:\\n  - x\\n  - y: [1, 2, {z: 3}]\\n"]',
    '{"a":1,"b":["x",{"y":[1,2,{"z":3}]}]}',
  ],
  [
    'leaves the booleans of YAML 1.1 texts',
    'yaml.unmarshal',
    '["[yes, No, on, OFF, y, true, False]"]',
    '["yes","No","on","OFF","y",true,false]',
  ],
  [
    'reads numbers in every base, with underscores',
    'yaml.unmarshal',
    '["[+12_345, 0o14, 014, 0xC, 0b101, 0b-1, 1_0.5, .5_1, 5., 1e3, 1e400, -0, -0.0]"]',
    '[12345,12,12,12,5,-1,10.5,0.51,5,1000,"1e400",0,-0]',
  ],
  [
    'keeps integers up to 64 bits exact, and takes larger ones for doubles',
    'yaml.unmarshal',
    '["[9223372036854775807, 18446744073709551615, 18446744073709551616]"]',
    '[9223372036854775807,18446744073709551615,18446744073709552000]',
  ],
  [
    'has no infinite number',
    'yaml.unmarshal',
    '["a: .inf"]',
    'yaml.unmarshal: json: unsupported value: +Inf',
  ],
  [
    'leaves timestamps texts, also as keys',
    'yaml.unmarshal',
    '["2001-01-01: 2001-12-14t21:59:43.10-05:00"]',
    '{"2001-01-01":"2001-12-14t21:59:43.10-05:00"}',
  ],
  [
    'names keys as JSON does, floats with 32 bits',
    'yaml.unmarshal',
    '["{1: a, 1.10: b, true: c, 0.1234567891: d, 1e300: e}"]',
    '{".inf":"e","0.12345679":"d","1":"a","1.1":"b","true":"c"}',
  ],
  [
    'tells a key that is null',
    'yaml.unmarshal',
    '["? \\n: [1, a, {b: null}]"]',
    'yaml.unmarshal: unsupported map key of type: %!s(<nil>), key: <nil>, value: []interface {}{1, "a", map[string]interface {}{"b":interface {}(nil)}}',
  ],
  [
    'tells a key that is a sequence',
    'yaml.unmarshal',
    '["? [1, \\"2\\"]\\n: x"]',
    'yaml.unmarshal: yaml: invalid map key: []interface {}{1, "2"}',
  ],
  [
    'counts the last of keys that have one name',
    'yaml.unmarshal',
    '["1: a\\n\\"1\\": b\\n1: c"]',
    '{"1":"c"}',
  ],
  [
    'tells equal keys that have no name',
    'yaml.unmarshal',
    '["~: 1\\n~: 2"]',
    'yaml.unmarshal: yaml: unmarshal errors:\n  line 2: mapping key "~" already defined at line 1',
  ],
  [
    'merges, its own keys first, then the first merged',
    'yaml.unmarshal',
    '["a: &a {x: 1, y: 1}\\nb: &b {x: 2, z: 2}\\nc: {<<: [*a, *b], y: 3}\\nd: {<<: *a, <<: *b}"]',
    '{"a":{"x":1,"y":1},"b":{"x":2,"z":2},"c":{"x":1,"y":3,"z":2},"d":{"x":1,"y":1,"z":2}}',
  ],
  ['does not merge what is quoted', 'yaml.unmarshal', '["{\\"<<\\": {a: 1}}"]', '{"<<":{"a":1}}'],
  [
    'tells a merge of what is no mapping',
    'yaml.unmarshal',
    '["<<: 1"]',
    'yaml.unmarshal: yaml: map merge requires map or sequence of maps as the value',
  ],
  [
    'follows aliases, over documents too',
    'yaml.unmarshal',
    '["a: &a [1]\\nb: *a\\n--- \\nc: *a"]',
    '{"a":[1],"b":[1]}',
  ],
  [
    'tells an alias of nothing',
    'yaml.unmarshal',
    '["a: 1\\nb: *b"]',
    "yaml.unmarshal: yaml: unknown anchor 'b' referenced",
  ],
  [
    'tells an anchor that contains itself',
    'yaml.unmarshal',
    '["a: &a [*a]"]',
    "yaml.unmarshal: yaml: anchor 'a' value contains itself",
  ],
  [
    'tells texts that aliases make too large',
    'yaml.unmarshal',
    '["a: &a [x,x,x,x,x,x,x,x]\\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e]\\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f]\\n"]',
    'yaml.unmarshal: yaml: document contains excessive aliasing',
  ],
  [
    'takes the first of several documents, which all have to be YAML',
    'yaml.unmarshal',
    '["a: 1\\n---\\n\\tb: 2\\n"]',
    'yaml.unmarshal: yaml: line 3: found character that cannot start any token',
  ],
  ['has null for nothing', 'yaml.unmarshal', '[""]', 'null'],
  ['has null for an empty document', 'yaml.unmarshal', '["---\\n---\\na: 1\\n"]', 'null'],
  [
    'chomps block scalars',
    'yaml.unmarshal',
    '["strip: |-\\n  text\\nclip: |\\n  text\\nkeep: |+\\n  text\\n\\n\\nindent: |2\\n    x\\nfold: >-\\n  a\\n  b\\n\\n   c\\n"]',
    '{"clip":"text\\n","fold":"a b\\n\\n c","indent":"  x\\n","keep":"text\\n\\n\\n","strip":"text"}',
  ],
  [
    'folds lines in quotes and without',
    'yaml.unmarshal',
    '["a: \\"x\\\\\\n   y\\n\\n  z\\"\\nb: \'it\'\'s\\n  so\'\\nc: one\\n  two\\n\\n  three"]',
    '{"a":"xy\\nz","b":"it\'s so","c":"one two\\nthree"}',
  ],
  [
    'reads escapes',
    'yaml.unmarshal',
    '["\\"\\\\0\\\\a\\\\e\\\\N\\\\_\\\\L\\\\x41\\\\u00e9\\\\U0001F600\\""]',
    '"\\u0000\\u0007\\u001b\u0085\u00a0\u2028Aé😀"',
  ],
  [
    'refuses an escaped surrogate',
    'yaml.unmarshal',
    '["\\"\\\\ud800\\""]',
    'yaml.unmarshal: yaml: found invalid Unicode character escape code',
  ],
  [
    'refuses control characters',
    'yaml.unmarshal',
    '["a: \u007f"]',
    'yaml.unmarshal: yaml: control characters are not allowed',
  ],
  ['reads other line breaks', 'yaml.unmarshal', '["a: x\u0085b: y\u2028c: z"]', '{"a":"x","b":"y","c":"z"}'],
  [
    'reads tags',
    'yaml.unmarshal',
    '["[!!str 1, !!float 3, !x 4, ! 5, !!binary aGk=, !!null \\"\\", !<tag:yaml.org,2002:int> 7]"]',
    '["1",3,"4",5,"hi",null,7]',
  ],
  ['writes bytes that are no text as JSON does', 'yaml.unmarshal', '["!!binary 4piA/w=="]', '"☀�"'],
  [
    'tells what is nothing of its tag',
    'yaml.unmarshal',
    '["!!int x"]',
    'yaml.unmarshal: yaml: cannot decode !!str `x` as a !!int',
  ],
  [
    'tells what is not base64',
    'yaml.unmarshal',
    '["!!binary \\"?\\""]',
    'yaml.unmarshal: yaml: !!binary value contains invalid base64 data',
  ],
  ['reads handles of tags', 'yaml.unmarshal', '["%TAG !e! tag:yaml.org,2002:\\n---\\n!e!str 1"]', '"1"'],
  [
    'refuses another version',
    'yaml.unmarshal',
    '["%YAML 1.2\\n---\\na"]',
    'yaml.unmarshal: yaml: found incompatible YAML document',
  ],
  [
    'tells a tag whose handle is unknown',
    'yaml.unmarshal',
    '["a\\n---\\n!e!x y"]',
    'yaml.unmarshal: yaml: line 2: found undefined tag handle',
  ],
  [
    'refuses a key that is too far from its colon',
    'yaml.unmarshal',
    '["{\\"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk\\": 1}"]',
    "yaml.unmarshal: yaml: did not find expected ',' or '}'",
  ],
  [
    'tells the line of a key without a colon',
    'yaml.unmarshal',
    '["a: 1\\nb\\nc: 2"]',
    "yaml.unmarshal: yaml: line 2: could not find expected ':'",
  ],
  [
    'tells a tab in place of indentation',
    'yaml.unmarshal',
    '["a:\\n\\t- b"]',
    'yaml.unmarshal: yaml: line 2: found character that cannot start any token',
  ],
  [
    'tells a mapping within a value',
    'yaml.unmarshal',
    '["x:\\n  a: b: c"]',
    'yaml.unmarshal: yaml: line 2: mapping values are not allowed in this context',
  ],
  [
    'tells what is left open',
    'yaml.unmarshal',
    '["a:\\n  [1, 2"]',
    "yaml.unmarshal: yaml: line 1: did not find expected ',' or ']'",
  ],
  [
    'tells what follows a document',
    'yaml.unmarshal',
    '["  test:\\ntest1: hello\\n"]',
    'yaml.unmarshal: yaml: line 1: did not find expected <document start>',
  ],
  [
    'reads pairs in sequences',
    'yaml.unmarshal',
    '["[a: b, ? c : d, ? , \\"e\\":f, g: ]"]',
    "yaml.unmarshal: yaml: did not find expected ',' or ']'",
  ],
  [
    'refuses what is no string',
    'yaml.unmarshal',
    '[1]',
    'yaml.unmarshal: operand 1 must be string but got number',
  ],
  ['has nothing against YAML', 'yaml.is_valid', '["a: [1]"]', 'true'],
  ['takes a text with an error for invalid', 'yaml.is_valid', '["a: [1"]', 'false'],
  ['takes a number past any for invalid', 'yaml.is_valid', '[".inf"]', 'false'],
  ['takes what is no string for invalid', 'yaml.is_valid', '[{"a":1}]', 'false'],
  [
    'writes blocks, sequences further in than their keys',
    'yaml.marshal',
    '[{"a":[1,[2,3],{"b":1,"c":[]}],"d":{},"e":null}]',
    '"a:\\n  - 1\\n  - - 2\\n    - 3\\n  - b: 1\\n    c: []\\nd: {}\\ne: null\\n"',
  ],
  [
    'quotes what would be read as something else',
    'yaml.marshal',
    '[["1","true","yes","12:30","","~","<<","a: b","- a","#x","it\'s"," a","a ","\\tb","2001-01-01","0x1"]]',
    '"- \\"1\\"\\n- \\"true\\"\\n- \\"yes\\"\\n- \\"12:30\\"\\n- \\"\\"\\n- \\"~\\"\\n- <<\\n- \'a: b\'\\n- \'- a\'\\n- \'#x\'\\n- it\'s\\n- \' a\'\\n- \'a \'\\n- \\"\\\\tb\\"\\n- \\"2001-01-01\\"\\n- \\"0x1\\"\\n"',
  ],
  [
    'writes lines as a block, with its chomping',
    'yaml.marshal',
    '[["a\\nb","a\\n","a\\n\\n","\\n"," a\\nb","a \\nb","a\\n b\\n"]]',
    '"- |-\\n  a\\n  b\\n- |\\n  a\\n- |+\\n  a\\n\\n- |2+\\n\\n- |2-\\n   a\\n  b\\n- \\"a \\\\nb\\"\\n- |\\n  a\\n   b\\n"',
  ],
  [
    'escapes what does not print',
    'yaml.marshal',
    '[["\\u0001","\u00a0","\u2028","\ufeffab","😀","\u2028\\n","é"]]',
    '"- \\"\\\\x01\\"\\n- \u00a0\\n- \'\u2028\'\\n- \\"\\\\uFEFF\\\\x61\\\\x62\\"\\n- \\"\\\\U0001F600\\"\\n- |2+\\n\u2028\\n- é\\n"',
  ],
  [
    'orders keys with numbers in them',
    'yaml.marshal',
    '[{"1":1,"a10":1,"a9":1,"a09":1,"B":1,"b":1,"_x":1,"é":1,"a":1}]',
    '"_x: 1\\n\\"1\\": 1\\nB: 1\\na: 1\\na9: 1\\na09: 1\\na10: 1\\nb: 1\\né: 1\\n"',
  ],
  [
    'writes a long key apart from its value',
    'yaml.marshal',
    '[{"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk":{"a":1},"x\\ny":2}]',
    '"? kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk\\n: a: 1\\n? |-\\n  x\\n  y\\n: 2\\n"',
  ],
  [
    'writes numbers as YAML reads them',
    'yaml.marshal',
    '[[1.0,1e3,-0,1e400,12345678901234567890,99999999999999999999,0.1,1e-7,1e21]]',
    '"- 1\\n- 1000\\n- 0\\n- 1e400\\n- 12345678901234567890\\n- 1e+20\\n- 0.1\\n- 1e-07\\n- 1e+21\\n"',
  ],
];

testAnswers('YAML', yamlBuiltins, ANSWERS);

test('a timestamp that a tag asks for cannot be held, which is no error of the built-in', () => {
  expect(() => answerOf(yamlBuiltins, 'yaml.unmarshal', '["!!timestamp 2001-01-01"]')).toThrow(
    NotRepresentableError,
  );
});
