import { describe, expect, test } from 'vitest';
import { type BegunCall, createConversations, type EndedCall } from './conversations.ts';

const MARA = { agentId: 'support-bot', userId: 'mara', issuer: 'https://issuer.example', conversation: '' };
const LEE = { ...MARA, userId: 'lee' };
const LIMITS = { idle_seconds: 1_800, max: 80, turn_gap_seconds: 30 };

/** Conversations with a clock that only the test moves. */
function opened(limits: Partial<typeof LIMITS> = {}) {
  let nowMs = 1_795_355_100_000;
  const conversations = createConversations({
    limits: { ...LIMITS, ...limits },
    clock: () => nowMs,
    secret: Buffer.alloc(32, 7),
  });
  const whose = { principal: MARA, conversationKey: '', label: 'support-bot' };
  return {
    conversations,
    pass: (seconds: number) => {
      nowMs += seconds * 1_000;
    },
    begin: (call: Partial<BegunCall> = {}) =>
      conversations.begin({ ...whose, type: 'tool_call', digest: 'same', tokens: 10, ...call }),
    end: (call: Partial<EndedCall> = {}) =>
      conversations.end({
        ...whose,
        type: 'tool_call',
        tool: 'crm.read',
        carriedOut: true,
        witnessed: true,
        tokens: 0,
        returns: [],
        ...call,
      }),
    view: (principal = MARA, conversationKey = '') =>
      conversations.view({ principal, conversationKey, label: 'support-bot' }),
  };
}

describe('within one conversation', () => {
  test('the first call is turn one, the first in a row and the first of its kind', () => {
    expect(opened().begin()).toEqual({
      conversation_id: expect.stringMatching(/^support-bot-[0-9a-f]{16}$/),
      turn_count: 1,
      cumulative_tokens: 10,
      tokens_source: 'estimated',
      session_age_seconds: 0,
      tool_calls_in_a_row: 1,
      identical_calls: 1,
      recent_tools: [],
      data_classes_seen: [],
    });
  });

  test('calls that are under way at once each count', () => {
    const { begin } = opened();
    expect([begin(), begin(), begin()].map((context) => context.tool_calls_in_a_row)).toEqual([1, 2, 3]);
    expect(begin().identical_calls).toBe(4);
  });

  test('only the same call counts as identical', () => {
    const { begin } = opened();
    begin({ digest: 'a' });
    begin({ digest: 'b' });
    expect(begin({ digest: 'a' }).identical_calls).toBe(2);
    expect(begin({ digest: 'c' }).identical_calls).toBe(1);
  });

  test('another action ends a row once it was carried out, and not when it was refused', () => {
    const { begin, end } = opened();
    begin();
    begin();
    expect(begin({ type: 'resource_read' }).tool_calls_in_a_row).toBe(2);
    end({ type: 'resource_read', carriedOut: false });
    expect(begin().tool_calls_in_a_row).toBe(3);
    end({ type: 'resource_read', tool: '' });
    expect(begin().tool_calls_in_a_row).toBe(1);
  });

  test('another action that its caller only claims ends no row, and claimed tool calls lengthen it', () => {
    const { begin, end } = opened();
    begin();
    begin({ type: 'model_call' });
    end({ type: 'model_call', tool: '', witnessed: false });
    end({ type: 'resource_read', tool: '', witnessed: false });
    expect(begin()).toMatchObject({ tool_calls_in_a_row: 2, recent_tools: [] });
    end({ witnessed: false });
    expect(begin()).toMatchObject({ tool_calls_in_a_row: 3, recent_tools: ['crm.read'] });
  });

  test('a task counts as the tool call that it is', () => {
    const { begin, end } = opened();
    begin();
    expect(begin({ type: 'task' }).tool_calls_in_a_row).toBe(2);
    end({ type: 'task' });
    expect(begin()).toMatchObject({ tool_calls_in_a_row: 3, recent_tools: ['crm.read'] });
  });

  test('a pause begins a turn and ends a row, and repetitions are still counted', () => {
    const { begin, pass } = opened();
    begin();
    pass(29.999);
    expect(begin()).toMatchObject({ turn_count: 1, tool_calls_in_a_row: 2 });
    pass(30);
    expect(begin()).toMatchObject({ turn_count: 2, tool_calls_in_a_row: 1, identical_calls: 3 });
  });

  test('a slow call is no pause', () => {
    const { begin, end, pass } = opened();
    begin();
    pass(60);
    end();
    pass(1);
    expect(begin()).toMatchObject({ turn_count: 1, tool_calls_in_a_row: 2 });
  });

  test('where model calls begin the turns, pauses do not', () => {
    const { begin, pass } = opened();
    expect(begin({ type: 'model_call' }).turn_count).toBe(1);
    begin();
    pass(100);
    expect(begin()).toMatchObject({ turn_count: 1, tool_calls_in_a_row: 2 });
    expect(begin({ type: 'model_call' }).turn_count).toBe(2);
  });

  test('tokens of requests and answers add up, and the age is counted from the first call', () => {
    const { begin, end, pass } = opened();
    begin({ tokens: 100 });
    end({ tokens: 1_000 });
    pass(142.9);
    expect(begin({ tokens: 5 })).toMatchObject({ cumulative_tokens: 1_105, session_age_seconds: 142 });
  });

  test('only tools whose call was carried out are recent, the latest 32, oldest first', () => {
    const { begin, end } = opened();
    end({ tool: 'crm.refused', carriedOut: false });
    for (let call = 0; call < 40; call += 1) end({ tool: `crm.tool${call}` });
    const { recent_tools: recent } = begin();
    expect(recent).toHaveLength(32);
    expect([recent[0], recent.at(-1)]).toEqual(['crm.tool8', 'crm.tool39']);
  });

  test('classes that an answer holds are seen by later calls', () => {
    const { begin, end } = opened();
    end({ returns: ['internal', 'customer_data'] });
    expect(begin().data_classes_seen).toEqual(['customer_data', 'internal']);
  });

  test('a list counts nothing', () => {
    const { begin, view } = opened();
    for (let list = 0; list < 5; list += 1) view();
    expect(begin()).toMatchObject({ turn_count: 1, tool_calls_in_a_row: 1, identical_calls: 1 });
    expect(view()).toMatchObject({ turn_count: 1, tool_calls_in_a_row: 1, cumulative_tokens: 10 });
  });

  test('nothing is left of a conversation that was idle', () => {
    const { begin, end, pass } = opened();
    const before = begin();
    end({ returns: ['customer_data'] });
    pass(1_800);
    const after = begin();
    expect(after).toMatchObject({
      turn_count: 1,
      identical_calls: 1,
      recent_tools: [],
      data_classes_seen: [],
    });
    expect(after.conversation_id).not.toBe(before.conversation_id);
  });

  test('a clock that is set back forgets nothing and counts no negative age', () => {
    const { begin, pass } = opened();
    begin();
    pass(-3_600);
    expect(begin()).toMatchObject({ identical_calls: 2, tool_calls_in_a_row: 2, session_age_seconds: 0 });
  });
});

