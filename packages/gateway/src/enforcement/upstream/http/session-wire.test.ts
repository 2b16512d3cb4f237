import { Failure, type ServerNotification } from '@bailiff/contract';
import { describe, expect, test } from 'vitest';
import { toolCall } from '../../testing/calls.ts';
import { until } from '../../testing/until.ts';
import { answer, type RawHttpOptions } from '../testing/raw-http-server.ts';
import { EVERYTHING, given, recordingChannel } from '../testing/recording-channel.ts';
import { event, NEVER, openHttp, scripted, text } from '../testing/scripted-http.ts';
import { startSdkAskingServer } from '../testing/sdk-asking-server.ts';

const parsed = (reply: { json: string }) => JSON.parse(JSON.parse(reply.json).content[0].text);
const ANSWER = { action: 'accept', content: { name: 'Mara' } };
const { principal } = toolCall('any');
const LISTENER = { key: 'one', capabilities: {}, principal };

describe.each([
  'streamable',
  'sse',
] as const)('a server of the official SDK over %s that asks its client', (over) => {
  test('is described as one that keeps sessions', async () => {
    await using server = await startSdkAskingServer(over);
    await using gateway = openHttp(server.url);
    const { era, serverInfo } = await gateway.raw.describe(NEVER);
    expect([era, serverInfo]).toStrictEqual(['session', { name: 'asking', version: '1.0.0' }]);
    const tools = await gateway.raw.list('tools', NEVER);
    expect(tools.map(({ id }) => id)).toStrictEqual([
      ...['subscriptions', 'ask', 'sample', 'roots', 'capabilities', 'steps', 'interrupted'],
    ]);
  });

  test('gets the client’s answer in the same call', async () => {
    await using server = await startSdkAskingServer(over);
    await using gateway = openHttp(server.url);
    const channel = recordingChannel(() => given(ANSWER));
    expect(parsed(await gateway.forward('ask', { channel }))).toStrictEqual(ANSWER);
    expect(channel.questions).toMatchObject([{ method: 'elicitation/create', params: { message: 'Who?' } }]);
  });

  test.each([
    ['sample', { model: 'm', role: 'assistant', content: { type: 'text', text: 'pong' } }],
    ['roots', { roots: [{ uri: 'file:///srv' }] }],
  ])('gets what it asks for by %s', async (tool, result) => {
    await using server = await startSdkAskingServer(over);
    await using gateway = openHttp(server.url);
    const channel = recordingChannel(() => given(result));
    expect(parsed(await gateway.forward(tool, { channel }))).toMatchObject(result);
  });

  test('is told what the conversation’s client can do, and asks for nothing else', async () => {
    await using server = await startSdkAskingServer(over);
    await using gateway = openHttp(server.url);
    const channel = recordingChannel(() => given(ANSWER), { roots: {} });
    expect(parsed(await gateway.forward('capabilities', { channel }))).toStrictEqual({ roots: {} });
    expect(JSON.parse((await gateway.forward('ask', { channel })).json).isError).toBe(true);
    expect(channel.questions).toStrictEqual([]);
    const able = recordingChannel(() => given(ANSWER));
    expect(parsed(await gateway.forward('ask', { channel: able }))).toStrictEqual(ANSWER);
  });

  test('is refused by a call without a way back', async () => {
    await using server = await startSdkAskingServer(over);
    await using gateway = openHttp(server.url);
    expect(JSON.parse((await gateway.forward('ask')).json).isError).toBe(true);
  });

  test('is refused what the client was not allowed to be asked', async () => {
    await using server = await startSdkAskingServer(over);
    await using gateway = openHttp(server.url);
    const error = JSON.stringify({ code: -32_042, message: 'Denied by policy' });
    const channel = recordingChannel(() => ({ member: 'error', json: error }));
    expect((await gateway.forward('ask', { channel })).json).toContain('Denied by policy');
  });

  test('is heard of the call’s progress, and of its messages from the wanted level on', async () => {
    await using server = await startSdkAskingServer(over);
    await using gateway = openHttp(server.url);
    const channel = recordingChannel(() => given({}));
    expect(parsed(await gateway.forward('steps', { channel, meta: { progressToken: 'call-1' } }))).toBe(
      'done',
    );
    expect(
      channel.notifications.map(({ method, params }) => [method, params.progress ?? params.data]),
    ).toStrictEqual([
      ['notifications/progress', 1],
      ['notifications/progress', 2],
      ['notifications/progress', 3],
      ['notifications/message', 'loud'],
    ]);
  });

  test('is heard of what it announces to a conversation, as far as that is wanted', async () => {
    await using server = await startSdkAskingServer(over);
    await using gateway = openHttp(server.url);
    const heard: ServerNotification[] = [];
    const wanted = { resources: ['note://one'], logLevel: 'error' };
    await using _listening = await gateway.raw.listen(LISTENER, wanted, (said) => void heard.push(said));
    await until(() => server.servers.size === 2);
    const all = [...server.servers.values()];
    await until(async () => {
      for (const one of all) {
        await one.server.sendResourceUpdated({ uri: 'note://two' });
        await one.server.sendResourceUpdated({ uri: 'note://one' });
        await one.sendLoggingMessage({ level: 'info', data: 'quiet' });
        await one.sendLoggingMessage({ level: 'error', data: 'loud' });
        one.sendToolListChanged();
      }
      return new Set(heard.map(({ method }) => method)).size === 3;
    });
    expect(
      new Set(heard.map(({ method, params }) => `${method} ${params.uri ?? params.data ?? ''}`)),
    ).toStrictEqual(
      new Set([
        'notifications/resources/updated note://one',
        'notifications/message loud',
        'notifications/tools/list_changed ',
      ]),
    );
  });

  test('is told what is subscribed to, and what no longer is', async () => {
    await using server = await startSdkAskingServer(over);
    await using gateway = openHttp(server.url);
    const ask = async () => {
      const request = { jsonrpc: '2.0', id: 'x', method: 'tools/call', params: { name: 'subscriptions' } };
      const reply = await gateway.raw.forward(
        {
          id: 'x',
          bytes: Buffer.from(JSON.stringify(request)),
          conversation: LISTENER,
          channel: undefined,
          timeoutMs: 10_000,
        },
        NEVER,
      );
      return JSON.parse(JSON.parse(reply.json).content[0].text);
    };
    const first = { resources: ['note://one', 'note://two'], logLevel: undefined };
    await using listening = await gateway.raw.listen(LISTENER, first, () => undefined);
    expect(await ask()).toStrictEqual(['note://one', 'note://two']);
    await listening.update({ resources: ['note://two', 'note://three'], logLevel: 'error' }, NEVER);
    expect(await ask()).toStrictEqual(['note://two', 'note://three']);
  });
});

