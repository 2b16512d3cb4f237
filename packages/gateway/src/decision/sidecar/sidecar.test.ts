import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Evaluation } from '../engine.ts';
import { BundleServer } from '../testing/bundle-server.ts';
import { buildBundle, opaExecutable } from '../testing/opa.ts';
import { stopProcess } from '../testing/stopped-process.ts';
import { openSidecar, type Sidecar } from './sidecar.ts';

const PATIENCE_MS = 20_000;

const RULES = `package bailiff

decision := {"echo": input.value} if input.mode == "echo"

decision := to_number(input.value) if input.mode == "builtin"

decision := "a" if input.mode == "conflict"

decision := "b" if input.mode == "conflict"

decision := count([1 | some x in numbers.range(1, 5000); some y in numbers.range(1, 5000); x + y == -1]) if input.mode == "slow"
`;

const data = (digest: string) => JSON.stringify({ release: { digest } });
let first: Uint8Array;
let second: Uint8Array;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sidecar-'));
  first = await buildBundle({ 'kernel.rego': RULES, 'data.json': data('1') }, '1.0.0+aaa');
  second = await buildBundle({ 'kernel.rego': RULES, 'data.json': data('2') }, '2.0.0+bbb');
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const UNANSWERED = expect.stringMatching(/did not answer within 1000 ms/);

const patience = () => AbortSignal.timeout(PATIENCE_MS);

function open(server: BundleServer, logs: string[] = [], givesWay = false): Promise<Sidecar> {
  const source = { url: server.url, token: server.token, polling: { kind: 'long', seconds: 5 } } as const;
  const process = { executable: opaExecutable(), source, directory, givesWay };
  return openSidecar({ opa: { kind: 'managed', process }, onLog: (line) => logs.push(line) });
}

const ask = (sidecar: Sidecar, input: unknown, signal = patience()): Promise<Evaluation> =>
  sidecar.evaluate('bailiff/decision', JSON.stringify(input), signal);

/** Whether a process runs; one that has ended and waits for its parent to take note does not. */
async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return !/^\d+ \(.*\) Z/.test(stat);
}

