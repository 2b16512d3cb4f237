import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CallToolResultSchema, type Tool } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { kernelDirectory, opaPath } from '../../packages/gateway/src/commands/places.ts';
import { policyCheck } from '../../packages/gateway/src/commands/policy/check.ts';
import { loadConfiguration } from '../../packages/gateway/src/config.ts';
import { buildRelease } from '../../packages/gateway/src/distribution/build-release.ts';
import { testBundles } from '../../packages/gateway/src/distribution/bundle-tests.ts';
import { type Gateway, openGateway } from '../../packages/gateway/src/main.ts';
import { ANSWER_META_KEY } from '../../packages/gateway/src/protocol/mcp/refusal.ts';
import { ENGINE } from '../journeys/test-engine.ts';
import {
  type ListedTool,
  recordedTools,
  SHIPPED,
  type ShippedServer,
  type StartedHere,
  shippedServer,
  takePackage,
  writeCompany,
} from './ready-servers.ts';
import { type Place, TRIED } from './tried-servers.ts';

const SERVERS = (await readdir(SHIPPED)).sort();
const KEY = `blf_${'ready_prober_'.padEnd(43, '0')}`;
const authorization = `Bearer ${KEY}`;
/** The first run of all installs the servers. */
const INSTALL_TIMEOUT_MS = 400_000;

const opened = new AsyncDisposableStack();
const started = new Map<string, StartedHere & { readonly shipped: ShippedServer }>();
let place: Place;
let policy: string;
let gateway: Gateway;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bailiff-ready-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  place = { folder, origin: await openSite() };
  await writeWorkplace(folder);
  policy = join(folder, 'policy');
  await writeCompany(policy);
  const take = async (name: string) => {
    const shipped = await shippedServer(name);
    started.set(name, { ...(await takePackage(shipped, policy, place)), shipped });
  };
  await Promise.all(SERVERS.map(take));
  const sha256 = hash('sha256', KEY);
  const configuration = {
    listen: { port: 0 },
    data_dir: 'data',
    policy: { directory: 'policy' },
    engine: { kind: ENGINE, deadline_ms: 10_000 },
    identity: {
      api_keys: [{ id: 'prober', sha256, agent: 'prober', agent_version: '1.0.0', user: 'pia' }],
    },
  };
  const file = join(folder, 'bailiff.yaml');
  await writeFile(file, JSON.stringify(configuration));
  gateway = opened.use(
    await openGateway(await loadConfiguration(file), { opa: opaPath(), logLevel: 'silent' }),
  );
  await gateway.whenReady(AbortSignal.timeout(INSTALL_TIMEOUT_MS));
}, INSTALL_TIMEOUT_MS);
afterAll(() => opened.disposeAsync());

test('every package that ships is tried', () => expect(Object.keys(TRIED).sort()).toEqual(SERVERS));

