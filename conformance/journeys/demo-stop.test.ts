import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { COMPANY } from '../../examples/acme/start-options.ts';
import { loadConfiguration } from '../../packages/gateway/src/config.ts';
import { ROOT } from '../../tools/tree.ts';

/** How long everything may take to be gone. */
const GONE_MS = 20_000;
const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** The company’s configuration, its data in a folder of its own. Every path is absolute, and JSON is YAML. */
async function ownCompany(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'bailiff-stop-'));
  opened.push(() => rm(directory, { recursive: true, force: true }));
  const { configuration } = await loadConfiguration(COMPANY);
  const servers = Object.entries(configuration.servers).map(([name, server]) => [
    name,
    { ...server, cwd: dirname(COMPANY) },
  ]);
  const own = { ...configuration, data_dir: directory, servers: Object.fromEntries(servers) };
  const file = join(directory, 'bailiff.yaml');
  await writeFile(file, JSON.stringify(own));
  return file;
}

interface Run {
  readonly npm: ChildProcess;
  /** npm and whatever it started, directly or not. */
  readonly pids: () => number[];
  readonly said: () => string;
  readonly complained: () => string;
}

/** The real command, at the head of a process group of its own, as a terminal starts it. */
async function npmStart(...options: readonly string[]): Promise<Run> {
  const args = ['start', '--silent', '--', '--port', '0', '--config', await ownCompany(), ...options];
  const env = { ...process.env, BAILIFF_INSTALL: 'never' }; // Not while other tests run on what is installed.
  const npm = spawn('npm', args, { cwd: ROOT, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, error] = ['', ''];
  npm.stdout.on('data', (chunk: Buffer) => {
    out += chunk;
  });
  npm.stderr.on('data', (chunk: Buffer) => {
    error += chunk;
  });
  // What a failed test leaves; the gateway’s own processes go with the gateway.
  const pids = () => (npm.pid === undefined ? [] : [npm.pid, ...descendants(npm.pid)]);
  opened.push(async () => {
    for (const pid of pids()) kill(pid, 'SIGKILL');
  });
  return { npm, pids, said: () => out, complained: () => withoutNpmWarnings(error) };
}

const withoutNpmWarnings = (text: string) => text.replaceAll(/^npm warn .*\n?/gm, '');

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone.
  }
}

/** Linux tells them; children before their own children. */
function descendants(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    return children.map(Number).flatMap((child) => [child, ...descendants(child)]);
  } catch {
    return [];
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** A zombie waits for its parent only; it runs nothing, and has no command. */
const isGone = (pid: number) => commandOf(pid) === '';

async function until(what: string, isSo: () => boolean, timeoutMs: number): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!isSo()) {
    if (performance.now() > endMs) throw new Error(`It never came to: ${what}`);
    await delay(50);
  }
}

/** Every process of a gateway that is at work, OPA and servers included: they start when they are first called. */
async function everyProcess({ pids, said, complained }: Run): Promise<number[]> {
  const isAtWork = () => said().includes('everything.echo') || complained() !== '';
  await until('a call to each server', isAtWork, 120_000);
  expect(complained()).toBe('');
  const running = pids();
  for (const part of [WHO.gateway, / run --server /, /servers\/crm\/main/, /server-everything/])
    find(running, part);
  return running;
}

const find = (pids: readonly number[], pattern: RegExp) => {
  const pid = pids.find((one) => pattern.test(commandOf(one)));
  if (pid === undefined) throw new Error(`No process is ${pattern}.`);
  return pid;
};

const WHO = {
  npm: /^npm start/,
  launcher: /^\S*node tools\/launch\.mjs/,
  gateway: /acme\/start\.ts/,
} as const;

describe.skipIf(process.platform !== 'linux')('npm start', () => {
  test.each([
    ['npm', 'SIGINT'],
    ['npm', 'SIGTERM'],
    ['npm', 'SIGHUP'],
    ['npm', 'SIGKILL'],
    ['launcher', 'SIGINT'],
    ['launcher', 'SIGTERM'],
    ['launcher', 'SIGKILL'],
    ['gateway', 'SIGKILL'],
  ] as const)(
    'leaves nothing running when %s alone gets %s',
    async (who, signal) => {
      const run = await npmStart('--demo');
      const pids = await everyProcess(run);
      process.kill(find(pids, WHO[who]), signal);
      await until('everything is gone', () => pids.every(isGone), GONE_MS);
      if (signal !== 'SIGKILL') expect(run.complained()).toBe('');
    },
    180_000,
  );

  test.each([
    ['as it begins', ({ pids }) => pids().some((pid) => WHO.gateway.test(commandOf(pid)))],
    ['while it builds the release', ({ pids }) => pids().some((pid) => /\bopa (?!run)/.test(commandOf(pid)))],
    ['during the demo', ({ said }) => said().includes('crm.read')],
  ] as const satisfies readonly (readonly [string, (run: Run) => boolean])[])(
    'stops without a word of complaint on Ctrl-C %s',
    async (when, isSo) => {
      const run = await npmStart('--demo');
      await until(when, () => isSo(run), 120_000);
      const [pids, ended] = [run.pids(), once(run.npm, 'exit')];
      process.kill(-(run.npm.pid ?? 0), 'SIGINT'); // A terminal signals the whole group.
      await ended;
      await until('everything is gone', () => pids.every(isGone), GONE_MS);
      expect(run.complained()).toBe('');
    },
    180_000,
  );
});
