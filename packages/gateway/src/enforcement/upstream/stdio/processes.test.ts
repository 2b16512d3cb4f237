import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { ServerNotification, ServerReply } from '@bailiff/contract';
import { describe, expect, test } from 'vitest';
import { isRunning, until } from '../../testing/until.ts';
import { accepting, conversationOf, openStdio, recordingChannel } from '../testing/scripted-stdio.ts';

const NEVER = new AbortController().signal;
const runs = (pid: number) => isRunning(pid, (one) => readFileSync(`/proc/${one}/stat`, 'utf8'));
const [mara, twice, lee] = [conversationOf('one'), conversationOf('two'), conversationOf('three', 'lee')];

describe('the processes of a server', () => {
  test.each([
    ['gateway', 1],
    ['user', 2],
    ['conversation', 3],
  ] as const)('are as many as there is one per %s', async (process, count) => {
    await using gateway = openStdio({ process });
    const pids = new Set<number>();
    for (const conversation of [mara, twice, lee, mara])
      pids.add((await gateway.call('whoami', { conversation })).pid);
    expect(pids.size).toBe(count);
  });

  test('are told what the client of their conversation can do, and in a shared one that nothing can be asked', async () => {
    const capabilities = { elicitation: { form: {} } };
    const conversation = conversationOf('one', 'mara', capabilities);
    await using own = openStdio({ process: 'conversation' });
    expect((await own.call('whoami', { conversation })).declared).toEqual(capabilities);
    await using shared = openStdio({});
    expect((await shared.call('whoami', { conversation })).declared).toEqual({});
  });

  test('are bounded: the idle one that was used longest ago makes room, and none that is at work', async () => {
    await using gateway = openStdio({ process: 'conversation', processes_max: 2 });
    const first = await gateway.call('whoami', { conversation: mara });
    const second = await gateway.call('whoami', { conversation: twice });
    await gateway.call('whoami', { conversation: mara });
    await gateway.call('whoami', { conversation: lee });
    await until(() => !runs(second.pid));
    expect(runs(first.pid)).toBe(true);
    const hanging = [mara, lee].map((conversation) =>
      gateway.call('hang', { conversation, timeoutMs: 1_000 }),
    );
    const outcomes = Promise.allSettled(hanging);
    await expect(gateway.call('whoami', { conversation: twice })).rejects.toMatchObject({
      code: 'overloaded',
    });
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  test('end with their conversation, and when they have had nothing to do for a while', async () => {
    await using gateway = openStdio({ process: 'conversation', process_idle_seconds: 1 });
    const ended = await gateway.call('whoami', { conversation: mara });
    gateway.talking.endConversation('one');
    await until(() => !runs(ended.pid));
    const idle = await gateway.call('whoami', { conversation: lee });
    await until(() => !runs(idle.pid));
    expect((await gateway.call('whoami', { conversation: lee })).pid).not.toBe(idle.pid);
    expect(gateway.logged.filter((line) => line.includes('process'))).toEqual([]);
  });

  test('that one caller has end are started for the others', async () => {
    const backOff = { firstMs: 60_000, maxMs: 60_000, healthyMs: 60_000 };
    await using gateway = openStdio({ process: 'user' }, { backOff });
    for (const _time of [1, 2])
      await expect(gateway.call('exit', { conversation: mara })).rejects.toMatchObject({
        code: 'upstream_unavailable',
      });
    await expect(gateway.call('whoami', { conversation: mara })).rejects.toMatchObject({
      detail: expect.stringContaining('again in a while'),
    });
    expect(await gateway.call('whoami', { conversation: lee })).toMatchObject({ pid: expect.any(Number) });
  });

  test('leave nothing they started when the gateway is killed', async () => {
    const script = `
      import { conversationOf, openStdio } from ${JSON.stringify(new URL('../testing/scripted-stdio.ts', import.meta.url).href)};
      const gateway = openStdio({ process: 'conversation' });
      for (const key of ['a', 'b']) console.log(JSON.stringify(await gateway.call('spawn', { conversation: conversationOf(key) })));
      setInterval(() => {}, 1000);
    `;
    const gateway = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    gateway.stdout.on('data', (chunk) => {
      said += chunk;
    });
    await until(() => said.split('\n').length === 3);
    const pids = said
      .trim()
      .split('\n')
      .flatMap((line) => Object.values<number>(JSON.parse(line)));
    expect(pids.filter(runs)).toHaveLength(4);
    gateway.kill('SIGKILL');
    await once(gateway, 'exit');
    await until(() => !pids.some(runs));
  });
});

describe('what a server asks', () => {
  test('reaches the client of its conversation, and its answer the server', async () => {
    await using gateway = openStdio({ process: 'conversation' });
    const { channel, asked } = recordingChannel();
    const other = recordingChannel();
    const answers = await Promise.all([
      gateway.call('ask', { conversation: mara, channel }),
      gateway.call('ask', { conversation: lee, channel: other.channel }),
    ]);
    expect(answers).toEqual([{ result: { action: 'accept' } }, { result: { action: 'accept' } }]);
    expect(asked.map(({ params }) => params.asks)).toEqual(['call-1']);
    expect(other.asked.map(({ params }) => params.asks)).toEqual(['call-2']);
  });

  test('is refused where several calls are under way in a shared process', async () => {
    await using gateway = openStdio({});
    const { channel, asked } = recordingChannel();
    expect(await gateway.call('ask', { channel })).toEqual({ result: { action: 'accept' } });
    const hanging = gateway.call('hang', { channel, timeoutMs: 1_000 }).catch(() => undefined);
    expect(await gateway.call('ask', { channel })).toMatchObject({ error: { code: -32_601 } });
    expect(asked).toHaveLength(1);
    await hanging;
  });

  test('and nobody answers keeps no other conversation of its user from being asked', async () => {
    await using gateway = openStdio({ process: 'user' });
    const { promise, resolve } = Promise.withResolvers<ServerReply>();
    const { channel, asked } = recordingChannel(promise);
    const waiting = gateway.call('ask', { conversation: mara, channel });
    await until(() => asked.length === 1);
    const other = recordingChannel();
    expect(await gateway.call('ask', { conversation: twice, channel: other.channel })).toEqual({
      result: { action: 'accept' },
    });
    resolve(await accepting());
    expect(await waiting).toEqual({ result: { action: 'accept' } });
  });

  test('stops the clock of its call, until it is answered', async () => {
    await using gateway = openStdio({ process: 'conversation' });
    const { promise, resolve } = Promise.withResolvers<ServerReply>();
    const { channel, asked } = recordingChannel(promise);
    await gateway.call('whoami');
    const call = gateway.call('ask', { channel, timeoutMs: 300 });
    await until(() => asked.length === 1);
    await new Promise((over) => setTimeout(over, 600));
    resolve(await accepting());
    expect(await call).toEqual({ result: { action: 'accept' } });
  });

  test('is refused on the gateway’s own behalf, and of a client that cannot be asked that', async () => {
    await using gateway = openStdio({ process: 'conversation' });
    const { channel, asked } = recordingChannel();
    expect(await gateway.call('ask')).toMatchObject({ error: { code: -32_601 } });
    const cannot = { ...channel, capabilities: { sampling: {} } };
    expect(await gateway.call('ask', { channel: cannot })).toMatchObject({ error: { code: -32_601 } });
    expect(asked).toEqual([]);
  });

  test('is preceded by its progress, which only the call hears that it is about', async () => {
    await using gateway = openStdio({});
    const { channel, heard } = recordingChannel();
    await gateway.call('progress', { channel });
    expect(heard.map(({ params }) => params)).toEqual([{ progressToken: 'call-1', progress: 1 }]);
  });
});

describe.each([
  ['that keeps sessions', [], 'session'],
  ['without sessions', ['--stateless'], 'stateless'],
  ['without sessions that ends of what it does not know', ['--stateless', '--fragile'], 'stateless'],
  ['that keeps sessions and ends of what it does not know', ['--fragile'], 'session'],
] as const)('a server %s', (_what, args, era) => {
  test('is found out', async () => {
    await using gateway = openStdio({ args });
    expect(await gateway.talking.describe(NEVER)).toMatchObject({ era, serverInfo: { name: 'talking' } });
    expect((await gateway.talking.list('tools', NEVER)).length).toBeGreaterThan(3);
    expect(await gateway.call('whoami')).toMatchObject({ pid: expect.any(Number) });
  });

  test('announces to each conversation what it wants to hear, also after its process ended', async () => {
    await using gateway = openStdio({ args });
    const heard: Record<string, ServerNotification[]> = { one: [], two: [] };
    const listen = (key: string, resources: string[]) =>
      gateway.talking.listen(conversationOf(key), { resources, logLevel: 'info' }, (notification) =>
        heard[key]?.push(notification),
      );
    await using one = await listen('one', ['test://one']);
    await using _two = await listen('two', []);
    await gateway.call('touch');
    const of = (key: string) => heard[key]?.map(({ method, params }) => [method, params.uri ?? '']);
    const changed = ['notifications/tools/list_changed', ''];
    await until(() => heard.two?.length === 1);
    expect(of('one')).toEqual([['notifications/resources/updated', 'test://one'], changed]);
    expect(of('two'), 'whose log it is cannot be told in a shared process').toEqual([changed]);
    await one.update({ resources: ['test://two'], logLevel: undefined }, NEVER);
    await expect(gateway.call('exit')).rejects.toMatchObject({ code: 'upstream_unavailable' });
    await until(async () => (await gateway.call('notes')).length > 0);
    await gateway.call('touch');
    await until(() => heard.one?.length === 4);
    expect(of('one')?.slice(2)).toEqual([['notifications/resources/updated', 'test://two'], changed]);
  });
});

test('the log of a process of its own is heard by its conversation, at the level it wants', async () => {
  await using gateway = openStdio({ process: 'conversation' });
  const heard: string[] = [];
  const hear = ({ method }: ServerNotification) => void heard.push(method);
  await using _listening = await gateway.talking.listen(mara, { resources: [], logLevel: 'warning' }, hear);
  expect(await gateway.call('notes', { conversation: mara })).toEqual([['level', 'warning']]);
  await gateway.call('touch', { conversation: mara });
  await until(() => heard.includes('notifications/message'));
});

test('a resource whose changes the server does not announce cannot be subscribed to', async () => {
  await using gateway = openStdio({});
  const listening = gateway.talking.listen(
    mara,
    { resources: ['test://forbidden'], logLevel: undefined },
    () => undefined,
  );
  await expect(listening).rejects.toMatchObject({ code: 'upstream_invalid' });
});

test('changes of a list that are said at once, by one process or several, are told once', async () => {
  await using gateway = openStdio({ process: 'user' });
  const heard: string[] = [];
  const hear = ({ method }: ServerNotification) => void heard.push(method);
  await using _listening = await gateway.talking.listen(mara, { resources: [], logLevel: undefined }, hear);
  await Promise.all([mara, lee].map((conversation) => gateway.call('whoami', { conversation })));
  for (const times of [1, 2]) {
    await Promise.all([mara, mara, lee].map((conversation) => gateway.call('touch', { conversation })));
    await until(() => heard.length === times);
  }
  expect(heard).toEqual(Array(2).fill('notifications/tools/list_changed'));
});
