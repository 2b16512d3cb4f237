import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runAside } from './run-aside.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bailiff-runs-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const never = new AbortController().signal;
const shell = (script: string) => ({
  ...{ file: '/bin/sh', args: ['-c', script], cwd: folder, env: { PATH: process.env.PATH } },
  ...{ timeoutMs: 60_000, outputBytesMax: 1_000_000 },
});
const isThere = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
const written = (name: string) =>
  vi.waitFor(
    async () => {
      const text = await readFile(join(folder, name), 'utf8');
      expect(text).toMatch(/\n$/);
      return text.split(/\s+/).filter(Boolean).map(Number);
    },
    { timeout: 30_000 },
  );

/** A process that runs a script aside. */
function otherProcess(script: string) {
  const module = new URL('./run-aside.ts', import.meta.url).href;
  const program = `
    import { runAside } from ${JSON.stringify(module)};
    const ended = await runAside(${JSON.stringify(shell(script))}, new AbortController().signal);
    process.stdout.write(JSON.stringify(ended));`;
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

test('what a run printed and how it ended is told, of many at once', async () => {
  const ended = await Promise.all(
    [0, 1, 2, 3].map((status) => runAside(shell(`echo out ${status}; echo err >&2; exit ${status}`), never)),
  );
  expect(ended).toEqual(
    [0, 1, 2, 3].map((status) => ({ kind: 'ended', status, stdout: `out ${status}\n`, stderr: 'err\n' })),
  );
});

test('a run whose starter was killed is run again', async () => {
  const script = 'if [ -e once ]; then echo again; else echo $PPID > once; exec sleep 20; fi';
  const run = runAside(shell(script), never);
  const [runner = 0] = await written('once');
  process.kill(runner, 'SIGKILL');
  expect(await run).toMatchObject({ kind: 'ended', stdout: 'again\n' });
});

test('a run that takes its starter with it twice has failed, and others go on', async () => {
  const run = runAside(shell('echo $PPID > starter; kill -9 $PPID; exec sleep 20'), never);
  expect(await run).toMatchObject({ kind: 'failed', code: undefined });
  expect(await runAside(shell('exit 0'), never)).toMatchObject({ kind: 'ended', status: 0 });
});

test('what no process can be started with fails alone', async () => {
  const other = runAside(shell('sleep 0.2; echo done'), never);
  const args = Array.from({ length: 100 }, () => 'x'.repeat(200_000));
  expect(await runAside({ ...shell(''), args }, never)).toMatchObject({ kind: 'failed', code: 'E2BIG' });
  expect(await other).toMatchObject({ stdout: 'done\n' });
});

test('a process that was killed leaves nothing that runs', async () => {
  const other = otherProcess('echo $PPID $$ > both; exec sleep 60');
  const both = await written('both');
  expect(both.map(isThere)).toEqual([true, true]);
  other.kill('SIGKILL');
  await vi.waitFor(() => expect(both.map(isThere)).toEqual([false, false]), { timeout: 30_000 });
});

test('a process ends when its work is done, without a word to whoever starts programs for it', async () => {
  const other = otherProcess('echo done');
  const [[bytes], [code]] = await Promise.all([once(other.stdout, 'data'), once(other, 'exit')]);
  expect([JSON.parse(String(bytes)), code]).toMatchObject([{ stdout: 'done\n' }, 0]);
});
