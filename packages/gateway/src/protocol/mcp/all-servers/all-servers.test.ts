import type { Call } from '@bailiff/contract';
import { describe, expect, test, vi } from 'vitest';
import { LIST_PATIENCE_MS } from '../servers/patience.ts';
import { allow, deny } from '../testing/answers.ts';
import { openReader } from '../testing/event-reader.ts';
import { INITIALIZE, type Sent } from '../testing/test-gateway.ts';
import { ERAS, openCompany, type Scripted } from './testing/open-company.ts';

const tool = (name: string) => ({ title: 'Read', name, inputSchema: {} });

const CRM: Scripted = {
  entries: {
    tools: [tool('read'), tool('secret'), tool('_x')],
    prompts: [{ name: 'greet' }],
    resources: [{ uri: 'crm://a', name: 'a' }],
    resource_templates: [{ uriTemplate: 'crm://{id}', name: 'one' }],
  },
  answer: ({ type, target, toolName }) =>
    type === 'resource_read'
      ? { contents: [{ uri: target.id, text: 'crm' }] }
      : {
          content: [
            { type: 'text', text: `crm ${toolName}` },
            { type: 'resource_link', uri: 'crm://b' },
          ],
        },
};
const DESK: Scripted = {
  entries: { tools: [tool('read'), tool('x')], resources: [{ uri: 'crm://a', name: 'a' }] },
  answer: ({ toolName }) => ({ content: [{ type: 'text', text: `desk ${toolName}` }] }),
};
const BOTH = { crm: CRM, desk: DESK };

const namesIn = ({ json }: Sent, list: string, member = 'name') =>
  json.result[list].map((entry: Record<string, string>) => entry[member]);

/** What was decided, without what differs from one request to the next. */
const facts = ({
  decisionId: _,
  bytes,
  conversationKey: __,
  channel: ___,
  session: ____,
  prepare: _____,
  ...rest
}: Call) => ({
  ...rest,
  bytes: Buffer.from(bytes ?? '')
    .toString()
    .replace(/decision-\d+/g, 'ID'),
});

