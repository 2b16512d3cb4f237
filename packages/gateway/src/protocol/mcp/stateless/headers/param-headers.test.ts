import type { Json, JsonObject } from '@bailiff/contract';
import { describe, expect, test } from 'vitest';
import { objectionToParamHeaders, paramHeadersOf } from './param-headers.ts';

const toolOf = (properties: Json, more: JsonObject = {}) => ({
  id: 'query',
  json: JSON.stringify({ name: 'query', inputSchema: { type: 'object', properties, ...more } }),
  hasOutputSchema: false,
});
const REGION = { type: 'string', 'x-mcp-header': 'Region' };

describe('headers that a schema asks for', () => {
  test('are found wherever properties lead to them', () => {
    const tool = toolOf({
      region: REGION,
      deep: { type: 'object', properties: { rows: { type: 'integer', 'x-mcp-header': 'Rows' } } },
    });
    expect(paramHeadersOf(tool)).toEqual([
      { name: 'Region', path: ['region'], isInteger: false },
      { name: 'Rows', path: ['deep', 'rows'], isInteger: true },
    ]);
  });

  test.each<[string, Json, JsonObject?]>([
    ['two with one name', { a: REGION, b: { type: 'string', 'x-mcp-header': 'REGION' } }],
    ['one that is no header’s name', { a: { type: 'string', 'x-mcp-header': 'a b' } }],
    ['one on a number', { a: { type: 'number', 'x-mcp-header': 'A' } }],
    ['one on an object', { a: { type: 'object', 'x-mcp-header': 'A' } }],
    [
      'one in the items of a list',
      { region: REGION, a: { type: 'array', items: { type: 'string', 'x-mcp-header': 'A' } } },
    ],
    [
      'one that applies sometimes',
      { region: REGION },
      { anyOf: [{ properties: { b: { type: 'string', 'x-mcp-header': 'B' } } }] },
    ],
  ])('are none where there is %s: clients leave such a tool out', (_what, properties, more) => {
    expect(paramHeadersOf(toolOf(properties, more))).toEqual([]);
  });

  test('an argument that is called like the annotation is none', () => {
    const tool = toolOf({ region: REGION, 'x-mcp-header': { type: 'string' } });
    expect(paramHeadersOf(tool).map(({ name }) => name)).toEqual(['Region']);
  });
});

describe('a header that repeats an argument', () => {
  const declared = paramHeadersOf(
    toolOf({
      region: REGION,
      rows: { type: 'integer', 'x-mcp-header': 'Rows' },
      dry: { type: 'boolean', 'x-mcp-header': 'Dry' },
    }),
  );
  const objection = (args: JsonObject, headers: Record<string, string>) =>
    objectionToParamHeaders(declared, args, headers)?.code;

  test.each<[string, JsonObject, Record<string, string>]>([
    ['the argument itself', { region: 'eu' }, { 'mcp-param-region': 'eu' }],
    ['between blanks', { region: 'eu' }, { 'mcp-param-region': ' eu\t' }],
    ['its Base64', { region: 'Zürich' }, { 'mcp-param-region': '=?base64?WsO8cmljaA==?=' }],
    ['a number', { rows: 42 }, { 'mcp-param-rows': '42' }],
    ['the same number', { rows: 42 }, { 'mcp-param-rows': '42.0' }],
    ['a truth value', { dry: true }, { 'mcp-param-dry': 'true' }],
    ['nothing of nothing', { region: null }, {}],
    ['what no schema asks for', {}, { 'mcp-param-other': 'x' }],
  ])('is right as %s', (_what, args, headers) => {
    expect(objection(args, headers)).toBeUndefined();
  });

  test.each<[string, JsonObject, Record<string, string>]>([
    ['missing', { region: 'eu' }, {}],
    ['different', { region: 'eu' }, { 'mcp-param-region': 'us' }],
    ['in capitals', { region: 'eu' }, { 'mcp-param-region': 'EU' }],
    ['of an argument that is not given', {}, { 'mcp-param-region': 'eu' }],
    ['of a null', { region: null }, { 'mcp-param-region': 'null' }],
    ['Base64 that is none', { region: 'eu' }, { 'mcp-param-region': '=?base64?ZXU?=' }],
    ['Base64 with bits to spare', { region: 'e' }, { 'mcp-param-region': '=?base64?ZR==?=' }],
    ['Base64 of no text', { region: 'eu' }, { 'mcp-param-region': '=?base64?/w==?=' }],
    ['beyond ASCII', { region: 'é' }, { 'mcp-param-region': 'é' }],
    ['another number', { rows: 42 }, { 'mcp-param-rows': '43' }],
    ['a number in another notation', { rows: 42 }, { 'mcp-param-rows': '0x2a' }],
  ])('is refused when %s', (_what, args, headers) => {
    expect(objection(args, headers)).toBe('header_mismatch');
  });
});
