import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { verifies } from '../../requirements.ts';
import { ONLY_SIDECAR } from '../test-engine.ts';
import { answering, CountingUpstream } from './counting-upstream.ts';
import { type Desk, openDesk } from './desk.ts';
import { KEYS } from './gateway-process.ts';
import { McpClient, post, type Told } from './mcp-client.ts';
import { until } from './processes.ts';
import { expectPromisesKept, readRecord, witnessOf } from './record.ts';

const COMPANY = fileURLToPath(new URL('../../../examples/acme/policy', import.meta.url));
const MARA = `blf_${'faults_mara_'.padEnd(43, '0')}`;
const OPERATOR = { authorization: `Bearer ${KEYS.operator}` };

const upstream = CountingUpstream.ofSuite();
afterEach(() => {
  upstream.behaviour = answering;
});

/** Everywhere that a gateway writes to or can be asked: its data, byte for byte, its log, its metrics, its API. */
async function everythingKept({ gateway }: Desk): Promise<ReadonlyMap<string, string>> {
  const data = join(gateway.folder, 'data');
  const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const ask = async (path: string) => (await fetch(gateway.url + path, { headers: OPERATOR })).text();
  return new Map([
    ...files.map(({ name, parentPath }) => [name, readFileSync(join(parentPath, name), 'latin1')] as const),
    ['the log', gateway.said],
    ['/metrics', await ask('/metrics')],
    ['/v1/decisions', await ask('/v1/decisions?limit=100')],
  ]);
}

async function expectNowhere(desk: Desk, secrets: readonly string[]): Promise<void> {
  await desk.closed();
  const kept = await everythingKept(desk);
  expect(kept.get('decisions.db')).toBeDefined();
  for (const [where, content] of kept)
    for (const secret of secrets) expect(content.includes(secret), `${secret} in ${where}`).toBe(false);
}

describe('what policy masks', () => {
  let desk: Desk;
  let mara: McpClient;
  const told: Told[] = [];
  beforeAll(async () => {
    const http = { transport: 'http', url: upstream.url, region: 'eu-west' };
    const entry = (id: string, key: string, who: object) => ({ id, sha256: hash('sha256', key), ...who });
    const api_keys = [
      entry('mara', MARA, { agent: 'support-bot', agent_version: '3.2.0', user: 'mara' }),
      entry('clerk', KEYS.clerk, { agent: 'support-bot', agent_version: '3.2.0', user: 'lee' }),
      entry('operator', KEYS.operator, { agent: 'ops-bot', user: 'omar', permissions: ['operator'] }),
    ];
    desk = await openDesk(upstream, {
      configuration: {
        policy: { directory: COMPANY },
        servers: { desk: http, crm: http },
        identity: { api_keys },
      },
    });
    upstream.witness = witnessOf(desk.gateway.record);
    mara = await McpClient.open(desk.gateway.url, { key: MARA, server: 'crm' });
  });
  afterAll(() => desk[Symbol.asyncDispose]());

  const call = async (tool: string, args: object) => {
    const answer = await mara.call(tool, args);
    told.push(answer);
    return answer;
  };
  const maskedIn = async ({ decisionId }: Told) => {
    await desk.closed();
    return readRecord(desk.gateway.record).decisions.get(decisionId)?.masked;
  };

  test('is kept nowhere for a call that is allowed, and reaches the server whole', async () => {
    verifies('secrets', 'masked-nowhere');
    const body = 'Canary-Mail-Body 4711';
    const mail = await call('send_email', { to: ['lee@acme.example'], subject: body, body });
    expect(mail.kind).toBe('done');
    expect(upstream.requests.at(-1)?.body).toContain(body);
    expect(await maskedIn(mail)).toEqual([{ path: '/action/args/body', strategy: 'hash' }]);
    const email = 'canary-customer-0815@mail.example';
    const contact = await call('update_contact', { id: 7, email, phone: '+49 30 canary 12345' });
    expect(contact.kind).toBe('done');
    expect(await maskedIn(contact)).toHaveLength(2);
    await expectNowhere(desk, [body, 'canary-customer', 'canary 12345']);
  });

  test('is kept nowhere for a call that is refused', async () => {
    verifies('secrets', 'masked-nowhere');
    const body = 'Canary-Refused-Body 4712';
    const refused = await call('send_email', { to: ['someone@elsewhere.example'], body });
    expect(refused).toMatchObject({
      kind: 'refused',
      reasons: ['seen_data_may_not_leave', 'recipient_outside_company'],
    });
    expect(await maskedIn(refused)).toEqual([{ path: '/action/args/body', strategy: 'hash' }]);
    await expectNowhere(desk, [body, 'Canary-Refused']);
  });

  test('is kept nowhere where policy could not be heard', ONLY_SIDECAR, async () => {
    verifies('secrets', 'masked-nowhere');
    const opa = await desk.gateway.runningOpa();
    process.kill(opa.pid, 'SIGKILL');
    const body = 'Canary-Unheard-Body 4713';
    await until('it cannot be heard', async () =>
      (await call('send_email', { to: ['lee@acme.example'], body })).reasons.includes('policy_unavailable'),
    );
    await desk.gateway.whenReady();
    await expectNowhere(desk, [body, 'Canary-Unheard']);
    expectPromisesKept(readRecord(desk.gateway.record), upstream, told);
  });
});

describe('what is nobody’s business', () => {
  test('in credentials, addresses, bodies that are refused, and what servers say is not kept', async () => {
    verifies('secrets');
    await using desk = await openDesk(upstream);
    const { gateway } = desk;
    upstream.witness = witnessOf(gateway.record);
    const secret = 'blf_Canary-Credential-000000000000000000000000000000';
    const attempts = [
      post(`${gateway.url}/mcp/desk`, { authorization: `Bearer ${secret}` }, '{}'),
      post(`${gateway.url}/mcp/desk?token=Canary-Query`, { authorization: `Bearer ${KEYS.clerk}` }, '{}'),
      post(`${gateway.url}/mcp/Canary-Path`, { authorization: `Bearer ${KEYS.clerk}` }, '{}'),
      post(`${gateway.url}/mcp/desk`, { authorization: `Bearer ${KEYS.clerk}` }, '{"Canary-Body": 1e400}'),
      post(
        `${gateway.url}/mcp/desk`,
        { authorization: `Bearer ${KEYS.clerk}` },
        '{"method":"Canary-Method"}',
      ),
    ];
    for (const attempt of attempts) expect((await attempt).status).toBeGreaterThanOrEqual(400);
    upstream.behaviour = ({ id }, response) => {
      const error = { code: -32000, message: 'Canary-Server-Error' };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id, error }));
    };
    expect((await desk.client.call('lookup', {})).text).toContain('Canary-Server-Error');
    upstream.behaviour = ({ id }, response) => {
      const content = [{ type: 'text', text: 'Canary-Server-Result' }];
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result: { content } }));
    };
    expect((await desk.client.call('lookup', {})).text).toContain('Canary-Server-Result');
    await until('all is recorded', () => readRecord(gateway.record).refusals.size >= attempts.length);
    await expectNowhere(desk, ['Canary', KEYS.clerk, KEYS.operator]);
  });
});
