import { request as httpRequest } from 'node:http';
import { Answer, Failure } from '@bailiff/contract';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ProblemDocument } from '../documents.ts';
import { ControlServer, IN_FLIGHT_MAX, permission } from '../testing/control-server.ts';

let server: ControlServer;
beforeAll(async () => {
  server = await ControlServer.start();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});
afterEach(() => server.forget());

const TOOL_CALL = { type: 'tool_call', tool: 'crm.read', args: { id: 7, rows: 20 } };

describe('asking for a decision', () => {
  test('answers 200 with the whole answer, a denial included', async () => {
    const response = await server.ask({ action: TOOL_CALL });
    expect(response.status).toBe(200);
    const answer = Answer.parse(await response.json());
    expect(answer).toMatchObject({
      allow: false,
      outcome: 'deny',
      metadata: { decision_id: server.calls[0]?.decisionId },
    });
    expect(server.refusals).toEqual([]);
  });

  test('takes agent and user from the credential', async () => {
    await server.ask({ action: TOOL_CALL });
    expect(server.calls[0]).toMatchObject({
      principal: { agentId: 'support-bot', userId: 'mara' },
      type: 'tool_call',
      target: { kind: 'tool', id: 'crm.read' },
      server: 'crm',
      toolName: 'read',
      args: { id: 7, rows: 20 },
      session: { protocol: 'decision_api/v1', auth_method: 'jwt' },
      bytes: undefined,
      given: { simulated: false },
    });
  });

  test.each([
    ['agent', false],
    ['decider', true],
  ] as const)('takes what the %s says it did for done: %s', async (as, trusted) => {
    await server.ask({ action: TOOL_CALL }, { as });
    expect(server.calls[0]?.given?.trusted).toBe(trusted);
  });

  test('decides about a simulation, whether the document or the query says so', async () => {
    const document = { action: TOOL_CALL, usage: {}, environment: { is_production: false } };
    const told = Answer.parse(await (await server.ask({ ...document, simulate: true })).json());
    const asked = Answer.parse(await (await server.ask(document, { query: '?simulate=true' })).json());
    expect([told.metadata.simulated, asked.metadata.simulated]).toEqual([true, true]);
    expect(server.calls[0]?.given).toEqual(server.calls[1]?.given);
    expect((await server.ask(document, { query: '?simulate=1' })).status).toBe(400);
    expect((await server.ask({ ...document, simulate: false }, { query: '?simulate=true' })).status).toBe(
      422,
    );
  });

  test('answers a failure as a problem that names the decision, with when to try again', async () => {
    const { govern } = server;
    server.govern = async () => {
      throw new Failure('record_unavailable');
    };
    const response = await server.ask({ action: TOOL_CALL });
    server.govern = govern;
    expect(response.status).toBe(503);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.get('retry-after')).toBe('1');
    const decisionId = server.calls[0]?.decisionId;
    expect(await response.json()).toEqual({
      type: 'urn:bailiff:failure:record_unavailable',
      title: 'The decision could not be recorded',
      status: 503,
      detail: 'The same request may succeed later.',
      code: 'record_unavailable',
      decision_id: decisionId,
      instance: `/v1/decisions/${decisionId}`,
    });
    expect(server.refusals).toMatchObject([{ decisionId, failure: { code: 'record_unavailable' } }]);
  });

  test('is refused while too many others wait, and possible again when they are answered', async () => {
    const { govern } = server;
    const waiting = Promise.withResolvers<void>();
    const full = new Promise<void>((resolve) => {
      server.govern = async (call) => {
        if (server.calls.length === IN_FLIGHT_MAX) resolve();
        await waiting.promise;
        return { answer: permission(call.decisionId), result: { kind: 'answered' } };
      };
    });
    const asked = Array.from({ length: IN_FLIGHT_MAX }, () => server.ask({ action: TOOL_CALL }));
    await full;
    const refused = await server.ask({ action: TOOL_CALL });
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ code: 'overloaded' });
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    waiting.resolve();
    for (const response of await Promise.all(asked)) expect(response.status).toBe(200);
    server.govern = govern;
    expect((await server.ask({ action: TOOL_CALL })).status).toBe(200);
  });

  test('gives up when the client leaves', async () => {
    const { govern } = server;
    const reason = new Promise((resolve) => {
      server.govern = (_call, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            resolve(signal.reason);
            reject(signal.reason);
          });
          client.destroy();
        });
    });
    const client = httpRequest(`${server.url}/v1/decisions`, {
      method: 'POST',
      headers: { authorization: 'Bearer agent', 'content-type': 'application/json' },
    });
    client.on('error', () => undefined);
    client.end(JSON.stringify({ action: TOOL_CALL }));
    expect(await reason).toMatchObject({ code: 'client_gone' });
    server.govern = govern;
  });
});