describe('a managed OPA', () => {
  test('is as urgent as we are, or gives way where it is told to', async () => {
    await using server = await BundleServer.open(first);
    await using usual = await open(server);
    await using spare = await open(server, [], true);
    await Promise.all([usual.whenReady(patience()), spare.whenReady(patience())]);
    expect([usual, spare].map(({ pid }) => getPriority(pid) - getPriority())).toEqual([0, 5]);
  });

  test('gives the value and the revision that it was decided under', async () => {
    await using server = await BundleServer.open(first);
    await using sidecar = await open(server);
    await sidecar.whenReady(patience());

    expect(await ask(sidecar, { mode: 'echo', value: 'ü "quoted" \u2028' })).toEqual({
      kind: 'result',
      engine: 'sidecar',
      value: { echo: 'ü "quoted" \u2028' },
      revision: '1.0.0+aaa',
    });
    expect(await ask(sidecar, { mode: 'none' })).toEqual({
      kind: 'undefined',
      revision: '1.0.0+aaa',
      engine: 'sidecar',
    });
    expect(sidecar.status()).toMatchObject({ ready: true, revision: '1.0.0+aaa' });
  });

  test('tells where policy failed, innermost first, and whether a built-in did', async () => {
    await using server = await BundleServer.open(first);
    await using sidecar = await open(server);
    await sidecar.whenReady(patience());

    const failed = await ask(sidecar, { mode: 'builtin', value: 'hunter2' });
    expect(failed).toMatchObject({
      kind: 'failed',
      code: 'evaluation_error',
      locations: [
        { file: '/kernel.rego', row: 5, builtin: true },
        { file: '/kernel.rego', row: 5 },
      ],
    });
    expect(String(failed.kind === 'failed' && failed.cause), 'holds no value of the input').not.toContain(
      'hunter2',
    );
    expect(await ask(sidecar, { mode: 'conflict' })).toMatchObject({
      kind: 'failed',
      code: 'evaluation_error',
      locations: [{ builtin: false }, { builtin: false }],
    });
  });

  test('is not ready, and has no revision, before it has a bundle', async () => {
    await using server = await BundleServer.open(undefined);
    const logs: string[] = [];
    await using sidecar = await open(server, logs);
    await vi.waitFor(() => expect(logs.join('\n')).toContain('Bundle load failed'), PATIENCE_MS);

    const undecided = { kind: 'undefined', revision: '', engine: 'sidecar' };
    // It looks for its bundle before it listens.
    await vi.waitFor(async () => {
      expect(await ask(sidecar, { mode: 'echo', value: 1 })).toEqual(undecided);
    }, PATIENCE_MS);
    expect(sidecar.status()).toMatchObject({ ready: false, revision: '' });
    server.publish(first);
    await sidecar.whenReady(patience());
  });

  test('decides with another bundle as soon as that is published', async () => {
    await using server = await BundleServer.open(first);
    await using sidecar = await open(server);
    await sidecar.whenReady(patience());

    for (const [bundle, revision] of [
      [second, '2.0.0+bbb'],
      [first, '1.0.0+aaa'],
    ] as const) {
      server.publish(bundle);
      await vi.waitFor(
        async () => expect(await ask(sidecar, { mode: 'echo', value: 1 })).toMatchObject({ revision }),
        { timeout: PATIENCE_MS, interval: 5 },
      );
    }
  });

  test.skipIf(process.platform !== 'linux')(
    'keeps its token out of its command line and its environment',
    async () => {
      await using server = await BundleServer.open(first);
      await using sidecar = await open(server);
      await sidecar.whenReady(patience());

      const read = (file: string) => readFile(`/proc/${sidecar.pid}/${file}`, 'utf8');
      expect(await read('cmdline')).toContain('--config-file');
      expect(await read('cmdline')).not.toContain(server.token);
      const names = (await read('environ')).split('\0').map((variable) => variable.split('=')[0]);
      expect(names.filter((name) => name !== '').sort()).toEqual(['PATH', 'PWD']);
    },
  );

  test('times out, and is well again at once', async () => {
    await using server = await BundleServer.open(first);
    await using sidecar = await open(server);
    await sidecar.whenReady(patience());

    const slow = await Promise.all(
      Array.from({ length: 8 }, () => ask(sidecar, { mode: 'slow' }, AbortSignal.timeout(50))),
    );
    expect(slow.map((evaluation) => evaluation.kind === 'failed' && evaluation.code)).toEqual(
      Array(8).fill('evaluation_timeout'),
    );
    expect(await ask(sidecar, { mode: 'echo', value: 1 })).toMatchObject({ kind: 'result' });
  });

  test('fails with a reason while it is dead, and comes back by itself', async () => {
    await using server = await BundleServer.open(first);
    await using sidecar = await open(server);
    await sidecar.whenReady(patience());
    const pid = sidecar.pid ?? 0;

    const load = Array.from({ length: 200 }, () => ask(sidecar, { mode: 'echo', value: 1 }));
    const [own = ''] = await readdir(directory);
    await rm(join(directory, own, 'config.json')); // As those who tidy up temporary files do.
    process.kill(pid, 'SIGKILL');
    const kinds = new Set(
      (await Promise.all(load)).map((each) => (each.kind === 'failed' ? each.code : each.kind)),
    );
    expect([...kinds].filter((kind) => kind !== 'result' && kind !== 'undefined')).toEqual([
      'policy_unavailable',
    ]);
    // It is not ready until there is another one, which may be ready by now.
    const isNoticed = () => !sidecar.status().ready || sidecar.pid !== pid;
    await vi.waitFor(() => expect(isNoticed()).toBe(true), PATIENCE_MS);

    await sidecar.whenReady(patience());
    expect(sidecar.pid).not.toBe(pid);
    expect(await ask(sidecar, { mode: 'echo', value: 1 })).toMatchObject({ kind: 'result' });
  });

  test('is not ready, and says why, while it is stopped and neither ends nor answers', async () => {
    await using server = await BundleServer.open(first);
    await using sidecar = await open(server);
    await sidecar.whenReady(patience());
    const pid = sidecar.pid ?? 0;
    {
      using _stopped = await stopProcess(pid);
      const idle = () => expect(sidecar.status()).toMatchObject({ ready: false, detail: UNANSWERED });
      await vi.waitFor(idle, { timeout: 5_000, interval: 20 });
    }
    await sidecar.whenReady(patience());
    {
      using _stopped = await stopProcess(pid);
      const stoppedMs = performance.now();
      const late = await ask(sidecar, { mode: 'echo', value: 1 }, AbortSignal.timeout(100));
      expect(late).toMatchObject({ kind: 'failed', code: 'evaluation_timeout' });
      const told = () => expect(sidecar.status().ready).toBe(false);
      await vi.waitFor(told, { timeout: 5_000, interval: 10 });
      expect(performance.now() - stoppedMs, 'an evaluation that is late has it asked at once').toBeLessThan(
        1_900,
      );
    }
    await sidecar.whenReady(patience());
    expect(await ask(sidecar, { mode: 'echo', value: 1 })).toMatchObject({ kind: 'result' });
  });

  test('leaves neither process nor file behind when it is closed', async () => {
    await using server = await BundleServer.open(first);
    const sidecar = await open(server);
    await sidecar.whenReady(patience());
    const pid = sidecar.pid ?? 0;
    await sidecar[Symbol.asyncDispose]();

    expect(await isAlive(pid)).toBe(false);
    expect(await readdir(directory)).toEqual([]);
    expect(await ask(sidecar, { mode: 'echo', value: 1 })).toMatchObject({
      kind: 'failed',
      code: 'policy_unavailable',
    });
  });

  test('does not outlive a gateway that is killed', async () => {
    await using server = await BundleServer.open(first);
    const program = fileURLToPath(new URL('../testing/gateway-that-is-killed.ts', import.meta.url));
    const gateway: ChildProcess = spawn(process.execPath, [program, server.url, server.token, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = gateway.stdout === null ? [] : await once(gateway.stdout, 'data');
    const pid = Number(line);
    expect(await isAlive(pid)).toBe(true);
    gateway.kill('SIGKILL');

    await vi.waitFor(async () => expect(await isAlive(pid)).toBe(false), {
      timeout: PATIENCE_MS,
      interval: 20,
    });
    await vi.waitFor(async () => expect(await readdir(directory)).toEqual([]), PATIENCE_MS);
  });

  test('does not start without an executable', async () => {
    await using server = await BundleServer.open(first);
    const source = {
      url: server.url,
      token: server.token,
      polling: { kind: 'cadence', seconds: 1 },
    } as const;
    const open = (executable: string) =>
      openSidecar({ opa: { kind: 'managed', process: { executable, source, directory } }, onLog: () => {} });
    await expect(open('/no/such/opa')).rejects.toMatchObject({ code: 'configuration_invalid' });
    await expect(open('no-such-opa')).rejects.toMatchObject({ code: 'configuration_invalid' });
    expect(await readdir(directory)).toEqual([]);
  });

  test('asks for its bundle at a configured cadence where requests are not held', async () => {
    await using server = await BundleServer.open(first);
    const source = {
      url: server.url,
      token: server.token,
      polling: { kind: 'cadence', seconds: 1 },
    } as const;
    const process = { executable: opaExecutable(), source, directory };
    await using sidecar = await openSidecar({ opa: { kind: 'managed', process }, onLog: () => {} });
    await sidecar.whenReady(patience());
    server.publish(second);
    await vi.waitFor(() => expect(sidecar.status().revision).toBe('2.0.0+bbb'), PATIENCE_MS);
  });
});
