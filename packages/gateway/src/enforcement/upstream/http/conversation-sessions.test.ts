import type { ClientCapabilities } from '@bailiff/contract';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { toolCall } from '../../testing/calls.ts';
import { NEVER } from '../testing/scripted-http.ts';
import { ConversationSessions } from './conversation-sessions.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const { principal } = toolCall('any');
const conversation = (key: string) => ({ key, capabilities: {}, principal });

function open(max = 10) {
  const closed: string[] = [];
  const busy = new Set<string>();
  const sessions = new ConversationSessions<{ readonly of: string }>({
    max,
    open: async (opened) => ({ of: opened?.key ?? 'own' }),
    isInUse: ({ of }) => busy.has(of),
    close: ({ of }) => void closed.push(of),
  });
  return { sessions, closed, busy };
}

test('a session that nobody uses for an hour ends, one with work under way and the gateway’s own stay', async () => {
  const { sessions, closed, busy } = open();
  for (const one of [undefined, conversation('idle'), conversation('busy')]) await sessions.get(one, NEVER);
  busy.add('busy');
  await vi.advanceTimersByTimeAsync(3_500_000);
  await sessions.get(conversation('used'), NEVER);
  await vi.advanceTimersByTimeAsync(200_000);
  expect(closed).toStrictEqual(['idle']);
  sessions[Symbol.dispose]();
  await vi.advanceTimersByTimeAsync(0);
  expect(closed.toSorted()).toStrictEqual(['busy', 'idle', 'own', 'used']);
});

test('the session that was unused for longest gives way to a new one', async () => {
  const { sessions, closed } = open(2);
  for (const key of ['one', 'two', 'one', 'three']) await sessions.get(conversation(key), NEVER);
  await vi.advanceTimersByTimeAsync(0);
  expect(closed).toStrictEqual(['two']);
  sessions[Symbol.dispose]();
});

test('a session with work under way gives way to none, and where all have it no other is opened', async () => {
  const { sessions, closed, busy } = open(2);
  busy.add('one');
  for (const key of ['one', 'two', 'three']) await sessions.get(conversation(key), NEVER);
  await vi.advanceTimersByTimeAsync(0);
  expect(closed).toStrictEqual(['two']);
  busy.add('three');
  await expect(sessions.get(conversation('four'), NEVER)).rejects.toMatchObject({ code: 'overloaded' });
  expect(await sessions.get(conversation('one'), NEVER)).toStrictEqual({ of: 'one' });
  expect(await sessions.get(undefined, NEVER)).toStrictEqual({ of: 'own' });
  sessions[Symbol.dispose]();
});

test('however a client writes what it can do, it is one session for each thing that it can', async () => {
  const { sessions } = open();
  const sessionOf = (capabilities: ClientCapabilities) =>
    sessions.get({ ...conversation('one'), capabilities }, NEVER);
  const plain = await sessionOf({ elicitation: { form: {} } });
  expect(await sessionOf({ elicitation: { form: { note: 'else' }, other: 1 } })).toBe(plain);
  expect(await sessionOf({ elicitation: { form: {}, url: {} } })).not.toBe(plain);
  expect(await sessionOf({})).not.toBe(plain);
  sessions[Symbol.dispose]();
});
