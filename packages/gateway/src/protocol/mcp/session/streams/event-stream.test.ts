import { createServer } from 'node:http';
import { expect, test, vi } from 'vitest';
import { EventSink } from '../../../http/event-sink.ts';
import { EventStream } from './event-stream.ts';
import { ReplayBudget } from './replay-budget.ts';

/** A stream that was connected and whose client is gone. */
async function abandoned(options: { primes: boolean; bytesMax: number; connectionMsMax?: number }) {
  const budget = new ReplayBudget(options.bytesMax);
  const onEnd = vi.fn<() => void>();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const sink = Promise.withResolvers<EventSink>();
  server.once('request', (_request, response) => sink.resolve(new EventSink(response, [])));
  const asked = fetch(`http://127.0.0.1:${port}/`);
  const stream = new EventStream({ id: '1', resumeMs: 60_000, budget, onEnd, ...options });
  const connected = await sink.promise;
  stream.connect(connected);
  return {
    stream,
    onEnd,
    budget,
    leave: () => stream.disconnected(connected),
    [Symbol.asyncDispose]: async () => {
      stream.end();
      await asked.then((response) => response.body?.cancel()).catch(() => undefined);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test.each([
  'send',
  'finish',
] as const)('what nobody is there for is not kept beyond the budget, on %s', async (what) => {
  await using kept = await abandoned({ primes: true, bytesMax: 10 });
  kept.leave();
  kept.stream[what]('x'.repeat(11));
  expect(kept.onEnd).toHaveBeenCalledOnce();
  expect(kept.budget.bytes).toBe(0);
});

test('a client that left without the id of any event is not waited for', async () => {
  await using left = await abandoned({ primes: false, bytesMax: 1_000 });
  left.leave();
  expect(left.onEnd).toHaveBeenCalledOnce();
});

test('a connection lasts no longer than it may, and the stream can be resumed after it', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    await using bounded = await abandoned({ primes: true, bytesMax: 1_000, connectionMsMax: 5_000 });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(bounded.stream.isConnected).toBe(false);
    expect(bounded.onEnd).not.toHaveBeenCalled();
  } finally {
    vi.useRealTimers();
  }
});