test('a stream that the server closes before the answer is taken up again, and the call is sent once', async () => {
  await using server = await startSdkAskingServer('streamable');
  await using gateway = openHttp(server.url);
  await gateway.raw.describe(NEVER);
  expect(parsed(await gateway.forward('interrupted'))).toBe('after the interruption');
  expect(server.seen.filter((method) => method === 'resumed').length).toBeGreaterThan(0);
});

/** A stream that breaks off behind an event with an id, and what the server answers to those who come back. */
function breaking(resume: (lastEventId: string, response: import('node:http').ServerResponse) => void) {
  const onCall: RawHttpOptions['onCall'] = (_message, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('id: e1\nretry: 20\ndata: \n\n', () => response.destroy());
  };
  const onGet: NonNullable<RawHttpOptions['onGet']> = (request, response) => {
    const { 'last-event-id': from } = request.headers;
    if (typeof from === 'string') resume(from, response);
    else response.writeHead(405).end();
  };
  return scripted(onCall, { onGet, hasSessions: true });
}

describe('a stream that breaks off before the answer', () => {
  test('is taken up behind the last event that came', async () => {
    const came: string[] = [];
    await using at = await breaking((from, response) => {
      came.push(from);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      if (came.length === 1) response.end('id: e2\ndata: \n\n');
      else response.end(event({ jsonrpc: '2.0', id: 'call-1', result: text('late') }));
    });
    expect(JSON.parse((await at.forward('call')).json)).toStrictEqual(text('late'));
    expect(came).toStrictEqual(['e1', 'e2']);
    expect(at.server.of('tools/call')).toHaveLength(1);
  });

  test.each([404, 405, 400])('fails the call where resuming is answered with %d', async (status) => {
    await using at = await breaking((_from, response) => void response.writeHead(status).end());
    await expect(at.forward('call')).rejects.toMatchObject({ code: 'upstream_unavailable' });
    expect(at.server.of('tools/call')).toHaveLength(1);
  });

  test('is not taken up forever where that is in vain', async () => {
    let came = 0;
    await using at = await breaking((_from, response) => {
      came += 1;
      response.destroy();
    });
    await expect(at.forward('call')).rejects.toMatchObject({ code: 'upstream_unavailable' });
    expect(came).toBe(5);
  });

  test('is not taken up where its event’s id fits in no header', async () => {
    await using at = await scripted((_message, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end('id: e1\u0085é\ndata: \n\n');
    });
    await expect(at.forward('call')).rejects.toMatchObject({ code: 'upstream_invalid' });
    expect(at.server.seen.filter(({ httpMethod }) => httpMethod === 'GET')).toHaveLength(0);
  });
});