describe.each(ERAS)('all servers at one address, for a client of the %s era', (era) => {
  test('tools of the same name are told apart, and each call is the call of that one server', async () => {
    await using company = await openCompany(BOTH);
    const { asks } = company;
    expect(namesIn(await asks(era, '', 'tools/list'), 'tools')).toEqual([
      'crm__read',
      'crm__secret',
      'crm___x',
      'desk__read',
      'desk__x',
    ]);
    const call = (route: string, name: string) =>
      asks(era, route, 'tools/call', { name, arguments: { id: 7 } });
    expect((await call('', 'desk__read')).text).toContain('desk read');
    expect((await call('', 'crm__read')).text).toContain('crm read');
    await call('crm', 'read');
    const [, atAll, atOne] = company.calls.map(facts);
    expect(atAll).toMatchObject({
      server: 'crm',
      target: { kind: 'tool', id: 'crm.read' },
      toolName: 'read',
    });
    expect(atAll).toEqual(atOne);
  });

  test('no tool’s name shadows another server’s', async () => {
    await using company = await openCompany(BOTH);
    const call = (name: string) => company.asks(era, '', 'tools/call', { name });
    expect((await call('crm___x')).text).toContain('crm _x');
    for (const name of ['read', 'crm_read', 'crm.read', 'crm', '__read', 'CRM__read', 'desk__crm__read']) {
      const before = company.calls.length;
      const { json } = await call(name);
      if (name !== 'desk__crm__read') expect(json.error.message, name).toBe('Unknown tool');
      for (const { target } of company.calls.slice(before)) expect(target.id).toBe('desk.crm__read');
    }
  });

  test.each([
    ['tools/call', 'name', 'crm__secret', ['ghost__secret', 'secret']],
    ['resources/read', 'uri', 'bailiff://crm/crm://secret', ['bailiff://ghost/crm://secret', 'crm://secret']],
  ])('%s: what is hidden is answered like what is absent, byte for byte', async (method, member, hidden, absent) => {
    await using company = await openCompany(BOTH, {
      decide: ({ decisionId }) => deny(decisionId),
      sees: (id) => !id.includes('secret'),
    });
    const answer = async (name: string) => {
      const { status, text } = await company.asks(era, '', method, { [member]: name });
      return `${status} ${text.replaceAll(/decision-\d+/g, 'ID').replaceAll(JSON.stringify(name), 'NAME')}`;
    };
    const expected = await answer(hidden);
    expect(expected).toContain('Unknown');
    for (const name of absent) expect(await answer(name), name).toBe(expected);
    expect(company.calls, 'names that clients make up reach no policy').toHaveLength(1);
    expect(company.refusals.map(({ failure, route }) => `${route} ${failure.code}`)).toEqual(
      absent.map(() => `POST /mcp unknown_${member === 'name' ? 'tool' : 'resource'}`),
    );
  });

  test('a refused call tells why, as at the server’s own address', async () => {
    await using company = await openCompany(BOTH, { decide: ({ decisionId }) => deny(decisionId) });
    const answer = async (route: string, name: string) =>
      (await company.asks(era, route, 'tools/call', { name })).text.replaceAll(/decision-\d+/g, 'ID');
    expect(await answer('', 'crm__read')).toContain('not_cleared');
    expect(await answer('', 'crm__read')).toBe(await answer('crm', 'read'));
  });

  test('each server’s list is decided and recorded for itself, and shows what its own address shows', async () => {
    await using company = await openCompany(BOTH, { sees: (id) => id !== 'crm.secret' && id !== 'desk.x' });
    const listed = await company.asks(era, '', 'tools/list');
    expect(namesIn(listed, 'tools')).toEqual(['crm__read', 'crm___x', 'desk__read']);
    expect(listed.json.result.tools[0]).toEqual({ ...tool('read'), name: 'crm__read' });
    expect(company.lists.map(({ server, target }) => [server, target.id])).toEqual([
      ['crm', 'crm.*'],
      ['desk', 'desk.*'],
    ]);
    expect(new Set(company.lists.map(({ decisionId }) => decisionId)).size).toBe(2);
    expect(company.lists.map(({ decisionId }) => decisionId)).toContain(
      listed.headers.get('bailiff-decision-id'),
    );
  });

  test('resources, templates and links name their server, and are read by that name', async () => {
    await using company = await openCompany(BOTH);
    const { asks } = company;
    expect(namesIn(await asks(era, '', 'resources/list'), 'resources', 'uri')).toEqual([
      'bailiff://crm/crm://a',
      'bailiff://desk/crm://a',
    ]);
    const templates = await asks(era, '', 'resources/templates/list');
    expect(namesIn(templates, 'resourceTemplates', 'uriTemplate')).toEqual(['bailiff://crm/crm://{id}']);
    const { json } = await asks(era, '', 'resources/read', { uri: 'bailiff://crm/crm://7' });
    expect(json.result.contents).toEqual([{ uri: 'bailiff://crm/crm://7', text: 'crm' }]);
    expect(company.calls[0]).toMatchObject({ server: 'crm', target: { kind: 'resource', id: 'crm://7' } });
    const { text } = await asks(era, '', 'tools/call', { name: 'crm__read' });
    expect(text).toContain('"uri":"bailiff://crm/crm://b"');
    expect((await asks(era, 'crm', 'tools/call', { name: 'read' })).text).toContain('"uri":"crm://b"');
  });

  test.each([
    'crm://x/../a',
    'crm://x#y',
    'crm://%61',
    'no uri',
    '',
  ])('the server’s own URI is read in its plain form only: %s', async (own) => {
    await using company = await openCompany(BOTH);
    const { json } = await company.asks(era, '', 'resources/read', { uri: `bailiff://crm/${own}` });
    expect(json.error.data.failure).toBe('invalid_params');
    expect(company.calls).toHaveLength(0);
  });

  test('prompts and completions go to the server that they name', async () => {
    await using company = await openCompany(BOTH);
    const { asks } = company;
    await asks(era, '', 'prompts/get', { name: 'crm__greet' });
    const argument = { name: 'who', value: 'm' };
    await asks(era, '', 'completion/complete', { ref: { type: 'ref/prompt', name: 'crm__greet' }, argument });
    const uri = 'bailiff://crm/crm://{id}';
    await asks(era, '', 'completion/complete', { ref: { type: 'ref/resource', uri }, argument });
    expect(company.calls.map(({ server, type, target }) => [server, type, target.id])).toEqual([
      ['crm', 'prompt_get', 'crm.greet'],
      ['crm', 'completion', 'crm.greet'],
      ['crm', 'completion', 'crm://{id}'],
    ]);
    for (const name of ['desk__greet', 'ghost__greet', 'greet']) {
      const { json } = await asks(era, '', 'prompts/get', { name });
      expect(json.error.message, name).toBe('Unknown prompt');
    }
  });

  test('a server that cannot be asked is left out and logged, and the others are as they are', async () => {
    await using company = await openCompany({ down: { isDown: true }, ...BOTH });
    const listed = await company.asks(era, '', 'tools/list');
    expect(namesIn(listed, 'tools')).toContain('desk__read');
    expect(company.lists.map(({ server }) => server)).toEqual(['down', 'crm', 'desk']);
    expect(listed.json.result._meta).toEqual({
      'bailiff/left_out': [{ server: 'down', failure: 'upstream_unavailable' }],
    });
    await company.asks(era, '', 'tools/list');
    expect(company.noted, 'told once').toEqual([
      'warn down: The server is left out at /mcp (upstream_unavailable): It is down.',
    ]);
    expect(company.reported).toEqual([]);
    expect((await company.asks(era, '', 'tools/call', { name: 'desk__read' })).text).toContain('desk read');
  });

  test('a server that refuses this caller as such is not there, and one that refuses it everywhere is told so', async () => {
    const refuses = new Set(['crm']);
    await using company = await openCompany(
      {
        crm: { ...CRM, capabilities: { logging: {}, tools: {} } },
        desk: { ...DESK, capabilities: { tools: {} } },
      },
      { opens: ({ server, decisionId }) => (refuses.has(server) ? deny(decisionId) : allow(decisionId)) },
    );
    const opening = async () => {
      if (era === 'stateless') return (await company.asks(era, '', 'server/discover')).json;
      return (await company.send('', { body: INITIALIZE })).json;
    };
    expect((await opening()).result.capabilities).toEqual({ tools: {} });
    expect(company.openings.map(({ server }) => server)).toEqual(['crm', 'desk']);
    refuses.add('desk');
    expect((await opening()).error.message).toBe('Denied: the user is not cleared for this.');
    refuses.clear();
    const { result } = await opening();
    expect(result.capabilities).toEqual({ tools: {}, logging: {} });
    const info = result.serverInfo ?? result._meta['io.modelcontextprotocol/serverInfo'];
    expect(info).toMatchObject({ name: 'bailiff' });
  });
});

