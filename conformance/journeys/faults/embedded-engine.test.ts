import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  BrokenOpa,
  httpAnswer,
  type Misbehaviour,
} from '../../../packages/gateway/src/decision/testing/broken-opa.ts';
import { stopProcess } from '../../../packages/gateway/src/decision/testing/stopped-process.ts';
import { verifies } from '../../requirements.ts';
import { ONLY_EMBEDDED } from '../test-engine.ts';
import { CountingUpstream } from './counting-upstream.ts';
import { type FrontDesk, openDeskAt, PATIENT } from './desk.ts';
import { ExternalOpa, freePort, pulledFrom } from './external-opa.ts';
import { FRONTS, openFront } from './front.ts';
import { GatewayProcess, KEYS, temporaryFolder } from './gateway-process.ts';
import { initialize, type Told } from './mcp-client.ts';
import { brokenOpa, readyzOf } from './opa-that-cannot-run.ts';
import { isRunning, until } from './processes.ts';
import { expectChainHolds, expectPromisesKept, readRecord, witnessOf } from './record.ts';

const upstream = CountingUpstream.ofSuite({ forgets: true });

/** All that a gateway without OPA is told to be, and is, while the embedded engine decides. */
async function expectDegraded(gateway: GatewayProcess, metric: FrontDesk['metric']): Promise<void> {
  await until('it says that OPA is gone', async () => (await readyzOf(gateway)).includes('"degraded"'));
  expect(await gateway.readiness(), 'calls are decided').toBe(200);
  expect([await metric('bailiff_engine_ready'), await metric('bailiff_opa_ready')]).toEqual([1, 0]);
}

describe.each(FRONTS)('the embedded engine, for clients over %s', ONLY_EMBEDDED, (front) => {
  test('goes on while OPA is killed under load, which readiness and metrics tell; every record names it', async () => {
    verifies('matrix-1', 'matrix-6', 'strict-record');
    await using desk = await openDeskAt(front, upstream);
    const { gateway, told, call, metric } = desk;
    upstream.witness = witnessOf(gateway.record);
    const stopped = new AbortController();
    const load = Array.from({ length: 4 }, async () => {
      while (!stopped.signal.aborted) await call();
    });
    try {
      for (let kill = 0; kill < 3; kill += 1) {
        const doneBefore = desk.done();
        await until('OPA is back', async () => (await metric('bailiff_opa_ready')) === 1);
        const opa = await gateway.runningOpa();
        process.kill(opa.pid, 'SIGKILL');
        await until('it is gone', () => !isRunning(opa));
        await until('calls are allowed', () => desk.done() > doneBefore + 20);
        expect(await gateway.readiness()).toBe(200);
      }
    } finally {
      stopped.abort();
      await Promise.all(load);
    }
    await desk.closed();
    await gateway.stop();
    const record = readRecord(gateway.record);
    expectPromisesKept(record, upstream, told);
    const denials = [...record.decisions.values()].filter(({ answer }) => answer.outcome !== 'allow');
    expect(denials.map(({ answer }) => answer.reasons)).toEqual([]);
    const engines = [...record.decisions.values()].map(({ answer }) => answer.metadata.engine);
    expect(new Set(engines)).toEqual(new Set(['embedded']));
    await expectChainHolds(gateway.record);
  });

  test('goes on while OPA is stopped, and neither ends nor answers', async () => {
    verifies('matrix-2');
    await using desk = await openDeskAt(front, upstream);
    const opa = await desk.gateway.runningOpa();
    {
      using _stopped = await stopProcess(opa.pid);
      await expectDegraded(desk.gateway, desk.metric);
      const startedMs = performance.now();
      expect(await desk.call()).toMatchObject({ kind: 'done' });
      expect(performance.now() - startedMs, 'nobody waits for it').toBeLessThan(5_000);
    }
    await until('OPA is well', async () => (await desk.metric('bailiff_opa_ready')) === 1);
    expect(await readyzOf(desk.gateway)).not.toContain('degraded');
  });

  test('goes on after a restart with an OPA that builds and cannot run', async () => {
    verifies('matrix-1');
    await using folder = await temporaryFolder();
    const options = { upstream: upstream.url, folder: folder.path, configuration: { engine: PATIENT } };
    await (await (await GatewayProcess.start(options)).whenReady()).stop();
    await using desk = await openDeskAt(front, upstream, { ...options, opa: await brokenOpa(folder.path) });
    await expectDegraded(desk.gateway, desk.metric);
    expect(await desk.call()).toMatchObject({ kind: 'done' });
  });

  test('decides nothing by a release that was never compared, until an OPA was there to compare it with', async () => {
    verifies('matrix-1', 'matrix-7');
    const port = await freePort();
    await using gateway = await GatewayProcess.start({
      upstream: upstream.url,
      isFirst: true,
      configuration: { engine: { ...PATIENT, url: `http://127.0.0.1:${port}` } },
    });
    expect(await gateway.readiness()).toBe(503);
    const told: Told[] = [];
    const refused = await initialize(gateway.url, KEYS.clerk);
    told.push(refused);
    expect(refused).toMatchObject({ kind: 'failed', reasons: ['policy_unavailable'] });
    const { answer } = readRecord(gateway.record).decisions.get(refused.decisionId) ?? {};
    expect(answer).toMatchObject({ outcome: 'deny', metadata: { resolution: 1, engine: 'none' } });
    expect(await readyzOf(gateway)).toContain('not compared with OPA yet');
    {
      await using _opa = await ExternalOpa.start(port, pulledFrom(gateway.url, KEYS.puller));
      await gateway.whenReady();
    }
    await using client = await openFront(front, gateway);
    expect(await client.call('lookup', {}), 'without any OPA by now').toMatchObject({ kind: 'done' });
    await until('it says that OPA is gone', async () => (await readyzOf(gateway)).includes('"degraded"'));
    await gateway.stop();
    expectPromisesKept(readRecord(gateway.record), upstream, told);
  });
});

