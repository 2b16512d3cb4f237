import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { z } from 'zod';
import { DEMO_KEYS } from '../../examples/acme/demo.ts';
import { openCompany, type RunningCompany } from '../journeys/gateway.ts';
import type { Installed } from '../peers/in-cache.ts';
import { installGo } from '../peers/install-go.ts';
import { installPeers, withPeers } from '../peers/install-peers.ts';
import { installPython, type PythonPeers } from '../peers/install-python.ts';
import { expectedToFail } from './losses.ts';

const CLIENTS = fileURLToPath(new URL('../peers/clients', import.meta.url));
const CLIENT_TIMEOUT_MS = 60_000;
/** The first run of all installs what the clients are made of. */
const INSTALL_TIMEOUT_MS = 400_000;

/** What every client prints. */
const Seen = z.looseObject({
  /** The revision it speaks with the gateway, where it tells. */
  protocol: z.string().optional(),
  tools: z.array(z.string()),
  allowed: z.unknown(),
  refused: z.unknown(),
});
type Seen = z.infer<typeof Seen>;

/** A program with its first arguments. */
interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

interface Peer {
  readonly name: string;
  /** Skips the test where it cannot be had. */
  readonly command: (context: TestContext) => Promise<Command>;
  /** Last argument of clients that speak more than one revision. */
  readonly mode?: string;
  readonly protocol?: string;
}

const PEERS: readonly Peer[] = [
  { name: 'the TypeScript SDK v1', command: node('typescript-v1.mjs'), protocol: '2025-11-25' },
  { name: 'the TypeScript SDK v2', command: node('typescript-v2.mjs'), protocol: '2025-11-25' },
  {
    name: 'the TypeScript SDK v2, which finds out what is spoken',
    command: node('typescript-v2.mjs'),
    mode: 'auto',
  },
  {
    name: 'the TypeScript SDK v2 without sessions',
    command: node('typescript-v2.mjs'),
    mode: '2026-07-28',
    protocol: '2026-07-28',
  },
  { name: 'the Inspector’s command line', command: node('inspector.mjs') },
  { name: '@ai-sdk/mcp', command: node('ai-sdk.mjs') },
  { name: '@openai/agents', command: node('openai-agents.mjs') },
  { name: 'the Python SDK', command: python('mcp', 'mcp_client.py') },
  { name: 'openai-agents for Python', command: python('agents', 'openai_agents_client.py') },
  { name: 'langchain-mcp-adapters', command: python('agents', 'langchain_client.py') },
  {
    name: 'the Go SDK',
    command: async (context) => ({ file: pathOf(await installGo(), context), args: [] }),
  },
];

let company: RunningCompany;
let everyTool: string[] = [];
/** Begun while the first clients run: most of it is waiting. */
let installing: Promise<unknown>;
beforeAll(async () => {
  installing = Promise.all([installGo(), installPython('mcp'), installPython('agents')]);
  // OPA asks for its bundle on a cadence here; everywhere else its request is held.
  company = await openCompany((same) => ({ ...same, engine: { ...same.engine, cadence_seconds: 1 } }));
  everyTool = await toolsWithoutGateway();
}, 120_000);
afterAll(async () => {
  await installing;
  await company?.[Symbol.asyncDispose]();
}, INSTALL_TIMEOUT_MS);

test.for(PEERS)(
  '$name lists fewer tools than the server has, is allowed a call and refused one with a reason',
  { timeout: INSTALL_TIMEOUT_MS },
  async (peer, context) => {
    const command = await peer.command(context);
    const seen = sees(peer, command);
    if (await expectedToFail(peer.name)) return expect(seen).rejects.toThrow();
    const { tools, allowed, refused, protocol } = await seen;
    expect(tools.length).toBeGreaterThan(0);
    expect(tools.length).toBeLessThan(everyTool.length);
    expect(everyTool).toEqual(expect.arrayContaining(tools));
    expect(JSON.stringify(allowed)).toContain('customer_since');
    expect(JSON.stringify(refused)).toContain('too_many_rows');
    expect(JSON.stringify(refused)).toContain('ask_for_fewer_rows');
    if (peer.protocol !== undefined) expect(protocol).toBe(peer.protocol);
  },
);

/** What a client sees as support-bot for mara. Each reads another customer: the same call over and over is refused as a loop. */
async function sees(peer: Peer, { file, args, env }: Command): Promise<Seen> {
  const url = `${company.gateway.url}/mcp/crm`;
  const own = [url, DEMO_KEYS['support-bot for mara'], String(PEERS.indexOf(peer) + 1)];
  const mode = peer.mode === undefined ? [] : [peer.mode];
  const { stdout } = await promisify(execFile)(file, [...args, ...own, ...mode], {
    timeout: CLIENT_TIMEOUT_MS,
    ...(env && { env }),
  });
  return Seen.parse(JSON.parse(stdout));
}

function node(script: string): Peer['command'] {
  return async (context) => {
    const { options, env } = withPeers(pathOf(await installPeers(), context));
    return { file: process.execPath, args: [...options, `${CLIENTS}/${script}`], env };
  };
}

function python(peers: PythonPeers, script: string): Peer['command'] {
  return async (context) => ({
    file: pathOf(await installPython(peers), context),
    args: [`${CLIENTS}/${script}`],
  });
}

function pathOf(installed: Installed, context: TestContext): string {
  return installed.kind === 'installed' ? installed.path : context.skip(installed.why);
}

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
