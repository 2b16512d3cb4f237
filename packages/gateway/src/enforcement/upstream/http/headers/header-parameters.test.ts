import { describe, expect, test } from 'vitest';
import { headerParameters, headerValue, parameterHeaders } from './header-parameters.ts';

const annotated = (name: unknown, type: unknown = 'string') => ({ type, 'x-mcp-header': name });
const schema = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more });

describe('a tool’s schema', () => {
  test('names the arguments that are repeated in headers, however deep they are', () => {
    const inner = schema({ rows: annotated('Rows', 'integer') });
    expect(
      headerParameters(schema({ region: annotated('Region'), options: inner, properties: {} })),
    ).toStrictEqual({
      kind: 'valid',
      parameters: [
        { path: ['region'], header: 'Mcp-Param-Region' },
        { path: ['options', 'rows'], header: 'Mcp-Param-Rows' },
      ],
    });
  });

  test('may use the word where it means nothing', () => {
    const properties = {
      a: { type: 'string', enum: [{ 'x-mcp-header': '' }], default: { 'x-mcp-header': 1 } },
    };
    expect(headerParameters(schema(properties)).kind).toBe('valid');
    expect(headerParameters(schema({ 'x-mcp-header': { type: 'string' } })).kind).toBe('valid');
  });

  test.each([
    ['empty', schema({ a: annotated('') })],
    ['no text', schema({ a: annotated(1) })],
    ['with a blank', schema({ a: annotated('a b') })],
    ['with a line break', schema({ a: annotated('a\r\nb') })],
    ['not ASCII', schema({ a: annotated('é') })],
    ['the same but for its case', schema({ a: annotated('X'), b: annotated('x') })],
    ['on a number', schema({ a: annotated('A', 'number') })],
    ['on an object', schema({ a: annotated('A', 'object') })],
    ['on several types', schema({ a: annotated('A', ['string', 'null']) })],
    ['on the arguments themselves', { ...schema({}), 'x-mcp-header': 'A' }],
    ['within items', schema({ a: { type: 'array', items: annotated('A') } })],
    ['within a choice', schema({}, { oneOf: [schema({ a: annotated('A') })] })],
    ['within a condition', schema({}, { if: schema({ a: annotated('A') }) })],
    ['within a definition', schema({}, { $defs: { one: annotated('A') } })],
    ['within additional properties', schema({}, { additionalProperties: annotated('A') })],
  ])('is refused where an annotation is %s', (_what, inputSchema) => {
    expect(headerParameters(inputSchema).kind).toBe('invalid');
  });
});

describe('a header', () => {
  const parameters = [{ path: ['a', 'b'], header: 'Mcp-Param-B' }];

  test.each([
    [{ a: { b: 'x' } }, { 'Mcp-Param-B': 'x' }],
    [{ a: { b: 7 } }, { 'Mcp-Param-B': '7' }],
    [{ a: { b: false } }, { 'Mcp-Param-B': 'false' }],
    [{ a: { b: null } }, {}],
    [{ a: {} }, {}],
    [{}, {}],
    [{ a: { b: 2 ** 53 } }, {}],
    [{ a: { b: 1.5 } }, {}],
    [{ a: { b: ['x'] } }, {}],
  ])('repeats the argument of %j', (args, headers) => {
    expect(parameterHeaders(parameters, args)).toStrictEqual(headers);
  });

  test('never takes an argument from what every object has', () => {
    expect(parameterHeaders([{ path: ['constructor', 'name'], header: 'Mcp-Param-B' }], {})).toStrictEqual(
      {},
    );
  });

  test.each([
    ['us-west1', 'us-west1'],
    ['two words', 'two words'],
    ['Hello, 世界', '=?base64?SGVsbG8sIOS4lueVjA==?='],
    [' padded ', '=?base64?IHBhZGRlZCA=?='],
    ['line1\nline2', '=?base64?bGluZTEKbGluZTI=?='],
    ['=?base64?literal?=', '=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?='],
    ['=?base64?=', '=?base64?PT9iYXNlNjQ/PQ==?='],
    ['', '=?base64??='],
  ])('says %j as it can', (value, said) => {
    expect(headerValue(value)).toBe(said);
  });

  test('is not made for what is too long', () => {
    expect(headerValue('x'.repeat(4_097))).toBeUndefined();
    expect(parameterHeaders(parameters, { a: { b: 'x'.repeat(4_097) } })).toBeUndefined();
  });
});
