import { expect, test } from 'vitest';
import { mirroredHeaders, readClientMessage } from './client-message.ts';

const stateless = (method: string, params: object) => {
  const _meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
  return readClientMessage(
    Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } })),
  );
};

test.each([
  ['{"jsonrpc":"2.0","id":1,"method":"ping"}', 'request'],
  ['{"jsonrpc":"2.0","method":"notifications/initialized"}', 'notification'],
  ['{"jsonrpc":"2.0","id":"q","result":{}}', 'response'],
  ['{"jsonrpc":"2.0","id":"q","error":{"code":1,"message":"no"}}', 'response'],
  ['[{"jsonrpc":"2.0","id":1,"method":"ping"}]', 'other'],
  ['hello', 'other'],
  ['{"jsonrpc":"2.0"}', 'other'],
])('%s is a %s', (line, kind) => {
  expect(readClientMessage(Buffer.from(line)).kind).toBe(kind);
});

test.each([
  ['tools/call', { name: 'read' }, 'read'],
  ['prompts/get', { name: 'größe' }, `=?base64?${Buffer.from('größe').toString('base64')}?=`],
  ['tools/call', { name: ' read' }, `=?base64?${Buffer.from(' read').toString('base64')}?=`],
  [
    'tools/call',
    { name: '=?base64?cmVhZA==?=' },
    `=?base64?${Buffer.from('=?base64?cmVhZA==?=').toString('base64')}?=`,
  ],
  ['resources/read', { uri: 'file:///a' }, 'file:///a'],
  ['tools/list', { name: 'unread' }, undefined],
])('what %s of %j acts on stands in its header', (method, params, name) => {
  const headers = mirroredHeaders(stateless(method, params));
  expect(headers['mcp-name']).toBe(name);
  expect(headers).toMatchObject({ 'mcp-method': method, 'mcp-protocol-version': '2026-07-28' });
});

test.each(['tasks/get', 'tasks/update', 'tasks/cancel'])('%s names its task in a header', (method) => {
  expect(mirroredHeaders(stateless(method, { taskId: 'task-1' }))['mcp-name']).toBe('task-1');
});
