import type { Json } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { limitsOf, patternsIn } from './argument-limits.ts';

const everyPattern = () => true;
const ofTool = (inputSchema: Json) => limitsOf({ inputSchema }, everyPattern);
const ofArgument = (schema: Json) => {
  const { limits, left } = ofTool({ properties: { a: schema } });
  return { limits: limits?.properties.a, left };
};

test.each<[string, Json, object]>([
  ['a type', { type: 'string' }, { type: ['string'] }],
  ['an integer', { type: 'integer' }, { type: ['number'], whole: true }],
  ['an integer or a text', { type: ['integer', 'string'] }, { type: ['number', 'string'], whole: true }],
  ['an integer or any number', { type: ['integer', 'number'] }, { type: ['number'] }],
  ['a constant', { const: 7 }, { enum: [7] }],
  ['bounds', { minimum: 1, exclusiveMaximum: 5.5 }, { minimum: 1, exclusiveMaximum: 5.5 }],
  ['a bound of nothing', { minLength: 0, minItems: 0 }, {}],
  ['lengths', { pattern: '^a', minLength: 1, maxLength: 2 }, { pattern: '^a', minLength: 1, maxLength: 2 }],
  ['elements', { type: 'array', items: { enum: ['a'] } }, { type: ['array'], items: { enum: ['a'] } }],
  [
    'one or null',
    { anyOf: [{ enum: ['a'], type: 'string' }, { type: 'null' }] },
    { type: ['string', 'null'], enum: ['a', null] },
  ],
  ['nothing', {}, {}],
  ['anything', true, {}],
])('of an argument, %s is held as its schema says', (_what, schema, limits) => {
  expect(ofArgument(schema)).toEqual({ limits, left: [] });
});

test.each<[string, Json, readonly string[]]>([
  ['a format', { format: 'email' }, ['format']],
  ['alternatives', { anyOf: [{ type: 'string' }, { type: 'number' }] }, ['anyOf']],
  [
    'properties of an object',
    { type: 'object', properties: { b: {} }, required: ['b'] },
    ['properties', 'required'],
  ],
  ['lists of lists', { items: { items: { type: 'string' } } }, ['items']],
  ['values that are no scalars', { enum: [{ a: 1 }] }, ['enum']],
  ['numbers that lose digits', { maximum: 1e300, enum: [2 ** 60] }, ['enum', 'maximum']],
  ['text that is no Unicode', { enum: ['\ud800'] }, ['enum']],
  ['a reference to elsewhere', { $ref: 'https://schemas.example/a' }, ['$ref']],
  ['a reference to nothing', { $ref: '#/$defs/none' }, ['$ref']],
  ['too many values', { enum: Array.from({ length: 201 }, (_, index) => index) }, ['enum']],
])('of an argument, %s is left to the server, and told', (_what, schema, left) => {
  expect(ofArgument(schema).left).toEqual(left);
});

test('references are followed, and those that lead back to themselves come to an end', () => {
  const $defs = { id: { $ref: '#/$defs/a~1b' }, 'a/b': { type: 'integer' }, loop: { $ref: '#/$defs/loop' } };
  const said = ofTool({ $defs, properties: { id: { $ref: '#/$defs/id' }, loop: { $ref: '#/$defs/loop' } } });
  expect(said.limits?.properties).toEqual({ id: { type: ['number'], whole: true }, loop: {} });
  expect(said.left).toEqual(['$ref']);
  const own: Json = {
    properties: {
      either: { anyOf: [{ $ref: '#/properties/either' }, { type: 'null' }] },
      list: { type: 'array', items: { $ref: '#/properties/list' } },
      whole: { $ref: '#' },
    },
  };
  expect(ofTool(own).limits?.properties.list).toEqual({ type: ['array'], items: { type: ['array'] } });
  expect(ofTool({ $ref: '#' })).toEqual({ limits: undefined, left: ['$ref'] });
});

test('arguments that are not described are refused unless the schema leaves room for others', () => {
  const isClosed = (schema: Json) => ofTool(schema).limits?.only_listed ?? false;
  expect(isClosed({ properties: {} })).toBe(true);
  expect(isClosed({ properties: { a: {} }, additionalProperties: false })).toBe(true);
  expect(isClosed({ properties: { a: {} }, additionalProperties: true })).toBe(false);
  expect(isClosed({ properties: { a: {} }, additionalProperties: { type: 'string' } })).toBe(false);
  expect(isClosed({ properties: { a: {} }, patternProperties: { '^x': {} } })).toBe(false);
  expect(isClosed({ properties: { a: {} }, allOf: [{ properties: { b: {} } }] })).toBe(false);
  expect(isClosed({ type: 'object' })).toBe(false);
});

test('names that a file cannot hold are left out, so that such arguments are refused', () => {
  const properties = JSON.parse('{"__proto__": {}, "<<": {}, "ok": {}, "constructor": {"type": "string"}}');
  const { limits, left } = ofTool({ properties, required: ['__proto__', 'ok', 7, 'toString'] });
  expect(limits).toEqual({
    required: ['ok', 'toString'],
    only_listed: true,
    properties: { ok: {}, constructor: { type: ['string'] } },
  });
  expect(left).toEqual(['properties', 'required']);
});

test('a schema that is none says nothing', () => {
  for (const schema of [null, true, [], 'object', { type: 'object' }, { properties: [], required: 'a' }])
    expect(ofTool(schema).limits).toBeUndefined();
  expect(limitsOf({}, everyPattern)).toEqual({ limits: undefined, left: [] });
});

test('only patterns that OPA takes are held', () => {
  const definition = {
    inputSchema: { properties: { a: { pattern: '(?=x)' }, b: { items: { pattern: '^x$' } } } },
  };
  expect(patternsIn(definition)).toEqual(['(?=x)', '^x$']);
  expect(limitsOf(definition, (pattern) => pattern === '^x$')).toEqual({
    limits: { only_listed: true, properties: { a: {}, b: { items: { pattern: '^x$' } } } },
    left: ['pattern'],
  });
});
