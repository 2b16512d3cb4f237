import type { ServerReply } from '@bailiff/contract';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CallDialogue } from './call-dialogue.ts';
import { given, recordingChannel } from './testing/recording-channel.ts';
import { NEVER } from './testing/scripted-http.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const QUESTION = { kind: 'request', method: 'roots/list', params: {}, json: '{}' } as const;

function open(answer: () => Promise<ServerReply>, channel = recordingChannel(answer)) {
  const told: string[] = [];
  const options = {
    request: { id: 'call-1', channel, timeoutMs: 1_000 },
    tell: (bytes: Uint8Array) => void told.push(Buffer.from(bytes).toString()),
    announced: () => undefined,
    log: () => undefined,
  };
  return { told, channel, dialogue: new CallDialogue(options, NEVER) };
}

test('a call’s time stands still while the client is asked, and goes on when the last question is answered', async () => {
  const answers: ((reply: ServerReply) => void)[] = [];
  const { dialogue, told } = open(() => new Promise((resolve) => answers.push(resolve)));
  await vi.advanceTimersByTimeAsync(600);
  dialogue.asked({ ...QUESTION, id: 1 });
  await vi.advanceTimersByTimeAsync(5_000);
  dialogue.asked({ ...QUESTION, id: 2 });
  answers[0]?.(given({ roots: [] }));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(dialogue.signal.aborted).toBe(false);
  answers[1]?.(given({ roots: [] }));
  await vi.advanceTimersByTimeAsync(399);
  expect(dialogue.signal.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(2);
  expect(dialogue.signal.reason).toMatchObject({ code: 'upstream_timeout' });
  expect(told).toStrictEqual([1, 2].map((id) => `{"jsonrpc":"2.0","id":${id},"result":{"roots":[]}}`));
});

test('a client that does not answer within five minutes is waited for no longer, and the server is told', async () => {
  const { dialogue, told, channel } = open(() => Promise.reject(new Error('unused')), {
    ...recordingChannel(() => given({})),
    asked: (_question, signal) =>
      new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
      ),
  });
  dialogue.asked({ ...QUESTION, id: 'q' });
  await vi.advanceTimersByTimeAsync(299_999);
  expect(told).toStrictEqual([]);
  await vi.advanceTimersByTimeAsync(2);
  expect(JSON.parse(told[0] ?? '')).toMatchObject({ id: 'q', error: { code: -32_603 } });
  expect(dialogue.signal.aborted).toBe(false);
  expect(channel.questions).toStrictEqual([]);
});

test('nothing passes in either direction once the call is over', async () => {
  let answer: (reply: ServerReply) => void = () => undefined;
  const { dialogue, told, channel } = open(() => new Promise((resolve) => (answer = resolve)));
  dialogue.asked({ ...QUESTION, id: 1 });
  dialogue[Symbol.dispose]();
  answer(given({ roots: [] }));
  await vi.advanceTimersByTimeAsync(0);
  dialogue.asked({ ...QUESTION, id: 2 });
  const params = { progressToken: 'call-1', progress: 1 };
  dialogue.notified({ kind: 'notification', method: 'notifications/progress', params, json: '' });
  expect(told).toStrictEqual([]);
  expect(channel.questions).toHaveLength(1);
  expect(channel.notifications).toStrictEqual([]);
});

test.each([
  ['a name twice', '{"a":{"message":"No?","message":"Yes?"}}'],
  ['a name twice, once escaped', '{"message":"No?","messag\\u0065":"Yes?"}'],
  ['names of another case', '{"a":[{"Message":"No?","message":"Yes?"}]}'],
  ['names of another form', '{"\uff4dessage":"No?","message":"Yes?"}'],
  ['too many levels', `{"a":${'['.repeat(64)}${']'.repeat(64)}}`],
])('a question with %s is refused to the server, and nobody is asked', async (_what, json) => {
  const { dialogue, told, channel } = open(async () => given({}));
  dialogue.asked({ ...QUESTION, id: 1, params: JSON.parse(json), json });
  await vi.advanceTimersByTimeAsync(0);
  expect(JSON.parse(told[0] ?? '')).toMatchObject({ id: 1, error: { code: -32_602 } });
  expect(channel.questions).toStrictEqual([]);
});

test('the text of a question is what was read of it, written anew', async () => {
  const { dialogue, channel } = open(async () => given({}));
  const json = '{ "message" : "Wh\\u006f?", "n": 1.0 }';
  dialogue.asked({ ...QUESTION, id: 1, params: JSON.parse(json), json });
  expect(channel.questions).toStrictEqual([
    { method: 'roots/list', params: { message: 'Who?', n: 1 }, json: '{"message":"Who?","n":1}' },
  ]);
});
