import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, test } from 'vitest';
import { cutWhenStalled } from './stall.ts';

const ANSWER = 'x'.repeat(16 * 1_048_576);

test.each([
  ['stopped reading is cut off', true],
  ['reads slowly gets all of it', false],
])('a client that %s', async (_what, isStalled) => {
  const closed = Promise.withResolvers<boolean>();
  const server = createServer((_request, response) => {
    response.once('close', () => closed.resolve(response.writableFinished));
    response.end(ANSWER);
    cutWhenStalled(response, 150);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  if (isStalled) socket.pause();
  else socket.resume();
  expect(await closed.promise).toBe(!isStalled);
  socket.destroy();
  server.close();
});
