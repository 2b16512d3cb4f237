import type { ServerNotification } from '@bailiff/contract';
import { describe, expect, test } from 'vitest';
import { toolCall } from '../../testing/calls.ts';
import { until } from '../../testing/until.ts';
import { ownMeta } from '../stateless/discovery.ts';
import { answer, type RawHttpOptions } from '../testing/raw-http-server.ts';
import { given, recordingChannel } from '../testing/recording-channel.ts';
import { event, NEVER, openHttp, scripted, text } from '../testing/scripted-http.ts';
import { startSdkStatelessServer } from '../testing/sdk-stateless-server.ts';

const LOG_LEVEL = 'io.modelcontextprotocol/logLevel';
const meta = {
  ...ownMeta({ elicitation: { form: {} } }),
  progressToken: 'call-1',
  [LOG_LEVEL]: 'info',
};
const { principal } = toolCall('any');
const LISTENER = { key: 'one', capabilities: {}, principal };

describe('a server of 2026-07-28 made with the official SDK', () => {
  test('is found out to be one, described and listed', async () => {
    await using server = await startSdkStatelessServer();
    await using gateway = openHttp(server.url);
    expect(await gateway.raw.describe(NEVER)).toMatchObject({
      era: 'stateless',
      version: '2026-07-28',
      serverInfo: { name: 'stateless', version: '2.0.0' },
    });
    const ids = async (kind: 'tools' | 'resources') =>
      (await gateway.raw.list(kind, NEVER)).map(({ id }) => id);
    expect(await ids('tools')).toStrictEqual(['echo', 'query', 'ask', 'steps', 'slow']);
    expect(await ids('resources')).toStrictEqual(['note://one']);
    expect(server.seen.map(({ method }) => method)).not.toContain('initialize');
  });

  test('is called with headers that say what the body says', async () => {
    await using server = await startSdkStatelessServer();
    await using gateway = openHttp(server.url);
    await gateway.raw.findTool('query', NEVER);
    const reply = await gateway.forward('query', { meta, args: { region: 'Zürich', rows: 7 } });
    expect(JSON.parse(reply.json)).toMatchObject(text('Zürich'));
    const [call] = server.seen.filter(({ method }) => method === 'tools/call');
    expect(call?.headers).toMatchObject({
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'query',
      'mcp-param-region': '=?base64?WsO8cmljaA==?=',
      'mcp-param-rows': '7',
    });
    expect(call?.headers).not.toHaveProperty('mcp-session-id');
  });

  test('whose tools changed since they were listed is asked for them once, and the call sent with other headers', async () => {
    await using server = await startSdkStatelessServer();
    await using gateway = openHttp(server.url);
    // Nothing was listed yet, so nothing is known of the headers that the server wants.
    const reply = await gateway.forward('query', { meta, args: { region: 'eu' } });
    expect(JSON.parse(reply.json)).toMatchObject(text('eu'));
    const calls = server.seen.filter(({ method }) => method === 'tools/call');
    expect(calls.map(({ headers }) => headers['mcp-param-region'])).toStrictEqual([undefined, 'eu']);
  });

  test('is heard of progress and messages on the way to its answer', async () => {
    await using server = await startSdkStatelessServer();
    await using gateway = openHttp(server.url);
    const channel = { ...recordingChannel(() => given({})), logLevel: 'info' };
    expect(JSON.parse((await gateway.forward('steps', { meta, channel })).json)).toMatchObject(text('done'));
    expect(channel.notifications.map(({ params }) => params.progress ?? params.data)).toStrictEqual([
      ...[1, 2, 3],
      'a step was taken',
    ]);
  });

  test('hands what it asks for to whoever called, within its answer', async () => {
    await using server = await startSdkStatelessServer();
    await using gateway = openHttp(server.url);
    const { member, json } = await gateway.forward('ask', { meta });
    expect(member).toBe('result');
    expect(JSON.parse(json)).toMatchObject({
      resultType: 'input_required',
      inputRequests: { name: { method: 'elicitation/create' } },
    });
  });

  test('is told that a client has left by the end of its connection', async () => {
    await using server = await startSdkStatelessServer();
    await using gateway = openHttp(server.url);
    const leaving = new AbortController();
    const done = gateway.forward('slow', { meta, signal: leaving.signal });
    await until(() => server.seen.some(({ method }) => method === 'tools/call'));
    leaving.abort();
    await expect(done).rejects.toMatchObject({ code: 'client_gone' });
    await until(() => server.cancelled() === 1);
    expect(server.seen.map(({ method }) => method)).not.toContain('notifications/cancelled');
  });

  test('is heard of changes of the resources that a conversation wants to hear of, and of lists', async () => {
    await using server = await startSdkStatelessServer();
    await using gateway = openHttp(server.url);
    const heard: ServerNotification[] = [];
    const wanted = (...resources: string[]) => ({ resources, logLevel: undefined });
    const listening = await gateway.raw.listen(
      LISTENER,
      wanted('note://one'),
      (said) => void heard.push(said),
    );
    const has = (method: string) => heard.some((said) => said.method === method);
    await until(() => {
      server.resourceUpdated('note://two');
      server.resourceUpdated('note://one');
      server.toolsChanged();
      return has('notifications/resources/updated') && has('notifications/tools/list_changed');
    });
    const updates = heard.filter(({ method }) => method === 'notifications/resources/updated');
    expect(new Set(updates.map(({ json }) => json))).toStrictEqual(new Set(['{"uri":"note://one"}']));
    await listening.update(wanted('note://two'), NEVER);
    await until(() => {
      server.resourceUpdated('note://two');
      return heard.some(({ json }) => json === '{"uri":"note://two"}');
    });
    await listening[Symbol.asyncDispose]();
  });

  test('is never sent what was made for a server that keeps sessions', async () => {
    await using server = await startSdkStatelessServer();
    await using gateway = openHttp(server.url);
    await expect(gateway.forward('echo', { args: { text: 'x' } })).rejects.toMatchObject({
      code: 'upstream_unavailable',
    });
    expect(server.seen.map(({ method }) => method)).not.toContain('tools/call');
  });
});

