import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Failure } from '@bailiff/contract';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ProblemDocument } from './documents.ts';
import { ROUTES, type RouteName } from './routes.ts';
import { BODY_BYTES_MAX, ControlServer, type Credential } from './testing/control-server.ts';

let server: ControlServer;
beforeAll(async () => {
  server = await ControlServer.start();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});
afterEach(() => server.forget());

const QUESTION = JSON.stringify({ action: { type: 'tool_call', tool: 'crm.read', args: {} } });

function headersOf(credential: Credential | 'none' | 'bad'): Record<string, string> {
  if (credential === 'none') return {};
  return { authorization: `Bearer ${credential === 'bad' ? 'nonsense' : credential}` };
}

function request(name: RouteName, headers: Record<string, string>): Promise<Response> {
  const { method, path } = ROUTES[name];
  const sent = method === 'POST' ? { body: QUESTION } : {};
  return fetch(server.url + path.replace(':decision_id', 'D-absent'), {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...sent,
  });
}

/** What raw bytes get back, until the server closes. */
async function raw(bytes: string): Promise<string> {
  const socket = connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(bytes);
  return text(socket);
}

/** Status of each route by who asks. A route that is not listed here fails its test. */
const EXPECTED: Readonly<Record<RouteName, Readonly<Record<'none' | 'bad' | 'agent' | 'operator', number>>>> =
  {
    askDecision: { none: 401, bad: 401, agent: 200, operator: 200 },
    listDecisions: { none: 401, bad: 401, agent: 403, operator: 200 },
    showDecision: { none: 401, bad: 401, agent: 404, operator: 404 },
    showRelease: { none: 401, bad: 401, agent: 403, operator: 200 },
    listReleases: { none: 401, bad: 401, agent: 403, operator: 404 },
    showReleaseStatus: { none: 401, bad: 401, agent: 403, operator: 404 },
    rollBack: { none: 401, bad: 401, agent: 403, operator: 422 },
    promote: { none: 401, bad: 401, agent: 403, operator: 422 },
    stopTrial: { none: 401, bad: 401, agent: 403, operator: 422 },
    pullReleases: { none: 401, bad: 401, agent: 403, operator: 404 },
    showStoredRelease: { none: 401, bad: 401, agent: 403, operator: 404 },
    diffReleases: { none: 401, bad: 401, agent: 403, operator: 404 },
    showHealth: { none: 200, bad: 200, agent: 200, operator: 200 },
    showReadiness: { none: 200, bad: 200, agent: 200, operator: 200 },
    showMetrics: { none: 401, bad: 401, agent: 403, operator: 200 },
    showOpenApi: { none: 200, bad: 200, agent: 200, operator: 200 },
  };

describe.each(Object.keys(ROUTES) as RouteName[])('%s', (name) => {
  test.each([
    'none',
    'bad',
    'agent',
    'operator',
  ] as const)('answers a credential that is %s as it should', async (credential) => {
    const response = await request(name, headersOf(credential));
    expect(response.status).toBe(EXPECTED[name][credential]);
    if (response.status >= 400) ProblemDocument.parse(await response.json());
  });

  test('forbids caching, framing and sniffing', async () => {
    const { headers } = await request(name, headersOf('operator'));
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  test('refuses a foreign Origin before it looks at the credential', async () => {
    const response = await request(name, { ...headersOf('operator'), origin: 'https://evil.example' });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 'origin_refused' });
  });

  test('serves the Origin of the configuration', async () => {
    const response = await request(name, { ...headersOf('operator'), origin: 'https://console.example' });
    expect(response.status).toBe(EXPECTED[name].operator);
  });

  test('serves probes under any Host but everything else under its own only', async () => {
    const { method, path } = ROUTES[name];
    const answer = await raw(
      `${method} ${path.replace(':decision_id', 'x')} HTTP/1.1\r\nHost: rebound.example\r\nAuthorization: Bearer operator\r\n` +
        'Content-Length: 0\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toMatch(ROUTES[name].access === 'open' ? /^HTTP\/1\.1 200/ : /^HTTP\/1\.1 403/);
  });

  test('is under no other method', async () => {
    const path = ROUTES[name].path.replace(':decision_id', 'x');
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const stranger = await fetch(server.url + path, { method });
      expect(stranger.status).toBe(ROUTES[name].access === 'open' ? 405 : 401);
      const response = await fetch(server.url + path, { method, headers: headersOf('operator') });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toContain(ROUTES[name].method);
      expect(await response.json()).toMatchObject({ code: 'method_not_allowed' });
    }
  });
});

