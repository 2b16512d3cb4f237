import type { Era, JsonObject } from '@bailiff/contract';
import { expect, test } from 'vitest';
import type { McpServer } from '../ports.ts';
import { TASKS_EXTENSION } from '../stateless/envelope.ts';
import { ask } from '../stateless/testing/stateless-client.ts';
import { startTestGateway } from '../testing/test-gateway.ts';
import { TASKS_OF_ONE_MAX } from './task-shares.ts';

const serverOf = (era: Era, capabilities: JsonObject): McpServer => ({
  describe: async () => ({
    era,
    version: era === 'session' ? '2025-11-25' : '2026-07-28',
    capabilities,
    serverInfo: {},
  }),
  list: async () => [],
  findTool: async (name) => ({ id: name, json: '{}', hasOutputSchema: false }),
  listen: async () => ({ update: async () => undefined, [Symbol.asyncDispose]: async () => undefined }),
  endConversation: () => undefined,
});

const TAKES = { capabilities: { extensions: { [TASKS_EXTENSION]: {} } } };

test('one bound holds for the tasks of a principal, by whichever way of MCP it makes them', async () => {
  let made = 0;
  await using gateway = await startTestGateway({
    servers: new Map([
      ['old', serverOf('session', { tools: {}, tasks: {} })],
      ['new', serverOf('stateless', { tools: {}, extensions: { [TASKS_EXTENSION]: {} } })],
    ]),
    enforce: async (_decision, { server, type }) => {
      made += 1;
      const taskId = `task-${made}`;
      const task = server === 'old' ? { task: { taskId } } : { resultType: 'task', taskId };
      const json = JSON.stringify(type === 'task' ? { status: 'working' } : task);
      return { kind: 'forwarded', response: { member: 'result', json }, bytes: 1, durationMs: 0 };
    },
  });
  const { taskId } = (await ask(gateway, 'new', 'tools/call', { name: 'work' }, TAKES)).json.result;
  const get = () => ask(gateway, 'new', 'tasks/get', { taskId }, TAKES);
  expect((await get()).status).toBe(200);
  const session = await gateway.open('old');
  const params = { name: 'work', arguments: {}, task: {} };
  const make = (id: number) =>
    gateway.send('old', { session, body: { jsonrpc: '2.0', id, method: 'tools/call', params } });
  for (let id = 1; id <= TASKS_OF_ONE_MAX; id += 50)
    await Promise.all(Array.from({ length: 50 }, (_, at) => make(id + at)));
  expect((await get()).json.error.message).toBe('Unknown task');
});
