import {
  type Call,
  Catalogue,
  Configuration,
  type EnforcementResult,
  Failure,
  type GivenFacts,
  Input,
  type ListCall,
  type Principal,
  type Release,
} from '@bailiff/contract';
import { describe, expect, test } from 'vitest';
import { createContextOf } from './context-of.ts';
import { createConversations } from './conversations.ts';
import { releaseOf } from './testing/release-of.ts';

const signal = new AbortController().signal;
const SUNDAY_MS = Date.parse('2026-11-22T13:45:00.750Z');

const configuration = Configuration.parse({
  policy: { directory: '.' },
  environment: { region: 'us-east', flags: { change_freeze: false } },
  servers: { crm: { transport: 'stdio', command: 'node', provider: 'acme-crm', region: 'eu-west' } },
});

const release = releaseOf({
  catalogue: Catalogue.parse({
    data_classes: { customer_data: { title: 'Customers' } },
    regions: {},
    servers: {
      crm: {
        title: 'CRM',
        tools: {
          read: {
            effects: ['write', 'read'],
            blast_radius: 'low',
            data_classes: ['internal'],
            returns: ['customer_data'],
            argument_classes: { table: { customers: ['customer_data'] } },
          },
        },
      },
    },
    models: { 'onprem-70b': { title: 'On premises', provider: 'acme', region: 'eu-central' } },
  }),
  directory: {
    agents: { 'support-bot': { scope: 'support', owner_team: 'cx', versions: [], status: 'active' } },
    users: {
      mara: {
        kind: 'human',
        groups: ['tier-2', 'support', 'tier-2'],
        data_classifications_authorized: ['public', 'internal'],
        status: 'active',
      },
    },
  },
});

const mara: Principal = {
  agentId: 'support-bot',
  agentVersion: '3.2.0',
  chain: ['planner'],
  userId: 'mara',
  authMethod: 'jwt',
  credentialId: 't-1',
  issuer: 'https://issuer.example',
  permissions: new Set(),
  conversation: '',
};

const read: Call = {
  decisionId: 'd-1',
  principal: mara,
  type: 'tool_call',
  target: { kind: 'tool', id: 'crm.read' },
  server: 'crm',
  toolName: 'read',
  model: '',
  subagent: '',
  args: { table: 'customers', id: 7 },
  session: {
    protocol: 'mcp/2025-11-25',
    transport: 'http',
    client_name: 'claude-code',
    client_version: '4.1',
    auth_method: 'jwt',
  },
  conversationKey: 'session-1',
  bytes: undefined,
  given: undefined,
};

const modelCall: Call = {
  ...read,
  type: 'model_call',
  target: { kind: 'model', id: 'onprem-70b' },
  server: '',
  toolName: '',
  model: 'onprem-70b',
  args: {},
};

/** Null stands for a gateway that has no release yet. */
function stageWith(current: Release | null = release) {
  const conversations = createConversations({
    limits: configuration.conversations,
    clock: () => SUNDAY_MS,
    secret: Buffer.alloc(32),
  });
  return createContextOf({
    configuration,
    releases: { current: () => current ?? undefined },
    conversations,
    clock: () => SUNDAY_MS,
  });
}

const forwarded: EnforcementResult<null> = { kind: 'forwarded', response: null, bytes: 400, durationMs: 5 };
const asked = (input: GivenFacts['input'], simulated = false): Partial<Call> => ({
  session: { ...read.session, protocol: 'decision_api/v1' },
  given: { simulated, input },
});