describe('other paths', () => {
  test.each([
    '/',
    '/v1',
    '/v1/',
    '/v2/decisions',
    '/v1/decisions/',
    '/v1/decisions/a/b',
    '/metrics/',
    '/healthz/x',
  ])('%s is unknown to strangers and nothing to others', async (path) => {
    expect((await fetch(server.url + path)).status).toBe(401);
    const response = await fetch(server.url + path, { headers: headersOf('operator') });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'not_found' });
  });

  test('are not reached by spelling an open one differently', async () => {
    for (const path of [
      '/healthz/../metrics',
      '/healthz/%2e%2e/metrics',
      '//metrics',
      '/%6detrics',
      '/metrics?x=/healthz',
    ])
      expect(
        await raw(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nConnection: close\r\n\r\n`),
      ).toMatch(/^HTTP\/1\.1 (401|404)/);
  });
});

describe('requests that are none', () => {
  test.each([
    [
      'a Host with a path in it',
      'GET /metrics HTTP/1.1\r\nHost: localhost:4000/#@x\r\nConnection: close\r\n\r\n',
      /^HTTP\/1\.1 400/,
    ],
    ['no Host', 'GET /metrics HTTP/1.1\r\nConnection: close\r\n\r\n', /^HTTP\/1\.1 400/],
    [
      'an absolute target',
      'GET http://evil.example/metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
      /^HTTP\/1\.1 403/,
    ],
    [
      'two lengths',
      'POST /v1/decisions HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      /^HTTP\/1\.1 400/,
    ],
    [
      'a length and chunks',
      'POST /v1/decisions HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      /^HTTP\/1\.1 400/,
    ],
  ])('are refused: %s', async (_what, bytes, status) => {
    expect(await raw(bytes)).toMatch(status);
    expect(server.calls).toEqual([]);
  });

  test('are refused: two credentials', async () => {
    const head = `GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nConnection: close\r\n`;
    expect(await raw(`${head}Authorization: Bearer operator\r\nAuthorization: Bearer agent\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 401/,
    );
  });
});

describe('refusals before a decision', () => {
  test('are recorded with who asked, where, and an id that the client gets too', async () => {
    const response = await request('showMetrics', headersOf('agent'));
    const problem = ProblemDocument.parse(await response.json());
    expect(server.refusals).toMatchObject([
      {
        decisionId: problem.decision_id,
        principal: { agentId: 'support-bot' },
        route: 'GET /metrics',
        failure: { code: 'forbidden' },
      },
    ]);
    expect(problem.instance).toBe(`/v1/decisions/${problem.decision_id}`);
  });

  test('keep the client’s own words out of the record', async () => {
    await fetch(`${server.url}/v1/decisions/private?token=x`);
    await fetch(`${server.url}/etc/passwd`);
    expect(server.refusals.map(({ route }) => route)).toEqual(['GET /v1/decisions/:decision_id', 'GET *']);
  });

  test('name the credential that is wanted', async () => {
    expect((await request('showMetrics', {})).headers.get('www-authenticate')).toBe('Bearer realm="bailiff"');
  });
});

describe('readiness', () => {
  test('is 503 as soon as one thing is not ready, and tells what to operators only', async () => {
    const { checks } = server;
    server.checks = [...checks.slice(1), { name: 'policy', ready: false, detail: 'no release' }];
    for (const credential of ['none', 'bad', 'agent'] as const) {
      const response = await request('showReadiness', headersOf(credential));
      expect(response.status).toBe(503);
      expect(await response.text()).toBe('{"status":"not_ready"}');
    }
    const told = await request('showReadiness', headersOf('operator'));
    expect(await told.json()).toEqual({ status: 'not_ready', checks: server.checks });
    server.checks = [];
    expect((await request('showReadiness', {})).status).toBe(503);
    server.checks = checks;
  });

  test('does not keep the process from being alive', async () => {
    const { checks, release } = server;
    server.checks = [];
    server.release = undefined;
    expect((await request('showHealth', {})).status).toBe(200);
    expect((await request('showRelease', headersOf('operator'))).status).toBe(503);
    server.checks = checks;
    server.release = release;
  });
});

test('the release is told as its vector', async () => {
  const response = await request('showRelease', headersOf('operator'));
  expect(await response.json()).toEqual({
    policy_version: '1.0.0+abc',
    digest: 'a'.repeat(64),
    bundles: { compliance: '1.0.0+def' },
    required: ['compliance'],
    agents: { 'support-bot': { status: 'active', versions: ['3.2.0'] } },
    rules: 1,
  });
});

describe('a defect', () => {
  test('is answered without its details, which go to the log', async () => {
    const { govern } = server;
    server.govern = async () => {
      throw new Error('password=hunter2');
    };
    const response = await request('askDecision', headersOf('agent'));
    server.govern = govern;
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('hunter2');
    expect(server.reports).toMatchObject([{ code: 'internal', cause: { message: 'password=hunter2' } }]);
  });

  test('in recording a refusal does not turn it into anything else', async () => {
    const { recordRefusal } = server;
    server.recordRefusal = async () => {
      throw new Failure('record_unavailable');
    };
    const response = await request('showMetrics', {});
    server.recordRefusal = recordRefusal;
    expect(server.reports).toMatchObject([{ code: 'record_unavailable' }]);
    expect(response.status).toBe(401);
  });
});

describe('a body beyond the limit', () => {
  const head = () =>
    `POST /v1/decisions HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nAuthorization: Bearer agent\r\n` +
    'Content-Type: application/json\r\n';

  test('is refused by its announced length, before it comes', async () => {
    expect(await raw(`${head()}Content-Length: ${BODY_BYTES_MAX + 1}\r\n\r\n{`)).toMatch(/^HTTP\/1\.1 413/);
  });

  test('is refused while it still comes, where no length was announced', async () => {
    const chunk = `4000\r\n${'x'.repeat(16_384)}\r\n`;
    const answer = await raw(`${head()}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(8)}`);
    expect(answer).toMatch(/^HTTP\/1\.1 413/);
  });

  test('does not keep the next request from being served', async () => {
    expect((await request('askDecision', headersOf('agent'))).status).toBe(200);
    expect(server.refusals.every(({ failure }) => failure.code === 'body_too_large')).toBe(true);
  });
});
