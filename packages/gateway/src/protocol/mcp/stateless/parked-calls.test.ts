import { Failure, type ServerQuestion } from '@bailiff/contract';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { InterruptibleCall, PARKED_MAX, PARKED_OF_ONE_MAX, ParkedCalls } from './parked-calls.ts';
import { STATE_TTL_MS } from './sealed-state.ts';

const QUESTION: ServerQuestion = { method: 'roots/list', params: {}, json: '{}' };
const NEVER = new AbortController().signal;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a parked call is fetched once, under an id that nobody can guess', () => {
  using parked = new ParkedCalls();
  const call = new InterruptibleCall();
  const id = parked.park(call, 'mara');
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(parked.take(id)).toBe(call);
  expect(parked.take(id)).toBeUndefined();
  expect(parked.park(call, 'mara')).not.toBe(id);
});

test('one principal parks so many calls and no more, and takes no place from others', () => {
  using parked = new ParkedCalls();
  const ids = Array.from({ length: PARKED_OF_ONE_MAX }, () => parked.park(new InterruptibleCall(), 'mara'));
  expect(() => parked.park(new InterruptibleCall(), 'mara')).toThrow(/overloaded/);
  parked.park(new InterruptibleCall(), 'nia');
  parked.take(ids[0] ?? '');
  parked.park(new InterruptibleCall(), 'mara');
});

test('all together park so many calls and no more', () => {
  using parked = new ParkedCalls();
  for (let one = 0; one < PARKED_MAX; one += 1) parked.park(new InterruptibleCall(), `user-${one}`);
  expect(() => parked.park(new InterruptibleCall(), 'mara')).toThrow(/overloaded/);
});

test('a call that nobody comes back for is given up, and its place is free again', async () => {
  using parked = new ParkedCalls();
  const call = new InterruptibleCall();
  const answer = call.ask(QUESTION, NEVER);
  answer.catch(() => undefined);
  const id = parked.park(call, 'mara');
  vi.advanceTimersByTime(STATE_TTL_MS - 1);
  expect(parked.has(id)).toBe(true);
  vi.advanceTimersByTime(1);
  expect(parked.size).toBe(0);
  await expect(answer).rejects.toMatchObject({ code: 'client_gone' });
  expect(call.signal.aborted).toBe(true);
});

test('when the gateway stops, what is parked is given up', () => {
  const call = new InterruptibleCall();
  const parked = new ParkedCalls();
  parked.park(call, 'mara');
  parked[Symbol.dispose]();
  expect(call.signal.aborted).toBe(true);
});

test('questions that come together are asked together, and what was not answered is asked again', async () => {
  const call = new InterruptibleCall();
  using decided = call.decides();
  const first = call.ask(QUESTION, NEVER);
  const turn = call.next();
  await vi.advanceTimersByTimeAsync(1_000);
  const second = call.ask(QUESTION, NEVER);
  decided[Symbol.dispose]();
  await vi.advanceTimersByTimeAsync(1_000);
  expect([...(await questionsOf(turn))]).toEqual(['question_1', 'question_2']);
  call.give({ question_2: { roots: [] }, question_9: {} });
  expect(await second).toEqual({ member: 'result', json: '{"roots":[]}' });
  const next = call.next();
  await vi.advanceTimersByTimeAsync(1_000);
  expect([...(await questionsOf(next))]).toEqual(['question_1']);
  call.give({ question_1: { roots: [1] } });
  expect(await first).toEqual({ member: 'result', json: '{"roots":[1]}' });
});

test('what the call came to is its last turn, and what it threw is thrown', async () => {
  const call = new InterruptibleCall();
  call.run(Promise.resolve({ member: 'result', json: '{}' }));
  expect(await call.next()).toEqual({ kind: 'reply', reply: { member: 'result', json: '{}' } });
  const broken = new InterruptibleCall();
  broken.run(Promise.reject(new Failure('policy_unavailable')));
  await expect(broken.next()).rejects.toMatchObject({ code: 'policy_unavailable' });
});

test('a question ends with whoever waits for its answer', async () => {
  const call = new InterruptibleCall();
  const server = new AbortController();
  const answer = call.ask(QUESTION, server.signal);
  server.abort(new Failure('upstream_timeout'));
  await expect(answer).rejects.toMatchObject({ code: 'upstream_timeout' });
  const client = new AbortController();
  using _attendance = call.attend(client.signal, { notified: () => undefined });
  client.abort(new Failure('client_gone'));
  await expect(call.ask(QUESTION, NEVER)).rejects.toMatchObject({ code: 'client_gone' });
});

async function questionsOf(turn: ReturnType<InterruptibleCall['next']>): Promise<Iterable<string>> {
  const came = await turn;
  return came.kind === 'questions' ? came.questions.keys() : [];
}