/** A server without sessions whose answers a test decides. */
function stateless(onCall: RawHttpOptions['onCall'], options: Partial<RawHttpOptions> = {}) {
  const { override } = options;
  return scripted(onCall, {
    ...options,
    override: (message, response) => {
      if (override?.(message, response)) return true;
      if (message.method !== 'server/discover') return false;
      const capabilities = { tools: {} };
      answer(response, message.id, {
        resultType: 'complete',
        supportedVersions: ['2026-07-28'],
        capabilities,
      });
      return true;
    },
  });
}

const refuse =
  (code: number, data: object = {}): RawHttpOptions['onCall'] =>
  ({ id }, response) => {
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc: '2.0', id, error: { code, message: 'No.', data } }));
  };

describe('what a server speaks', () => {
  test.each([
    ['-32022 and the revisions with sessions', -32_022, { supported: ['2025-11-25'] }, 'session'],
    ['-32601', -32_601, {}, 'session'],
    ['-32600', -32_600, {}, 'session'],
  ])('is asked by initialize after %s', async (_what, code, data, era) => {
    const override: RawHttpOptions['override'] = ({ id, method }, response) => {
      if (method !== 'server/discover') return false;
      refuse(code, data)({ id, params: { name: '' } }, response, '');
      return true;
    };
    await using at = await scripted(({ id }, response) => answer(response, id, text('x')), { override });
    expect((await at.raw.describe(NEVER)).era).toBe(era);
  });

  test.each([
    ['only revisions that are not known here', -32_022, { supported: ['2099-01-01'] }],
    ['that the headers are wrong', -32_020, {}],
  ])('is not guessed from a server that says %s', async (_what, code, data) => {
    const override: RawHttpOptions['override'] = ({ id, method }, response) => {
      if (method === 'server/discover') refuse(code, data)({ id, params: { name: '' } }, response, '');
      return method === 'server/discover';
    };
    await using at = await scripted(() => undefined, { override });
    await expect(at.raw.describe(NEVER)).rejects.toMatchObject({ code: 'upstream_invalid' });
    expect(at.server.of('initialize')).toHaveLength(0);
  });

  test('is found out once', async () => {
    await using at = await stateless(({ id }, response) => answer(response, id, text('x')));
    await Promise.all([at.forward('call', { meta }), at.forward('call', { meta }), at.raw.describe(NEVER)]);
    expect(at.server.of('server/discover')).toHaveLength(1);
  });

  test('is found out anew after the server refused the revision, and the call is not repeated', async () => {
    let isNew = true;
    await using at = await stateless(refuse(-32_022, { supported: ['2025-11-25'] }), {
      override: ({ method }, response) => {
        if (method !== 'server/discover' || isNew) return false;
        response.writeHead(400).end();
        return true;
      },
    });
    await at.raw.describe(NEVER);
    isNew = false;
    await expect(at.forward('call', { meta })).rejects.toMatchObject({ code: 'upstream_unavailable' });
    expect(at.server.of('tools/call')).toHaveLength(1);
    expect((await at.raw.describe(NEVER)).era).toBe('session');
  });

  test.each([
    ['session', 0],
    ['stateless', 1],
  ] as const)('is not asked where the configuration says %s', async (protocol, discovered) => {
    await using at = await stateless(() => undefined);
    await using gateway = openHttp(at.server.url, { protocol });
    expect((await gateway.raw.describe(NEVER)).era).toBe(protocol);
    expect(at.server.of('server/discover')).toHaveLength(discovered);
    expect(at.server.of('initialize')).toHaveLength(1 - discovered);
  });
});

