import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { opaPath } from '../packages/gateway/src/commands/places.ts';
import { buildRelease } from '../packages/gateway/src/distribution/build-release.ts';
import { Children, ROOT, type Started } from './children.ts';
import { processTree, type Target, type ToolCall, toolCall } from './driver.ts';
import { type Company, gateway, openSession, prepareCompany } from './gateway-target.ts';

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
  const stateless = await children.node(['bench/peers/upstream.ts', '--stateless']);
  const newer = {
    ...company,
    url: `http://127.0.0.1:${stateless.port}/mcp`,
    revision: '2026-07-28',
  } as const;
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
    gateway(children, newer, { name: 'gateway, sidecar, strict, 2026-07-28', mode: 'strict' }),
    gateway(children, newer, { name: 'gateway, sidecar, buffered, 2026-07-28', mode: 'buffered' }),
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

/** What answers calls without a credential or a session. */
export const plain = ({ pid, port }: Started) =>
  ({ port, path: '/mcp', headers: {}, revision: '2025-11-25', pids: () => processTree(pid) }) as const;

/** A real decision about the measured call: what the trivial engine answers, and what the naive proxy asks OPA. */
export async function preparedDecision(folder: string, target: Target, key: string) {
  const { port } = target;
  const { path, headers, body } = toolCall(target, measuredCall(1));
  const asked = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body });
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
export function measuredCall(id: number): ToolCall {
  return { id, name: 'echo', arguments: { message: 'x'.repeat(1_400) } };
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
  const target = { name: 'mcp-proxy', ...plain({ pid, port }) };
  return { ...target, headers: await openSession(target, '') };
}
