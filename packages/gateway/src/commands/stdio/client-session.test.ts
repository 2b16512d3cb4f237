import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { readClientMessage } from './client-message.ts';
import { type Ask, ClientSession } from './client-session.ts';

const answerOf = (status: number, text: string, headers: Record<string, string> = {}) => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: Readable.from([Buffer.from(text)]) as unknown as IncomingMessage,
});
const EVENT_STREAM = { 'content-type': 'text/event-stream' };
const INITIALIZE = '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}';
const NEVER = new AbortController().signal;

test('announcements are heard again where the gateway no longer knows the last one', async () => {
  const resumed: (string | undefined)[] = [];
  const { promise: heardAgain, resolve } = Promise.withResolvers<void>();
  const ask: Ask = async ({ method, headers }) => {
    if (method === 'POST')
      return answerOf(200, '{"result":{"protocolVersion":"2025-11-25"}}', { 'mcp-session-id': 's' });
    resumed.push(headers['last-event-id']);
    if (resumed.length === 1) return answerOf(200, 'id: 7\ndata: {"n":1}\n\n', EVENT_STREAM);
    if (headers['last-event-id'] !== undefined) return answerOf(400, '{}');
    return answerOf(200, 'data: {"n":2}\n\n', EVENT_STREAM);
  };
  const written: string[] = [];
  const write = async (text: string) => {
    written.push(text);
    if (text === '{"n":2}') resolve();
  };
  const session = new ClientSession({ ask, write, log: () => undefined });
  await session.begin(readClientMessage(Buffer.from(INITIALIZE)), NEVER);
  session.initialized();
  await heardAgain;
  expect(resumed).toEqual([undefined, '7', undefined]);
  await session.end(NEVER);
});