describe('a server without sessions that misbehaves', () => {
  test('and refuses headers that were right is not asked again', async () => {
    await using at = await stateless(refuse(-32_020));
    await at.raw.findTool('call', NEVER);
    await expect(at.forward('call', { meta })).rejects.toMatchObject({ code: 'upstream_invalid' });
    expect(at.server.of('tools/call')).toHaveLength(1);
  });

  test('and refuses headers after it began to answer is not sent the call again', async () => {
    await using at = await stateless(({ id }, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(event({ jsonrpc: '2.0', id, error: { code: -32_020, message: 'No.' } }));
    });
    expect((await at.forward('call', { meta })).member).toBe('error');
    expect(at.server.of('tools/call')).toHaveLength(1);
  });

  test('and asks on its stream, as no server of its revision does, gets no answer', async () => {
    await using at = await stateless(({ id }, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(event({ jsonrpc: '2.0', id: 'q', method: 'roots/list' }));
      response.end(event({ jsonrpc: '2.0', id, result: text('done') }));
    });
    const channel = recordingChannel(() => given({ roots: [] }));
    expect(JSON.parse((await at.forward('call', { meta, channel })).json)).toStrictEqual(text('done'));
    expect(channel.questions).toStrictEqual([]);
    expect(at.server.of('')).toHaveLength(0);
  });

  test('and breaks its stream off is not resumed, and not sent the call again', async () => {
    await using at = await stateless((_message, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end('id: e1\ndata: \n\n');
    });
    await expect(at.forward('call', { meta })).rejects.toMatchObject({ code: 'upstream_invalid' });
    expect(at.server.of('tools/call')).toHaveLength(1);
    expect(at.server.of('')).toHaveLength(0);
  });

  test('has tools with headers that cannot be left out of its list, and the others stay', async () => {
    const annotated = (name: string) => ({
      type: 'object',
      properties: { a: { type: 'string', 'x-mcp-header': name } },
    });
    const tools = [
      { name: 'good', inputSchema: annotated('A') },
      { name: 'bad', inputSchema: annotated('A\r\nX: y') },
    ];
    await using at = await stateless(() => undefined, { tools });
    expect((await at.raw.list('tools', NEVER)).map(({ id }) => id)).toStrictEqual(['good']);
    expect(await at.raw.findTool('bad', NEVER)).toBeUndefined();
    expect(at.logged.filter((line) => line.includes('bad'))).toHaveLength(1);
  });
});

test.each([
  [1, 'stateless'],
  [2, undefined],
])('a server that refuses the revision which it names, %d times, is asked once more', async (refusals, era) => {
  let asked = 0;
  const override: RawHttpOptions['override'] = ({ id, method }, response) => {
    if (method !== 'server/discover') return false;
    asked += 1;
    if (asked > refusals) {
      const result = { supportedVersions: ['2026-07-28'], capabilities: {} };
      answer(response, id, result);
      return true;
    }
    const data = { supported: ['2026-07-28'], requested: '2026-07-28' };
    const error = { code: -32_022, message: 'Unsupported protocol version', data };
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc: '2.0', id, error }));
    return true;
  };
  await using at = await scripted(() => undefined, { override });
  const described = at.raw.describe(NEVER).catch((failure: unknown) => failure);
  expect(await described).toMatchObject(era === undefined ? { code: 'upstream_invalid' } : { era });
  expect(asked).toBe(2);
  expect(at.server.of('initialize')).toHaveLength(0);
});
