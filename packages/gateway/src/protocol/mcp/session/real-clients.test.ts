import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ServerConfiguration } from '@bailiff/contract';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEnforce } from '../../../enforcement/enforce.ts';
import { openUpstreams, type Upstreams } from '../../../enforcement/upstream/open-upstreams.ts';
import { allow, deny } from '../testing/answers.ts';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';

const EVERYTHING = join(
  import.meta.dirname,
  '../../../../../../node_modules/@modelcontextprotocol/server-everything/dist/index.js',
);

let child: ChildProcess;
let upstreams: Upstreams;
let gateway: TestGateway;

beforeAll(async () => {
  const port = await freePort();
  child = spawn(process.execPath, [EVERYTHING, 'streamableHttp'], {
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await listening(child);
  upstreams = openUpstreams(
    {
      over_http: ServerConfiguration.parse({ transport: 'http', url: `http://127.0.0.1:${port}/mcp` }),
      over_stdio: ServerConfiguration.parse({
        transport: 'stdio',
        command: process.execPath,
        args: [EVERYTHING, 'stdio'],
        process: 'conversation',
      }),
    },
    { environment: process.env, directory: '.', log: () => undefined },
  );
  gateway = await startTestGateway({
    servers: upstreams.byName,
    enforce: createEnforce({
      upstreams: upstreams.byName,
      upstreamTimeoutMs: 20_000,
      regionOf: () => 'unknown',
      notify: async () => undefined,
    }),
    decide: (call) =>
      call.type === 'sampling' && JSON.stringify(call.args).includes('forbidden')
        ? deny(call.decisionId)
        : allow(call.decisionId),
  });
}, 60_000);

afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await upstreams?.[Symbol.asyncDispose]();
  child?.kill('SIGKILL');
});

async function connected(server: string) {
  const client = new Client(
    { name: 'able', version: '1' },
    { capabilities: { sampling: {}, elicitation: { form: {} }, roots: { listChanged: true } } },
  );
  const updated: string[] = [];
  const logged: unknown[] = [];
  client.setRequestHandler(CreateMessageRequestSchema, async ({ params }) => ({
    role: 'assistant',
    model: 'test-model',
    content: { type: 'text', text: `sampled ${JSON.stringify(params.messages).length > 0}` },
  }));
  client.setRequestHandler(ElicitRequestSchema, async () => ({ action: 'accept', content: { name: 'Ada' } }));
  client.setRequestHandler(ListRootsRequestSchema, async () => ({
    roots: [{ uri: 'file:///work', name: 'work' }],
  }));
  client.setNotificationHandler(
    ResourceUpdatedNotificationSchema,
    ({ params }) => void updated.push(params.uri),
  );
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void logged.push(params));
  const requestInit = { headers: { authorization: 'Bearer bot' } };
  const transport = new StreamableHTTPClientTransport(gateway.url(server), { requestInit });
  // The SDK’s own types clash with exactOptionalPropertyTypes.
  await client.connect(transport as never);
  return { client, updated, logged, [Symbol.asyncDispose]: () => client.close() };
}

describe.each(['over_http', 'over_stdio'])('the official client and server-everything %s', (server) => {
  test('a server samples, asks its user and asks for roots, each decided, and is refused what policy refuses', {
    timeout: 30_000,
  }, async () => {
    await using session = await connected(server);
    const { client } = session;
    const before = gateway.calls.length;
    const call = async (name: string, args: Record<string, unknown> = {}) =>
      JSON.stringify(await client.callTool({ name, arguments: args }));
    expect(await call('trigger-sampling-request', { prompt: 'hello', maxTokens: 10 })).toContain(
      'sampled true',
    );
    expect(await call('trigger-elicitation-request')).toContain('Ada');
    expect(await call('get-roots-list')).toContain('file:///work');
    expect(await call('trigger-sampling-request', { prompt: 'forbidden', maxTokens: 10 })).toContain(
      'refused by policy',
    );
    const types = gateway.calls.slice(before).map(({ type, target }) => `${type} ${target.id}`);
    expect(types).toContain(`sampling ${server}.trigger-sampling-request`);
    expect(types).toContain(`elicitation ${server}.trigger-elicitation-request`);
  });

  test('prompts, completions, subscriptions, levels and progress reach the client', {
    timeout: 30_000,
  }, async () => {
    await using session = await connected(server);
    const { client } = session;
    const { prompts } = await client.listPrompts();
    expect(prompts.map(({ name }) => name)).toContain('args-prompt');
    const prompt = await client.getPrompt({ name: 'args-prompt', arguments: { city: 'Oslo' } });
    expect(JSON.stringify(prompt)).toContain('Oslo');
    const completion = await client.complete({
      ref: { type: 'ref/prompt', name: 'completable-prompt' },
      argument: { name: 'department', value: 'E' },
    });
    expect(completion.completion.values).toContain('Engineering');
    await client.setLoggingLevel('debug');
    const uri = 'demo://resource/dynamic/text/1';
    await client.subscribeResource({ uri });
    await client.callTool({ name: 'toggle-subscriber-updates', arguments: {} });
    await expect.poll(() => session.updated, { timeout: 15_000 }).toContain(uri);
    await client.unsubscribeResource({ uri });
    const progress: number[] = [];
    await client.callTool(
      { name: 'trigger-long-running-operation', arguments: { duration: 0.3, steps: 3 } },
      undefined,
      { onprogress: (told) => void progress.push(told.progress) },
    );
    expect(progress).toStrictEqual([1, 2, 3]);
  });

  test('a tool runs as a task: created, asked about, listed for its creator, and its result fetched', {
    timeout: 60_000,
  }, async () => {
    await using session = await connected(server);
    const { client } = session;
    const told: string[] = [];
    const stream = client.experimental.tasks.callToolStream(
      { name: 'simulate-research-query', arguments: { topic: 'bailiffs', ambiguous: false } },
      undefined,
      { task: { ttl: 60_000 } },
    );
    for await (const message of stream)
      told.push(
        message.type === 'result'
          ? JSON.stringify(message.result)
          : message.type === 'error'
            ? String(message.error)
            : message.type,
      );
    expect(told[0]).toBe('taskCreated');
    expect(told.at(-1)).toContain('bailiffs');
    expect(
      gateway.calls.some(
        ({ type, target }) => type === 'task' && target.id === `${server}.simulate-research-query`,
      ),
    ).toBe(true);
    const { tasks } = await client.experimental.tasks.listTasks();
    expect(tasks).toHaveLength(1);
  });
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

async function listening({ stderr }: ChildProcess): Promise<void> {
  if (stderr === null) throw new Error('it has no standard error');
  for await (const line of createInterface({ input: stderr })) if (line.includes('listening')) break;
  stderr.resume();
}
