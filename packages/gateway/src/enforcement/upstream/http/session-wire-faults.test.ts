import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { until } from '../../testing/until.ts';
import { answer, type RawHttpOptions } from '../testing/raw-http-server.ts';
import { given, recordingChannel } from '../testing/recording-channel.ts';
import { event, scripted, text } from '../testing/scripted-http.ts';

describe('a server that misbehaves towards a session', () => {
  test.each([
    'server/discover',
    'initialize',
    'notifications/initialized',
    'tools/call',
  ])('and never answers %s does not keep the gateway from stopping', async (hanging) => {
    const override: RawHttpOptions['override'] = ({ method }) => method === hanging;
    await using at = await scripted(() => undefined, { override, hasSessions: true });
    const failed = at.forward('call').catch((failure: unknown) => failure);
    await until(() => at.server.of(hanging).length === 1);
    const startedMs = performance.now();
    await at[Symbol.asyncDispose]();
    expect(await failed).toMatchObject({ code: 'upstream_unavailable' });
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });

  test.each(['gzip', 'br', 'deflate'])('and compresses its answer with %s fails the call', async (coding) => {
    await using at = await scripted(({ id }, response) =>
      answer(response, id, text('x'), { 'content-encoding': coding }),
    );
    await expect(at.forward('call')).rejects.toMatchObject({ code: 'upstream_invalid' });
  });

  test('and redirects is not followed', async () => {
    await using elsewhere = await scripted(({ id }, response) => answer(response, id, text('stolen')));
    await using at = await scripted((_message, response) => {
      response.writeHead(307, { location: elsewhere.server.url }).end();
    });
    await expect(at.forward('call')).rejects.toMatchObject({ code: 'upstream_invalid' });
    expect(elsewhere.server.seen).toHaveLength(0);
  });

  test('and answers twice is believed once', async () => {
    await using at = await scripted(({ id }, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const twice = ['first', 'second'].map((one) => event({ jsonrpc: '2.0', id, result: text(one) }));
      response.end(twice.join(''));
    });
    expect(JSON.parse((await at.forward('call')).json)).toStrictEqual(text('first'));
  });

  test('and sends comments without end is given up in time', async () => {
    const timers: NodeJS.Timeout[] = [];
    await using at = await scripted((_message, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      timers.push(setInterval(() => response.write(': still there\n'), 5));
    });
    await expect(at.forward('call', { timeoutMs: 150 })).rejects.toMatchObject({ code: 'upstream_timeout' });
    for (const timer of timers) clearInterval(timer);
  });

  test('and hides its messages under another event’s name is not understood', async () => {
    await using at = await scripted(({ id }, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(event({ jsonrpc: '2.0', id, result: text('x') }, 'event: endpoint\n'));
    });
    await expect(at.forward('call')).rejects.toMatchObject({ code: 'upstream_invalid' });
  });
});

test('a server without sessions that asks beside every call is refused, also where only one is under way', async () => {
  const streams: ServerResponse[] = [];
  const finish: (() => void)[] = [];
  await using at = await scripted(
    ({ id }, response) => void finish.push(() => answer(response, id, text('done'))),
    {
      capabilities: { tools: { listChanged: true } },
      onGet: (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
        streams.push(response);
      },
    },
  );
  const channel = recordingChannel(() => given({}));
  const called = at.forward('call', { channel });
  await until(() => streams.length === 1 && finish.length === 1);
  streams[0]?.write(
    event({ jsonrpc: '2.0', id: 'q', method: 'elicitation/create', params: { message: 'Who?' } }),
  );
  const answers = () =>
    at.server.seen.filter(({ httpMethod, method }) => httpMethod === 'POST' && method === '');
  await until(() => answers().length === 1);
  expect(JSON.parse(answers()[0]?.body ?? '')).toMatchObject({ id: 'q', error: { code: -32_601 } });
  expect(channel.questions).toStrictEqual([]);
  finish[0]?.();
  expect((await called).member).toBe('result');
});

test('a server is told what its client can do in known words only', async () => {
  await using at = await scripted(({ id }, response) => answer(response, id, text('x')), {
    hasSessions: true,
  });
  const declared = {
    sampling: { tools: { say: 'this' }, context: {}, note: 'unseen' },
    elicitation: { form: { note: 'unseen' } },
    roots: { listChanged: true, note: 'unseen' },
  };
  await at.forward('call', { channel: recordingChannel(() => given({}), declared) });
  const { capabilities } = JSON.parse(at.server.of('initialize')[1]?.body ?? '').params;
  expect(capabilities).toStrictEqual({
    sampling: { tools: {}, context: {} },
    elicitation: { form: {} },
    roots: { listChanged: true },
  });
});
