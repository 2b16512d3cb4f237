import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { stopProcess } from '../../../packages/gateway/src/decision/testing/stopped-process.ts';
import { verifies } from '../../requirements.ts';
import { ONLY_SIDECAR } from '../test-engine.ts';
import { CountingUpstream } from './counting-upstream.ts';
import { PATIENT } from './desk.ts';
import { GatewayProcess, KEYS, temporaryFolder } from './gateway-process.ts';
import { initialize, McpClient, type Told } from './mcp-client.ts';
import { brokenOpa, readyzOf } from './opa-that-cannot-run.ts';
import { isRunning, until } from './processes.ts';
import { expectChainHolds, expectPromisesKept, readRecord, witnessOf } from './record.ts';

const upstream = CountingUpstream.ofSuite({ forgets: true });

const undecided = ({ reasons }: Told) => reasons.includes('policy_unavailable');

describe('an OPA that is killed under load', ONLY_SIDECAR, () => {
  test('means denials with their reason until it is back, and no call that was not allowed', async () => {
    verifies('matrix-1', 'strict-record');
    await using gateway = await GatewayProcess.start({
      upstream: upstream.url,
      configuration: { engine: PATIENT },
    });
    await gateway.whenReady();
    upstream.witness = witnessOf(gateway.record);
    const client = await McpClient.open(gateway.url, { key: KEYS.clerk });
    const told: Told[] = [];
    const stopped = new AbortController();
    let number = 0;
    const load = Array.from({ length: 8 }, async () => {
      while (!stopped.signal.aborted) {
        number += 1;
        told.push(await client.call('lookup', { number, rows: number % 5 === 0 ? 500 : 5 }));
      }
    });
    const done = () => told.filter(({ kind }) => kind === 'done').length;
    const denied = () => told.filter(undecided);
    let wasUnready = false;
    try {
      for (let kill = 0; kill < 3; kill += 1) {
        const doneBefore = done();
        await until('calls are allowed', () => done() > doneBefore + 20);
        const opa = await gateway.runningOpa();
        const deniedBefore = denied().length;
        process.kill(opa.pid, 'SIGKILL');
        await until('it is gone', () => !isRunning(opa));
        wasUnready ||= (await gateway.readiness()) === 503;
        await until('calls are denied', () => denied().length > deniedBefore);
      }
      const doneBefore = done();
      await until('calls are allowed again', () => done() > doneBefore + 20);
    } finally {
      stopped.abort();
      await Promise.all(load);
    }
    await gateway.whenReady();
    expect(wasUnready, 'it said that it was not ready').toBe(true);
    // A denial that was decided just before is told as a failure where nobody is left to say whether it may be shown.
    for (const { kind, status } of denied())
      expect(['refused 200', 'failed 503']).toContain(`${kind} ${status}`);
    await gateway.stop();
    const record = readRecord(gateway.record);
    expectPromisesKept(record, upstream, told);
    expect(upstream.calls).toHaveLength(done());
    await expectChainHolds(gateway.record);
  });
});

describe('an OPA that is stopped, and neither ends nor answers', ONLY_SIDECAR, () => {
  test('is told by readiness as long as it is, with the reason, and denies each call', async () => {
    verifies('matrix-2');
    await using gateway = await GatewayProcess.start({ upstream: upstream.url });
    await gateway.whenReady();
    const client = await McpClient.open(gateway.url, { key: KEYS.clerk });
    const opa = await gateway.runningOpa();
    {
      using _stopped = await stopProcess(opa.pid);
      await until('it says that it is not ready', async () => (await gateway.readiness()) === 503, 5_000);
      expect(await readyzOf(gateway)).toContain('OPA did not answer within 1000 ms.');
      const told = await client.call('lookup', {});
      expect(told.reasons).toContain('policy_unavailable');
      expect(upstream.calls).toEqual([]);
    }
    await gateway.whenReady();
    await until('calls are allowed again', async () => (await client.call('lookup', {})).kind === 'done');
  });
});

describe('an OPA that cannot start', () => {
  test.each([
    ['the engine of the run', {}],
    ['the default', { kind: 'auto' }],
  ])('leaves a gateway that is not ready, opens no session and says why: %s', async (_what, engine) => {
    verifies('matrix-1');
    await using folder = await temporaryFolder();
    const opa = await brokenOpa(folder.path);
    const configuration = { engine };
    const options = { upstream: upstream.url, opa, isFirst: true, configuration };
    await using gateway = await GatewayProcess.start(options);
    const told = [await initialize(gateway.url, KEYS.clerk)];
    expect(told[0]).toMatchObject({ kind: 'failed', reasons: ['policy_unavailable'] });
    expect(await gateway.readiness()).toBe(503);
    expect(await readyzOf(gateway)).toMatch(/OPA (ended \(|is starting|cannot be reached)/);
    const headers = { authorization: `Bearer ${KEYS.operator}` };
    const metrics = await (await fetch(`${gateway.url}/metrics`, { headers })).text();
    expect(metrics).toContain('\nbailiff_opa_ready 0\n');
    expect(metrics).toContain('\nbailiff_engine_ready 0\n');
    await gateway.stop();
    expectPromisesKept(readRecord(gateway.record), upstream, told);
    expect(upstream.calls).toEqual([]);
  });
});

describe('a rule that fails while it is evaluated', () => {
  let gateway: GatewayProcess;
  let client: McpClient;
  beforeAll(async () => {
    gateway = await GatewayProcess.start({ upstream: upstream.url, configuration: { engine: PATIENT } });
    await gateway.whenReady();
    client = await McpClient.open(gateway.url, { key: KEYS.clerk });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());
  afterEach(() => expect(upstream.calls).toEqual([]));

  test.each<[string, object, string]>([
    ['a built-in that an argument makes fail', { amount: 'ten' }, 'argument_unusable'],
    ['the same with another denial beside it', { amount: 'ten', rows: 500 }, 'argument_unusable'],
    ['two values for one rule', { contradict: true }, 'policy_unavailable'],
  ])('denies the call: %s', async (_what, args, reason) => {
    verifies('matrix-5');
    const told = await client.call('lookup', args);
    expect(told).toMatchObject({ kind: 'refused', reasons: [reason] });
    await until('it is closed', () => readRecord(gateway.record).outcomes.has(told.decisionId));
    const { answer } = readRecord(gateway.record).decisions.get(told.decisionId) ?? {};
    expect(answer).toMatchObject({ outcome: 'deny', metadata: { resolution: 1 } });
    expect(JSON.stringify(answer?.metadata.failures), 'values stay out of what is said').not.toContain('ten');
  });
});