describe('whose conversation it is', () => {
  test('a session that the client names is a conversation of its own, with the same id at every call', () => {
    const { begin } = opened();
    const one = begin({ conversationKey: 'one' });
    const other = begin({ conversationKey: 'two' });
    expect(begin({ conversationKey: 'one' }).conversation_id).toBe(one.conversation_id);
    expect(other.conversation_id).not.toBe(one.conversation_id);
    expect(other).toMatchObject({ turn_count: 1, session_age_seconds: 0, recent_tools: [] });
  });

  test('a conversation that the credential names is the same in every session of the client', () => {
    const { begin } = opened();
    const principal = { ...MARA, conversation: 'c-81' };
    begin({ principal, conversationKey: 'one', label: 'c-81' });
    const second = begin({ principal, conversationKey: 'two', label: 'c-81' });
    expect(second).toMatchObject({ tool_calls_in_a_row: 2, cumulative_tokens: 20 });
    expect(second.conversation_id).toMatch(/^c-81-[0-9a-f]{16}$/);
  });

  test('a client cannot name the conversation that a credential names', () => {
    const { begin } = opened();
    begin({ principal: { ...MARA, conversation: 'c-81' } });
    expect(begin({ conversationKey: 'c-81', digest: 'other' })).toMatchObject({ tool_calls_in_a_row: 1 });
  });

  test.each([
    ['user', LEE],
    ['agent', { ...MARA, agentId: 'sales-bot' }],
    ['issuer', { ...MARA, issuer: 'https://other.example' }],
  ])('another %s has another conversation under the same name, and another id', (_what, principal) => {
    const { begin, end } = opened();
    const own = begin({ conversationKey: 'c-1' });
    end({ conversationKey: 'c-1', returns: ['customer_data'] });
    const foreign = begin({ conversationKey: 'c-1', principal });
    expect(foreign).toMatchObject({ tool_calls_in_a_row: 1, identical_calls: 1, data_classes_seen: [] });
    expect(foreign.conversation_id).not.toBe(own.conversation_id);
  });

  test('names whose parts run together stay apart', () => {
    const { begin } = opened();
    begin({ principal: { ...MARA, agentId: 'a","b', userId: 'c' } });
    expect(begin({ principal: { ...MARA, agentId: 'a', userId: 'b","c' } }).tool_calls_in_a_row).toBe(1);
  });

  test('an id cannot be worked out without the secret', () => {
    const idWith = (secret: Uint8Array) =>
      createConversations({ limits: LIMITS, clock: () => 0, secret }).view({
        principal: MARA,
        conversationKey: 'c-1',
        label: 'c-1',
      }).conversation_id;
    expect(idWith(Buffer.alloc(32, 1))).toBe(idWith(Buffer.alloc(32, 1)));
    expect(idWith(Buffer.alloc(32, 1))).not.toBe(idWith(Buffer.alloc(32, 2)));
  });
});