describe('a server that says nothing', () => {
  const SILENT: Scripted = { ...CRM, isSilent: true };

  test('keeps a list waiting once, and no list or greeting after it until it has spoken', async () => {
    const toFake = ['setTimeout', 'clearTimeout', 'performance'] as const;
    vi.useFakeTimers({ toFake: [...toFake], shouldAdvanceTime: true });
    try {
      const silent = { ...SILENT };
      await using company = await openCompany({ silent, desk: DESK });
      const first = company.asks('stateless', '', 'tools/list');
      await vi.waitFor(async () => {
        await vi.advanceTimersByTimeAsync(LIST_PATIENCE_MS);
        expect(company.noted).toHaveLength(1);
      });
      expect(namesIn(await first, 'tools')).toEqual(['desk__read', 'desk__x']);
      expect((await first).json.result._meta).toEqual({
        'bailiff/left_out': [{ server: 'silent', failure: 'upstream_timeout' }],
      });
      const begunMs = performance.now();
      for (const method of ['tools/list', 'prompts/list', 'resources/list', 'server/discover'])
        expect((await company.asks('stateless', '', method)).json.result, method).toBeDefined();
      expect(performance.now() - begunMs).toBeLessThan(LIST_PATIENCE_MS / 2);
      Object.assign(silent, { isSilent: false });
      const back = await company.asks('stateless', '', 'tools/list');
      expect(namesIn(back, 'tools')).toContain('silent__read');
      expect(back.json.result._meta).toBeUndefined();
      expect(company.noted).toEqual([
        'warn silent: The server is left out at /mcp (upstream_timeout): The server takes too long.',
        'info silent: The server is there again at /mcp.',
      ]);
    } finally {
      vi.useRealTimers();
    }
  });

  test('is told of to nobody whom it refuses as such', async () => {
    await using company = await openCompany(
      { down: { isDown: true }, desk: DESK },
      { lists: ({ server, decisionId }) => (server === 'down' ? deny(decisionId) : allow(decisionId)) },
    );
    const { result } = (await company.asks('stateless', '', 'tools/list')).json;
    expect(result._meta).toBeUndefined();
    expect(result.tools).toHaveLength(2);
  });
});

