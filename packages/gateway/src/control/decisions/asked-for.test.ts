import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ProblemDocument } from '../documents.ts';
import { ControlServer, releaseOf } from '../testing/control-server.ts';

let server: ControlServer;
beforeAll(async () => {
  server = await ControlServer.start();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});
afterEach(() => server.forget());

const TOOL_CALL = { type: 'tool_call', tool: 'crm.read', args: { id: 7, rows: 20 } };

describe('a real decision', () => {
  test.each([
    ['another agent', { agent: { id: 'sales-bot' } }, 'agent.id'],
    ['another user', { user: { id: 'lee' } }, 'user.id'],
    ['nobody as user', { user: { id: '' } }, 'user.id'],
    ['another version', { agent: { version: '9.9.9' } }, 'agent.version'],
    ['another chain', { agent: { chain: ['planner'] } }, 'agent.chain'],
    ['another region', { environment: { region: 'eu-west' } }, 'environment.region'],
    ['another production', { environment: { is_production: false } }, 'environment.is_production'],
    ['other flags', { environment: { flags: {} } }, 'environment.flags'],
  ])('is forbidden to name %s without decide_for', async (_what, part, path) => {
    const response = await server.ask({ action: TOOL_CALL, ...part });
    const problem = ProblemDocument.parse(await response.json());
    expect(problem).toMatchObject({ status: 403, code: 'forbidden', errors: [{ path }] });
    expect(server.calls).toEqual([]);
  });

  test.each([
    ['usage', { usage: {} }, 'usage'],
    [
      'approval',
      { approval: { id: 'a', rules: ['r'], approved_by: ['p'], expires_at: '2030-01-01T00:00:00Z' } },
      'approval',
    ],
    ['result', { result: { bytes: 1, content_type: 't', text: '', structured: null } }, 'result'],
    ['classes seen', { context: { data_classes_seen: [] } }, 'context.data_classes_seen'],
    ['time', { environment: { time: '2030-01-01T00:00:00Z' } }, 'environment.time'],
    ['time_s', { environment: { time_s: 1 } }, 'environment.time_s'],
    ['weekday', { environment: { weekday: 'sunday' } }, 'environment.weekday'],
    ['minute', { environment: { minute_of_day: 1 } }, 'environment.minute_of_day'],
    ['phase', { action: { ...TOOL_CALL, phase: 'result' } }, 'action.phase'],
    ['effects', { action: { ...TOOL_CALL, effects: ['read'] } }, 'action.effects'],
    ['blast radius', { action: { ...TOOL_CALL, blast_radius: 'low' } }, 'action.blast_radius'],
    ['region of the upstream', { action: { ...TOOL_CALL, region: 'eu' } }, 'action.region'],
    ['provider', { action: { ...TOOL_CALL, provider: 'x' } }, 'action.provider'],
    ['protocol', { session: { protocol: 'mcp/2025-11-25' } }, 'session.protocol'],
    ['a foreign scope', { agent: { scope: 'operations' } }, 'agent.scope'],
    ['foreign groups', { user: { groups: ['admins'] } }, 'user.groups'],
    [
      'a foreign clearance',
      { user: { data_classifications_authorized: ['customer_data'] } },
      'user.data_classifications_authorized',
    ],
  ])('never takes %s from the document, and says what to do instead', async (_what, part, path) => {
    for (const as of ['agent', 'decider'] as const) {
      const response = await server.ask({ action: TOOL_CALL, ...part }, { as });
      const problem = ProblemDocument.parse(await response.json());
      expect(problem).toMatchObject({ status: 422, code: 'input_invalid', errors: [{ path }] });
      expect(problem.detail).toContain('"simulate": true');
    }
    expect((await server.ask({ action: TOOL_CALL, ...part, simulate: true })).status).toBe(200);
    expect(server.calls).toHaveLength(1);
  });

  test('accepts the facts that people write along, where they are true', async () => {
    const response = await server.ask({
      agent: { id: 'support-bot', scope: 'support', owner_team: 'cx', version: '3.2.0', chain: [] },
      user: {
        id: 'mara',
        kind: 'human',
        groups: ['emea', 'support-tier-2'],
        data_classifications_authorized: ['public'],
      },
      action: {
        ...TOOL_CALL,
        phase: 'request',
        data_classes_referenced: ['customer_data'],
        estimated_tokens: 40,
      },
      context: { conversation_id: 'c-81', turn_count: 7 },
      result: null,
      approval: null,
    });
    expect(response.status).toBe(200);
    expect(server.calls[0]).toMatchObject({
      conversationKey: 'api:c-81', // never the name that another protocol has for one
      given: {
        simulated: false,
        input: {
          action: { data_classes_referenced: ['customer_data'], estimated_tokens: 40 },
          context: { turn_count: 7 },
          environment: {},
        },
      },
    });
  });

  test('compares with the directory, not with what its objects inherit', async () => {
    expect(
      (await server.ask({ action: TOOL_CALL, agent: { scope: 'unknown' } }, { as: 'other' })).status,
    ).toBe(200);
    server.release = undefined;
    expect((await server.ask({ action: TOOL_CALL, agent: { scope: 'support' } })).status).toBe(422);
    server.release = releaseOf();
  });

  test('may be about others with decide_for, and then holds none of the asker’s permissions', async () => {
    await server.ask(
      {
        action: TOOL_CALL,
        agent: { id: 'support-bot', version: '3.2.0' },
        user: { id: 'mara' },
        environment: { region: 'eu-west', is_production: false, flags: { freeze: true } },
      },
      { as: 'decider' },
    );
    const [call] = server.calls;
    expect(call?.principal).toMatchObject({
      agentId: 'support-bot',
      agentVersion: '3.2.0',
      userId: 'mara',
      credentialId: 'token-of-pdp',
      conversation: '',
    });
    expect(call?.principal.permissions.size).toBe(0);
    expect(call?.given?.input.environment).toEqual({
      region: 'eu-west',
      is_production: false,
      flags: { freeze: true },
    });
  });

  test('for another agent is on nobody’s behalf unless a user is named', async () => {
    await server.ask({ action: TOOL_CALL, agent: { id: 'support-bot' } }, { as: 'decider' });
    await server.ask({ action: TOOL_CALL, user: { id: 'mara' } }, { as: 'decider' });
    expect(server.calls.map(({ principal }) => [principal.agentId, principal.userId])).toEqual([
      ['support-bot', ''],
      ['pdp', 'mara'],
    ]);
  });
});