describe('a client that opens new conversations', () => {
  test('does not shed its counts by reconnecting before each call', () => {
    const { begin, pass } = opened();
    const contexts = Array.from({ length: 50 }, (_, call) => {
      pass(1);
      return begin({ conversationKey: `session-${call}` });
    });
    expect(contexts.map((context) => context.tool_calls_in_a_row)).toEqual(
      contexts.map((_, index) => index + 1),
    );
    expect(contexts.at(-1)).toMatchObject({ identical_calls: 50, turn_count: 1 });
  });

  test('does not shed the tokens of requests and answers by reconnecting before each call', () => {
    const { begin, end, pass } = opened();
    for (let call = 0; call < 50; call += 1) {
      pass(1);
      begin({ conversationKey: `session-${call}`, tokens: 10 });
      end({ conversationKey: `session-${call}`, tokens: 90 });
    }
    expect(begin({ conversationKey: 'last', tokens: 1 })).toMatchObject({ cumulative_tokens: 5_001 });
    pass(30);
    expect(begin({ conversationKey: 'later', tokens: 1 })).toMatchObject({ cumulative_tokens: 1 });
  });

  test('begins with no tokens of a conversation that the credential names', () => {
    const { begin } = opened();
    begin({ principal: { ...MARA, conversation: 'c-1' }, tokens: 1_000 });
    expect(begin({ principal: { ...MARA, conversation: 'c-2' }, tokens: 1 }).cumulative_tokens).toBe(1);
  });

  test('is held to a lower count that was reached lately, where a higher one is long past', () => {
    const { begin, pass } = opened();
    for (let call = 0; call < 2; call += 1) begin({ conversationKey: 'short', tokens: 100 });
    for (let call = 0; call < 5; call += 1) begin({ conversationKey: 'long', tokens: 1_000 });
    pass(20);
    begin({ conversationKey: 'short', tokens: 100 });
    pass(20);
    expect(begin({ conversationKey: 'next', tokens: 1 })).toMatchObject({
      tool_calls_in_a_row: 4,
      cumulative_tokens: 301,
    });
  });

  test('does not shed its counts by listing in new sessions first', () => {
    const { begin, view } = opened();
    for (let session = 0; session < 10; session += 1) view(MARA, `session-${session}`);
    for (let session = 0; session < 10; session += 1) begin({ conversationKey: `session-${session}` });
    expect(begin({ conversationKey: 'session-10' })).toMatchObject({
      tool_calls_in_a_row: 11,
      identical_calls: 11,
    });
  });

  test('makes at most n(n + 1)/2 calls with a limit of n, however many it opens first', () => {
    const { begin } = opened({ max: 8_000 });
    const limit = 25;
    const isAllowed = (conversationKey: string) => begin({ conversationKey }).tool_calls_in_a_row <= limit;
    const sessions = Array.from({ length: 200 }, (_, session) => `${session}`);
    // The best there is: open as many as the limit lets, then use each of them up.
    const open = sessions.filter(isAllowed);
    let allowed = open.length;
    for (const session of open) while (isAllowed(session)) allowed += 1;
    expect(open).toHaveLength(limit);
    expect(allowed).toBeLessThanOrEqual((limit * (limit + 1)) / 2);
    expect(sessions.map((session) => `later-${session}`).filter(isAllowed)).toEqual([]);
  });

  test('gains by a pause what a pause gains within one conversation', () => {
    const { begin, pass } = opened();
    begin({ conversationKey: 'one' });
    pass(30);
    expect(begin({ conversationKey: 'two' })).toMatchObject({ tool_calls_in_a_row: 1, identical_calls: 1 });
  });

  test('has still seen what it was shown in another session, until that is idle', () => {
    const { begin, end, pass } = opened();
    end({ conversationKey: 'crm-session', returns: ['customer_data'] });
    pass(600);
    expect(begin({ conversationKey: 'filesystem-session' }).data_classes_seen).toEqual(['customer_data']);
    pass(1_200);
    expect(begin({ conversationKey: 'later-session' }).data_classes_seen).toEqual([]);
  });

  test('does not make other conversations of the same principal remember more than was shown', () => {
    const { begin, end } = opened();
    end({ principal: { ...MARA, conversation: 'c-1' }, returns: ['customer_data'] });
    expect(begin({ principal: { ...MARA, conversation: 'c-2' } }).data_classes_seen).toEqual([]);
  });

  test('loses only its own conversations, and its row outlives them', () => {
    const { begin, conversations } = opened({ max: 80 });
    begin({ principal: LEE, conversationKey: 'lee' });
    begin({ principal: LEE, conversationKey: 'lee' });
    for (let session = 0; session < 1_000; session += 1) begin({ conversationKey: `${session}` });
    expect(conversations.size()).toBe(11);
    expect(begin({ principal: LEE, conversationKey: 'lee' })).toMatchObject({
      tool_calls_in_a_row: 3,
      cumulative_tokens: 30,
    });
    expect(begin({ conversationKey: '0' }).tool_calls_in_a_row).toBe(1_001);
  });
});

