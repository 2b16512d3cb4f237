import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { until } from '../../../../enforcement/testing/until.ts';
import { openReader } from '../../testing/event-reader.ts';
import { notification, result, startSpeakingGateway, untilAborted } from '../../testing/speaking-server.ts';
import { INITIALIZE, type TestGateway } from '../../testing/test-gateway.ts';

const PROGRESS = notification('notifications/progress', { progress: 1, progressToken: 'upstream' });

function callOf(id: unknown, meta?: object) {
  const params = { name: 'work', arguments: {}, ...(meta === undefined ? {} : { _meta: meta }) };
  return { jsonrpc: '2.0', id, method: 'tools/call', params };
}

async function openAs(gateway: TestGateway, protocolVersion: string) {
  const body = { ...INITIALIZE, params: { ...INITIALIZE.params, protocolVersion } };
  const { headers, json } = await gateway.send('crm', { body });
  return { session: headers.get('mcp-session-id') ?? '', version: json.result.protocolVersion };
}

test('an answer is JSON where nothing is said before it, and a stream of which it is the last event where something is', async () => {
  await using gateway = await startSpeakingGateway({
    onCall: async (_call, channel) => {
      if (channel.wantsProgress) channel.notified(PROGRESS);
      return result({ content: [] });
    },
  });
  const session = await gateway.open('crm');
  const plain = await gateway.send('crm', { session, body: callOf(1) });
  expect(plain.headers.get('content-type')).toBe('application/json');
  const stream = await openReader(gateway, 'crm', { session, body: callOf(2, { progressToken: 'mine' }) });
  await stream.untilOver();
  expect(stream.headers.get('content-type')).toBe('text/event-stream');
  expect(stream.events[0], 'the client learns at once how to resume').toMatchObject({
    data: '',
    retry: '1000',
  });
  expect(stream.messages).toStrictEqual([
    { jsonrpc: '2.0', method: 'notifications/progress', params: { progress: 1, progressToken: 'mine' } },
    { jsonrpc: '2.0', id: 2, result: { content: [] } },
  ]);
  expect(new Set(stream.events.map(({ id }) => id)).size).toBe(3);
});

test('a client of 2025-06-18 gets no event without data', async () => {
  await using gateway = await startSpeakingGateway({
    onCall: async (_call, channel) => {
      channel.notified(PROGRESS);
      return result({});
    },
  });
  const { session, version } = await openAs(gateway, '2025-06-18');
  expect(version).toBe('2025-06-18');
  const stream = await openReader(gateway, 'crm', { session, body: callOf(1, { progressToken: 0 }) });
  await stream.untilOver();
  expect(stream.events).toHaveLength(2);
  expect(stream.messages[0].params.progressToken).toBe(0);
});

test.each([
  '2025-03-26',
  '2024-11-05',
  '1999-01-01',
])('a client of %s is offered our newest session', async (asked) => {
  await using gateway = await startSpeakingGateway();
  expect(await openAs(gateway, asked)).toMatchObject({ version: '2025-11-25' });
});

test('a client that takes no events is told nothing before its answer', async () => {
  await using gateway = await startSpeakingGateway({
    onCall: async (_call, channel) => {
      channel.notified(PROGRESS);
      return result({ asked: Object.keys(channel.capabilities) });
    },
  });
  const session = await gateway.open('crm');
  const headers = { accept: 'application/json' };
  const sent = await gateway.send('crm', { session, headers, body: callOf(1, { progressToken: 1 }) });
  expect(sent.json.result).toStrictEqual({ asked: [] });
});

test('each message is one event of one line, whatever it holds', async () => {
  const hostile = 'a\n\ndata: {"forged":1}\n\nid: 9\nevent: x\r\ru\u2028v\u2029w\u0085';
  await using gateway = await startSpeakingGateway({
    onCall: async (_call, channel) => {
      channel.notified(notification('notifications/message', { level: 'info', data: hostile }));
      const raw = JSON.stringify({ text: hostile }, null, 2).replaceAll('\n', '\r\n');
      return { member: 'result', json: raw };
    },
  });
  const session = await gateway.open('crm');
  const stream = await openReader(gateway, 'crm', { session, body: callOf(1) });
  await stream.untilOver();
  expect(stream.messages.map(({ params, result: got }) => params?.data ?? got.text)).toStrictEqual([
    hostile,
    hostile,
  ]);
  expect(stream.text).not.toMatch(/[\r\u2028\u2029\u0085]/);
  expect(stream.events).toHaveLength(3);
});

test('a stream that is cut keeps its call, and goes on after the last event that its client had', async () => {
  const steps: (() => void)[] = [];
  await using gateway = await startSpeakingGateway({
    onCall: async (_call, channel, signal) => {
      channel.notified(PROGRESS);
      await new Promise<void>((resolve) => steps.push(resolve));
      expect(signal.aborted).toBe(false);
      channel.notified(PROGRESS);
      return result({ done: true });
    },
  });
  const session = await gateway.open('crm');
  const first = await openReader(gateway, 'crm', { session, body: callOf(1, { progressToken: 1 }) });
  await first.untilMessages(1);
  const other = await openReader(gateway, 'crm', { session, body: callOf(2, { progressToken: 2 }) });
  await other.untilMessages(1);
  first.leave();
  await first.untilOver();
  for (const step of steps) step();
  await other.untilOver();
  const headers = { 'last-event-id': first.events.at(-1)?.id, accept: 'text/event-stream' };
  const resumed = await openReader(gateway, 'crm', { method: 'GET', session, headers });
  await resumed.untilOver();
  expect(
    resumed.messages.map(({ params, id }) => params?.progressToken ?? id),
    'and nothing of the other stream',
  ).toStrictEqual([1, 1]);
  const ids = [...first.events, ...other.events, ...resumed.events].map(({ id }) => id);
  expect(new Set(ids).size, 'ids are unique in the session').toBe(ids.length);
  expect(gateway.results.map(({ kind }) => kind)).toStrictEqual(['forwarded', 'forwarded']);
});

