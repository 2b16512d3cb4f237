import { type Call, failureOf, type JsonObject, type ServerReply } from '@bailiff/contract';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { McpServer } from './ports.ts';
import { ask } from './stateless/testing/stateless-client.ts';
import { allow, deny } from './testing/answers.ts';
import { startTestGateway, type TestGateway } from './testing/test-gateway.ts';

const question = (message: string) => ({
  method: 'elicitation/create',
  params: { message, requestedSchema: {} },
});
const address = (url: string) => ({ mode: 'url', message: 'Open', elicitationId: url, url });

const ASKING: Readonly<Record<string, ServerReply>> = {
  stateless: {
    member: 'result',
    json: JSON.stringify({
      resultType: 'input_required',
      inputRequests: { a: question('harmless'), b: question('secret'), c: question('harmless too') },
      requestState: 'own',
    }),
  },
  session: {
    member: 'error',
    json: JSON.stringify({
      code: -32042,
      message: 'Open this first',
      data: {
        elicitations: ['harmless', 'secret', 'other'].map((name) => address(`https://${name}.example`)),
      },
    }),
  },
};

const serverOf = (era: 'stateless' | 'session'): McpServer => ({
  describe: async () => ({ era, version: '2026-07-28', capabilities: { tools: {} }, serverInfo: {} }),
  list: async () => [],
  findTool: async (name) => ({ id: name, json: JSON.stringify({ name }), hasOutputSchema: false }),
  listen: async () => ({ update: async () => undefined, [Symbol.asyncDispose]: async () => undefined }),
  endConversation: () => undefined,
});

let gateway: TestGateway;
let outcomes: Record<string, string> = {};
let denies: (call: Call) => boolean = () => false;
beforeAll(async () => {
  gateway = await startTestGateway({
    servers: new Map([
      ['stateless', serverOf('stateless')],
      ['session', serverOf('session')],
    ]),
    decide: (call) => (denies(call) ? deny(call.decisionId) : allow(call.decisionId)),
    enforce: async ({ answer }, call, signal) => {
      const outcome = async () => {
        if (answer.outcome !== 'allow') return { kind: 'refused' } as const;
        try {
          const response = (await call.carryOut?.(signal)) ?? ASKING[call.server];
          if (response === undefined) throw new Error('There is no such server.');
          return { kind: 'forwarded', response, bytes: 1, durationMs: 1 } as const;
        } catch (thrown) {
          return { kind: 'failed', failure: failureOf(thrown), durationMs: 1 } as const;
        }
      };
      const result = await outcome();
      if (call.type === 'elicitation') outcomes[textOf(call.args)] = result.kind;
      return result;
    },
  });
});
afterAll(() => gateway[Symbol.asyncDispose]());
beforeEach(() => {
  outcomes = {};
  denies = () => false;
});

const textOf = ({ url, message }: JsonObject) => String(url ?? message);
const CAPABILITIES = { elicitation: { form: {}, url: {} } };

async function called(server: string): Promise<string> {
  if (server === 'stateless') {
    const params = { name: 'ask', arguments: {} };
    return (await ask(gateway, server, 'tools/call', params, { capabilities: CAPABILITIES })).text;
  }
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: CAPABILITIES,
    clientInfo: { name: 'raw', version: '1' },
  };
  const opened = await gateway.send(server, {
    body: { jsonrpc: '2.0', id: 0, method: 'initialize', params },
  });
  const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'ask', arguments: {} } };
  return (await gateway.send(server, { body, session: opened.headers.get('mcp-session-id') ?? '' })).text;
}

test.each([
  'stateless',
  'session',
])('%s: of questions that go out together none is recorded as asked where one is refused', async (server) => {
  denies = ({ type, args }) => type === 'elicitation' && textOf(args).includes('secret');
  expect(await called(server)).not.toContain('harmless');
  expect(Object.entries(outcomes).map(([text, kind]) => [text.includes('secret'), kind])).toEqual(
    expect.arrayContaining([
      [false, 'failed'],
      [true, 'refused'],
      [false, 'failed'],
    ]),
  );
  expect(Object.values(outcomes)).toHaveLength(3);
});

test.each(['stateless', 'session'])('%s: where all are allowed, all are asked', async (server) => {
  expect(await called(server)).toContain('harmless');
  expect(Object.values(outcomes)).toEqual(['forwarded', 'forwarded', 'forwarded']);
});