describe('the input of a call', () => {
  test('holds what the credential, the directory, the catalogue and the configuration say', async () => {
    const stage = stageWith();
    const { input, dataClassSources, defaulted } = await stage.contextOf(read, signal);
    expect(input).toEqual({
      schema: 'bailiff/input/v1',
      agent: { id: 'support-bot', scope: 'support', owner_team: 'cx', version: '3.2.0', chain: ['planner'] },
      user: {
        id: 'mara',
        kind: 'human',
        groups: ['support', 'tier-2'],
        data_classifications_authorized: ['internal', 'public'],
      },
      action: {
        type: 'tool_call',
        phase: 'request',
        target: { kind: 'tool', id: 'crm.read' },
        server: 'crm',
        tool: 'crm.read',
        tool_name: 'read',
        model: '',
        subagent: '',
        provider: 'acme-crm',
        region: 'eu-west',
        args: { table: 'customers', id: 7 },
        effects: ['read', 'write'],
        blast_radius: 'low',
        estimated_tokens: 7,
        data_classes_referenced: ['customer_data', 'internal'],
      },
      result: null,
      context: expect.objectContaining({ turn_count: 1, cumulative_tokens: 7, identical_calls: 1 }),
      session: read.session,
      environment: {
        region: 'us-east',
        time: '2026-11-22T13:45:00Z',
        time_s: 1_795_355_100,
        weekday: 'sunday',
        minute_of_day: 825,
        is_production: true,
        flags: { change_freeze: false },
      },
      usage: {},
      approval: null,
    });
    expect(dataClassSources).toEqual([
      { class: 'customer_data', source: 'argument' },
      { class: 'internal', source: 'tool' },
    ]);
    expect(defaulted).toEqual([]);
  });

  test('names a model’s provider and region from the catalogue', async () => {
    const { input } = await stageWith().contextOf(modelCall, signal);
    expect(input.action).toMatchObject({
      provider: 'acme',
      region: 'eu-central',
      effects: ['external'],
      tool: '',
    });
  });

  test('knows nobody and nothing without a release, and is an input all the same', async () => {
    const without = await stageWith(null).contextOf(read, signal);
    expect(without.release).toBeUndefined();
    expect(Input.safeParse(without.input).success).toBe(true);
    expect(without.input.action).toMatchObject({ blast_radius: 'high', data_classes_referenced: [] });
    expect(without.defaulted).toEqual([
      'action.blast_radius',
      'action.effects',
      'agent.owner_team',
      'agent.scope',
      'user.data_classifications_authorized',
      'user.groups',
      'user.kind',
    ]);
  });

  test('has no user where the agent acts for nobody', async () => {
    const { input } = await stageWith().contextOf({ ...read, principal: { ...mara, userId: '' } }, signal);
    expect(input.user).toEqual({ id: '', kind: 'none', groups: [], data_classifications_authorized: [] });
  });

  test('counts the same arguments as the same call in whatever order they come', async () => {
    const stage = stageWith();
    await stage.contextOf(read, signal);
    const again = await stage.contextOf({ ...read, args: { id: 7, table: 'customers' } }, signal);
    expect(again.input.context.identical_calls).toBe(2);
    const other = await stage.contextOf({ ...read, args: { id: '7', table: 'customers' } }, signal);
    expect(other.input.context.identical_calls).toBe(1);
  });

  test.each([
    ['text in arguments', { args: { text: '\ud800' } }],
    ['a target', { target: { kind: 'tool' as const, id: 'crm.\udc00' } }],
  ])('refuses %s that is no Unicode, and does not count it', async (_what, part) => {
    const stage = stageWith();
    const refused = stage.contextOf({ ...read, ...part }, signal);
    await expect(refused).rejects.toMatchObject({ code: 'input_invalid' });
    expect((await stage.contextOf(read, signal)).input.context.tool_calls_in_a_row).toBe(1);
  });

  test('is not made for a client that has gone', async () => {
    await expect(stageWith().contextOf(read, AbortSignal.abort())).rejects.toMatchObject({
      code: 'client_gone',
    });
    await expect(stageWith().listContextOf(listing, AbortSignal.abort())).rejects.toMatchObject({
      code: 'client_gone',
    });
  });
});

const { args: _args, bytes: _bytes, given: _given, ...shared } = read;
const listing: ListCall = {
  ...shared,
  target: { kind: 'tool', id: 'crm.*' },
  toolName: '',
  candidates: [
    { target: { kind: 'tool', id: 'crm.read' }, tool_name: 'read' },
    { target: { kind: 'tool', id: 'crm.constructor' }, tool_name: 'constructor' },
  ],
};

describe('the input of a list', () => {
  test('describes each candidate with its declared classes only', async () => {
    const { input } = await stageWith().listContextOf(listing, signal);
    expect(input.action).toMatchObject({ phase: 'list', args: {}, estimated_tokens: 0 });
    expect(input.candidates).toEqual([
      {
        target: { kind: 'tool', id: 'crm.read' },
        server: 'crm',
        tool: 'crm.read',
        tool_name: 'read',
        effects: ['read', 'write'],
        blast_radius: 'low',
        data_classes_referenced: ['internal'],
      },
      {
        target: { kind: 'tool', id: 'crm.constructor' },
        server: 'crm',
        tool: 'crm.constructor',
        tool_name: 'constructor',
        effects: ['destructive', 'external', 'read', 'write'],
        blast_radius: 'high',
        data_classes_referenced: [],
      },
    ]);
  });

  test('is refused beyond what one evaluation decides about', async () => {
    const [candidate] = listing.candidates;
    if (candidate === undefined) throw new Error('the listing is empty');
    const long = { ...listing, candidates: Array.from({ length: 2_001 }, () => candidate) };
    await expect(stageWith().listContextOf(long, signal)).rejects.toMatchObject({ code: 'upstream_invalid' });
  });
});