test('the header that repeats the name holds it as the client knows it', async () => {
  await using company = await openCompany(BOTH);
  const { ask } = await import('../stateless/testing/stateless-client.ts');
  const call = (header: string) =>
    ask(company, '', 'tools/call', { name: 'crm__read' }, { headers: { 'mcp-name': header } });
  expect((await call('crm__read')).json.result.content).toBeDefined();
  expect((await call('read')).json.error.data.failure).toBe('header_mismatch');
});

test('a session of all servers is one conversation, good at its own address only, and ends at each server', async () => {
  await using company = await openCompany(BOTH);
  const session = await company.open('');
  const call = (name: string, route = '') =>
    company.send(route, {
      session,
      body: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: {} } },
    });
  await call('crm__read');
  await call('desk__read');
  expect(company.calls.map(({ conversationKey }) => conversationKey)).toEqual([session, session]);
  expect((await call('read', 'crm')).status).toBe(404);
  const own = await company.open('crm');
  expect(
    (await company.send('', { session: own, body: { jsonrpc: '2.0', id: 1, method: 'ping' } })).status,
  ).toBe(404);
  await company.send('', { session, method: 'DELETE' });
  expect(company.ended).toEqual([`crm ${session}`, `desk ${session}`]);
});

test('a client hears what servers announce under the names that it knows, and what it subscribed to', async () => {
  await using company = await openCompany({ ...BOTH, down: { isDown: true } });
  const session = await company.open('');
  await using stream = Object.assign(await openReader(company, '', { method: 'GET', session }), {
    [Symbol.asyncDispose]: async () => stream.leave(),
  });
  const ask = (method: string, params: object) =>
    company.send('', { session, body: { jsonrpc: '2.0', id: 1, method, params } });
  const uri = 'bailiff://crm/crm://a';
  expect((await ask('resources/subscribe', { uri })).json.result).toEqual({});
  expect(company.calls[0]).toMatchObject({
    server: 'crm',
    type: 'resource_subscribe',
    target: { id: 'crm://a' },
  });
  await vi.waitFor(() =>
    expect(company.heard.get('crm')?.[0]?.wanted.at(-1)?.resources).toEqual(['crm://a']),
  );
  await vi.waitFor(() => expect(company.heard.get('desk')).toHaveLength(1));
  for (const name of ['crm', 'desk']) {
    const [heard] = company.heard.get(name) ?? [];
    heard?.tell('notifications/resources/updated', { uri: 'crm://a' });
    heard?.tell('notifications/tools/list_changed');
  }
  await stream.untilMessages(3);
  expect(stream.messages.map(({ method, params }) => [method, params.uri])).toEqual([
    ['notifications/resources/updated', uri],
    ['notifications/tools/list_changed', undefined],
    ['notifications/tools/list_changed', undefined],
  ]);
  await ask('resources/unsubscribe', { uri });
  await vi.waitFor(() => expect(company.heard.get('crm')?.[0]?.wanted.at(-1)?.resources).toEqual([]));
  expect((await ask('resources/subscribe', { uri: 'bailiff://ghost/crm://a' })).json.error.message).toBe(
    (await ask('resources/subscribe', { uri: 'bailiff://desk/crm://none' })).json.error.message,
  );
  await company.send('', { session, method: 'DELETE' });
  await vi.waitFor(() => expect(company.heard.get('desk')?.[0]?.isOver).toBe(true));
});

test('a gateway without servers has nothing to be all of', async () => {
  await using company = await openCompany({});
  expect((await company.send('', { body: INITIALIZE })).status).toBe(404);
});
