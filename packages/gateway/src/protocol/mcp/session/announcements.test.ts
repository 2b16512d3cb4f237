import { Failure } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { until } from '../../../enforcement/testing/until.ts';
import { allow, deny } from '../testing/answers.ts';
import { openReader } from '../testing/event-reader.ts';
import { notification, result, startSpeakingGateway } from '../testing/speaking-server.ts';
import type { TestGateway } from '../testing/test-gateway.ts';

const ENTRIES = {
  resources: ['note://one', 'note://two', 'note://secret'],
  resource_templates: ['card://{id}'],
};
const EVENTS = { accept: 'text/event-stream' };

function ask(gateway: TestGateway, session: string, method: string, params: object) {
  return gateway.send('crm', { session, body: { jsonrpc: '2.0', id: 1, method, params } });
}

function listen(gateway: TestGateway, session: string, headers: object = EVENTS) {
  return openReader(gateway, 'crm', { method: 'GET', session, headers: { ...EVENTS, ...headers } });
}

test('the session’s own stream tells of lists, of subscribed resources and of log messages at the level, and of nothing else', async () => {
  await using gateway = await startSpeakingGateway({ entries: ENTRIES });
  const session = await gateway.open('crm');
  const stream = await listen(gateway, session);
  expect(stream.status).toBe(200);
  await until(() => gateway.heard.length === 1);
  expect(
    (await ask(gateway, session, 'resources/subscribe', { uri: 'note://one' })).json.result,
  ).toStrictEqual({});
  expect((await ask(gateway, session, 'logging/setLevel', { level: 'warning' })).json.result).toStrictEqual(
    {},
  );
  const [server] = gateway.heard;
  expect(server?.conversation.key).toBe(session);
  expect(server?.wanted.at(-1)).toStrictEqual({ resources: ['note://one'], logLevel: 'warning' });
  server?.tell('notifications/tools/list_changed');
  server?.tell('notifications/resources/updated', { uri: 'note://two' });
  server?.tell('notifications/resources/updated', { uri: 'note://one/part' });
  server?.tell('notifications/message', { level: 'info', data: 'quiet' });
  server?.tell('notifications/message', { level: 'loud', data: 'no level' });
  server?.tell('notifications/tasks/status', { taskId: 'x' });
  server?.tell('notifications/anything', {});
  server?.tell('notifications/resources/updated', { uri: 'note://one' });
  server?.tell('notifications/message', { level: 'error', data: 'loud' });
  await stream.untilMessages(3);
  expect(stream.messages.map(({ method, params }) => [method, params.uri ?? params.data])).toStrictEqual([
    ['notifications/tools/list_changed', undefined],
    ['notifications/resources/updated', 'note://one'],
    ['notifications/message', 'loud'],
  ]);
  expect(
    (await ask(gateway, session, 'resources/unsubscribe', { uri: 'note://one' })).json.result,
  ).toStrictEqual({});
  expect(server?.wanted.at(-1)?.resources).toStrictEqual([]);
  server?.tell('notifications/resources/updated', { uri: 'note://one' });
  server?.tell('notifications/prompts/list_changed');
  await stream.untilMessages(4);
  expect(stream.messages[3].method).toBe('notifications/prompts/list_changed');
  stream.leave();
});

test('log messages about a call are cut down to the level that its client set', async () => {
  await using gateway = await startSpeakingGateway({
    onCall: async (_call, channel) => {
      for (const level of ['debug', 'error']) {
        channel.notified(notification('notifications/message', { level, data: level }));
      }
      return result({ level: channel.logLevel ?? 'none' });
    },
  });
  const session = await gateway.open('crm');
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'work' } };
  const all = await openReader(gateway, 'crm', { session, body: call });
  await all.untilOver();
  expect(all.messages.map(({ params, result: got }) => params?.data ?? got.level)).toStrictEqual([
    'debug',
    'error',
    'none',
  ]);
  await ask(gateway, session, 'logging/setLevel', { level: 'error' });
  const some = await openReader(gateway, 'crm', { session, body: call });
  await some.untilOver();
  expect(some.messages.map(({ params, result: got }) => params?.data ?? got.level)).toStrictEqual([
    'error',
    'error',
  ]);
  const strange = await ask(gateway, session, 'logging/setLevel', { level: 'loud' });
  expect(strange.json.error.code).toBe(-32602);
});