test('no more conversations are kept than configured, and the principal silent for longest gives one up', () => {
  const { begin, conversations } = opened({ max: 40 });
  for (let user = 0; user < 200; user += 1) {
    begin({ principal: { ...MARA, userId: `user-${user}` } });
    begin({ principal: LEE });
  }
  expect(conversations.size()).toBe(40);
  expect(begin({ principal: LEE }).tool_calls_in_a_row).toBe(201);
  expect(begin({ principal: { ...MARA, userId: 'user-0' } }).tool_calls_in_a_row).toBe(1);
});

test('calls without end that all differ make no repeated one forgotten, in its own session or another', () => {
  const { begin } = opened();
  const repeat = (conversationKey = 'one') =>
    begin({ type: 'resource_read', digest: 'again', conversationKey }).identical_calls;
  for (let call = 0; call < 6; call += 1) repeat();
  for (let call = 0; call < 1_000; call += 1)
    begin({ type: 'resource_read', digest: `${call}`, conversationKey: 'one' });
  expect(repeat()).toBe(7);
  expect(repeat('two')).toBe(8);
});

test('repeated calls make one forgotten only that was made less often than they', () => {
  const { begin } = opened();
  const make = (digest: string, times: number) => {
    for (let time = 0; time < times; time += 1) begin({ digest });
  };
  make('often', 5);
  for (let call = 0; call < 200; call += 1) make(`${call}`, 4);
  expect(begin({ digest: 'often' }).identical_calls).toBe(6);
  expect(begin({ digest: '199' }).identical_calls).toBe(5);
  expect(begin({ digest: '0' }).identical_calls).toBe(1);
});

test('a call is counted from its second time on, however often others were made before', () => {
  const { begin } = opened();
  for (let call = 0; call < 200; call += 1) begin({ digest: `${call % 40}` });
  for (let call = 0; call < 100; call += 1) begin({ digest: `${call}-fresh` });
  const counts = [1, 2, 3, 4].map(() => begin({ digest: 'late' }).identical_calls);
  expect(counts).toEqual([1, 2, 3, 4]);
});

test('calls without end that all differ take bounded room', () => {
  const { begin } = opened();
  for (let call = 0; call < 10_000; call += 1) begin({ digest: `${call}` });
  expect(begin({ digest: '9999' }).identical_calls).toBe(2);
  expect(begin({ digest: '0' }).identical_calls).toBe(1);
});