describe('what is remembered of a call', () => {
  const failed = (code: 'upstream_timeout' | 'upstream_unavailable'): EnforcementResult<null> => ({
    kind: 'failed',
    failure: new Failure(code),
    durationMs: 5,
  });

  test.each([
    ['a forwarded call', forwarded, ['customer_data']],
    ['an allow that the caller enforces', { kind: 'answered' } as const, ['customer_data']],
    ['an answer that broke off', failed('upstream_timeout'), ['customer_data']],
    ['a server that was not reached', failed('upstream_unavailable'), []],
    ['a refusal', { kind: 'refused' } as const, []],
    ['a call that is held', { kind: 'held' } as const, []],
  ])('%s has shown %3$j', async (_what, result, seen) => {
    const stage = stageWith();
    stage.remember(await stage.contextOf(read, signal), result);
    const { input } = await stage.contextOf(read, signal);
    expect(input.context.data_classes_seen).toEqual(seen);
    expect(input.context.recent_tools).toEqual(
      ['forwarded', 'answered'].includes(result.kind) ? ['crm.read'] : [],
    );
  });

  test('a tool that is not listed may have shown what its server touches', async () => {
    const unlisted = { ...read, target: { kind: 'tool' as const, id: 'shadow.read' }, server: 'shadow' };
    const stage = stageWith();
    stage.remember(await stage.contextOf(unlisted, signal), forwarded);
    const { input } = await stage.contextOf(read, signal);
    expect(input.context.data_classes_seen).toEqual(['customer_data']);
  });

  test('answers count as tokens of the conversation', async () => {
    const stage = stageWith();
    stage.remember(await stage.contextOf(read, signal), forwarded);
    expect((await stage.contextOf(read, signal)).input.context.cumulative_tokens).toBe(7 + 100 + 7);
  });

  test('a model is sent what the conversation has seen', async () => {
    const stage = stageWith();
    stage.remember(await stage.contextOf(read, signal), forwarded);
    const { input, dataClassSources } = await stage.contextOf(modelCall, signal);
    expect(input.action.data_classes_referenced).toEqual(['customer_data']);
    expect(dataClassSources).toEqual([{ class: 'customer_data', source: 'conversation' }]);
  });
});