test('a subscription is decided; a hidden resource is answered byte for byte like one that does not exist', async () => {
  await using gateway = await startSpeakingGateway({
    entries: ENTRIES,
    decide: (call) => (call.target.id === 'note://secret' ? deny(call.decisionId) : allow(call.decisionId)),
    sees: (id) => id !== 'note://secret',
  });
  const session = await gateway.open('crm');
  const textOf = async (uri: string) => {
    const { text } = await ask(gateway, session, 'resources/subscribe', { uri });
    return text.replace(/decision-\d+/, 'decision');
  };
  const hidden = await textOf('note://secret');
  expect(hidden).toBe(await textOf('note://absent'));
  expect(hidden).toContain('unknown_resource');
  expect(gateway.calls.map(({ type, target }) => [type, target.id])).toStrictEqual([
    ['resource_subscribe', 'note://secret'],
    ['resource_subscribe', 'note://absent'],
  ]);
  expect(await textOf('card://7')).toContain('"result":{}');
  expect(gateway.heard.flatMap(({ wanted }) => wanted).flatMap(({ resources }) => resources)).toStrictEqual([
    'card://7',
  ]);
});

test('a subscription that the server does not take is not kept', async () => {
  await using gateway = await startSpeakingGateway({
    entries: ENTRIES,
    onWanted: ({ resources }) => {
      if (resources.includes('note://two')) throw new Failure('upstream_invalid');
    },
  });
  const session = await gateway.open('crm');
  expect(
    (await ask(gateway, session, 'resources/subscribe', { uri: 'note://two' })).json.error.data.failure,
  ).toBe('upstream_invalid');
  expect(
    (await ask(gateway, session, 'resources/subscribe', { uri: 'note://one' })).json.result,
  ).toStrictEqual({});
  expect(gateway.heard[0]?.wanted).toStrictEqual([{ resources: ['note://one'], logLevel: undefined }]);
});

test('a standing stream that was cut is resumed without a gap, a newer one takes its place, and its session’s end ends it', async () => {
  await using gateway = await startSpeakingGateway({ entries: ENTRIES });
  const session = await gateway.open('crm');
  const first = await listen(gateway, session);
  await until(() => gateway.heard.length === 1);
  gateway.heard[0]?.tell('notifications/tools/list_changed');
  await first.untilMessages(1);
  first.leave();
  await first.untilOver();
  gateway.heard[0]?.tell('notifications/prompts/list_changed');
  const resumed = await listen(gateway, session, { 'last-event-id': first.events.at(-1)?.id });
  await resumed.untilMessages(1);
  expect(resumed.messages[0].method).toBe('notifications/prompts/list_changed');
  const second = await listen(gateway, session);
  await resumed.untilOver();
  gateway.heard[0]?.tell('notifications/resources/list_changed');
  await second.untilMessages(1);
  await gateway.send('crm', { session, method: 'DELETE' });
  await second.untilOver();
  await until(() => gateway.heard.every(({ isOver }) => isOver));
  expect(gateway.endedConversations).toStrictEqual([session]);
});

test('nobody listens at the server for a client that is gone', async () => {
  await using gateway = await startSpeakingGateway({ limits: { resumeMs: 20 } });
  const session = await gateway.open('crm');
  const stream = await listen(gateway, session);
  await until(() => gateway.heard.length === 1);
  stream.leave();
  await until(() => gateway.heard[0]?.isOver === true);
  const again = await listen(gateway, session);
  await until(() => gateway.heard.length === 2);
  again.leave();
});

test('a client that takes no events opens no stream', async () => {
  await using gateway = await startSpeakingGateway();
  const session = await gateway.open('crm');
  const { status } = await gateway.send('crm', {
    method: 'GET',
    session,
    headers: { accept: 'application/json' },
  });
  expect(status).toBe(406);
});
