import { type Call, type Failure, type GivenFacts, Input } from '@bailiff/contract';
import { describe, expect, test } from 'vitest';
import { forwarded, modelCall, read, signal, stageWith } from './testing/support-call.ts';

const asked = (input: GivenFacts['input'], simulated = false): Partial<Call> => ({
  session: { ...read.session, protocol: 'decision_api/v1' },
  given: { simulated, trusted: false, input },
});

describe('a call that the decision API asks about', () => {
  test.each([
    ['an agent that decides for itself alone', false, 3],
    ['a caller that may decide for others', true, 1],
  ])('ends a row of tool calls only on the word of who is trusted: %s', async (_who, trusted, expected) => {
    const stage = stageWith();
    const apiCall = { ...asked({}), given: { simulated: false, trusted, input: {} } };
    for (let call = 0; call < 2; call += 1) await stage.contextOf(read, signal);
    stage.remember(await stage.contextOf({ ...modelCall, ...apiCall }, signal), { kind: 'answered' });
    expect((await stage.contextOf(read, signal)).input.context.tool_calls_in_a_row).toBe(expected);
  });

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

  test('never forgets a tool that the gateway saw, whatever its caller reports', async () => {
    const stage = stageWith();
    const reporting = (...recent_tools: string[]) =>
      stage.contextOf({ ...read, ...asked({ context: { recent_tools } }) }, signal);
    stage.remember(await stage.contextOf(read, signal), forwarded);
    expect((await reporting()).input.context.recent_tools).toEqual(['crm.read']);
    expect((await reporting('kb.search')).input.context.recent_tools).toEqual(['crm.read', 'kb.search']);
    const many = Array.from({ length: 32 }, (_, place) => `kb.t${place}`);
    expect((await reporting(...many)).input.context.recent_tools).toEqual(['crm.read', ...many.slice(1)]);
    for (let call = 0; call < 40; call += 1) stage.remember(await stage.contextOf(read, signal), forwarded);
    expect(new Set((await reporting('kb.search')).input.context.recent_tools)).toEqual(new Set(['crm.read']));
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