/** A call during which the server asks things on its stream; what came back to it is seen as bodies without a method. */
async function asking(questions: readonly object[], channel?: ReturnType<typeof recordingChannel>) {
  const finish: (() => void)[] = [];
  const at = await scripted(({ id }, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const question of questions) response.write(event({ jsonrpc: '2.0', ...question }));
    finish.push(() => response.end(event({ jsonrpc: '2.0', id, result: text('done') })));
  });
  const options = channel === undefined ? {} : { channel };
  const answers = () =>
    at.server.seen
      .filter(({ httpMethod, method }) => httpMethod === 'POST' && method === '')
      .map(({ body }) => JSON.parse(body));
  return { at, call: (more: object = {}) => at.forward('call', { ...options, ...more }), answers, finish };
}

const QUESTION = { method: 'elicitation/create', params: { message: 'Who?' } };

describe('what a server asks during a call', () => {
  test('is answered sixteen times, refused as often, and then ignored', async () => {
    const many = Array.from({ length: 40 }, (_, id) => ({ id, method: 'ping' }));
    const { at, call, answers, finish } = await asking(many);
    await using _at = at;
    const done = call();
    await until(() => answers().length === 32);
    finish[0]?.();
    await done;
    expect(answers()).toHaveLength(32);
    expect(answers().filter(({ error }) => error === undefined)).toHaveLength(16);
  });

  test('and withdraws is asked no longer, and not answered', async () => {
    const withdrawn: AbortSignal[] = [];
    const channel = recordingChannel((_question, signal) => {
      withdrawn.push(signal);
      return new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new Failure('client_gone')), { once: true }),
      );
    });
    const cancel = { method: 'notifications/cancelled', params: { requestId: 'q' } };
    const { at, call, answers, finish } = await asking([{ id: 'q', ...QUESTION }, cancel], channel);
    await using _at = at;
    const done = call();
    await until(() => withdrawn[0]?.aborted === true);
    finish[0]?.();
    await done;
    expect(answers()).toStrictEqual([]);
  });

  test('goes no further once the client has left', async () => {
    const leaving = new AbortController();
    let question: AbortSignal | undefined;
    const channel = recordingChannel((_question, signal) => {
      question = signal;
      return new Promise(() => undefined);
    });
    const { at, call, answers } = await asking([{ id: 'q', ...QUESTION }], channel);
    await using _at = at;
    const done = call({ signal: leaving.signal });
    await until(() => question !== undefined);
    leaving.abort();
    await expect(done).rejects.toMatchObject({ code: 'client_gone' });
    expect(question?.aborted).toBe(true);
    await until(() => at.server.of('notifications/cancelled').length === 1);
    expect(answers()).toStrictEqual([]);
  });

  test('and then says of progress under a token that is not ours is not handed on', async () => {
    const channel = recordingChannel(() => given({}));
    const progress = (progressToken: unknown) => ({
      method: 'notifications/progress',
      params: { progressToken, progress: 1 },
    });
    const { at, call, finish } = await asking(['other', 'call-1', 1].map(progress), channel);
    await using _at = at;
    const done = call();
    await until(() => channel.notifications.length === 1);
    finish[0]?.();
    await done;
    expect(channel.notifications.map(({ json }) => json)).toStrictEqual([
      '{"progressToken":"call-1","progress":1}',
    ]);
  });
});

