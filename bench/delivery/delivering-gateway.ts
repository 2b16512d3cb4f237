import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { Children } from '../children.ts';
import { Connection, requestOf } from '../driver.ts';
import { cpuUsed } from './cpu-used.ts';
import { type PolicySize, TOOL, writePolicy } from './generated-policy.ts';

/** How a gateway decides. */
export type EngineKind = 'auto' | 'sidecar';

/** A decision as its asker sees it. */
export interface Decided {
  readonly outcome: string;
  readonly version: string;
  /** Which engine decided; `none` where it could not be decided. */
  readonly engine: string;
  readonly milliseconds: number;
}

/** A gateway of its own process with a generated policy. Disposing of it stops it and removes everything. */
export interface DeliveringGateway extends AsyncDisposable {
  readonly directory: string;
  /** Milliseconds from its start until it was ready. */
  readonly startMs: number;
  /** Seconds of processor time of all its processes so far. */
  cpuSeconds(): number;
  /** For how long its event loop was held up since this was last asked. */
  loopDelay(): Promise<LoopDelay>;
  connect(): Promise<Asking>;
  /** One request of an operator. @throws when it is refused. */
  operate(path: string, body?: object): Promise<Readonly<Record<string, unknown>>>;
}

/** Milliseconds in which nothing else had its turn. Those in which the machine ran others are among them. */
export interface LoopDelay {
  readonly longest: number;
  readonly p99: number;
}

/** One connection that asks for decisions. */
export interface Asking extends Disposable {
  ask(amount: number): Promise<Decided>;
}

/** Policy and configuration of a gateway, on disk. */
export interface PreparedGateway extends AsyncDisposable {
  readonly directory: string;
  /** Starts it, resolves once it is ready. One at a time. */
  start(): Promise<DeliveringGateway>;
}

export async function prepareGateway(size: PolicySize, kind: EngineKind): Promise<PreparedGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'bailiff-bench-'));
  const directory = join(folder, 'policy');
  const file = join(folder, 'bailiff.yaml');
  const key = `blf_${randomBytes(32).toString('base64url')}`;
  await writePolicy(directory, size);
  await writeFile(file, configurationOf(key, kind));
  return {
    directory,
    start: async () => start({ folder, directory, file, key }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

function configurationOf(key: string, kind: EngineKind): string {
  const caller = { id: 'bench', agent: 'bot', agent_version: '1.0.0', user: 'mara' };
  const sha256 = createHash('sha256').update(key).digest('hex');
  return stringify({
    listen: { port: 0 },
    data_dir: 'data',
    policy: { directory: 'policy' },
    engine: { kind, deadline_ms: 5_000 },
    // How long a disk takes is measured elsewhere.
    record: { mode: 'buffered' },
    identity: { api_keys: [{ ...caller, sha256, permissions: ['operator'] }] },
    servers: {},
  });
}

async function start({
  folder,
  directory,
  file,
  key,
}: {
  readonly folder: string;
  readonly directory: string;
  readonly file: string;
  readonly key: string;
}): Promise<DeliveringGateway> {
  const children = new Children(folder);
  const began = performance.now();
  const delayFile = join(folder, 'loop-delay.json');
  const watched = ['--import', LOOP_DELAY, 'bench/gateway.ts', '--config', file];
  const { pid, port } = await children.node(watched, { LOOP_DELAY_FILE: delayFile });
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const request = (amount: number) => {
    const action = { type: 'tool_call', tool: TOOL, args: { amount } };
    return requestOf({ port, headers, path: '/v1/decisions' }, JSON.stringify({ action }));
  };
  return {
    directory,
    startMs: performance.now() - began,
    cpuSeconds: () => cpuUsed(pid),
    loopDelay: () => loopDelayOf(pid, delayFile),
    async connect() {
      let connection = await Connection.open(port);
      return {
        async ask(amount) {
          // It was idle for too long, as while another gateway started.
          if (!connection.isOpen) connection = await Connection.open(port);
          const sent = performance.now();
          const { body } = await soon(connection.send(request(amount)));
          return decidedOf(body, performance.now() - sent);
        },
        [Symbol.dispose]: () => connection[Symbol.dispose](),
      };
    },
    async operate(path, body) {
      const asked = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers, ...asked });
      const text = await response.text();
      if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
      return JSON.parse(text);
    },
    [Symbol.asyncDispose]: () => children[Symbol.asyncDispose](),
  };
}

const LOOP_DELAY = fileURLToPath(new URL('./loop-delay.ts', import.meta.url));
/** For an answer of the gateway; far above what any takes. */
const PATIENCE_MS = 60_000;

/** @throws when it takes so long that it is not going to come. */
function soon<Value>(answer: Promise<Value>): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE_MS} ms`)), PATIENCE_MS);
  return Promise.race([answer, promise]).finally(() => clearTimeout(timer));
}

async function loopDelayOf(pid: number, file: string): Promise<LoopDelay> {
  await rm(file, { force: true });
  process.kill(pid, 'SIGUSR2');
  for (let waited = 0; waited < PATIENCE_MS; waited += 5) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) return JSON.parse(text);
    await delay(5);
  }
  throw new Error('The gateway does not say how long its event loop was held up.');
}

function decidedOf(body: Buffer, milliseconds: number): Decided {
  const answer = JSON.parse(body.toString());
  const { policy_version: version, engine, resolution } = answer.metadata ?? {};
  if (typeof version !== 'string') throw new Error(`no decision: ${body}`);
  return { outcome: answer.outcome, version, engine: resolution === 1 ? 'none' : engine, milliseconds };
}