describe('an OPA that is not well beside the embedded engine', ONLY_EMBEDDED, () => {
  let opa: BrokenOpa;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let version = '';
  beforeAll(async () => {
    folder = await temporaryFolder();
    opa = await BrokenOpa.open(() => {});
    const gateway = await GatewayProcess.start({ upstream: upstream.url, folder: folder.path });
    await (await gateway.whenReady()).stop();
    const decided = /"policy_version":"([^"]+)"/.exec(gateway.said)?.[1];
    version = decided ?? '';
  });
  afterAll(async () => {
    await opa[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    opa.misbehaviour = () => {};
  });

  /** A gateway whose every decision is given to this OPA as well. */
  async function openBeside(): Promise<FrontDesk & AsyncDisposable> {
    const own = await temporaryFolder();
    await cp(
      join(folder.path, 'data', 'engine-verdicts.json'),
      join(own.path, 'data', 'engine-verdicts.json'),
    );
    const engine = { url: opa.url, shadow: 1, deadline_ms: 1_000 };
    const desk = await openDeskAt('http', upstream, { folder: own.path, configuration: { engine } });
    return {
      ...desk,
      async [Symbol.asyncDispose]() {
        await desk[Symbol.asyncDispose]();
        await own[Symbol.asyncDispose]();
      },
    };
  }
  const enveloped = (result: string) =>
    httpAnswer(200, `{"provenance":{"bundles":{"release":{"revision":"${version}"}}}${result}}`);

  test.each<[string, Misbehaviour]>([
    ['never answers', () => {}],
    ['sends a byte a second', (socket) => opa.every(1_000, socket, () => socket.write('H'))],
    ['answers 500', (socket) => socket.write(httpAnswer(500, 'no', 'text/plain'))],
    ['answers HTML', (socket) => socket.write(httpAnswer(200, '<html></html>'))],
    ['answers truncated JSON', (socket) => socket.write(httpAnswer(200, '{"result":{"allow":tr'))],
    ['hangs up', (socket) => socket.destroy()],
    [
      'has another release',
      (socket) =>
        socket.write(
          httpAnswer(200, '{"provenance":{"bundles":{"release":{"revision":"9.9.9+0"}}},"result":true}'),
        ),
    ],
    ['has no release', (socket) => socket.write(httpAnswer(200, '{"provenance":{},"result":true}'))],
  ])('and %s changes nothing: calls are decided, and the release stays', async (_what, misbehaviour) => {
    verifies('matrix-2', 'matrix-3', 'matrix-7');
    await using desk = await openBeside();
    opa.misbehaviour = misbehaviour;
    for (let call = 0; call < 5; call += 1) expect(await desk.call()).toMatchObject({ kind: 'done' });
    expect(await desk.gateway.readiness()).toBe(200);
    expect(await desk.metric('bailiff_engine_differences_total')).toBe(0);
    await desk.closed();
    expectPromisesKept(readRecord(desk.gateway.record), upstream, desk.told);
  });

  test.each<[string, string]>([
    ['denies where it allows', ',"result":{"allow":false}'],
    ['has no answer where it has one', ''],
    ['says true', ',"result":true'],
  ])('and %s is believed: the release decides nothing more, which is told once', async (_what, result) => {
    verifies('matrix-4');
    await using desk = await openBeside();
    expect(await desk.call()).toMatchObject({ kind: 'done' });
    opa.misbehaviour = (socket) => socket.write(enveloped(result));
    await until('calls are refused', async () => (await desk.call()).reasons.includes('policy_unavailable'));
    const arrived = upstream.calls.length;
    for (let call = 0; call < 3; call += 1)
      expect((await desk.call()).reasons).toContain('policy_unavailable');
    expect(upstream.calls.length, 'nothing more reached the server').toBe(arrived);
    expect(await desk.gateway.readiness()).toBe(503);
    expect(await desk.metric('bailiff_engine_differences_total')).toBe(1);
    expect(desk.gateway.said.split('and decides no more by this release')).toHaveLength(2);
    await desk.closed();
    expectPromisesKept(readRecord(desk.gateway.record), upstream, desk.told);
  });
});