test('a server that keeps sessions is never sent what was made for one without, whatever its arguments speak of', async () => {
  await using at = await scripted(({ id }, response) => answer(response, id, text('x')));
  const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
  await expect(at.forward('call', { meta })).rejects.toMatchObject({ code: 'upstream_unavailable' });
  expect(at.server.of('tools/call')).toHaveLength(0);
  expect((await at.forward('call', { args: { _meta: meta } })).member).toBe('result');
});

test('a credential that is refused is renewed, and the call sent once more, whatever the refusal says', async () => {
  const shown: unknown[] = [];
  const rejected: unknown[] = [];
  const credentials = new Map([
    [
      'raw',
      {
        headersFor: async () => ({ authorization: rejected.length === 0 ? 'Bearer old' : 'Bearer new' }),
        rejected: (...what: unknown[]) => void rejected.push(what[1]),
      },
    ],
  ]);
  const override: RawHttpOptions['override'] = () => false;
  await using at = await scripted(
    ({ id }, response) => {
      const { authorization } = at.server.of('tools/call').at(-1)?.headers ?? {};
      shown.push(authorization);
      if (authorization === 'Bearer new') return answer(response, id, text('let in'));
      const headers = {
        'content-type': 'application/json',
        'www-authenticate': 'Bearer error="invalid_token"',
      };
      response.writeHead(401, headers);
      return void response.end(
        JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32_001, message: 'No.' } }),
      );
    },
    { override },
    { credentials },
  );
  expect(JSON.parse((await at.forward('call')).json)).toStrictEqual(text('let in'));
  expect(shown).toStrictEqual(['Bearer old', 'Bearer new']);
  expect(rejected).toStrictEqual(['Bearer error="invalid_token"']);
});

test('the gateway’s own session declares every capability, so that nothing is left out of its lists', async () => {
  await using at = await scripted(({ id }, response) => answer(response, id, text('x')), {
    hasSessions: true,
  });
  await at.forward('call', { channel: recordingChannel(() => given({}), { roots: {} }) });
  const declared = at.server.of('initialize').map(({ body }) => JSON.parse(body).params.capabilities);
  expect(declared.map((one) => Object.keys(one))).toStrictEqual([Object.keys(EVERYTHING), ['roots']]);
});

describe('a call of a conversation whose stream is being opened', () => {
  const opening = async (onGet: RawHttpOptions['onGet']) => {
    const at = await scripted(({ id }, response) => answer(response, id, text('done')), {
      hasSessions: true,
      ...(onGet && { onGet }),
    });
    const wanted = { resources: [], logLevel: undefined };
    await at.raw.describe(NEVER);
    const listening = at.raw.listen(LISTENER, wanted, () => undefined);
    const called = at.forward('call', { channel: recordingChannel(() => given({})) });
    return { at, listening, called };
  };

  test('goes once the server has opened it, so that nothing that the server asks is lost', async () => {
    const open: (() => void)[] = [];
    const { at, listening, called } = await opening((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      open.push(() => response.flushHeaders());
    });
    await using _at = at;
    await using _listening = await listening;
    await until(() => open.length === 1);
    await at.forward('call', { conversation: 'other' });
    expect(at.server.of('tools/call'), 'another conversation’s alone').toHaveLength(1);
    open[0]?.();
    expect((await called).member).toBe('result');
  });

  test.each([
    ['has none', undefined],
    ['leaves the request for it unanswered', () => undefined],
  ])('goes all the same where the server %s', async (_what, onGet) => {
    const { at, listening, called } = await opening(onGet);
    await using _at = at;
    await using _listening = await listening;
    expect((await called).member).toBe('result');
  });
});
