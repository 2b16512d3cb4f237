import { ByteText, Failure, readLargeAnswer } from '@bailiff/contract';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failureReply } from '../actions/act.ts';
import { inputRequiredOf } from '../input-required.ts';
import { type Telling, told } from './results.ts';

const TELLING: Telling = { caching: 'none', takesTask: false, decisionId: 'd', uri: undefined };
const tell = (json: string, telling: Partial<Telling> = {}) =>
  told({ member: 'result', json }, { ...TELLING, ...telling });

describe('a result', () => {
  test.each<[string, string, Partial<Telling>, string]>([
    ['says that it is whole', '{"content":[]}', {}, '{"resultType":"complete","content":[]}'],
    ['may be empty', '{}', {}, '{"resultType":"complete"}'],
    ['keeps its blanks', '{ "a" : 1 }', {}, '{"resultType":"complete", "a" : 1 }'],
    [
      'that says it already stays as it is',
      '{"a":1, "resultType" : "complete"}',
      {},
      '{"a":1, "resultType" : "complete"}',
    ],
    [
      'is not fooled by what stands deeper',
      '{"a":{"resultType":"x"},"b":"\\"resultType\\":"}',
      {},
      '{"resultType":"complete","a":{"resultType":"x"},"b":"\\"resultType\\":"}',
    ],
    [
      'of a read is its caller’s own',
      '{"contents":[],"cacheScope":"public","ttlMs":5}',
      { caching: 'read' },
      '{"resultType":"complete","ttlMs":5,"cacheScope":"private","contents":[]}',
    ],
    [
      'of a read without hints may not be kept',
      '{"contents":[]}',
      { caching: 'read' },
      '{"resultType":"complete","ttlMs":0,"cacheScope":"private","contents":[]}',
    ],
    [
      'of a read with unfit hints may not be kept',
      '{"ttlMs":-1,"contents":[]}',
      { caching: 'read' },
      '{"resultType":"complete","ttlMs":0,"cacheScope":"private","contents":[]}',
    ],
    [
      'of a list is its caller’s own and not kept',
      '{"tools":[]}',
      { caching: 'list' },
      '{"resultType":"complete","ttlMs":0,"cacheScope":"private","tools":[]}',
    ],
    [
      'may be a task for who takes one',
      '{"resultType":"task","taskId":"t"}',
      { takesTask: true },
      '{"resultType":"task","taskId":"t"}',
    ],
  ])('%s', (_what, json, telling, expected) => {
    const reply = tell(json, telling);
    expect(reply).toMatchObject({ member: 'result', json: expected });
    expect(() => JSON.parse(reply.json)).not.toThrow();
  });

  test.each([
    ['of a type that nobody knows', '{"resultType":"partial"}'],
    ['that asks without having been decided about', '{"resultType":"input_required","inputRequests":{}}'],
    ['that asks under another spelling', '{"result\\u0054ype":"input\\u005frequired","inputRequests":{}}'],
    ['of two types', '{"resultType":"complete","resultType":"input_required"}'],
    ['that is a task for who takes none', '{"resultType":"task","taskId":"t"}'],
    ['of no type at all', '{"resultType":null}'],
  ])('%s does not pass', (_what, json) => {
    expect(tell(json)).toMatchObject({ member: 'error', failure: { code: 'upstream_invalid' } });
  });

  test('keeps the value and the bytes of everything else, whatever it holds', () => {
    const result = fc.dictionary(
      fc.string().filter((key) => !['resultType', 'ttlMs', 'cacheScope', '__proto__'].includes(key)),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(result, fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        const json = JSON.stringify(value, null, indent);
        const reply = tell(json);
        expect(JSON.parse(reply.json)).toEqual({ resultType: 'complete', ...JSON.parse(json) });
        expect(reply.json.endsWith(json.slice(1))).toBe(true);
        const hints = { ttlMs: 9, cacheScope: 'public', ...value };
        const read = JSON.parse(tell(JSON.stringify(hints, null, indent), { caching: 'read' }).json);
        expect(read).toEqual({
          ...JSON.parse(json),
          resultType: 'complete',
          ttlMs: 9,
          cacheScope: 'private',
        });
      }),
    );
  });
});

describe('an error', () => {
  test.each([
    ['of a method that the server does not have', { code: -32601, message: 'm' }, 404],
    [
      'of a capability that the client lacks',
      { code: -32021, message: 'm', data: { requiredCapabilities: {} } },
      400,
    ],
    ['of the server’s own', { code: -32000, message: 'm' }, undefined],
    ['about parameters', { code: -32602, message: 'm' }, undefined],
  ])('%s has its status', (_what, error, status) => {
    const json = JSON.stringify(error);
    const reply = told({ member: 'error', json }, TELLING);
    expect(reply.json).toBe(json);
    expect(reply.status).toBe(status);
  });

  test('that this revision does not have any more is not passed on', () => {
    const json = JSON.stringify({ code: -32042, message: 'm', data: { elicitations: [] } });
    expect(told({ member: 'error', json }, TELLING)).toMatchObject({ failure: { code: 'upstream_invalid' } });
  });

  test('about headers has the status that the revision prescribes', () => {
    const reply = failureReply({ decisionId: 'd' }, new Failure('header_mismatch'));
    expect(told(reply, TELLING).status).toBe(400);
  });
});

describe('a result that stays in bytes', () => {
  const largeOf = (json: string) => {
    const answer = readLargeAnswer(
      new ByteText([Buffer.from(`{"jsonrpc":"2.0","id":"d","result":${json}}`)]),
    );
    if (answer === undefined) throw new Error(`it was not read: ${json}`);
    return answer.result;
  };
  const TEXTS = [
    '{"content":[]}',
    '{}',
    '{ "a" : "é\\u00e9" }',
    '{"a":1, "resultType" : "complete"}',
    '{"resultType":"task"}',
    '{"resultType":"input_required"}',
    '{"resultType":"complete","resultType":"input_required"}',
    '{"result\\u0054ype":"input_required"}',
    '{"RESULTTYPE":"input_required"}',
    '{"a":{"resultType":"input_required"}}',
    '{"contents":[],"cacheScope":"public","ttlMs":5}',
  ];

  test.each(TEXTS)('is told as any other is: %s', (json) => {
    for (const caching of ['none', 'read', 'list'] as const) {
      for (const takesTask of [true, false]) {
        const telling = { ...TELLING, caching, takesTask };
        const { member, json: text, failure } = told(largeOf(json), telling);
        const plain = tell(json, telling);
        expect({ member, text, failure }).toStrictEqual({
          member: plain.member,
          text: plain.json,
          failure: plain.failure,
        });
      }
    }
  });

  test.each(TEXTS)('asks for input where any other would: %s', (json) => {
    expect(inputRequiredOf(largeOf(json))).toStrictEqual(inputRequiredOf({ member: 'result', json }));
  });
});
