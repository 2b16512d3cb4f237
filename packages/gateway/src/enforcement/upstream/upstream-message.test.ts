import { ByteText, LARGE_BYTES_MIN, LargeResult } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { readUpstreamMessage } from './upstream-message.ts';

test('keeps the text of a result to the byte, wherever it stands', () => {
  const result = '{ "content": [ ], "n": 1.0, "big": 9007199254740993, "s": "\\u00e9" }';
  for (const text of [
    `{"jsonrpc":"2.0","id":"d1","result":${result}}`,
    `{"result":${result},"jsonrpc":"2.0","id":"d1"}`,
    ` { "id" : "d1" , "result" : ${result} , "jsonrpc" : "2.0" } `,
  ]) {
    expect(readUpstreamMessage(text)).toStrictEqual({
      kind: 'answer',
      id: 'd1',
      reply: { member: 'result', json: result },
    });
  }
});

test.each([
  ['text', 'hello'],
  ['an array', '[{"jsonrpc":"2.0","id":"d1","result":{}}]'],
  ['another version', '{"jsonrpc":"1.0","id":"d1","result":{}}'],
  ['both result and error', '{"jsonrpc":"2.0","id":"d1","result":{},"error":{"code":1,"message":"x"}}'],
  ['two results', '{"jsonrpc":"2.0","id":"d1","result":{},"result":{"isError":true}}'],
  ['two results in different case', '{"jsonrpc":"2.0","id":"d1","result":{},"Result":{}}'],
  ['two ids', '{"jsonrpc":"2.0","id":"d2","id":"d1","result":{}}'],
  ['a result that is no object', '{"jsonrpc":"2.0","id":"d1","result":[]}'],
  ['an error without a code', '{"jsonrpc":"2.0","id":"d1","error":{"message":"x"}}'],
  ['nothing at all', '{"jsonrpc":"2.0","id":"d1"}'],
  [
    'a result nested too deeply',
    `{"jsonrpc":"2.0","id":"d1","result":{"a":${'['.repeat(600)}${']'.repeat(600)}}}`,
  ],
])('%s is no message', (_what, text) => {
  expect(readUpstreamMessage(text).kind).toBe('invalid');
});

test('tells requests and notifications of the server from answers', () => {
  expect(readUpstreamMessage('{"jsonrpc":"2.0","id":1,"method":"roots/list"}')).toStrictEqual({
    kind: 'request',
    id: 1,
    method: 'roots/list',
    params: {},
    json: '{}',
  });
  const params = '{ "progress": 1.0, "progressToken": "d1" }';
  expect(
    readUpstreamMessage(`{"jsonrpc":"2.0","method":"notifications/progress","params":${params}}`),
  ).toStrictEqual({
    kind: 'notification',
    method: 'notifications/progress',
    params: { progress: 1, progressToken: 'd1' },
    json: params,
  });
  expect(readUpstreamMessage('{"jsonrpc":"2.0","method":"notifications/message","params":[]}').kind).toBe(
    'invalid',
  );
});

const PADDING = 'x'.repeat(LARGE_BYTES_MIN);

/** In pieces, as a large body comes in. */
function bytesOf(text: string): ByteText {
  const bytes = Buffer.from(text);
  return new ByteText([bytes.subarray(0, 40_000), bytes.subarray(40_000)]);
}

test('a large result is told alike from its text and from its bytes, and is not decoded', () => {
  const result = `{"content":[{"type":"text","text":"${PADDING}\\u00e9é"}]}`;
  const text = `{"jsonrpc":"2.0","id":"d1","result":${result}}`;
  for (const said of [text, bytesOf(text)]) {
    const message = readUpstreamMessage(said);
    expect(message).toMatchObject({ kind: 'answer', id: 'd1', reply: { member: 'result', json: result } });
    expect(message.kind === 'answer' && message.reply).toBeInstanceOf(LargeResult);
  }
});

test.each([
  ['two messages', (result: string) => `{"jsonrpc":"2.0","id":"d1","result":${result}}{}`],
  ['two ids', (result: string) => `{"jsonrpc":"2.0","id":"d2","result":${result},"id":"d1"}`],
  ['two results', (result: string) => `{"jsonrpc":"2.0","id":"d1","result":{},"result":${result}}`],
  [
    'two results in different case',
    (result: string) => `{"jsonrpc":"2.0","id":"d1","Result":{},"result":${result}}`,
  ],
  [
    'a result beside an error',
    (result: string) => `{"jsonrpc":"2.0","id":"d1","error":{"code":1,"message":""},"result":${result}}`,
  ],
  ['a result that is no object', (result: string) => `{"jsonrpc":"2.0","id":"d1","result":[${result}]}`],
  [
    'a result nested too deeply',
    (result: string) =>
      `{"jsonrpc":"2.0","id":"d1","result":{"a":${'['.repeat(600)}${result}${']'.repeat(600)}}}`,
  ],
  [
    'a result with a comma too many',
    (result: string) => `{"jsonrpc":"2.0","id":"d1","result":{"a":${result},}}`,
  ],
])('%s is no message, however large', (_what, written) => {
  const text = written(`{"text":"${PADDING}"}`);
  expect(readUpstreamMessage(text).kind).toBe('invalid');
  expect(readUpstreamMessage(bytesOf(text)).kind).toBe('invalid');
});

test('a large message that is no plain answer is read as a small one is', () => {
  const large = `{"data":"${PADDING}"}`;
  const spelled = `{"jsonrpc":"2.0","\\u0069d":"d1","result":${large},"meta":1}`;
  expect(readUpstreamMessage(bytesOf(spelled))).toStrictEqual({
    kind: 'answer',
    id: 'd1',
    reply: { member: 'result', json: large },
  });
  const error = `{"jsonrpc":"2.0","id":"d1","error":{"code":1,"message":"","data":${large}}}`;
  expect(readUpstreamMessage(bytesOf(error))).toMatchObject({ kind: 'answer', reply: { member: 'error' } });
  const told = `{"jsonrpc":"2.0","method":"notifications/message","params":${large}}`;
  expect(readUpstreamMessage(bytesOf(told))).toMatchObject({ kind: 'notification', json: large });
});