test('a stream that nobody resumes in time cancels its call, and one without events at once', async () => {
  await using gateway = await startSpeakingGateway({
    limits: { resumeMs: 40 },
    onCall: async (call, channel, signal) => {
      if (call.toolName === 'work') channel.notified(PROGRESS);
      return untilAborted(signal);
    },
  });
  const session = await gateway.open('crm');
  const stream = await openReader(gateway, 'crm', { session, body: callOf(1, { progressToken: 1 }) });
  await stream.untilMessages(1);
  stream.leave();
  await until(() => gateway.results.length === 1);
  expect(gateway.results[0]).toMatchObject({ kind: 'failed', failure: { code: 'client_gone' } });
  const headers = { 'last-event-id': stream.events.at(-1)?.id };
  expect((await gateway.send('crm', { method: 'GET', session, headers })).status).toBe(400);
  const leaving = new AbortController();
  const body = { ...callOf(2), params: { name: 'silent' } };
  const sent = gateway.send('crm', { session, body, signal: leaving.signal }).catch(() => undefined);
  await until(() => gateway.calls.length === 2);
  leaving.abort();
  await sent;
  await until(() => gateway.results.length === 2);
  expect(gateway.results[1]).toMatchObject({ kind: 'failed', failure: { code: 'client_gone' } });
});

test('nobody resumes another’s stream, nor one of another session', async () => {
  await using gateway = await startSpeakingGateway({
    onCall: async (_call, channel, signal) => {
      channel.notified(PROGRESS);
      return untilAborted(signal);
    },
  });
  const session = await gateway.open('crm');
  const foreign = await gateway.open('crm');
  const stream = await openReader(gateway, 'crm', { session, body: callOf(1, { progressToken: 1 }) });
  await stream.untilMessages(1);
  const get = (options: object, id = stream.events.at(-1)?.id) =>
    gateway.send('crm', { method: 'GET', headers: { 'last-event-id': id }, ...options });
  expect((await get({ session, who: 'other' })).status).toBe(404);
  expect((await get({ session: foreign })).status).toBe(400);
  for (const id of ['1-99', '1--1', '1-1.5', '9-0', 'x', '1-999999999999999999']) {
    expect((await get({ session }, id)).status, id).toBe(400);
  }
  stream.leave();
});

test('a client that does not read is cut off, and what it cost is bounded', async () => {
  let told = 0;
  await using gateway = await startSpeakingGateway({
    limits: { resumeMs: 40 },
    onCall: async (_call, channel, signal) => {
      const data = 'x'.repeat(64 * 1024);
      for (; told < 4_000 && !signal.aborted; told += 1) {
        channel.notified(notification('notifications/message', { level: 'info', data }));
        await new Promise((resolve) => setImmediate(resolve));
      }
      return untilAborted(signal);
    },
  });
  const session = await gateway.open('crm');
  const body = JSON.stringify(callOf(1));
  const socket = connect(gateway.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(
    `POST /mcp/crm HTTP/1.1\r\nHost: 127.0.0.1:${gateway.port}\r\nAuthorization: Bearer bot\r\nMcp-Session-Id: ${session}\r\n` +
      `Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  socket.pause();
  await until(() => gateway.results.length === 1);
  expect(gateway.results[0]).toMatchObject({ kind: 'failed', failure: { code: 'client_gone' } });
  expect(told, 'it was cut long before all of 256 MB was written').toBeLessThan(4_000);
  socket.destroy();
});

test('many clients that use the same ids and tokens each hear of their own calls only', async () => {
  await using gateway = await startSpeakingGateway({
    onCall: async ({ args }, channel) => {
      for (let step = 0; step < 3; step += 1) {
        channel.notified(
          notification('notifications/progress', { progress: step, message: String(args.canary) }),
        );
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
      }
      return result({ canary: args.canary ?? '' });
    },
  });
  const sessions = await Promise.all(Array.from({ length: 20 }, () => gateway.open('crm')));
  const heard = sessions.flatMap((session, client) =>
    [1, 2].map(async (id) => {
      const canary = `of-${client}-${id}`;
      const params = { name: 'work', arguments: { canary }, _meta: { progressToken: id } };
      const body = { jsonrpc: '2.0', id, method: 'tools/call', params };
      const stream = await openReader(gateway, 'crm', { session, body });
      await stream.untilOver();
      expect(stream.messages.map((each) => each.params?.message ?? each.result.canary)).toStrictEqual([
        canary,
        canary,
        canary,
        canary,
      ]);
      expect(stream.messages.at(-1).id).toBe(id);
    }),
  );
  await Promise.all(heard);
});
