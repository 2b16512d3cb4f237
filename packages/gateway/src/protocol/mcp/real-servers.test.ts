import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerConfiguration } from '@bailiff/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEnforce } from '../../enforcement/enforce.ts';
import { openUpstreams, type Upstreams } from '../../enforcement/upstream/open-upstreams.ts';
import { allow, deny } from './testing/answers.ts';
import { startTestGateway, type TestGateway } from './testing/test-gateway.ts';

const SERVERS = join(import.meta.dirname, '../../../../../node_modules/@modelcontextprotocol');
let folder: string;
let upstreams: Upstreams;
let gateway: TestGateway;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bailiff-'));
  await writeFile(join(folder, 'plan.txt'), 'the plan');
  await writeFile(join(folder, 'pay.txt'), 'the pay');
  const stdio = (...args: string[]) =>
    ServerConfiguration.parse({ transport: 'stdio', command: 'node', args });
  upstreams = openUpstreams(
    {
      everything: stdio(join(SERVERS, 'server-everything/dist/index.js'), 'stdio'),
      filesystem: stdio(join(SERVERS, 'server-filesystem/dist/index.js'), folder),
    },
    { environment: process.env, directory: folder, log: () => undefined },
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
      String(call.args.path).endsWith('pay.txt') || call.toolName === 'write_file'
        ? deny(call.decisionId)
        : allow(call.decisionId),
    sees: (id) => !['filesystem.write_file', 'everything.get-env'].includes(id),
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstreams[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

test('server-filesystem: lists less than it has, reads what is allowed, and is refused the rest with a reason', async () => {
  const client = await gateway.client('filesystem');
  const names = (await client.listTools()).tools.map(({ name }) => name);
  expect(names).toContain('read_text_file');
  expect(names).not.toContain('write_file');
  const read = (file: string) =>
    client.callTool({ name: 'read_text_file', arguments: { path: join(folder, file) } });
  expect(await read('plan.txt')).toMatchObject({ content: [{ type: 'text', text: 'the plan' }] });
  const refused = await read('pay.txt');
  expect(refused.isError).toBe(true);
  expect(JSON.stringify(refused)).toContain('not_cleared');
  expect(JSON.stringify(refused)).not.toContain('the pay');
  await expect(
    client.callTool({ name: 'write_file', arguments: { path: 'x', content: '' } }),
  ).rejects.toThrow('Unknown tool');
});

test('server-everything: every kind of result reaches the client as without the gateway', async () => {
  const client = await gateway.client('everything');
  expect(client.getServerVersion()?.name).toBe('mcp-servers/everything');
  expect(client.getServerCapabilities()).toStrictEqual({
    tools: { listChanged: true },
    prompts: { listChanged: true },
    resources: { subscribe: true, listChanged: true },
    logging: {},
    completions: {},
    tasks: expect.anything(),
  });
  expect(client.getInstructions(), 'they name tools that policy may hide').toBeUndefined();
  const names = (await client.listTools()).tools.map(({ name }) => name);
  expect(names).not.toContain('get-env');
  expect(await client.callTool({ name: 'echo', arguments: { message: 'hi' } })).toMatchObject({
    content: [{ type: 'text', text: 'Echo: hi' }],
  });
  const weather = await client.callTool({
    name: 'get-structured-content',
    arguments: { location: 'Chicago' },
  });
  expect(weather.structuredContent).toMatchObject({ temperature: expect.any(Number) });
  const image = await client.callTool({ name: 'get-tiny-image', arguments: {} });
  expect(JSON.stringify(image)).toContain('"mimeType":"image/png"');
  const { resources } = await client.listResources();
  const { contents } = await client.readResource({ uri: resources[0]?.uri ?? '' });
  expect(contents).toHaveLength(1);
  expect((await client.listResourceTemplates()).resourceTemplates.length).toBeGreaterThan(0);
});

test('server-everything: progress that a client asks for does no harm', async () => {
  const client = await gateway.client('everything');
  const result = await client.callTool(
    { name: 'trigger-long-running-operation', arguments: { duration: 0.05, steps: 2 } },
    undefined,
    { onprogress: () => undefined },
  );
  expect(JSON.stringify(result)).toContain('completed');
});