describe('a body that is not acceptable', () => {
  test.each([
    ['nothing', '', 400],
    ['an array', '[]', 422],
    ['null', 'null', 422],
    ['text', 'hello', 400],
    ['two documents', '{}{}', 400],
    ['duplicate keys', '{"action":{"type":"tool_call","tool":"a.b","tool":"a.c"}}', 400],
    ['duplicate keys, one escaped', '{"action":{"type":"tool_call","tool":"a.b","t\\u006fol":"a.c"}}', 400],
    [
      'a key that is folded into another',
      '{"action":{"type":"tool_call","tool":"a.b","args":{"x":1,"X":2}}}',
      400,
    ],
    ['__proto__', '{"action":{"type":"tool_call","tool":"a.b","args":{"__proto__":{"rows":1}}}}', 400],
    [
      'a number beyond 2^53',
      '{"action":{"type":"tool_call","tool":"a.b","args":{"n":9007199254740993}}}',
      400,
    ],
    ['NaN', '{"action":{"type":"tool_call","tool":"a.b","args":{"n":NaN}}}', 400],
    ['half of a surrogate pair', '{"action":{"type":"tool_call","tool":"a.b","args":{"s":"\\ud800"}}}', 400],
    ['a byte order mark', '\u{FEFF}{}', 400],
    [
      'deep nesting',
      `{"action":{"type":"tool_call","tool":"a.b","args":{"a":${'['.repeat(70)}${']'.repeat(70)}}}}`,
      400,
    ],
  ])('is refused: %s', async (_what, body, status) => {
    const response = await server.post(body);
    expect(response.status).toBe(status);
    const problem = ProblemDocument.parse(await response.json());
    expect(server.calls).toEqual([]);
    expect(server.refusals).toMatchObject([{ decisionId: problem.decision_id, route: 'POST /v1/decisions' }]);
  });

  test('is refused: bytes that are not UTF-8', async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"action":{"type":"tool_call","tool":"'),
      Buffer.from([0xc0, 0xaf]),
      Buffer.from('"}}'),
    ]);
    expect((await server.post(new Uint8Array(bytes))).status).toBe(400);
  });

  test.each([
    'text/plain',
    'application/json; charset=latin1',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    '',
  ])('is refused: content type %j', async (type) => {
    expect((await server.post(JSON.stringify({ action: TOOL_CALL }), { type })).status).toBe(415);
  });

  test('is refused: compressed', async () => {
    const response = await fetch(`${server.url}/v1/decisions`, {
      method: 'POST',
      headers: {
        authorization: 'Bearer agent',
        'content-type': 'application/json',
        'content-encoding': 'gzip',
      },
      body: '{}',
    });
    expect(response.status).toBe(415);
  });

  test('is told by path, problem and mend, without its values', async () => {
    const response = await server.ask({
      action: { type: 'tool_cal', tool: 7, args: [] },
      contxt: {},
      environment: { flags: { freeze: 'hunter2' }, weather: 'fine' },
    });
    const text = await response.text();
    const problem = ProblemDocument.parse(JSON.parse(text));
    expect(problem.errors).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ path: 'action.type', problem: expect.stringContaining('"tool_call"') }),
        expect.objectContaining({ path: 'action.tool', problem: 'must be a string' }),
        expect.objectContaining({ path: 'contxt', mend: expect.stringContaining('context') }),
        expect.objectContaining({
          path: 'environment.weather',
          mend: expect.stringContaining('is_production'),
        }),
        expect.objectContaining({ path: 'environment.flags.freeze', problem: 'must be a boolean' }),
      ]),
    );
    expect(text).not.toContain('hunter2');
  });

  test('has its keys told without what would steer a terminal', async () => {
    const response = await server.ask({ action: TOOL_CALL, [`${'k'.repeat(500)}`]: 1 });
    const problem = ProblemDocument.parse(await response.json());
    expect(problem.errors?.[0]?.path).toBe('k'.repeat(64));
  });

  test('may hold any text in its arguments', async () => {
    const args = { text: '𝕊 مرحبا 👩‍👩‍👧 \u0000 \u202e', ключ: ['ü', 'ü'] };
    expect((await server.ask({ action: { ...TOOL_CALL, args } })).status).toBe(200);
    expect(server.calls[0]?.args).toEqual(args);
  });
});