describe('a simulation', () => {
  test('is about the credential’s own agent and user unless it may decide for others', async () => {
    const document = { simulate: true, action: TOOL_CALL, agent: { id: 'sales-bot', scope: 'sales' } };
    expect((await server.ask(document)).status).toBe(403);
    expect((await server.ask(document, { as: 'operator' })).status).toBe(403);
    expect((await server.ask(document, { as: 'decider' })).status).toBe(200);
  });

  test('takes a complete document as it is', async () => {
    const document = {
      schema: 'bailiff/input/v1',
      agent: { id: 'support-bot', scope: 'ops', owner_team: 'cx', version: '1', chain: ['planner'] },
      user: { id: 'mara', kind: 'human', groups: ['admins'], data_classifications_authorized: [] },
      action: {
        type: 'tool_call',
        phase: 'request',
        target: { kind: 'tool', id: 'crm.read' },
        server: 'crm',
        tool: 'crm.read',
        tool_name: 'read',
        model: '',
        subagent: '',
        provider: 'x',
        region: 'eu-west',
        args: { id: 7 },
        effects: ['read'],
        blast_radius: 'low',
        estimated_tokens: 40,
        data_classes_referenced: ['customer_data'],
      },
      result: null,
      context: {
        conversation_id: 'c',
        turn_count: 7,
        cumulative_tokens: 1,
        tokens_source: 'estimated',
        session_age_seconds: 1,
        tool_calls_in_a_row: 1,
        identical_calls: 1,
        recent_tools: [],
        data_classes_seen: ['customer_data'],
      },
      session: {
        protocol: 'mcp/2025-11-25',
        transport: 'http',
        client_name: '',
        client_version: '',
        auth_method: 'jwt',
      },
      environment: {
        region: 'r',
        time: '2026-11-22T13:45:00Z',
        time_s: 1,
        weekday: 'sunday',
        minute_of_day: 825,
        is_production: true,
        flags: {},
      },
      usage: {
        k: { window: 'w', limit: 1, used: 0, reserved: 0, remaining: 1, resets_at: '2026-11-23T00:00:00Z' },
      },
      approval: { id: 'a', rules: ['r'], approved_by: ['p'], expires_at: '2030-01-01T00:00:00Z' },
    };
    const response = await server.ask({ simulate: true, ...document });
    expect(response.status).toBe(200);
    const { args: _args, ...action } = document.action;
    expect(server.calls[0]?.given).toEqual({
      simulated: true,
      trusted: false,
      input: { ...document, action },
    });
  });
});
