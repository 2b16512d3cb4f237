import { type Call, type JsonObject, META_KEYS } from '@bailiff/contract';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { allow, deny } from '../../testing/answers.ts';
import { type Doors, openDoors } from '../testing/open-doors.ts';
import { ask, type OpenStream, openStream } from '../testing/stateless-client.ts';
import { LISTENERS_OF_ONE_MAX } from './listeners.ts';

const NOTE = 'note://one';
const EVERYTHING = { toolsListChanged: true, promptsListChanged: true, resourceSubscriptions: [NOTE] };

let doors: Doors;
let denies: (call: Call) => boolean = () => false;
let opens = true;
let release = 'one';
beforeEach(async () => {
  denies = () => false;
  opens = true;
  release = 'one';
  doors = await openDoors({
    decide: (call) => (denies(call) ? deny(call.decisionId) : allow(call.decisionId)),
    opens: (call) => (opens ? allow(call.decisionId) : deny(call.decisionId)),
    release: () => release,
  });
});
afterEach(() => doors[Symbol.asyncDispose]());

const listen = (server: string, notifications: JsonObject = EVERYTHING, id = 'sub') =>
  openStream(doors.gateway, server, 'subscriptions/listen', { notifications }, { id });
const subscribed = { _meta: { [META_KEYS.subscriptionId]: 'sub' } };
const resourceUpdated = async () => {
  doors.stateless.resourceUpdated(NOTE);
  for (const server of doors.session.servers.values()) await server.server.sendResourceUpdated({ uri: NOTE });
};
const toolsChanged = async () => {
  doors.stateless.toolsChanged();
  for (const server of doors.session.servers.values()) await server.server.sendToolListChanged();
};

/** Lets the server announce until the stream says something of this method, or ends; what else it says is kept in `heard`. */
async function hear(stream: OpenStream, announce: () => Promise<void>, method: string): Promise<Heard> {
  const timer = setInterval(() => void announce(), 25);
  try {
    const heard: JsonObject[] = [];
    for (;;) {
      const message = await stream.next();
      if (message === undefined || message.method === method || 'result' in message)
        return { message, heard };
      heard.push(message);
    }
  } finally {
    clearInterval(timer);
  }
}

interface Heard {
  readonly message: JsonObject | undefined;
  readonly heard: readonly JsonObject[];
}

const UPDATED = 'notifications/resources/updated';
const TOOLS_CHANGED = 'notifications/tools/list_changed';

describe.each(['stateless', 'session'])('a client listens to %s', (server) => {
  test('it is told first what it will hear of, and then that, each under its own id', async () => {
    await using stream = await listen(server);
    expect(await stream.next()).toMatchObject({
      method: 'notifications/subscriptions/acknowledged',
      params: { ...subscribed, notifications: { toolsListChanged: true, resourceSubscriptions: [NOTE] } },
    });
    expect(doors.gateway.calls).toMatchObject([{ type: 'resource_subscribe', target: { id: NOTE } }]);
    expect(doors.gateway.openings).toHaveLength(1);
    const updated = await hear(stream, resourceUpdated, UPDATED);
    expect(updated.message).toMatchObject({ params: { ...subscribed, uri: NOTE } });
    const changed = await hear(stream, toolsChanged, TOOLS_CHANGED);
    expect(changed.message).toMatchObject({ params: subscribed });
  });

  test('what it did not ask for, or may not hear of, it does not hear', async () => {
    denies = ({ type }) => type === 'resource_subscribe';
    await using stream = await listen(server);
    const { params } = (await stream.next()) ?? {};
    expect((params as JsonObject).notifications).toEqual({ toolsListChanged: true });
    const both = async () => {
      await resourceUpdated();
      await toolsChanged();
    };
    expect(await hear(stream, both, TOOLS_CHANGED)).toMatchObject({ message: {}, heard: [] });
  });
});

test('another release is asked anew: what it refuses is not told any more, and lists are told to have changed', async () => {
  await using stream = await listen('stateless');
  await stream.next();
  denies = ({ type }) => type === 'resource_subscribe';
  release = 'two';
  expect(await hear(stream, toolsChanged, TOOLS_CHANGED)).toMatchObject({ message: {}, heard: [] });
  const both = async () => {
    await resourceUpdated();
    await toolsChanged();
  };
  expect(await hear(stream, both, TOOLS_CHANGED)).toMatchObject({ message: {}, heard: [] });
  expect(doors.gateway.calls.map(({ type }) => type)).toEqual(['resource_subscribe', 'resource_subscribe']);
});

test('a principal that another release refuses as such hears nothing more, and its stream ends as it should', async () => {
  await using stream = await listen('stateless');
  await stream.next();
  opens = false;
  release = 'two';
  const { message } = await hear(stream, toolsChanged, 'none');
  expect(message).toMatchObject({ id: 'sub', result: { resultType: 'complete', ...subscribed } });
  expect(await stream.next()).toBeUndefined();
});

test('a principal that is refused as such opens no stream', async () => {
  opens = false;
  const { json } = await ask(doors.gateway, 'stateless', 'subscriptions/listen', { notifications: {} });
  expect(json.error.code).toBe(-32003);
});

test('when the gateway stops, every stream ends as it should', async () => {
  await using stream = await listen('stateless');
  await stream.next();
  const stopping = doors.gateway.stop();
  expect(await stream.next()).toMatchObject({ id: 'sub', result: { resultType: 'complete', ...subscribed } });
  expect(await stream.next()).toBeUndefined();
  await stopping;
});

test('one principal listens on so many streams and no more; one that is closed makes room', async () => {
  const streams = await Promise.all(
    Array.from({ length: LISTENERS_OF_ONE_MAX }, () => listen('stateless', {})),
  );
  const refused = await ask(doors.gateway, 'stateless', 'subscriptions/listen', { notifications: {} });
  expect([refused.status, refused.json.error.data.failure]).toEqual([503, 'overloaded']);
  await streams[0]?.[Symbol.asyncDispose]();
  await vi.waitFor(async () => {
    await using again = await listen('stateless', {});
    expect(again.response.status).toBe(200);
  });
  for (const stream of streams) await stream[Symbol.asyncDispose]();
});

test.each<[string, JsonObject]>([
  ['nothing', {}],
  ['what there is not', { notifications: { everything: true } }],
  ['a resource in no plain form', { notifications: { resourceSubscriptions: ['note://a/../b'] } }],
  [
    'too many resources',
    { notifications: { resourceSubscriptions: Array.from({ length: 101 }, (_, at) => `note://${at}`) } },
  ],
])('a request to listen to %s is refused', async (_what, params) => {
  const { status, json } = await ask(doors.gateway, 'stateless', 'subscriptions/listen', params);
  expect([status, json.error.code]).toEqual([400, -32602]);
});

test('who takes no events cannot listen', async () => {
  const headers = { accept: 'application/json' };
  const { status } = await ask(
    doors.gateway,
    'stateless',
    'subscriptions/listen',
    { notifications: {} },
    { headers },
  );
  expect(status).toBe(406);
});

test('listening goes on in the conversation in which calls are made', async () => {
  await ask(doors.gateway, 'session', 'tools/list');
  await ask(doors.gateway, 'session', 'tools/call', { name: 'capabilities' });
  const sessions = doors.session.servers.size;
  await using stream = await listen('session');
  await stream.next();
  expect(doors.session.servers.size).toBe(sessions);
});
