import { expect, test } from 'vitest';
import { aliasedArgument } from './argument-aliases.ts';

const SCHEMA = {
  type: 'object',
  properties: {
    path: { type: 'string' },
    sink: { type: 'string' },
    options: { type: 'object', properties: { kind: { type: 'string' } } },
    rows: { type: 'array', items: { type: 'object', properties: { id: { type: 'number' } } } },
  },
};

test.each([
  ['Path', { Path: '/etc/passwd' }],
  ['PATH', { path: '/srv', PATH: '/etc/passwd' }],
  ['\u017fink', { '\u017fink': 'x' }],
  ['options.\u212aind', { options: { '\u212aind': 'x' } }],
  ['rows.1.ID', { rows: [{ id: 1 }, { ID: 2 }] }],
])('the argument %s, which some servers read as a declared one, is found', (found, args) => {
  expect(aliasedArgument(args, SCHEMA)).toBe(found);
});

test.each([
  [{ path: '/srv', other: 1, Other: 2 }],
  [{ options: { extra: { Path: 1 } } }],
  [{ constructor: 1, __proto__: null, hasOwnProperty: 'x' }],
])('arguments that no declared one could be read from are none: %j', (args) => {
  expect(aliasedArgument(args, SCHEMA)).toBeUndefined();
});

test.each([
  undefined,
  null,
  true,
  'x',
  [],
  {},
  { properties: [] },
  { properties: null },
])('a schema that declares nothing (%j) has no names to alias', (schema) => {
  expect(aliasedArgument({ Path: 1 }, schema)).toBeUndefined();
});
