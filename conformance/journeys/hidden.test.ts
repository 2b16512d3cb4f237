import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEMO_KEYS } from '../../examples/acme/demo.ts';
import { verifies } from '../requirements.ts';
import { initialize, McpClient, type Told } from './faults/mcp-client.ts';
import { bearer, openCompany, type RunningCompany } from './gateway.ts';

let company: RunningCompany;
beforeAll(async () => {
  company = await openCompany();
}, 120_000);
afterAll(() => company?.[Symbol.asyncDispose]());

type Caller = keyof typeof DEMO_KEYS;

async function called(as: Caller, tool: string, args: object): Promise<Told> {
  const client = await McpClient.open(company.gateway.url, { key: DEMO_KEYS[as], server: 'crm' });
  return client.call(tool, args);
}

interface View {
  readonly decision_id: string;
  readonly at: string;
  readonly asked: { readonly target: string };
  readonly reasons: readonly string[];
}

async function view({ decisionId }: Told, as: Caller): Promise<View> {
  const response = await fetch(`${company.gateway.url}/v1/decisions/${decisionId}`, { headers: bearer(as) });
  expect(response.status).toBe(200);
  return (await response.json()) as View;
}

const timeless = ({ decision_id: _id, at: _at, ...view }: View) => view;

test('a hidden tool is afterwards read by its caller exactly like an absent one', async () => {
  const as = 'sales-bot for sven';
  const hidden = await called(as, 'export', { rows: 5_000 });
  const absent = await called(as, 'no_such_tool', { rows: 5_000 });
  expect(hidden.text.replaceAll(hidden.decisionId, '')).toContain('Unknown tool');
  expect(timeless(await view(hidden, as))).toEqual(timeless(await view(absent, as)));
  expect((await view(hidden, as)).reasons).toEqual(['unknown_tool']);
});

test.each([
  ['a tool', 'crm', 'tools/call', { name: 'export' }, { name: 'no_such_tool' }],
  ['a prompt', 'everything', 'prompts/get', { name: 'args-prompt' }, { name: 'no-such-prompt' }],
  [
    'a prompt to complete',
    'everything',
    'completion/complete',
    { ref: { type: 'ref/prompt', name: 'completable-prompt' }, argument: { name: 'department', value: '' } },
    { ref: { type: 'ref/prompt', name: 'no-such-prompt' }, argument: { name: 'department', value: '' } },
  ],
  [
    'a resource',
    'everything',
    'resources/read',
    { uri: 'demo://resource/dynamic/text/1' },
    { uri: 'demo://no-such' },
  ],
  [
    'a resource to follow',
    'everything',
    'resources/subscribe',
    { uri: 'demo://resource/dynamic/text/1' },
    { uri: 'demo://no-such' },
  ],
  [
    'a template to complete',
    'everything',
    'completion/complete',
    {
      ref: { type: 'ref/resource', uri: 'demo://resource/dynamic/text/{resourceId}' },
      argument: { name: 'resourceId', value: '' },
    },
    { ref: { type: 'ref/resource', uri: 'demo://no-such/{id}' }, argument: { name: 'id', value: '' } },
  ],
])('%s that is hidden is answered byte for byte like an absent one, and read so afterwards', async (_what, server, method, hidden, absent) => {
  verifies('hidden-is-absent');
  const as = 'sales-bot for sven';
  const client = await McpClient.open(company.gateway.url, { key: DEMO_KEYS[as], server });
  const [one, other] = [await client.request(method, hidden), await client.request(method, absent)];
  const bytesOf = ({ text, decisionId }: Told) =>
    text.replaceAll(decisionId, '').replace(/"id":"[0-9a-f-]{36}"/, '"id":""');
  expect(one.kind).toBe('failed');
  expect(bytesOf(one)).toContain('unknown_');
  expect(bytesOf(one)).toBe(bytesOf(other));
  const read = async (told: Told) => {
    // Refusals are written a moment after they are answered.
    const path = `${company.gateway.url}/v1/decisions/${told.decisionId}`;
    await expect
      .poll(async () => (await fetch(path, { headers: bearer(as) })).status, { timeout: 10_000 })
      .toBe(200);
    return timeless(await view(told, as));
  };
  expect(await read(one)).toEqual(await read(other));
});

test('operators read what was told beside what was decided', async () => {
  const hidden = await called('sales-bot for sven', 'export', { rows: 5_000 });
  expect(await view(hidden, 'operator')).toMatchObject({
    entries: expect.arrayContaining([
      expect.objectContaining({ entry: expect.objectContaining({ kind: 'decision', disclosure: 'hidden' }) }),
    ]),
  });
});

test('a denial of a tool that its caller sees is read as it was told', async () => {
  const as = 'support-bot for lee';
  const told = await called(as, 'read', { id: 7 });
  expect(told.reasons).toEqual(['data_class_unauthorized_for_user']);
  expect((await view(told, as)).reasons).toEqual(told.reasons);
});

test('a refusal of the caller as such meets it when it opens a session, and is read with the reasons that were told', async () => {
  const as = 'support-bot for tess';
  const told = await initialize(company.gateway.url, DEMO_KEYS[as], 'crm');
  expect(told).toMatchObject({ kind: 'failed', reasons: ['user_disabled'] });
  const read = await view(told, as);
  expect(read.reasons).toEqual(told.reasons);
  expect(read.asked.target).toBe('crm.*');
});

test('it meets a client without sessions at each list, which would otherwise be empty without a reason', async () => {
  const as = 'support-bot for tess';
  for (const route of ['/mcp/crm', '/mcp'])
    for (const method of ['tools/list', 'resources/list']) {
      const response = await fetch(`${company.gateway.url}${route}`, {
        method: 'POST',
        headers: {
          ...bearer(as),
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': method,
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { _meta: STATELESS_META } }),
      });
      const { error } = (await response.json()) as { error: { data: { reasons: string[] } } };
      expect(error.data, `${method} at ${route}`).toMatchObject({
        reasons: ['user_disabled'],
        denied_scope: 'this_agent',
      });
    }
});

/** The client does not say who it is, which nobody asks it to. */
const STATELESS_META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};

test('the route of the bundle is guarded like the others, and keeps what it refuses', async () => {
  const { url } = company.gateway;
  const pull = (headers: Record<string, string>, method = 'GET') =>
    fetch(`${url}/v1/bundles/release.tar.gz`, { method, headers });
  const nobody = await pull({});
  expect(nobody.status).toBe(401);
  expect(nobody.headers.get('content-type')).toBe('application/problem+json');
  const problem = (await nobody.json()) as { code: string; decision_id: string };
  expect(problem.code).toBe('unauthenticated');
  const recorded = async () => {
    const path = `${url}/v1/decisions/${problem.decision_id}`;
    return (await fetch(path, { headers: bearer('operator') })).json();
  };
  // Refusals are written a moment after they are answered.
  await expect.poll(recorded, { timeout: 10_000 }).toMatchObject({
    entries: [{ entry: { failure: 'unauthenticated', route: 'GET /v1/bundles/release.tar.gz' } }],
  });
  expect((await pull(bearer('support-bot for mara'))).status).toBe(403);
  const foreign = await pull({ ...bearer('operator'), origin: 'https://evil.example' });
  expect(await foreign.json()).toMatchObject({ code: 'origin_refused' });
  const rebound = httpRequest(`${url}/v1/bundles/release.tar.gz`, {
    headers: { ...bearer('operator'), host: 'evil.example' },
  }).end();
  const [response] = (await once(rebound, 'response')) as [IncomingMessage];
  expect(await json(response)).toMatchObject({ code: 'origin_refused' });
});
