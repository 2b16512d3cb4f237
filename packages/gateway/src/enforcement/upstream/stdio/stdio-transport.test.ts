import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ServerConfiguration } from '@bailiff/contract';
import { describe, expect, test } from 'vitest';
import { toolCall } from '../../testing/calls.ts';
import { isRunning, until } from '../../testing/until.ts';
import { openUpstreams, type UpstreamsOptions } from '../open-upstreams.ts';
import type { Upstream } from '../upstream.ts';

const RAW_SERVER = fileURLToPath(new URL('../testing/raw-stdio-server.ts', import.meta.url));
const NEVER = new AbortController().signal;
const runs = (pid: number) => isRunning(pid, (one) => readFileSync(`/proc/${one}/stat`, 'utf8'));

function server(...args: string[]): ServerConfiguration {
  const env = { CONFIGURED: 'yes' };
  return ServerConfiguration.parse({ transport: 'stdio', command: 'node', args: [RAW_SERVER, ...args], env });
}

function open(configuration: ServerConfiguration, options: Partial<UpstreamsOptions> = {}) {
  const logged: string[] = [];
  const upstreams = openUpstreams(
    { raw: configuration },
    {
      environment: { ...process.env, SECRET_CANARY: 'canary' },
      directory: process.cwd(),
      log: (_level, _server, message) => void logged.push(message),
      ...options,
    },
  );
  const raw = upstreams.byName.get('raw') as Upstream;
  let calls = 0;
  const call = async (tool: string, { timeoutMs = 20_000, signal = NEVER } = {}) => {
    calls += 1;
    const id = `call-${calls}`;
    const { bytes = Buffer.alloc(0), principal } = toolCall(tool, { decisionId: id });
    const conversation = { key: 'one', capabilities: {}, principal };
    const reply = await raw.forward({ id, bytes, conversation, channel: undefined, timeoutMs }, signal);
    return JSON.parse(reply.json).content[0].text as string;
  };
  return { upstreams, raw, call, logged, [Symbol.asyncDispose]: () => upstreams[Symbol.asyncDispose]() };
}