test('all packages together pass the check of policy and their tests, as they ship', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bailiff-ready-shipped-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  await writeCompany(folder, `${relative(folder, SHIPPED)}/*`);
  const checked = await policyCheck(folder, { format: 'json', regal: false });
  const { findings, linted }: Checked = JSON.parse(checked.out);
  // The rules of the company in which they are tried allow everything, and have no tests.
  expect(findings.filter(({ file }) => !/\/(identity|resource)\//.test(file))).toEqual([]);
  expect(linted).toBe(true);
  const built = await buildRelease({ directory: folder, kernel: kernelDirectory(), opa: opaPath() });
  const { passed, failed } = await testBundles(built, { opa: opaPath() });
  expect(failed).toBe(0);
  expect(passed).toBeGreaterThan(SERVERS.length);
});

test('the guide and each page name the version that is launched, and the guide how many tools it has', async () => {
  const guide = await readFile(join(SHIPPED, '../../docs/guides/ready-servers.md'), 'utf8');
  expect(guide.match(/^\| \[`/gm)).toHaveLength(SERVERS.length);
  for (const [name, { shipped }] of started) {
    const { server, catalogue } = shipped.manifest;
    const [, version] = /(?:@|:v)(\d[\d.]+)/.exec(JSON.stringify(server)) ?? [];
    const page = await readFile(join(SHIPPED, name, 'README.md'), 'utf8');
    expect(page.split('\n').find((line) => line.startsWith('Server: '))).toContain(` ${version} (`);
    const row = guide.split('\n').find((line) => line.startsWith(`| [\`${name}\`]`));
    const [, what, count] = row?.split(' | ') ?? [];
    expect(what).toContain(` ${version}`);
    expect(count).toBe(String(Object.keys(catalogue.tools).length));
  }
});

describe.for(SERVERS)('%s', (name) => {
  test('the real server has the tools of the catalogue and no others, with the arguments that its rules read', async (context) => {
    const { shipped } = of(name);
    const { catalogue } = shipped.manifest;
    const tools = await listedDirectly(name, context);
    const names = tools.map((tool) => tool.name).sort();
    expect(Object.keys(catalogue.tools).sort()).toEqual(names);
    expect(Object.keys(shipped.settings.tools).sort()).toEqual(names);
    for (const { name: tool } of tools.filter(({ isReadOnly }) => isReadOnly))
      expect(catalogue.tools[tool]?.effects, tool).not.toEqual(expect.arrayContaining(['write']));
    const read = [...shipped.rules.matchAll(/input\.action\.args(?:\.|, ")([A-Za-z_]+)/g)];
    const known = tools.flatMap((tool) => tool.arguments);
    expect(known).toEqual(expect.arrayContaining(read.map(([, argument]) => argument)));
  });

  test('through the gateway it shows what is not refused, lets an ordinary call through, and refuses and asks with a reason', async () => {
    const tried = TRIED[name];
    if (tried === undefined) throw new Error(`nothing is tried of ${name}`);
    const [allowed, refused, asks] = [tried.allowed(place), tried.refused(place), tried.asks(place)];
    if (of(name).local.kind === 'unavailable' || allowed.says === undefined)
      expect(await decided(name, allowed)).toMatchObject({ outcome: 'allow' });
    if (of(name).local.kind === 'unavailable') {
      expect(await decided(name, refused)).toMatchObject({ outcome: 'deny', reasons: [refused.reason] });
      expect(await decided(name, asks)).toMatchObject({
        outcome: 'approval_required',
        reasons: [asks.reason],
      });
      return;
    }
    const client = await connect(name);
    const { tools } = await client.listTools();
    expect(tools.map((tool) => tool.name).sort()).toEqual(shown(of(name).shipped));
    if (allowed.says !== undefined) {
      const { answer, text } = await called(client, allowed);
      expect({ answer }, text).not.toHaveProperty('answer.reasons');
      expect(text).toMatch(allowed.says);
    }
    const denial = { outcome: 'deny', reasons: [refused.reason] };
    expect((await called(client, refused)).answer).toMatchObject(denial);
    const question = { outcome: 'approval_required', reasons: [asks.reason] };
    expect((await called(client, asks)).answer).toMatchObject(question);
  });
});

const of = (name: string) => {
  const found = started.get(name);
  if (found === undefined) throw new Error(`${name} was not taken`);
  return found;
};

const shown = ({ settings }: ShippedServer): string[] =>
  Object.keys(settings.tools)
    .filter((tool) => settings.tools[tool] !== 'refused')
    .sort();

/** What a server says of its tools, or said once, where it cannot be had here. */
async function listedDirectly(name: string, context: TestContext): Promise<readonly ListedTool[]> {
  const { local, env } = of(name);
  const recorded = await recordedTools(name);
  if (local.kind === 'unavailable') return recorded ?? context.skip(local.why);
  const { PATH = '', HOME = '' } = process.env;
  const client = new Client({ name: 'ready', version: '1' });
  const { command, args } = local.launch;
  await client.connect(
    new StdioClientTransport({ command, args: [...args], env: { PATH, HOME, ...env }, stderr: 'ignore' }),
  );
  try {
    const listed = (await client.listTools()).tools.map(listedTool);
    if (recorded !== undefined) expect(listed).toEqual(expect.arrayContaining([...recorded]));
    return listed;
  } finally {
    await client.close();
  }
}

const listedTool = ({ name, annotations, inputSchema }: Tool): ListedTool => ({
  name,
  isReadOnly: annotations?.readOnlyHint === true,
  arguments: Object.keys(inputSchema.properties ?? {}).sort(),
});

async function connect(server: string): Promise<Client> {
  const client = new Client({ name: 'ready', version: '1' });
  const url = new URL(`${gateway.url}/mcp/${server}`);
  // The SDK’s own types clash with exactOptionalPropertyTypes.
  await client.connect(
    new StreamableHTTPClientTransport(url, { requestInit: { headers: { authorization } } }) as never,
  );
  opened.defer(() => client.close());
  return client;
}

interface Checked {
  readonly findings: readonly { readonly file: string }[];
  readonly linted: boolean;
}

interface Tried {
  readonly tool: string;
  readonly args: object;
}

/** What the server says, or the gateway’s answer where it refuses; a server’s error in place of a result is what it says. */
async function called(client: Client, { tool, args }: Tried) {
  try {
    const result = CallToolResultSchema.parse(await client.callTool({ name: tool, arguments: { ...args } }));
    // A tool with an output schema may only say what fits it, so that the answer stands beside.
    const answer = result._meta?.[ANSWER_META_KEY] ?? result.structuredContent;
    return { answer, text: JSON.stringify(result.content).replaceAll('\\"', '"') };
  } catch (thrown) {
    return { answer: undefined, text: String(thrown) };
  }
}

async function decided(server: string, { tool, args }: Tried): Promise<unknown> {
  const response = await fetch(`${gateway.url}/v1/decisions`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ action: { type: 'tool_call', tool: `${server}.${tool}`, args } }),
  });
  return response.json();
}

async function openSite(): Promise<string> {
  const site = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<title>hello from the site</title>');
  }).listen(0, '127.0.0.1');
  await once(site, 'listening');
  opened.defer(() => {
    site.closeAllConnections();
    site.close();
  });
  return `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
}

async function writeWorkplace(folder: string): Promise<void> {
  await mkdir(join(folder, 'share/drafts'), { recursive: true });
  await writeFile(join(folder, 'share/hello.txt'), 'hello from disk');
  const site = join(folder, 'site');
  await mkdir(site);
  const author = ['-c', 'user.name=ada', '-c', 'user.email=ada@acme.example', '-c', 'commit.gpgsign=false'];
  for (const args of [
    ['init', '-q'],
    [...author, 'commit', '-q', '--allow-empty', '-m', 'first commit'],
  ])
    await promisify(execFile)('git', args, { cwd: site });
  using database = new DatabaseSync(join(folder, 'app.db'));
  database.exec(`create table orders (id integer, what text); insert into orders values (1, 'a lamp');
    create table salaries (id integer, cents integer)`);
}
