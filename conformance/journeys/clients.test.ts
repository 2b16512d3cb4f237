import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEMO_KEYS } from '../../examples/acme/demo.ts';
import { bearer, openCompany, type RunningCompany } from './gateway.ts';
import { pythonWithMcp, runPython } from './python.ts';

/** Both clients make the same three moves as support-bot for mara. */
const ALLOWED = { name: 'read', arguments: { id: 7, rows: 20 } };
const REFUSED = { name: 'export', arguments: { table: 'interactions', rows: 5000 } };
const REFUSAL = {
  isError: true,
  structuredContent: { outcome: 'deny', reasons: ['too_many_rows'], remediation: 'ask_for_fewer_rows' },
};

let company: RunningCompany;
let everyTool: string[] = [];
beforeAll(async () => {
  // OPA asks for its bundle on a cadence here; everywhere else its request is held.
  company = await openCompany((same) => ({ ...same, engine: { ...same.engine, cadence_seconds: 1 } }));
  everyTool = await toolsWithoutGateway();
}, 120_000);
afterAll(() => company?.[Symbol.asyncDispose]());

test('the TypeScript SDK lists fewer tools than the server has, is allowed a call and refused one with a reason', async () => {
  const client = new Client({ name: 'journey', version: '1.0.0' });
  const url = new URL('/mcp/crm', company.gateway.url);
  const transport = new StreamableHTTPClientTransport(url, {
    requestInit: { headers: bearer('support-bot for mara') },
  });
  await client.connect(transport as Parameters<Client['connect']>[0]); // its own types disagree on optional fields
  const tools = (await client.listTools()).tools.map(({ name }) => name);
  expect(tools.length).toBeLessThan(everyTool.length);
  expect(everyTool).toEqual(expect.arrayContaining(tools));
  expect(await client.callTool(ALLOWED)).not.toHaveProperty('isError', true);
  expect(await client.callTool(REFUSED)).toMatchObject(REFUSAL);
  await client.close();
});

test('the Python SDK lists fewer tools than the server has, is allowed a call and refused one with a reason', async (context) => {
  const python = await pythonWithMcp();
  if (python === undefined)
    return context.skip('Python 3 with pip is not here, so its client could not be tried.');
  const url = `${company.gateway.url}/mcp/crm`;
  const seen = (await runPython(python, 'python-client.py', [url, DEMO_KEYS['support-bot for mara']])) as {
    tools: string[];
    allowed: { isError: boolean };
    refused: unknown;
  };
  expect(seen.tools.length).toBeLessThan(everyTool.length);
  expect(everyTool).toEqual(expect.arrayContaining(seen.tools));
  expect(seen.allowed.isError).toBe(false);
  expect(seen.refused).toMatchObject(REFUSAL);
}, 400_000);

/** What the CRM itself lists to whoever reaches it directly. */
async function toolsWithoutGateway(): Promise<string[]> {
  const client = new Client({ name: 'journey', version: '1.0.0' });
  const server = fileURLToPath(new URL('../../examples/acme/servers/crm/main.ts', import.meta.url));
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: ['--disable-warning=ExperimentalWarning', server],
    }),
  );
  const { tools } = await client.listTools();
  await client.close();
  return tools.map(({ name }) => name);
}
