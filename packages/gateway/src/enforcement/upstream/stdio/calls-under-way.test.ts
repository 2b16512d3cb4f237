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
  const ask = () => calls.asked(QUESTION, process, 'session');
  return { calls, begin, ask, refused };
}
const channelOf = () => recordingChannel(() => given({}));

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
