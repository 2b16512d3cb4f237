import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { verifies } from '../../requirements.ts';
import { CountingUpstream } from './counting-upstream.ts';
import { openDesk } from './desk.ts';
import { GatewayProcess, KEYS } from './gateway-process.ts';
import { until } from './processes.ts';

const upstream = CountingUpstream.ofSuite({ forgets: true });

const REFUSED = { kind: 'failed', status: 503, reasons: ['record_unavailable'] };

async function readiness({ url }: GatewayProcess): Promise<string> {
  return (await fetch(`${url}/readyz`, { headers: { authorization: `Bearer ${KEYS.operator}` } })).text();
}

describe('a record that is taken away while the gateway runs', () => {
  test.each<[string, string, (data: string) => void]>([
    ['the whole data folder is deleted', 'decisions.db', (data) => rmSync(data, { recursive: true })],
    ['the data folder is moved away', 'decisions.db', (data) => renameSync(data, `${data}-moved`)],
    ['the lock is deleted', 'decisions.db.lock', (data) => rmSync(join(data, 'decisions.db.lock'))],
  ])('because %s: no call is forwarded any more, and operators are told the path', async (_what, name, take) => {
    verifies('strict-record');
    await using desk = await openDesk(upstream);
    const { gateway, call } = desk;
    expect((await call()).kind).toBe('done');
    const data = join(gateway.folder, 'data');
    take(data);
    for (let time = 0; time < 5; time += 1) expect(await call()).toMatchObject(REFUSED);
    expect(upstream.calls, 'nothing reached the server after that').toHaveLength(1);
    expect(await gateway.readiness()).toBe(503);
    expect(await readiness(gateway)).toContain(
      `${join(data, name)}: This file was removed, moved or replaced`,
    );
    expect(gateway.said.match(/The record cannot be written/g), 'said once on the console').toHaveLength(1);
  });

  test('is noticed without a call, and putting a folder back does not hide the gap', async () => {
    verifies('strict-record');
    await using desk = await openDesk(upstream);
    const { gateway, call } = desk;
    const data = join(gateway.folder, 'data');
    rmSync(data, { recursive: true });
    await until('it is not ready', async () => (await gateway.readiness()) === 503);
    mkdirSync(data);
    expect(await call()).toMatchObject(REFUSED);
    expect(upstream.calls).toEqual([]);
  });

  test('belongs to whoever starts next: the first gateway forwards nothing beside it', async () => {
    verifies('strict-record', 'matrix-18');
    await using desk = await openDesk(upstream);
    rmSync(join(desk.gateway.folder, 'data'), { recursive: true });
    await using second = await GatewayProcess.start({ upstream: upstream.url, folder: desk.gateway.folder });
    await second.whenReady();
    expect(await desk.call()).toMatchObject(REFUSED);
    expect(upstream.calls).toEqual([]);
  });
});
