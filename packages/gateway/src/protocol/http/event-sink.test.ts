import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { EventSink, UNREAD_BYTES_MAX } from './event-sink.ts';

/** The whole answer of a server that answers so. */
async function answered(answer: (response: ServerResponse) => void): Promise<string> {
  await using server = createServer((_request, response) => answer(response)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return await response.text();
}

test('events come out in the order in which they were sent, whether at once or one after the other', async () => {
  const text = await answered(async (response) => {
    const sink = new EventSink(response, []);
    sink.send('1', { id: 'a' });
    sink.send('2');
    sink.keepAlive();
    await new Promise((resolve) => setImmediate(resolve));
    sink.send('{\n"\u2028":3}');
    sink.end();
    sink.send('4');
  });
  expect(text).toBe('id: a\ndata: 1\n\ndata: 2\n\ndata: { "\\u2028":3}\n\n');
});

test('a reader that leaves too much unread is cut off, also where all of it is sent at once', async () => {
  let sent = 0;
  const cut = answered((response) => {
    const sink = new EventSink(response, []);
    for (; sink.isOpen && sent < 64; sent += 1) sink.send('x'.repeat(UNREAD_BYTES_MAX / 4));
  });
  await expect(cut).rejects.toThrow();
  expect(sent).toBeLessThan(64);
});
