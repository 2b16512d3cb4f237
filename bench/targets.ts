import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { opaPath } from '../packages/gateway/src/commands/places.ts';
import { buildRelease } from '../packages/gateway/src/distribution/build-release.ts';
import { processTree, type Target } from './driver.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 5_000;
/** Limits of the example company that a benchmark would run into, and is not about. */
const NO_LIMIT = 1_000_000_000;

/** A process that listens. */
interface Started {
  readonly pid: number;
  readonly port: number;
}

/** What can be measured, all of it started and stopped as one. */
export interface Bench extends AsyncDisposable {
  readonly targets: readonly Target[];
  /** Names of peers that are not installed. */
  readonly skipped: readonly string[];
}

/** Starts upstream, gateways and peers, each a process of its own. */
export async function openBench(): Promise<Bench> {
  await using starting = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'bailiff-bench-'));
  starting.defer(() => rm(folder, { recursive: true, force: true }));
  const children = new Children(folder);
  starting.use(children);

  const upstream = await children.node(['bench/peers/upstream.ts']);
  const url = `http://127.0.0.1:${upstream.port}/mcp`;
  const key = `blf_${randomBytes(32).toString('base64url')}`;
  const company = await prepareCompany(folder, { url, key });
  const reference = await gateway(children, company, { name: 'gateway, sidecar, strict', mode: 'strict' });
  const { answerFile, question } = await preparedDecision(folder, reference, key);
  const others = await Promise.all([
    gateway(children, company, { name: 'gateway, sidecar, buffered', mode: 'buffered' }),
    gateway(children, company, {
      name: 'gateway, trivial decision, strict',
      mode: 'strict',
      trivial: answerFile,
    }),
    gateway(children, company, {
      name: 'gateway, trivial decision, buffered',
      mode: 'buffered',
      trivial: answerFile,
    }),
  ]);
  const pipe = await children.node(['bench/peers/node-pipe.ts', '--upstream', new URL(url).origin]);
  const opa = await startOpa(children, company);
  const naive = await children.node([
    'bench/peers/node-pipe.ts',
    '--upstream',
    new URL(url).origin,
    '--opa',
    opa.socket,
    '--input',
    question,
  ]);
  const peer = await mcpProxy(children);
  const kept = starting.move();
  return {
    targets: [
      { name: 'direct', ...plain(upstream) },
      { name: 'node-pipe', ...plain(pipe) },
      {
        name: 'node-pipe + one OPA call',
        ...plain(naive),
        pids: () => [...processTree(naive.pid), ...processTree(opa.pid)],
      },
      reference,
      ...others,
      ...(peer === undefined ? [] : [peer]),
    ],
    skipped: peer === undefined ? ['mcp-proxy: npm install --prefix bench/peers --no-save mcp-proxy'] : [],
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

const plain = ({ pid, port }: Started) => ({ port, path: '/mcp', headers: {}, pids: () => processTree(pid) });

interface Company {
  readonly folder: string;
  readonly key: string;
  readonly url: string;
}

/** The example company’s policy, without the limits that stop a client which repeats itself. */
async function prepareCompany(folder: string, { url, key }: { url: string; key: string }): Promise<Company> {
  await cp(join(ROOT, 'examples/acme/policy'), join(folder, 'policy'), { recursive: true });
  const file = join(folder, 'policy/workflow/data.yaml');
  const limits = Object.entries(parse(await readFile(file, 'utf8')) as Record<string, unknown>).map(
    ([name, limit]) => [
      name,
      name.includes('_max') ? (typeof limit === 'number' ? NO_LIMIT : { default: NO_LIMIT }) : limit,
    ],
  );
  await writeFile(file, stringify(Object.fromEntries(limits)));
  // The rules’ own tests are about the limits; what is measured is what ships.
  return { folder, key, url };
}

interface GatewayKind {
  readonly name: string;
  readonly mode: 'strict' | 'buffered';
  readonly trivial?: string;
}

async function gateway(
  children: Children,
  { folder, key, url }: Company,
  { name, mode, trivial }: GatewayKind,
): Promise<Target> {
  const file = join(folder, `${name.replaceAll(/\W+/g, '-')}.yaml`);
  const sha256 = createHash('sha256').update(key).digest('hex');
  const configuration = {
    listen: { port: 0 },
    data_dir: `${file}.data`,
    policy: { directory: 'policy' },
    environment: { region: 'eu-west' },
    engine: { deadline_ms: 5_000 },
    identity: {
      api_keys: [
        {
          id: 'bench',
          sha256,
          agent: 'support-bot',
          agent_version: '3.2.0',
          user: 'mara',
          permissions: ['operator'],
        },
      ],
    },
    servers: { everything: { transport: 'http', url, region: 'us-east' } },
    record: { mode },
  };
  await writeFile(file, stringify(configuration));
  const { pid, port } = await children.node([
    'bench/gateway.ts',
    '--config',
    file,
    ...(trivial === undefined ? [] : ['--trivial', trivial]),
  ]);
  const authorization = `Bearer ${key}`;
  const target = { name, port, path: '/mcp/everything', pids: () => processTree(pid) };
  return { ...target, headers: { authorization, ...(await openSession(target, authorization)) } };
}

async function openSession(
  { port, path }: Pick<Target, 'port' | 'path'>,
  authorization: string,
): Promise<Record<string, string>> {
  const headers = {
    authorization,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  };
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'bench', version: '1' },
  };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params });
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body });
  const session = response.headers.get('mcp-session-id');
  if (session === null) throw new Error(`no session: ${response.status} ${await response.text()}`);
  return { 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' };
}

