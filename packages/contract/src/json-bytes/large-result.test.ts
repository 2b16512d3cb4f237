import { expect, test } from 'vitest';
import { ByteText } from './byte-text.ts';
import { LargeResult, readLargeAnswer } from './large-result.ts';

/** A text in pieces of a few bytes. */
function pieces(text: string, size = 7): ByteText {
  const bytes = new TextEncoder().encode(text);
  const cut: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) cut.push(bytes.slice(at, at + size));
  return new ByteText(cut);
}

const RESULT = '{ "content" : [ {"text":"é日本語😀\\ud800"} ], "n": 1.0, "big": 9007199254740993 }';

test.each([
  `{"jsonrpc":"2.0","id":"d1","result":${RESULT}}`,
  `{"result":${RESULT},"jsonrpc":"2.0","id":"d1"}`,
  ` { "id" : "d\\u0031" , "result" : ${RESULT} , "jsonrpc" : "2.0" } \n`,
])('a result keeps its text to the byte, wherever it stands: %s', (text) => {
  for (const size of [1, 2, 3, 7, 1_000]) {
    const answer = readLargeAnswer(pieces(text, size));
    expect(answer?.id).toBe('d1');
    expect(answer?.result.json).toBe(RESULT);
    expect(
      answer?.result.members.map((member) => [member.key, answer.result.valueText(member)]),
    ).toStrictEqual([
      ['content', '[ {"text":"é日本語😀\\ud800"} ]'],
      ['n', '1.0'],
      ['big', '9007199254740993'],
    ]);
  }
});

test.each([
  ['two messages', '{"jsonrpc":"2.0","id":"d1","result":{}}{"jsonrpc":"2.0","id":"d1","result":{}}'],
  ['trailing bytes', '{"jsonrpc":"2.0","id":"d1","result":{}},'],
  ['two ids', '{"jsonrpc":"2.0","id":"d1","result":{},"id":"d2"}'],
  ['two ids, one of them escaped', '{"jsonrpc":"2.0","id":"d1","result":{},"\\u0069d":"d2"}'],
  ['two results', '{"jsonrpc":"2.0","id":"d1","result":{},"result":{"isError":true}}'],
  ['two results in different case', '{"jsonrpc":"2.0","id":"d1","result":{},"Result":{}}'],
  ['a result beside an error', '{"jsonrpc":"2.0","id":"d1","result":{},"error":{"code":1,"message":"x"}}'],
  ['a result beside a method', '{"jsonrpc":"2.0","id":"d1","result":{},"method":"ping"}'],
  ['a member of another name', '{"jsonrpc":"2.0","id":"d1","result":{},"__proto__":{}}'],
  ['an error', '{"jsonrpc":"2.0","id":"d1","error":{"code":1,"message":"x"}}'],
  ['another version', '{"jsonrpc":"2.00","id":"d1","result":{}}'],
  ['no version', '{"id":"d1","result":{}}'],
  ['no id', '{"jsonrpc":"2.0","result":{}}'],
  ['an id that is a number', '{"jsonrpc":"2.0","id":1,"result":{}}'],
  ['a result that is a list', '{"jsonrpc":"2.0","id":"d1","result":[{}]}'],
  ['a result that is a string', '{"jsonrpc":"2.0","id":"d1","result":"{}"}'],
  ['a list of messages', '[{"jsonrpc":"2.0","id":"d1","result":{}}]'],
  ['a comma too many in the result', '{"jsonrpc":"2.0","id":"d1","result":{"a":[1,],"b":2}}'],
  ['a comment', '{"jsonrpc":"2.0","id":"d1","result":{"a":/*"*/1},"id":"*/"}}'],
  [
    'a result nested too deeply',
    `{"jsonrpc":"2.0","id":"d1","result":{"a":${'['.repeat(512)}${']'.repeat(512)}}}`,
  ],
])('%s is left to whoever reads all of it', (_what, text) => {
  expect(readLargeAnswer(pieces(text))).toBeUndefined();
});

test('a copy with another text keeps nothing of the bytes', () => {
  const result = readLargeAnswer(pieces(`{"jsonrpc":"2.0","id":"d1","result":${RESULT}}`))?.result;
  expect(result).toBeInstanceOf(LargeResult);
  expect(Object.keys({ ...result })).toStrictEqual(['member', 'json']);
  const copy = { ...result, json: '{}' };
  expect(copy).not.toBeInstanceOf(LargeResult);
  expect(copy).toStrictEqual({ member: 'result', json: '{}' });
});

test.each([
  ['{"a":1}', '{"resultType":"complete","a":1}'],
  ['{ }', '{"resultType":"complete" }'],
])('members are put in front of %s', (json, told) => {
  const result = readLargeAnswer(pieces(`{"jsonrpc":"2.0","id":"d1","result":${json}}`))?.result;
  const more = result?.withMembers(['"resultType":"complete"']);
  expect(more?.json).toBe(told);
  expect(more?.text.byteLength).toBe(told.length);
  for (const member of more?.members ?? []) expect(more?.valueText(member)).toBe('1');
});
