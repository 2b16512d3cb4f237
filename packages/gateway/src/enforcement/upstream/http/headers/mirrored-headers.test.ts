import { expect, test } from 'vitest';
import { mirroredHeaders } from './mirrored-headers.ts';

test.each([
  ['tools/call', { name: 'read' }, 'read'],
  ['resources/read', { uri: 'file:///a' }, 'file:///a'],
  ['tasks/get', { taskId: 'task-1' }, 'task-1'],
  ['tasks/update', { taskId: 'task-1' }, 'task-1'],
  ['tasks/cancel', { taskId: 'task-1' }, 'task-1'],
  ['tools/list', { name: 'unread' }, undefined],
])('what %s of %j acts on stands in its header', (method, params, name) => {
  const headers = mirroredHeaders({ method, params, tool: undefined }, []);
  expect(headers['mcp-name']).toBe(name);
  expect(headers['mcp-method']).toBe(method);
});
