import { expect, test } from 'vitest';
import { ONLY_SIDECAR } from '../test-engine.ts';
import { CountingUpstream } from './counting-upstream.ts';
import { GatewayProcess, KEYS } from './gateway-process.ts';
import { McpClient, type Told } from './mcp-client.ts';
import { until } from './processes.ts';
import { expectPromisesKept, readRecord, witnessOf } from './record.ts';

/** More than OPA serves within the deadline on any machine of today. */
const CLIENTS = 150;
const CALLS = 10;
const DEADLINE_MS = 60;

/** Lines about refusals that a log may hold of one such storm: some reasons, told when they begin and when they end. */
const LINES_MAX = 20;

test(
  'more clients than can be decided for in time are turned away early, in few lines of log',
  ONLY_SIDECAR,
  async () => {
    await using upstream = await CountingUpstream.open();
    const configuration = { engine: { deadline_ms: DEADLINE_MS } };
    await using gateway = await GatewayProcess.start({ upstream: upstream.url, configuration });
    upstream.witness = witnessOf(gateway.record);
    await gateway.whenReady();
    let client: McpClient | undefined;
    await until('a session is open', async () => {
      client = await McpClient.open(gateway.url, { key: KEYS.clerk }).catch(() => undefined);
      return client !== undefined;
    });
    const told: Told[] = [];
    const insist = async (name: number) => {
      for (let call = 0; call < CALLS; call += 1) {
        const answer = await client?.call('lookup', { name, call });
        if (answer !== undefined) told.push(answer);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, (_, name) => insist(name)));

    const reasons = Object.groupBy(told, ({ reasons: [first = 'done'] }) => first);
    const count = (reason: string) => reasons[reason]?.length ?? 0;
    expect(told).toHaveLength(CLIENTS * CALLS);
    expect(count('overloaded'), 'some could not be served').toBeGreaterThan(0);
    expect(count('done'), 'others are served all the same').toBeGreaterThan(CALLS);
    expect(count('evaluation_timeout'), 'few are begun in vain').toBeLessThan(count('overloaded') / 2);
    const lines = gateway.said.split('\n').filter((line) => line.includes('policy could not be evaluated'));
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThan(LINES_MAX);
    expect(lines.join(), 'no stack of what is expected').not.toContain('stack');
    await until('every decision is closed', () => {
      const { decisions, outcomes } = readRecord(gateway.record);
      return outcomes.size === decisions.size;
    });
    expectPromisesKept(readRecord(gateway.record), upstream, told);
  },
);
