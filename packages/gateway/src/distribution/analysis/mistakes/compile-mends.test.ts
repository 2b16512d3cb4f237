import { expect, test } from 'vitest';
import { nearestInputPath } from '../input-paths.ts';
import { compileMend, countInPlaceOf, isMeantOtherwise } from './compile-mends.ts';

test.each([
  ['var True is unsafe', 'Write `true`.'],
  ['var tool is unsafe', '`"tool"`'],
  ['var compliance is unsafe', '`import data.policy.compliance`'],
  ['cannot assign to ref', 'Write `==` to compare.'],
  ['rule data.x.deny may be recursive: data.x.deny -> data.x.deny', 'something that does not ask it back'],
  ['rule data.policy.compliance.deny conflicts with:\n  rule data.x at y', '`name contains …`'],
  ['undefined function length', 'Rego calls it `count`.'],
  ['undefined function startsWith', 'Rego calls it `startswith`.'],
  ['undefined function input.tool.startswith', '`startswith(input.tool, …)`'],
  ['undefined function cuont', 'Rego calls it `count`.'],
  ['undefined function entirely_unknown', 'Correct its name.'],
  ['conflicting rules data.policy.compliance.deny found', '`name contains …`'],
  ['package expected', '`package policy.compliance`'],
  ['assigned var amount unused', 'Use `amount` in a condition, or remove it.'],
])('%s is told with a mend', (message, mend) => expect(compileMend(message)).toContain(mend));

test('what OPA says well enough is left to it', () =>
  expect(compileMend('match error: left string, right number')).toBeUndefined());

test('a path that no input has is told the one that is near', () => {
  expect(nearestInputPath(['input', 'action', 'tol'])).toEqual(['input', 'action', 'tool']);
  expect(nearestInputPath(['input', 'agnt', 'id'])).toEqual(['input', 'agent', 'id']);
  expect(nearestInputPath(['input', 'entirely', 'unknown'])).toBeUndefined();
});

test('a path whose end stands elsewhere in the input, and once, is told where', () => {
  expect(nearestInputPath(['input', 'args', 'rows'])).toEqual(['input', 'action', 'args', 'rows']);
  expect(nearestInputPath(['input', 'tool'])).toEqual(['input', 'action', 'tool']);
  expect(nearestInputPath(['input', 'is_production'])).toEqual(['input', 'environment', 'is_production']);
  expect(nearestInputPath(['input', 'region'])).toBeUndefined();
  expect(nearestInputPath(['input', 'id'])).toBeUndefined();
  expect(nearestInputPath(['input', 'environment', 'name'])).toBeUndefined();
});

test('what other languages read a length from is counted', () => {
  expect(countInPlaceOf(['input', 'action', 'tool', 'length'])).toBe('count(input.action.tool)');
  expect(countInPlaceOf(['input', 'context', 'recent_tools', 'size'])).toBe(
    'count(input.context.recent_tools)',
  );
  expect(countInPlaceOf(['input', 'length'])).toBeUndefined();
  expect(countInPlaceOf(['input', 'action', 'tool'])).toBeUndefined();
});

test('a name of another language is told from one that is merely not of the simple level', () => {
  expect(['length', 'startsWith', 'sum', 'http.send'].map(isMeantOtherwise)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
