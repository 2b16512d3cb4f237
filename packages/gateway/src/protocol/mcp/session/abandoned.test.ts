import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { until } from '../../../enforcement/testing/until.ts';
import { openReader } from '../testing/event-reader.ts';
import { notification, result, startSpeakingGateway } from '../testing/speaking-server.ts';
import { INITIALIZE } from '../testing/test-gateway.ts';

const MEBIBYTE = 1_048_576;

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

function heapBytes(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

test('ten thousand abandoned sessions are cheap while they last, and leave nothing behind', {
  timeout: 240_000,
}, async () => {
  let now = 0;
  await using gateway = await startSpeakingGateway({
    monotonicMs: () => now,
    limits: { sessionsMax: 10_000, sessionIdleMs: 60_000 },
    principals: Object.fromEntries(agents().map((agent) => [agent, {}])),
  });
  const open = async (count: number) => {
    for (let index = 0; index < count; index += 125) {
      const who = agents()[Math.floor(index / 1_250)] ?? '';
      await Promise.all(Array.from({ length: 125 }, () => gateway.send('crm', { body: INITIALIZE, who })));
    }
    gateway.openings.length = 0;
  };
  await open(500);
  now += 60_001;
  await gateway.open('crm', 'warm');
  const before = heapBytes();
  await open(10_000);
  expect(gateway.sessions).toBe(10_000);
  const each = (heapBytes() - before) / 10_000;
  expect(each, 'bytes of one idle session').toBeLessThan(6_000);
  now += 60_001;
  await gateway.open('crm', 'sweeping');
  await until(() => gateway.sessions < 10_000);
  expect(heapBytes() - before, 'bytes that ten thousand sessions left behind').toBeLessThan(4 * MEBIBYTE);
});

test('streams that nobody came back for leave nothing behind', { timeout: 240_000 }, async () => {
  await using gateway = await startSpeakingGateway({
    limits: { resumeMs: 10 },
    onCall: async (_call, channel) => {
      channel.notified(notification('notifications/message', { level: 'info', data: 'x'.repeat(200_000) }));
      return result({ content: [] });
    },
  });
  const session = await gateway.open('crm');
  const call = (id: number) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'work' } });
  const stream = async (id: number) => {
    const reader = await openReader(gateway, 'crm', { session, body: call(id) });
    await reader.untilOver();
  };
  const forget = () => {
    for (const list of [gateway.calls, gateway.results]) list.length = 0;
  };
  for (let id = 0; id < 20; id += 1) await stream(id);
  forget();
  const before = heapBytes();
  for (let id = 100; id < 300; id += 1) await stream(id);
  forget();
  await until(() => heapBytes() - before < 4 * MEBIBYTE); // 40 MB were sent
});

/** One holds an eighth of all sessions. */
function agents(): string[] {
  return ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
}
