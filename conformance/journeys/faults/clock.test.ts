import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { verifies } from '../../requirements.ts';
import { CountingUpstream } from './counting-upstream.ts';
import { openDeskAt } from './desk.ts';
import { FRONTS } from './front.ts';
import { expectChainHolds, expectPromisesKept, readRecord, witnessOf } from './record.ts';

const CLOCK = fileURLToPath(new URL('clock.mjs', import.meta.url));
const HOUR_MS = 3_600_000;

/** The command with a wall clock that the file sets. */
const withClock = ([node = '', ...args]: readonly string[], folder: string) => [
  ...['env', `CLOCK_FILE=${join(folder, 'clock')}`, node, '--import', CLOCK],
  ...args,
];

test.each(
  FRONTS,
)('a clock that jumps by hours keeps no call over %s waiting, and changes no order in the record', async (front) => {
  verifies('matrix-14');
  await using upstream = await CountingUpstream.open();
  await using desk = await openDeskAt(front, upstream, { through: withClock });
  const { gateway, told, call } = desk;
  upstream.witness = witnessOf(gateway.record);
  const offsets = [0, HOUR_MS, -HOUR_MS, 0];
  for (const offset of offsets) {
    writeFileSync(join(gateway.folder, 'clock'), String(offset));
    for (let time = 0; time < 3; time += 1) expect((await call()).kind).toBe('done');
    expect(await gateway.readiness()).toBe(200);
  }
  await desk.closed();
  await gateway.stop();
  const record = readRecord(gateway.record);
  expectPromisesKept(record, upstream, told);
  expect(upstream.calls).toHaveLength(desk.done());
  await expectChainHolds(gateway.record);
  const calls = [...record.decisions.values()].filter(({ forward }) => forward !== null);
  expect(
    calls.map(({ decision_id }) => decision_id),
    'in the order in which they were made',
  ).toEqual(upstream.calls.map(({ id }) => id));
  const hours = calls.map(({ at }) => Math.round((Date.parse(at) - Date.now()) / HOUR_MS) + 0);
  expect(hours, 'in the hours that the clock said').toEqual([0, 0, 0, 1, 1, 1, -1, -1, -1, 0, 0, 0]);
});
