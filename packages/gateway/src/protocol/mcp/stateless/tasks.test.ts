import type { Call, JsonObject, ServerReply } from '@bailiff/contract';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { McpServer } from '../ports.ts';
import { allow, deny } from '../testing/answers.ts';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';
import { TASKS_EXTENSION } from './envelope.ts';
import { ask } from './testing/stateless-client.ts';

const TAKES = { capabilities: { extensions: { [TASKS_EXTENSION]: {} }, elicitation: {} } };
const QUESTION = { method: 'elicitation/create', params: { message: 'Which year?', requestedSchema: {} } };

/** A server that declares tasks, or does not. No official server has them, so that what it answers is scripted. */
const serverOf = (capabilities: JsonObject): McpServer => ({
  describe: async () => ({ era: 'stateless', version: '2026-07-28', capabilities, serverInfo: {} }),
  list: async () => [],
  findTool: async (name) => ({ id: name, json: JSON.stringify({ name }), hasOutputSchema: false }),
  listen: async () => ({ update: async () => undefined, [Symbol.asyncDispose]: async () => undefined }),
  endConversation: () => undefined,
});

let gateway: TestGateway;
let status: JsonObject = { status: 'working' };
let denies: (call: Call) => boolean = () => false;
let release = 'one';
beforeAll(async () => {
  gateway = await startTestGateway({
    servers: new Map([
      ['jobs', serverOf({ tools: {}, extensions: { [TASKS_EXTENSION]: {} } })],
      ['plain', serverOf({ tools: {} })],
    ]),
    decide: (call) => (denies(call) ? deny(call.decisionId) : allow(call.decisionId)),
    release: () => release,
    enforce: async ({ answer }, call) => {
      if (answer.outcome !== 'allow') return { kind: 'refused' };
      const response =
        call.carryOut === undefined ? answerOf(call) : await call.carryOut(new AbortController().signal);
      return { kind: 'forwarded', response, bytes: response.json.length, durationMs: 0 };
    },
  });
});
afterAll(() => gateway[Symbol.asyncDispose]());
beforeEach(() => {
  status = { status: 'working' };
  denies = () => false;
  release = 'one';
  gateway.calls.length = 0;
});

function sent(call: Call | undefined): { method: string; params: JsonObject } {
  return JSON.parse(Buffer.from(call?.bytes ?? []).toString());
}

function answerOf(call: Call): ServerReply {
  const { method, params } = sent(call);
  const id = method === 'tools/call' ? `job-of-${call.principal.agentId}` : params.taskId;
  const kind = method === 'tools/call' ? 'task' : 'complete';
  const task = method === 'tools/call' || method === 'tasks/get' ? { taskId: id, ...status } : {};
  return { member: 'result', json: JSON.stringify({ resultType: kind, ...task }) };
}

/** The id of a new task. */
async function create(who = 'bot'): Promise<string> {
  const { json } = await ask(gateway, 'jobs', 'tools/call', { name: 'report' }, { ...TAKES, who });
  expect(json.result.resultType).toBe('task');
  return json.result.taskId;
}

const asks = (method: string, params: JsonObject, more: JsonObject = {}) =>
  ask(gateway, 'jobs', method, params, { ...TAKES, ...more });

test('a server is told that the client takes tasks, and what it asks of a task is decided as that', async () => {
  const taskId = await create();
  const key = 'io.modelcontextprotocol/clientCapabilities';
  expect(sent(gateway.calls[0]).params._meta).toMatchObject({
    [key]: { extensions: { [TASKS_EXTENSION]: {} } },
  });
  const { json } = await asks('tasks/get', { taskId });
  expect(json.result).toEqual({ resultType: 'complete', taskId, status: 'working' });
  expect(gateway.calls[1]).toMatchObject({
    type: 'task',
    target: { kind: 'tool', id: 'jobs.report' },
    toolName: 'report',
    args: { task_id: taskId, method: 'tasks/get' },
  });
  expect((await asks('tasks/cancel', { taskId })).json.result).toEqual({ resultType: 'complete' });
});

test('a client that does not say that it takes tasks is given none', async () => {
  const { json } = await ask(gateway, 'jobs', 'tools/call', { name: 'report' });
  expect(json.error.data.failure).toBe('upstream_invalid');
});

test.each([
  'tasks/get',
  'tasks/update',
  'tasks/cancel',
])('%s of a task of somebody else is of one that does not exist', async (method) => {
  const taskId = await create();
  gateway.calls.length = 0;
  const plain = (text: string) => text.replaceAll(/decision-\d+/g, 'id');
  const theirs = await asks(method, { taskId }, { who: 'other-bot' });
  const absent = await asks(method, { taskId: 'nothing' }, { who: 'other-bot' });
  expect([theirs.status, theirs.json.error.code]).toEqual([400, -32602]);
  expect(plain(theirs.text)).toBe(plain(absent.text));
  expect(gateway.calls).toEqual([]);
});

test('a denied request about a task is refused, and says why', async () => {
  const taskId = await create();
  denies = ({ type }) => type === 'task';
  expect((await asks('tasks/cancel', { taskId })).json.error.code).toBe(-32003);
});

test('a task’s questions are decided once under each release, and only answers to them reach the server', async () => {
  const taskId = await create();
  status = { status: 'input_required', inputRequests: { year: QUESTION } };
  gateway.calls.length = 0;
  await asks('tasks/get', { taskId });
  await asks('tasks/get', { taskId });
  expect(gateway.calls.map(({ type }) => type)).toEqual(['task', 'elicitation', 'task']);
  release = 'two';
  await asks('tasks/get', { taskId });
  expect(gateway.calls.at(-1)?.type).toBe('elicitation');
  const year = { action: 'accept', content: { year: 2026 } };
  await asks('tasks/update', { taskId, inputResponses: { year, other: year } });
  expect(sent(gateway.calls.at(-1)).params.inputResponses).toEqual({ year });
});

test('a task whose questions are refused does not hand them on', async () => {
  const taskId = await create();
  status = { status: 'input_required', inputRequests: { year: QUESTION } };
  denies = ({ type }) => type === 'elicitation';
  const { text, json } = await asks('tasks/get', { taskId });
  expect(json.error.code).toBe(-32003);
  expect(text).not.toContain('Which year?');
});

test('who does not take tasks cannot ask for one, and a server without them has none', async () => {
  const taskId = await create();
  const unable = await ask(gateway, 'jobs', 'tasks/get', { taskId });
  expect([unable.status, unable.json.error.code]).toEqual([400, -32021]);
  expect(unable.json.error.data.requiredCapabilities).toEqual({ extensions: { [TASKS_EXTENSION]: {} } });
  const none = await ask(gateway, 'plain', 'tasks/get', { taskId }, TAKES);
  expect([none.status, none.json.error.code]).toEqual([404, -32601]);
});
