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
