import { type RecordedAnswer, testAnswers } from '../../testing/test-answers.ts';
import { jsonPartBuiltins } from './json-parts.ts';

const ANSWERS: readonly RecordedAnswer[] = [
  [
    'removes what paths lead to',
    'json.remove',
    '[{"a":{"b":1,"c":2},"d":[0,1,2]},["/a/b","d/1"]]',
    '{"a":{"c":2},"d":[0,2]}',
  ],
  ['removes by an array of steps', 'json.remove', '[{"a":{"x/y":1,"c":2}},[["a","x/y"]]]', '{"a":{"c":2}}'],
  ['reads escapes in a pointer', 'json.remove', '[{"x/y":1,"~":2,"z":3},["/x~1y","/~0"]]', '{"z":3}'],
  ['removes nothing for an empty path', 'json.remove', '[{"a":1},["",[]]]', '{"a":1}'],
  ['takes all leading slashes as one', 'json.remove', '[{"a":1,"b":2},["///a"]]', '{"b":2}'],
  [
    'lets the shorter of two paths win, in either order',
    'json.filter',
    '[{"a":{"b":1,"c":2}},["a/b","a"]]',
    '{"a":{"b":1,"c":2}}',
  ],
  [
    'keeps what paths lead to',
    'json.filter',
    '[{"a":{"b":1,"c":2},"d":[5,6,7],"e":1},["a/c","d/0","d/2","x"]]',
    '{"a":{"c":2},"d":[5,7]}',
  ],
  ['does not find names of the prototype', 'json.filter', '[{"a":1},["constructor","__proto__"]]', '{}'],
  [
    'refuses a document that is no object',
    'json.filter',
    '[[],[]]',
    'json.filter: operand 1 must be object but got array',
  ],
  [
    'refuses paths that are no array',
    'json.remove',
    '[{},"a"]',
    'json.remove: operand 2 must be one of {set, array} but got string',
  ],
  [
    'refuses a path that is no string',
    'json.remove',
    '[{},[1]]',
    'json.remove: operand 2 must be one of {set, array} containing string paths or array of path segments but got number',
  ],
];

testAnswers('parts of JSON documents', jsonPartBuiltins, ANSWERS);