describe('a call that the decision API asks about', () => {
  test('lists what its caller left out and the gateway filled in', async () => {
    const { defaulted } = await stageWith().contextOf(
      { ...read, ...asked({ context: { turn_count: 3 }, action: { estimated_tokens: 40 } }) },
      signal,
    );
    expect(defaulted).toEqual([
      'context.cumulative_tokens',
      'context.identical_calls',
      'context.recent_tools',
      'context.session_age_seconds',
      'context.tool_calls_in_a_row',
    ]);
  });

  test('takes counts of its caller that are higher than its own, and none that are lower', async () => {
    const stage = stageWith();
    for (let call = 0; call < 5; call += 1) await stage.contextOf(read, signal);
    const context = {
      turn_count: 7,
      cumulative_tokens: 4_521,
      tokens_source: 'reported',
      tool_calls_in_a_row: 1,
      identical_calls: 0,
      session_age_seconds: 142,
      recent_tools: ['kb.search'],
    };
    const { input } = await stage.contextOf({ ...read, ...asked({ context }) }, signal);
    expect(input.context).toMatchObject({
      ...context,
      tool_calls_in_a_row: 6,
      identical_calls: 6,
    });
    const lower = asked({ context: { cumulative_tokens: 1, tokens_source: 'reported' } });
    const estimated = await stage.contextOf({ ...read, ...lower }, signal);
    expect(estimated.input.context.tokens_source).toBe('estimated');
  });

  test('unites the classes that its caller names with those that are computed', async () => {
    const given = asked({
      action: { data_classes_referenced: ['payment_data', 'internal'], estimated_tokens: 1 },
    });
    const { input, dataClassSources } = await stageWith().contextOf({ ...read, ...given }, signal);
    expect(input.action.data_classes_referenced).toEqual(['customer_data', 'internal', 'payment_data']);
    expect(dataClassSources).toContainEqual({ class: 'payment_data', source: 'caller' });
    expect(input.action.estimated_tokens).toBe(7);
  });

  test('takes nothing that entitles, whatever passes the API', async () => {
    const entitling = asked({
      agent: { id: 'ops-bot', scope: 'operations' },
      user: { id: 'root', groups: ['admins'], data_classifications_authorized: ['customer_data'] },
      action: { effects: ['read'], blast_radius: 'low', region: 'eu-west', provider: 'acme' },
      context: { data_classes_seen: ['public'], conversation_id: 'stolen' },
      environment: { time: '2020-01-01T00:00:00Z', time_s: 0, weekday: 'monday', minute_of_day: 0 },
      usage: {
        budget: {
          window: 'w',
          limit: 9,
          used: 0,
          reserved: 0,
          remaining: 9,
          resets_at: '2030-01-01T00:00:00Z',
        },
      },
      approval: { id: 'a', rules: ['r'], approved_by: ['x'], expires_at: '2030-01-01T00:00:00Z' },
    });
    const plain = await stageWith().contextOf({ ...modelCall, ...asked({}) }, signal);
    const { input } = await stageWith().contextOf({ ...modelCall, ...entitling }, signal);
    expect(input).toEqual(plain.input);
  });

  test('shares the conversation with the name that its caller gives it', async () => {
    const { input } = await stageWith().contextOf({ ...read, ...asked({}), conversationKey: 'c-81' }, signal);
    expect(input.context.conversation_id).toMatch(/^c-81-/);
    const overProtocol = await stageWith().contextOf(read, signal);
    expect(overProtocol.input.context.conversation_id).not.toContain('session-1');
  });

  test.each([
    ['context.turn_count', { context: { turn_count: -1 } }],
    ['environment.flags.freeze', { environment: { flags: { freeze: 'canary-secret' } } }],
    ['user', { user: 'canary-secret' }],
  ])('refuses facts of the wrong kind at %s without repeating them', async (path, input) => {
    const thrown = await stageWith()
      .contextOf({ ...read, ...asked(input) }, signal)
      .catch((failure: unknown) => failure);
    expect(thrown).toMatchObject({ code: 'input_invalid', detail: expect.stringContaining(path) });
    expect((thrown as Failure).detail).not.toContain('canary-secret');
  });
});

describe('a simulated call', () => {
  test('is about what is given, and defaults to the first call of a conversation', async () => {
    const given = asked(
      {
        user: { groups: ['admins'] },
        action: { data_classes_referenced: ['public'], region: 'mars' },
        context: { data_classes_seen: ['internal'] },
        environment: { time: '2027-01-01T00:30:00Z' },
      },
      true,
    );
    const { input, dataClassSources, defaulted } = await stageWith().contextOf({ ...read, ...given }, signal);
    expect(input.user).toMatchObject({ id: 'mara', groups: ['admins'] });
    expect(input.action).toMatchObject({
      region: 'mars',
      data_classes_referenced: ['public'],
      args: read.args,
    });
    expect(input.context).toMatchObject({
      conversation_id: 'simulated',
      turn_count: 1,
      tool_calls_in_a_row: 1,
      data_classes_seen: ['internal'],
    });
    expect(input.environment).toMatchObject({ time_s: 1_798_763_400, weekday: 'friday', minute_of_day: 30 });
    expect(dataClassSources).toEqual([{ class: 'public', source: 'caller' }]);
    expect(defaulted).not.toContain('action.region');
    expect(Input.safeParse(input).success).toBe(true);
  });

  test('keeps every argument, one called __proto__ included', async () => {
    const args = JSON.parse('{"__proto__":{"admin":true},"id":7}');
    const { input } = await stageWith().contextOf({ ...read, ...asked({}, true), args }, signal);
    expect(JSON.stringify(input.action.args)).toBe('{"__proto__":{"admin":true},"id":7}');
  });

  test('neither sees a conversation nor leaves anything in it', async () => {
    const stage = stageWith();
    stage.remember(await stage.contextOf(read, signal), forwarded);
    const simulated = await stage.contextOf({ ...read, ...asked({}, true) }, signal);
    expect(simulated.input.context).toMatchObject({
      identical_calls: 1,
      data_classes_seen: [],
      recent_tools: [],
    });
    stage.remember(simulated, { kind: 'answered' });
    const next = await stage.contextOf(read, signal);
    expect(next.input.context).toMatchObject({ identical_calls: 2, recent_tools: ['crm.read'] });
  });
});
