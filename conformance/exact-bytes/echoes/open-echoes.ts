import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildGoEcho } from './build-go-echo.ts';
import { TABLES } from './tools.ts';

/** One message as it arrived at a server. */
export interface Receipt {
  readonly id: unknown;
  readonly method: unknown;
  readonly sha256: string;
  readonly base64: string;
}

/** By name of a parser: method, name and arguments as it reads them, as JSON; or `refused: …`. */
export type Readings = Readonly<Record<string, string>>;

/** A server in one language, over HTTP. */
export interface Echo {
  readonly name: 'node' | 'python' | 'go';
  /** Without the path, which says the era. */
  readonly url: string;
  /** What arrived since this was last asked. */
  received(): Promise<Receipt[]>;
  /** What its parsers read in each of these bodies. */
  read(bodies: readonly Uint8Array[]): Promise<Readings[]>;
}

export interface Echoes extends AsyncDisposable {
  readonly all: readonly Echo[];
  /** What cannot be had on this machine, each with the reason. */
  readonly skipped: readonly string[];
}

const SCRIPT = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const CACHE = fileURLToPath(new URL('../../../.cache', import.meta.url));
const START_TIMEOUT_MS = 30_000;

/** Starts the servers of all languages that this machine has. They end with whoever started them. */
export async function openEchoes(): Promise<Echoes> {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'bailiff-echoes-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const tables = join(folder, 'tables.json');
  await writeFile(tables, JSON.stringify(TABLES));
  const go = await buildGoEcho();
  const python = pythonPath();
  const skipped: string[] = [];
  const commands: [Echo['name'], readonly string[]][] = [
    ['node', [process.execPath, '--disable-warning=ExperimentalWarning', SCRIPT('echo-server.ts')]],
  ];
  if (python === undefined) skipped.push('python: there is no python3');
  else commands.push(['python', [python, SCRIPT('echo_server.py')]]);
  if (go.kind === 'installed') commands.push(['go', [go.path]]);
  else skipped.push(`go: ${go.why}`);
  const all = await Promise.all(
    commands.map(async ([name, command]) => opened.use(await start(name, [...command, tables]))),
  );
  const kept = opened.move();
  return { all, skipped, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** The one with the MCP SDK’s parsers if some test has installed it, else the machine’s. */
function pythonPath(): string | undefined {
  const [installed] = globSync(join(CACHE, 'python-mcp-*', 'bin', 'python'));
  const folders = (process.env.PATH ?? '').split(delimiter);
  return installed ?? folders.map((folder) => join(folder, 'python3')).find((path) => existsSync(path));
}

async function start(
  name: Echo['name'],
  [program = '', ...args]: readonly string[],
): Promise<Echo & AsyncDisposable> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const [said] = await Promise.race([
    once(child.stdout, 'data', { signal: AbortSignal.timeout(START_TIMEOUT_MS) }),
    ended.then(() => {
      throw new Error(`the server in ${name} ended before it listened`);
    }),
  ]);
  const url = `http://127.0.0.1:${/listening (\d+)/.exec(String(said))?.[1]}`;
  return {
    name,
    url,
    received: async () => (await fetch(`${url}/received`)).json() as Promise<Receipt[]>,
    read: async (bodies) =>
      (await fetch(`${url}/read`, { method: 'POST', body: framed(bodies) })).json() as Promise<Readings[]>,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Each behind its length in four bytes. */
function framed(bodies: readonly Uint8Array[]): Buffer<ArrayBuffer> {
  return Buffer.concat(
    bodies.flatMap((body) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(body.length);
      return [length, body];
    }),
  );
}
