import { expect, test } from 'vitest';
import { allow, deny } from '../testing/answers.ts';
import { result, startSpeakingGateway } from '../testing/speaking-server.ts';
import { INITIALIZE, type TestGateway } from '../testing/test-gateway.ts';

const TASKS = { tools: {}, tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } } };

function start(options: object = {}) {
  let created = 0;
  return startSpeakingGateway({
    capabilities: TASKS,
    onCall: async (call) => {
      const { method, params } = JSON.parse(String(call.bytes));
      if (method === 'tools/call') {
        created += 1;
        return params.task === undefined
          ? result({ content: [] })
          : result({ task: { taskId: `task-${created}`, status: 'working', ttl: params.task.ttl } });
      }
      if (method === 'tasks/list')
        return result({ tasks: [{ taskId: 'task-1' }, { taskId: 'task-2' }, { taskId: 'x' }] });
      return result({ method, ...params });
    },
    ...options,
  });
}

async function asker(gateway: TestGateway, who = 'bot', protocolVersion = '2025-11-25') {
  const params = { ...INITIALIZE.params, protocolVersion };
  const { headers } = await gateway.send('crm', { who, body: { ...INITIALIZE, params } });
  const session = headers.get('mcp-session-id') ?? '';
  return async (method: string, params: object) =>
    (await gateway.send('crm', { who, session, body: { jsonrpc: '2.0', id: 1, method, params } })).json;
}

const CREATE = { name: 'work', arguments: {}, task: { ttl: 60_000 } };

test('a call that is to be a task is decided as a call of its tool, and what is asked about it as a task of that tool', async () => {
  await using gateway = await start();
  const ask = await asker(gateway);
  expect((await ask('tools/call', CREATE)).result.task).toMatchObject({ taskId: 'task-1', ttl: 60_000 });
  for (const method of ['tasks/get', 'tasks/result', 'tasks/cancel']) {
    expect((await ask(method, { taskId: 'task-1' })).result).toStrictEqual({ method, taskId: 'task-1' });
  }
  expect(gateway.calls.map(({ type, target }) => [type, target.id])).toStrictEqual([
    ['tool_call', 'crm.work'],
    ['task', 'crm.work'],
    ['task', 'crm.work'],
    ['task', 'crm.work'],
  ]);
});

test('a task is its creator’s: nobody else gets it, cancels it or sees it listed', async () => {
  await using gateway = await start();
  const mine = await asker(gateway);
  const theirs = await asker(gateway, 'other');
  await mine('tools/call', CREATE);
  await theirs('tools/call', CREATE);
  const idOf = (answer: { error: { data: { decision_id: string } } }) => answer.error.data.decision_id;
  for (const method of ['tasks/get', 'tasks/result', 'tasks/cancel']) {
    const foreign = await theirs(method, { taskId: 'task-1' });
    const absent = await theirs(method, { taskId: 'task-99' });
    expect(JSON.stringify(foreign).replace(idOf(foreign), '')).toBe(
      JSON.stringify(absent).replace(idOf(absent), ''),
    );
    expect(foreign.error.code).toBe(-32602);
  }
  expect(gateway.calls).toHaveLength(2);
  expect((await mine('tasks/list', {})).result.tasks).toStrictEqual([{ taskId: 'task-1' }]);
  expect((await theirs('tasks/list', {})).result.tasks).toStrictEqual([{ taskId: 'task-2' }]);
  expect(gateway.calls.at(-1)).toMatchObject({ type: 'task', target: { id: 'crm.*' } });
});

test('a refused question about a task is told with its reason', async () => {
  await using gateway = await start({
    decide: (call: { type: string; decisionId: string }) =>
      call.type === 'task' ? deny(call.decisionId) : allow(call.decisionId),
  });
  const ask = await asker(gateway);
  await ask('tools/call', CREATE);
  expect((await ask('tasks/cancel', { taskId: 'task-1' })).error.data.reasons).toStrictEqual(['not_cleared']);
});

test('where the server runs no tasks there are none, and the wish for one is dropped', async () => {
  await using gateway = await start({ capabilities: { tools: {} } });
  const ask = await asker(gateway);
  expect((await ask('tools/call', CREATE)).result).toStrictEqual({ content: [] });
  expect(String(gateway.calls[0]?.bytes)).not.toContain('task');
  for (const method of ['tasks/get', 'tasks/result', 'tasks/cancel', 'tasks/list']) {
    expect((await ask(method, { taskId: 'task-1' })).error.code).toBe(-32601);
  }
});

test('clients of 2025-06-18 know no tasks', async () => {
  await using gateway = await start();
  const ask = await asker(gateway, 'bot', '2025-06-18');
  expect((await ask('tools/call', CREATE)).result).toStrictEqual({ content: [] });
  expect((await ask('tasks/list', {})).error.code).toBe(-32601);
});
