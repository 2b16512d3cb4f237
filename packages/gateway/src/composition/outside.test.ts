import type { Configuration } from '@bailiff/contract';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { until } from '../enforcement/testing/until.ts';
import { upstreamsOf } from './outside.ts';

test('a server that never answers is given up by the configured time-out, and the operator reads why', async () => {
  const lines: { level: number; msg: string }[] = [];
  const logger = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const mute = {
    transport: 'stdio',
    command: 'node',
    args: ['-e', 'console.error("no database"); setInterval(() => {}, 1000);'],
    env: {},
    protocol: 'auto',
  };
  const configuration = {
    servers: { mute },
    limits: { result_bytes: 1_000, sessions: 1, upstream_timeout_ms: 1_500 },
    data_dir: process.cwd(),
  } as unknown as Configuration; // as much as servers need
  await using upstreams = upstreamsOf(configuration, logger);
  const startedMs = performance.now();
  const described = upstreams.byName.get('mute')?.describe(new AbortController().signal);
  await expect(described).rejects.toMatchObject({ code: 'upstream_timeout' });
  expect(performance.now() - startedMs, 'not the 30 s that are the longest').toBeLessThan(20_000);
  await until(() => lines.some(({ msg }) => msg.includes('It said last: no database')));
  expect(lines).toContainEqual(expect.objectContaining({ level: 30, msg: 'no database' }));
  expect(lines).toContainEqual(
    expect.objectContaining({ level: 40, msg: 'The server did not answer initialize within 1500 ms.' }),
  );
});
