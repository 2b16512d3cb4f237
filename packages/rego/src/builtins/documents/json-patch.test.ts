import { describe, expect, test } from 'vitest';
import { answerOf } from '../../testing/answer-of.ts';
import { type RecordedAnswer, testAnswers } from '../../testing/test-answers.ts';
import { jsonPatchBuiltins } from './json-patch.ts';

const ANSWERS: readonly RecordedAnswer[] = [
  [
    'adds, replaces and removes members',
    'json.patch',
    '[{"a":1,"c":3},[{"op":"add","path":"/b","value":{"x":1}},{"op":"replace","path":"/a","value":2},{"op":"remove","path":"/c"},{"op":"add","path":"/b/y","value":[]}]]',
    '{"a":2,"b":{"x":1,"y":[]}}',
  ],
  [
    'adds into arrays',
    'json.patch',
    '[[1,2],[{"op":"add","path":"/0","value":0},{"op":"add","path":"/-","value":3}]]',
    '[0,1,2,3]',
  ],
  [
    'moves and copies',
    'json.patch',
    '[{"a":{"b":1}},[{"op":"copy","path":"/c","from":"/a"},{"op":"move","path":"/d","from":"/a/b"}]]',
    '{"a":{},"c":{"b":1},"d":1}',
  ],
  ['tests', 'json.patch', '[{"a":[1]},[{"op":"test","path":"/a","value":[1.0]}]]', '{"a":[1]}'],
  ['replaces the whole document', 'json.patch', '[{"a":1},[{"op":"add","path":"","value":[1]}]]', '[1]'],
  [
    'takes steps as an array',
    'json.patch',
    '[{"a":{"x/y":1}},[{"op":"remove","path":["a","x/y"]}]]',
    '{"a":{}}',
  ],
  [
    'keeps null elements',
    'json.patch',
    '[[null,1],[{"op":"add","path":"/1","value":null}]]',
    '[null,null,1]',
  ],
  [
    'looks into the array as it was, as OPA does',
    'json.patch',
    '[[{"x":1},{"x":2}],[{"op":"add","path":"/0","value":9},{"op":"replace","path":"/1/x","value":5}]]',
    '[9,{"x":5},{"x":2}]',
  ],
  [
    'tells a test that fails',
    'json.patch',
    '[{"a":1},[{"op":"test","path":"/a","value":{"b":"x"}}]]',
    'json.patch: value from EditTree != patch value.\n\nExpected: {"b": "x"}\n\nFound: 1',
  ],
  [
    'tells a path that does not exist',
    'json.patch',
    '[{"a":1},[{"op":"remove","path":"/b/c"}]]',
    'json.patch: path "b" does not exist in object term {"a": 1}',
  ],
  [
    'tells a member that does not exist',
    'json.patch',
    '[{"a":1},[{"op":"remove","path":"/b"}]]',
    'json.patch: cannot delete child key "b" that does not exist',
  ],
  [
    'tells a member that is gone already',
    'json.patch',
    '[{"a":1},[{"op":"remove","path":"/a"},{"op":"remove","path":"/a"}]]',
    'json.patch: cannot delete the already deleted scalar node for key "a"',
  ],
  [
    'tells a step into a member that is gone',
    'json.patch',
    '[{"a":{"b":1}},[{"op":"remove","path":"/a"},{"op":"add","path":"/a/b","value":1}]]',
    'json.patch: cannot unfold the already deleted composite node for key "a"',
  ],
  [
    'tells a step into a scalar',
    'json.patch',
    '[{"a":"x"},[{"op":"add","path":"/a/b","value":1}]]',
    'json.patch: expected composite type, found value: "x" (type: ast.String)',
  ],
  [
    'tells an index too large',
    'json.patch',
    '[[1],[{"op":"add","path":"/2","value":1}]]',
    'json.patch: index for array insertion out of bounds',
  ],
  [
    'tells an index too large to delete',
    'json.patch',
    '[[1],[{"op":"remove","path":"/1"}]]',
    'json.patch: index for array delete out of bounds',
  ],
  [
    'tells an index with a leading zero',
    'json.patch',
    '[[1],[{"op":"remove","path":"/00"}]]',
    'json.patch: leading zeros are not allowed in JSON paths',
  ],
  [
    'tells an index that is none',
    'json.patch',
    '[[1],[{"op":"remove","path":"/x"}]]',
    'json.patch: invalid string for indexing',
  ],
  [
    'does not find names of the prototype',
    'json.patch',
    '[{},[{"op":"copy","path":"/a","from":"/constructor"}]]',
    'json.patch: path "constructor" does not exist in object term {}',
  ],
  [
    'tells an operation it does not know',
    'json.patch',
    '[{},[{"op":"x","path":"/a"}]]',
    "json.patch: unrecognized op: 'x'",
  ],
  [
    'tells a missing operation',
    'json.patch',
    '[{},[{"path":"/a"}]]',
    "json.patch: missing required attribute 'op'",
  ],
  [
    'tells a missing path',
    'json.patch',
    '[{},[{"op":"add"}]]',
    "json.patch: missing required attribute 'path'",
  ],
  [
    'tells a missing value',
    'json.patch',
    '[{},[{"op":"add","path":"/a"}]]',
    "json.patch: missing required attribute 'value'",
  ],
  [
    'tells a missing source',
    'json.patch',
    '[{},[{"op":"move","path":"/a"}]]',
    "json.patch: missing required attribute 'from'",
  ],
  [
    'tells an operation that is no string',
    'json.patch',
    '[{},[{"op":1,"path":"/a"}]]',
    "json.patch: attribute 'op' must be a string but found: number",
  ],
  [
    'tells an operation that is no object',
    'json.patch',
    '[{},[1]]',
    'json.patch: must be an array of JSON-Patch objects, but at least one element is not an object',
  ],
  [
    'tells a path that is no string',
    'json.patch',
    '[{},[{"op":"add","path":1}]]',
    'json.patch: operand 2 must be one of {set, array} containing string paths or array of path segments but got number',
  ],
  [
    'refuses operations that are no array',
    'json.patch',
    '[{},{}]',
    'json.patch: operand 2 must be array but got object',
  ],
];

testAnswers('JSON patches', jsonPatchBuiltins, ANSWERS);

describe('JSON patches', () => {
  test.each([
    ['a document that was removed', '[{"a":1},[{"op":"remove","path":""}]]'],
    [
      'a document that was replaced and edited again',
      '[{"a":1},[{"op":"replace","path":"","value":{}},{"op":"add","path":"/a","value":1}]]',
    ],
    [
      'elements that OPA loses',
      '[[],[{"op":"add","path":"/0","value":1},{"op":"add","path":"/1","value":[]},{"op":"add","path":"/0","value":2}]]',
    ],
  ])('fails the evaluation where OPA panics: %s', (_what, operands) => {
    expect(() => answerOf(jsonPatchBuiltins, 'json.patch', operands)).toThrow('json.patch: ');
  });
});