/** A real decision about the measured call: what the trivial engine answers, and what the naive proxy asks OPA. */
async function preparedDecision(folder: string, { port, headers, path }: Target, key: string) {
  const asked = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: {
      ...headers,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: MEASURED_CALL,
  });
  const id = asked.headers.get('bailiff-decision-id');
  const recorded = await fetch(`http://127.0.0.1:${port}/v1/decisions/${id}`, {
    headers: { authorization: `Bearer ${key}` },
  });
  const text = await recorded.text();
  const entry = JSON.parse(text).entries.find(
    (one: { kind?: string; entry?: { kind: string } }) => (one.entry ?? one).kind === 'decision',
  );
  const { input, answer } = entry.entry ?? entry;
  const {
    decision_id,
    watched_rules,
    rate_limit_remaining,
    rate_limits,
    engine,
    latency_ms,
    defaulted,
    simulated,
    ...metadata
  } = answer.metadata;
  const answerFile = join(folder, 'answer.json');
  await writeFile(answerFile, JSON.stringify({ ...answer, metadata }));
  return { answerFile, question: JSON.stringify({ input }) };
}

/** The call that is measured: 1.5 KB, as an agent’s tool call may be. */
export const MEASURED_CALL = measuredCall(1);

export function measuredCall(id: number): string {
  const params = { name: 'echo', arguments: { message: 'x'.repeat(1_400) } };
  return JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params });
}

async function startOpa(children: Children, { folder }: Company): Promise<{ pid: number; socket: string }> {
  const { release } = await buildRelease({
    directory: join(folder, 'policy'),
    kernel: join(ROOT, 'policies/kernel'),
    opa: opaPath(),
  });
  const bundle = join(folder, 'release.tar.gz');
  const socket = join(folder, 'opa.sock');
  await writeFile(bundle, release.bundle);
  const pid = await children.start(
    opaPath(),
    ['run', '--server', '--addr', `unix://${socket}`, '--log-level', 'error', '--bundle', bundle],
    () => existsSync(socket),
  );
  return { pid, socket };
}

async function mcpProxy(children: Children): Promise<Target | undefined> {
  const program = join(ROOT, 'bench/peers/node_modules/.bin/mcp-proxy');
  if (!existsSync(program)) return undefined;
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const upstream = [process.execPath, join(ROOT, 'bench/peers/upstream.ts'), '--stdio'];
  const url = `http://127.0.0.1:${port}/mcp`;
  const pid = await children.start(
    program,
    ['--host', '127.0.0.1', '--port', String(port), '--server', 'stream', '--', ...upstream],
    async () => (await fetch(url).catch(() => undefined)) !== undefined,
  );
  const target = { name: 'mcp-proxy', port, path: '/mcp', pids: () => processTree(pid) };
  return { ...target, headers: await openSession(target, '') };
}

/** Child processes that end with their owner. */
class Children implements AsyncDisposable {
  readonly #folder: string;
  readonly #children: ChildProcess[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A script of ours that prints where it listens. */
  node(args: readonly string[]): Promise<Started> {
    const child = this.#spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args]);
    return new Promise((resolve, reject) => {
      child.stdout?.on('data', (chunk: Buffer) => {
        const address = /listening (\{.*\})/.exec(chunk.toString())?.[1];
        if (address !== undefined) resolve({ pid: child.pid ?? 0, port: JSON.parse(address).port });
      });
      child.once('exit', (code) => reject(new Error(`${args.join(' ')} ended with ${code}`)));
    });
  }

  /** Any program, until `ready`. */
  async start(
    program: string,
    args: readonly string[],
    ready: () => boolean | Promise<boolean>,
  ): Promise<number> {
    const child = this.#spawn(program, args);
    const deadlineMs = performance.now() + START_TIMEOUT_MS;
    while (!(await ready())) {
      if (child.exitCode !== null || performance.now() > deadlineMs)
        throw new Error(`${program} did not start`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return child.pid ?? 0;
  }

  #spawn(program: string, args: readonly string[]): ChildProcess {
    const child = spawn(program, args, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TMPDIR: this.#folder },
    });
    this.#children.push(child);
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#children.map((child) => {
        if (child.exitCode !== null || child.signalCode !== null) return undefined;
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        const killed = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
        return ended.finally(() => clearTimeout(killed));
      }),
    );
  }
}
