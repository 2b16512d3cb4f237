import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { opaExecutable } from '../../../packages/gateway/src/decision/testing/opa.ts';
import { buildRelease } from '../../../packages/gateway/src/distribution/build-release.ts';
import { KERNEL } from '../../kernel-files.ts';
import { verifies } from '../../requirements.ts';
import { CountingUpstream } from './counting-upstream.ts';
import { openDesk, PATIENT } from './desk.ts';
import { bundleOf, ExternalOpa, freePort } from './external-opa.ts';
import { type GatewayOptions, GatewayProcess, KEYS, POLICY, temporaryFolder } from './gateway-process.ts';
import { McpClient, type Told } from './mcp-client.ts';
import { isRunning, until } from './processes.ts';
import { expectChainHolds, expectPromisesKept, readRecord, witnessOf } from './record.ts';

/** How often a gateway is killed; 1,000 with BAILIFF_KILLS=1000. */
const KILLS = Number(process.env.BAILIFF_KILLS ?? 100);
/** Gateways that live one after the other on one store. */
const LIVES_PER_STORE = 25;
/** Stores that are written and killed side by side: as many as the smallest machine has processors. */
const LANES = 2;
/** A gateway lives this long after its first or its sixtieth answer, at random; every tenth is killed while it starts. */
const LIFE_MS_MAX = 300;
const START_MS_MAX = 1_500;
const CALLERS = 16;

/** One OPA for all lives, with the release that every one of them builds anew: the same sources are the same release. */
async function openSharedOpa(folder: string) {
  const { release } = await buildRelease({ directory: POLICY, kernel: KERNEL, opa: opaExecutable() });
  const bundle = join(folder, 'release.tar.gz');
  await writeFile(bundle, release.bundle);
  const port = await freePort();
  const opa = await ExternalOpa.start(port, bundleOf(bundle));
  await until('OPA has the release', () => opa.hasBundle());
  return { opa, engine: { ...PATIENT, url: `http://127.0.0.1:${port}` } };
}

/** A gateway under load until it is killed; gives what its clients were told before. */
async function liveAndDie(options: GatewayOptions): Promise<Told[]> {
  const gateway = await GatewayProcess.start(options);
  await gateway.whenReady();
  const client = await McpClient.open(gateway.url, { key: KEYS.clerk });
  const told: Told[] = [];
  const gone = new AbortController();
  let number = 0;
  const callers = Array.from({ length: CALLERS }, async () => {
    while (!gone.signal.aborted) {
      number += 1;
      const args = { number, rows: number % 7 === 0 ? 500 : 5 };
      const answer = await client.call('lookup', args).catch(() => undefined);
      if (answer !== undefined) told.push(answer);
    }
  });
  const answered = Math.random() < 0.5 ? 1 : 60;
  await until('calls are answered', () => told.length >= answered);
  await delay(Math.random() * LIFE_MS_MAX);
  gone.abort();
  await gateway.kill();
  await Promise.all(callers);
  return told;
}

/** One that ended by itself a moment before is as dead as it should be. */
function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
  }
}

async function dieAtStart(options: GatewayOptions): Promise<void> {
  const onSpawn = (pid: number) => setTimeout(() => killIfAlive(pid), Math.random() * START_MS_MAX);
  const gateway = await GatewayProcess.start({ ...options, onSpawn }).catch(() => undefined);
  await gateway?.kill();
}

test(
  `after SIGKILL at ${KILLS} random instants every acknowledged decision is there once, nothing was forwarded without one, and the chain holds`,
  async () => {
    verifies('matrix-15', 'strict-record', 'orphans-unknown', 'chain');
    await using folder = await temporaryFolder();
    const { opa: shared, engine } = await openSharedOpa(folder.path);
    await using _opa = shared;
    const total = { acknowledged: 0, arrived: 0, unknown: 0, kills: 0 };

    async function killOnOneStore(kills: number): Promise<void> {
      await using own = await temporaryFolder();
      await using upstream = await CountingUpstream.open();
      const options = { folder: own.path, upstream: upstream.url, configuration: { engine } };
      const file = join(own.path, 'data', 'decisions.db');
      upstream.witness = witnessOf(file);
      const told: Told[] = [];
      for (let kill = 1; kill <= kills; kill += 1) {
        if (kill % 10 === 0) await dieAtStart(options);
        else told.push(...(await liveAndDie(options)));
        total.kills += 1;
      }
      await using last = await GatewayProcess.start(options);
      await last.whenReady();
      await last.stop();

      const record = readRecord(file);
      expectPromisesKept(record, upstream, told);
      await expectChainHolds(file);
      expect(new Set(record.outcomes.keys()), 'nothing stays open').toEqual(new Set(record.decisions.keys()));
      const known = new Set(told.map(({ decisionId }) => decisionId));
      const unanswered = [...record.outcomes].filter(([id]) => !known.has(id));
      const unknown = [...record.outcomes.values()].filter(({ result }) => result === 'unknown').length;
      expect(unanswered.length, 'calls were under way when it was killed').toBeGreaterThan(0);
      for (const { decisionId, kind } of told) {
        const expected = kind === 'done' ? 'forwarded' : 'refused';
        expect([expected, 'unknown']).toContain(record.outcomes.get(decisionId)?.result);
      }
      total.acknowledged += told.length;
      total.arrived += upstream.calls.length;
      total.unknown += unknown;
    }

    let left = KILLS;
    const lane = async () => {
      while (left > 0) {
        const kills = Math.min(LIVES_PER_STORE, left);
        left -= kills;
        await killOnOneStore(kills);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    process.stdout.write(
      `${total.kills} kills: ${total.acknowledged} decisions acknowledged, ${total.arrived} calls arrived, ${total.unknown} orphans marked unknown\n`,
    );
    expect(total.kills).toBe(KILLS);
    expect(total.unknown).toBeGreaterThan(0);
  },
  120_000 + KILLS * 5_000,
);

test('after SIGKILL no process, socket or folder of the gateway is left', async () => {
  verifies('matrix-15', 'no-leftovers');
  await using upstream = await CountingUpstream.open();
  const server = fileURLToPath(new URL('../../../examples/acme/servers/crm/main.ts', import.meta.url));
  const crm = {
    transport: 'stdio',
    command: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', server],
  };
  for (let kill = 0; kill < 3; kill += 1) {
    const servers = { desk: { transport: 'http', url: upstream.url }, crm };
    await using desk = await openDesk(upstream, { configuration: { servers } });
    const { gateway } = desk;
    await McpClient.open(gateway.url, { key: KEYS.clerk, server: 'crm' });
    expect((await desk.call()).kind).toBe('done');
    const processes = gateway.processes();
    const commands = processes.map(({ command }) => command).join('\n');
    expect(commands).toMatch(/opa run --server/);
    expect(commands).toContain(server);
    const socket = /unix:\/\/(\S+)/.exec(gateway.opa()?.command ?? '')?.[1] ?? '';
    expect(existsSync(socket)).toBe(true);

    await gateway.kill();
    await until('nothing of it runs', () => !processes.some(isRunning));
    await until('its sockets are gone', () => !existsSync(dirname(socket)));
  }
});