describe('a server over stdio', () => {
  test('gets exactly the bytes that were handed over, as one line', async () => {
    await using gateway = open(server());
    const { bytes = Buffer.alloc(0) } = toolCall('hash', { decisionId: 'call-1' });
    expect(await gateway.call('hash')).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  test('is described and listed by what it says of itself', async () => {
    await using gateway = open(server());
    expect(await gateway.raw.describe(NEVER)).toMatchObject({
      capabilities: { tools: {} },
      serverInfo: { name: 'raw' },
    });
    expect((await gateway.raw.list('tools', NEVER)).map(({ id }) => id)).toContain('hash');
    expect(await gateway.raw.list('resources', NEVER)).toStrictEqual([]);
    expect((await gateway.raw.findTool('hash', NEVER))?.json).toBe('{"name":"hash","inputSchema":{}}');
    expect(await gateway.raw.findTool('Hash', NEVER)).toBeUndefined();
  });

  test('sees nothing of the gateway’s environment but what it needs and what is configured', async () => {
    await using gateway = open(server());
    const environment = JSON.parse(await gateway.call('env'));
    expect(environment).toMatchObject({ CONFIGURED: 'yes', PATH: process.env.PATH });
    expect(JSON.stringify(environment)).not.toContain('canary');
  });

  test('answers each of many calls at once with its own answer', async () => {
    await using gateway = open(server());
    const hashes = await Promise.all(Array.from({ length: 200 }, () => gateway.call('hash')));
    expect(new Set(hashes).size).toBe(200);
  });

  test('has its standard error logged', async () => {
    await using gateway = open(server());
    await gateway.call('hash');
    await until(() => gateway.logged.includes('the raw server is here'));
  });

  test('is listed anew once it says that its tools changed', async () => {
    await using gateway = open(server());
    expect(await gateway.raw.findTool('extra', NEVER)).toBeUndefined();
    await gateway.call('change');
    await until(async () => (await gateway.raw.findTool('extra', NEVER)) !== undefined);
  });
});

describe('a server over stdio that misbehaves', () => {
  test('is told when nobody waits any more because it took too long', async () => {
    await using gateway = open(server());
    await expect(gateway.call('hang', { timeoutMs: 30 })).rejects.toMatchObject({ code: 'upstream_timeout' });
    const seen = await gateway.call('seen');
    expect(seen).toContain('"method":"notifications/cancelled","params":{"requestId":"call-1"');
  });

  test('is told when nobody waits any more because the client left', async () => {
    await using gateway = open(server());
    await gateway.call('hash');
    const leaving = new AbortController();
    const hanging = gateway.call('hang', { signal: leaving.signal });
    setImmediate(() => leaving.abort());
    await expect(hanging).rejects.toMatchObject({ code: 'client_gone' });
    expect(await gateway.call('seen')).toContain(
      '"method":"notifications/cancelled","params":{"requestId":"call-2"',
    );
  });

  test('gets nothing at all from a client that left before', async () => {
    await using gateway = open(server());
    await gateway.call('hash');
    const gone = gateway.call('hang', { signal: AbortSignal.abort() });
    await expect(gone).rejects.toMatchObject({ code: 'client_gone' });
    expect(await gateway.call('seen')).not.toContain('"name":"hang"');
  });

  test('does not reach a client with late, foreign or garbled lines', async () => {
    await using gateway = open(server());
    await expect(gateway.call('late', { timeoutMs: 20 })).rejects.toMatchObject({ code: 'upstream_timeout' });
    expect(await gateway.call('foreign')).toBe('after foreign');
    expect(await gateway.call('garbage')).toBe('after garbage');
    await until(() => gateway.logged.filter((line) => line.includes('nobody waits')).length === 2);
    expect(gateway.logged).toContain('Dropped a line that is no message.');
  });

  test('fails the call whose answer is not valid, or beyond the size limit, and no other', async () => {
    await using gateway = open(server(), { limits: { resultBytesMax: 1_048_576 } });
    const other = gateway.call('late');
    await expect(gateway.call('invalid')).rejects.toMatchObject({ code: 'upstream_invalid' });
    await expect(gateway.call('huge')).rejects.toMatchObject({ code: 'upstream_invalid' });
    expect(await other).toBe('late');
  });

  test('is refused what it asks of its client, but told that somebody is there', async () => {
    await using gateway = open(server());
    const answers = (await gateway.call('ask')).split('\n').map((line) => JSON.parse(line));
    expect(answers).toContainEqual({
      jsonrpc: '2.0',
      id: 'question',
      error: { code: -32601, message: 'Method not found' },
    });
    expect(answers).toContainEqual({ jsonrpc: '2.0', id: 'are-you-there', result: {} });
  });

  test('is bounded in the calls it has under way', async () => {
    await using gateway = open(server(), { limits: { inFlightMax: 2 } });
    const hanging = [1, 2].map(() => gateway.call('hang', { timeoutMs: 200 }).catch(() => undefined));
    await expect(gateway.call('hash')).rejects.toMatchObject({ code: 'overloaded' });
    await Promise.all(hanging);
    expect(await gateway.call('hash')).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('the process of a server', () => {
  test('that ends fails what was under way and is started again when it is needed', async () => {
    await using gateway = open(server());
    const hanging = gateway.call('hang');
    await expect(gateway.call('exit')).rejects.toMatchObject({ code: 'upstream_unavailable' });
    await expect(hanging).rejects.toMatchObject({ code: 'upstream_unavailable' });
    expect(await gateway.call('hash')).toMatch(/^[0-9a-f]{64}$/);
  });

  test('that keeps failing is left alone for longer and longer, and then tried again', async () => {
    await using gateway = open(server(), { backOff: { firstMs: 200, maxMs: 400, healthyMs: 60_000 } });
    for (const _attempt of [1, 2]) {
      await expect(gateway.call('exit')).rejects.toMatchObject({ code: 'upstream_unavailable' });
    }
    await expect(gateway.call('hash')).rejects.toMatchObject({
      detail: expect.stringContaining('started again in a while'),
    });
    await until(async () => {
      const hash = await gateway.call('hash').catch(() => '');
      return hash !== '';
    });
  });

  test('that cannot be started fails the call and says so', async () => {
    await using gateway = open({ ...server(), command: 'no-such-program-anywhere' } as ServerConfiguration);
    await expect(gateway.call('hash')).rejects.toMatchObject({ code: 'upstream_unavailable' });
    await until(() => gateway.logged.some((line) => line.startsWith('The server’s process')));
    const told = gateway.logged.find((line) => line.startsWith('The server’s process'));
    expect(told).toContain('its command is no-such-program-anywhere.');
    expect(told).toMatch(/No such file|ENOENT/);
  });

  test('is told with the last of what it said on its standard error, and no more', async () => {
    const script = 'for (let n = 1; n <= 40; n += 1) console.error("line " + n); process.exitCode = 9;';
    const configuration = { ...server(), command: 'node', args: ['-e', script] } as ServerConfiguration;
    await using gateway = open(configuration);
    await expect(gateway.call('hash')).rejects.toMatchObject({ code: 'upstream_unavailable' });
    await until(() => gateway.logged.some((line) => line.startsWith('The server’s process')));
    const told = gateway.logged.find((line) => line.startsWith('The server’s process')) ?? '';
    expect(told).toContain('ended (exit code 9)');
    expect(told).toMatch(/It said last: line 36 \| .*line 40$/);
  });

  test('that is slow to start, and knows both eras, is spoken to in the one it was asked in first', async () => {
    await using gateway = open(server('--slow-to-start'), { limits: { startTimeoutMs: 2_000 } });
    expect(await gateway.raw.describe(NEVER)).toMatchObject({
      era: 'stateless',
      capabilities: { tools: {} },
    });
    expect(gateway.logged.filter((line) => line.includes('revision'))).toEqual([]);
  });

  test('that never answers the handshake fails the call in time', async () => {
    await using gateway = open(server('--silent'), { limits: { startTimeoutMs: 300 } });
    await expect(gateway.call('hash')).rejects.toMatchObject({ code: 'upstream_timeout' });
    expect(gateway.logged).toContain('The server did not answer initialize within 300 ms.');
  });

  test('ends with the gateway, stubborn or not, and so does everything it started', async () => {
    for (const args of [[], ['--stubborn']]) {
      const gateway = open(server(...args));
      const grandchild = Number(await gateway.call('spawn'));
      expect(runs(grandchild)).toBe(true);
      await gateway.upstreams[Symbol.asyncDispose]();
      await until(() => !runs(grandchild));
      await expect(gateway.call('hash')).rejects.toMatchObject({ code: 'upstream_unavailable' });
    }
  });

  // Only the kernel can end a child for a parent that was killed; `setpriv` asks it to.
  test.each(
    existsSync('/usr/bin/setpriv') ? ['SIGKILL', 'exit'] : ['exit'],
  )('does not outlive a gateway that ends by %s', async (how) => {
    const script = `
      import { openUpstreams } from ${JSON.stringify(new URL('../open-upstreams.ts', import.meta.url).href)};
      const upstreams = openUpstreams({ raw: ${JSON.stringify(server('--stubborn'))} }, {
        environment: process.env, directory: '.', log() {},
      });
      const raw = upstreams.byName.get('raw');
      const bytes = Buffer.from('{"jsonrpc":"2.0","id":"1","method":"tools/call","params":{"name":"env"}}');
      await raw.forward({ id: '1', bytes, timeoutMs: 20000 }, new AbortController().signal);
      const { execSync } = await import('node:child_process');
      const found = execSync('pgrep -P ' + process.pid + ' -f raw-stdio-server').toString().trim();
      process.stdout.write('child ' + found + '\\n');
      ${how === 'exit' ? 'process.exit(0);' : 'setInterval(() => {}, 1000);'}
    `;
    const gateway = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [chunk] = await once(gateway.stdout, 'data');
    const child = Number(/child (\d+)/.exec(String(chunk))?.[1]);
    expect(child).toBeGreaterThan(1);
    if (how === 'SIGKILL') gateway.kill('SIGKILL');
    await until(() => !runs(child));
  });
});
