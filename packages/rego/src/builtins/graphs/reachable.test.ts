import { type RecordedAnswer, testAnswers } from '../../testing/test-answers.ts';
import { graphBuiltins } from './reachable.ts';

const ANSWERS: readonly RecordedAnswer[] = [
  [
    'reaches vertices along arrays and over cycles',
    'graph.reachable',
    '[{"a": ["b"], "b": ["c", "a"], "c": null, "d": ["a"]}, ["a"]]',
    '["a","b","c"]',
  ],
  ['leaves out what is no key of the graph', 'graph.reachable', '[{"a": ["x"]}, ["a", "y"]]', '["a"]'],
  [
    'takes any value for a vertex',
    'graph.reachable',
    '[{"a": [1, {"k": null}], "b": 3}, ["a", "b"]]',
    '["a","b"]',
  ],
  [
    'refuses a graph that is no object',
    'graph.reachable',
    '[[], ["a"]]',
    'graph.reachable: operand 1 must be object but got array',
  ],
  [
    'refuses a start that is no collection',
    'graph.reachable',
    '[{}, "a"]',
    'graph.reachable: operand 2 must be {array, set} but got string',
  ],
  [
    'gives every path to its end',
    'graph.reachable_paths',
    '[{"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}, ["a"]]',
    '[["a","b","d"],["a","c","d"]]',
  ],
  [
    'ends a path where it comes back',
    'graph.reachable_paths',
    '[{"a": ["b"], "b": ["a", "x"]}, ["a"]]',
    '[["a","b"]]',
  ],
  ['goes over a loop at the start once', 'graph.reachable_paths', '[{"a": ["a"]}, ["a"]]', '[["a","a"]]'],
  ['gives a vertex without neighbours as a path', 'graph.reachable_paths', '[{"a": []}, ["a"]]', '[["a"]]'],
];

testAnswers('graph.* as OPA', graphBuiltins, ANSWERS);
