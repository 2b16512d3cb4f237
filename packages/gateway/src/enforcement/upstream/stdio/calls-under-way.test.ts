import { afterEach, expect, test } from 'vitest';
import { CallDialogue } from '../call-dialogue.ts';
import { given, recordingChannel } from '../testing/recording-channel.ts';
import { NEVER } from '../testing/scripted-http.ts';
import { CallsUnderWay, type Owner } from './calls-under-way.ts';

const dialogues: CallDialogue[] = [];
afterEach(() => {
  for (const dialogue of dialogues.splice(0)) dialogue[Symbol.dispose]();
});

const QUESTION = { kind: 'request', id: 'q', method: 'elicitation/create', params: {}, json: '{}' } as const;
const LOGGED = {
  kind: 'notification',
  method: 'notifications/message',
  params: { level: 'error', data: 'of the first' },
  json: '{}',
} as const;

function open(owner: Owner) {
  const calls = new CallsUnderWay(owner, () => undefined);
  const refused: string[] = [];
  const begin = (id: string, channel: ReturnType<typeof recordingChannel> | undefined) => {
    const request = { id, channel, timeoutMs: 10_000 };
    const ignored = () => undefined;
    const dialogue = new CallDialogue({ request, tell: ignored, announced: ignored, log: ignored }, NEVER);
    dialogues.push(dialogue);
    return calls.begin(id, { dialogue, channel });
  };
  const process = { write: (bytes: Uint8Array) => void refused.push(Buffer.from(bytes).toString()) };
  const ask = (id: string = QUESTION.id) => calls.asked({ ...QUESTION, id }, process, 'session');
  return { calls, begin, ask, refused };
}
const channelOf = () => recordingChannel(() => given({}));
/** A client that never answers. */
const silent = () => recordingChannel(() => new Promise(() => undefined));

test('in a process of one conversation nobody is asked while calls with different ways back are under way', () => {
  const at = open('conversation');
  const [first, second] = [channelOf(), channelOf()];
  at.begin('one', first);
  const ended = at.begin('two', second);
  at.ask();
  expect([...first.questions, ...second.questions]).toEqual([]);
  expect(at.refused).toHaveLength(1);
  ended[Symbol.dispose]();
  at.ask();
  expect(first.questions).toHaveLength(1);
});

test('in a process of one conversation a question reaches the way back that all calls share', () => {
  const at = open('conversation');
  const channel = channelOf();
  at.begin('one', channel);
  at.begin('two', channel);
  at.ask();
  expect(channel.questions).toHaveLength(1);
});

test.each([
  'user',
  'conversation',
] as const)('in a process of one %s a question that nobody answers keeps no other call from asking', (owner) => {
  const at = open(owner);
  const [parked, working] = [silent(), channelOf()];
  at.begin('one', parked);
  at.ask('first');
  at.begin('two', working);
  at.ask('second');
  expect([parked.questions, working.questions].map(({ length }) => length)).toEqual([1, 1]);
  expect(at.refused).toEqual([]);
});

test('in a process of everybody a question is nobody’s while another call waits for its answer', () => {
  const at = open('several');
  const [parked, working] = [silent(), channelOf()];
  at.begin('one', parked);
  at.ask('first');
  at.begin('two', working);
  at.ask('second');
  expect(working.questions).toEqual([]);
  expect(at.refused).toHaveLength(1);
});

test('of a server that was seen to ask twice during one call no call that waits is taken to be silent', () => {
  const at = open('user');
  const [parked, working] = [silent(), channelOf()];
  at.begin('one', parked);
  at.ask('first');
  at.ask('second');
  at.begin('two', working);
  at.ask('third');
  expect(parked.questions).toHaveLength(2);
  expect(working.questions).toEqual([]);
  expect(at.refused).toHaveLength(1);
});

test('a question is nobody’s while all calls wait for answers', () => {
  const at = open('user');
  for (const id of ['one', 'two']) {
    at.begin(id, silent());
    at.ask(id);
  }
  at.ask('third');
  expect(at.refused).toHaveLength(1);
});

test('sixteen calls of a process may wait for answers, and the question of one more is refused', () => {
  const at = open('user');
  const channels = Array.from({ length: 17 }, silent);
  for (const [index, channel] of channels.entries()) {
    at.begin(`call ${index}`, channel);
    at.ask(`question ${index}`);
  }
  expect(channels.map(({ questions }) => questions.length)).toEqual([...Array(16).fill(1), 0]);
  expect(at.refused).toHaveLength(1);
});

test('a server without sessions says its log to a call only where no other is under way', () => {
  const at = open('several');
  const listening = channelOf();
  at.begin('listening', listening);
  const ended = at.begin('silent', undefined);
  at.calls.notified(LOGGED, 'stateless');
  expect(listening.notifications).toEqual([]);
  ended[Symbol.dispose]();
  at.calls.notified(LOGGED, 'stateless');
  expect(listening.notifications).toHaveLength(1);
});
