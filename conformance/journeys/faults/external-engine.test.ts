import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  BrokenOpa,
  httpAnswer,
  type Misbehaviour,
} from '../../../packages/gateway/src/decision/testing/broken-opa.ts';
import { opaExecutable } from '../../../packages/gateway/src/decision/testing/opa.ts';
import { buildRelease } from '../../../packages/gateway/src/distribution/build-release.ts';
import { KERNEL } from '../../kernel-files.ts';
import { verifies } from '../../requirements.ts';
import { ONLY_SIDECAR } from '../test-engine.ts';
import { CountingUpstream } from './counting-upstream.ts';
import { bundleOf, ExternalOpa, freePort, pulledFrom } from './external-opa.ts';
import { FRONTS, type FrontClient, openFront } from './front.ts';
import { copyOfPolicy, GatewayProcess, KEYS, POLICY, temporaryFolder } from './gateway-process.ts';
import type { Told } from './mcp-client.ts';
import { until } from './processes.ts';
import { expectPromisesKept, readRecord, witnessOf } from './record.ts';

describe.each(FRONTS)('for clients over %s an engine that is not well', ONLY_SIDECAR, (front) => {
  const upstream = CountingUpstream.ofSuite();
  let opa: BrokenOpa;
  let gateway: GatewayProcess;
  let client: FrontClient;
  let version = '';
  let arrivedBefore = 0;
  const told: Told[] = [];
  let done = 0;
  beforeAll(async () => {
    version = (await buildRelease({ directory: POLICY, kernel: KERNEL, opa: opaExecutable() })).release
      .policyVersion;
    opa = await BrokenOpa.open(() => {});
    // The usual deadline, 250 ms.
    gateway = await GatewayProcess.start({
      upstream: upstream.url,
      configuration: { engine: { url: opa.url } },
    });
    upstream.witness = witnessOf(gateway.record);
    // Well for as long as it takes to open a session, which policy decides about.
    opa.misbehaviour = resulting({ visible: [], policy_version: version, mask: {} });
    client = await openFront(front, gateway);
    opa.misbehaviour = () => {};
  });
  afterAll(async () => {
    await client[Symbol.asyncDispose]();
    await gateway.stop();
    await until('no connection is left', () => opa.connections === 0);
    await gateway[Symbol.asyncDispose]();
    await opa[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    arrivedBefore = upstream.calls.length;
    done = 0;
  });
  afterEach(async () => {
    await until('every decision is closed', () => {
      const { decisions, outcomes } = readRecord(gateway.record);
      return outcomes.size === decisions.size;
    });
    expectPromisesKept(readRecord(gateway.record), upstream, told.splice(0));
  });

  const call = async () => {
    const answer = await client.call('lookup', {});
    if (answer.kind === 'done') done += 1;
    // Over stdio what was done names no decision.
    if (answer.kind !== 'done' || front === 'http') told.push(answer);
    return answer;
  };
  /** Calls until policy is heard within the deadline, which on a busy machine may take a few calls. All are denied. */
  const expectDenied = async (reasons: readonly string[]) => {
    await until(`it is denied for ${reasons}`, async () => {
      const { kind, decisionId, reasons: heard } = await call();
      expect(kind).toMatch(/^(refused|failed)$/);
      expect(heard).toContain('policy_unavailable');
      const { answer } = readRecord(gateway.record).decisions.get(decisionId) ?? {};
      expect(answer).toMatchObject({ outcome: 'deny', metadata: { resolution: 1 } });
      return answer?.reasons.join() === reasons.join();
    });
    expect(upstream.calls).toHaveLength(arrivedBefore);
  };
  const enveloped = (result: string, revision = version) =>
    `{"provenance":{"bundles":{"release":{"revision":${JSON.stringify(revision)}}}}${result}}`;
  const saying =
    (body: string): Misbehaviour =>
    (socket) =>
      socket.write(httpAnswer(200, body));
  const resulting = (result: unknown) => saying(enveloped(`,"result":${JSON.stringify(result)}`));
  const metadata = () => ({
    policy_version: version,
    bundles: {},
    matched_rules: [],
    rules: [],
    overrides: [],
    resolution: 7,
    failures: [],
    mask: {},
    audit_required: false,
    audit: { level: 'basic', retention_days: 180, controls: [] },
    appeal_path: '',
  });
  const allow = () => ({
    allow: true,
    outcome: 'allow',
    reasons: ['granted'],
    obligations: [],
    metadata: metadata(),
  });

  test('would allow if it gave the exact answer', async () => {
    opa.misbehaviour = resulting(allow());
    await until('the machine is fast enough', async () => (await call()).kind === 'done');
    expect(upstream.calls.length).toBe(arrivedBefore + done);
  });

  const dribble: Misbehaviour = (socket) => {
    const bytes = httpAnswer(200, enveloped(`,"result":${JSON.stringify(allow())}`)).split('');
    opa.every(1_000, socket, () => socket.write(bytes.shift() ?? ''));
  };

  test.each<[string, Misbehaviour]>([
    ['accepts and never answers', () => {}],
    ['sends a byte a second', dribble],
  ])('and %s, denies at the deadline and leaks no connection', async (_what, misbehaviour) => {
    verifies('matrix-2');
    opa.misbehaviour = misbehaviour;
    const startedMs = performance.now();
    const answers = await Promise.all(Array.from({ length: 40 }, call));
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    for (const answer of answers) {
      expect(answer.kind).toBe('refused');
      // Who waits for an engine that is found to be late is turned away before its own time is up.
      expect(['evaluation_timeout', 'overloaded']).toContain(answer.reasons[0]);
      expect(answer.reasons[1]).toBe('policy_unavailable');
    }
    await until('it says that it is not ready', async () => (await gateway.readiness()) === 503);
    await until('only the probe is connected', () => opa.connections <= 1);
    expect(upstream.calls).toHaveLength(arrivedBefore);
  });

  test.each<[string, Misbehaviour, readonly string[]]>([
    ['answers 500', (socket) => socket.write(httpAnswer(500, 'no', 'text/plain')), []],
    ['answers HTML', saying('<html></html>'), ['evaluation_malformed']],
    [
      'answers truncated JSON',
      (socket) => socket.write(httpAnswer(200, enveloped(',"result":{"allow":tr').slice(0, -1))),
      ['evaluation_malformed'],
    ],
    [
      'answers 100 MB of JSON',
      (socket) =>
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n"${'x'.repeat(8_000_000)}`),
      ['evaluation_malformed'],
    ],
    ['hangs up', (socket) => socket.destroy(), []],
  ])('and %s, denies and names what was wrong', async (_what, misbehaviour, reasons) => {
    verifies('matrix-3');
    opa.misbehaviour = misbehaviour;
    await expectDenied([...reasons, 'policy_unavailable']);
  });

  test.each<[string, () => unknown]>([
    ['nothing', () => undefined],
    ['{}', () => ({})],
    ['null', () => null],
    ['true', () => true],
    ['"true"', () => 'true'],
    ['1', () => 1],
    ['allow as text', () => ({ ...allow(), allow: 'true' })],
    ['allow alone', () => ({ allow: true })],
    ['an allow with more to say', () => ({ ...allow(), because: 'so' })],
    ['an allow that is a denial elsewhere', () => ({ ...allow(), outcome: 'deny' })],
    ['an allow without reasons', () => ({ ...allow(), reasons: [] })],
    ['an allow of another row', () => ({ ...allow(), metadata: { ...metadata(), resolution: 3 } })],
    ['an allow with a duty that nobody knows', () => ({ ...allow(), obligations: [{ kind: 'dance' }] })],
  ])('and evaluates to %s, denies', async (_what, result) => {
    verifies('matrix-4');
    const value = result();
    opa.misbehaviour = value === undefined ? saying(enveloped('')) : resulting(value);
    await expectDenied([
      value === undefined ? 'evaluation_undefined' : 'evaluation_malformed',
      'policy_unavailable',
    ]);
  });

  test.each([
    ['of another release', '9.9.9+000000000000'],
    ['of no release', ''],
  ])('and allows under the revision %s, denies', async (_what, revision) => {
    verifies('matrix-7');
    opa.misbehaviour = saying(enveloped(`,"result":${JSON.stringify(allow())}`, revision));
    await expectDenied(['revision_mismatch', 'policy_unavailable']);
  });
});

describe.each(FRONTS)('for clients over %s a real OPA that runs elsewhere', ONLY_SIDECAR, (front) => {
  test('decides nothing without a bundle or with another release, and everything once it has ours', async () => {
    verifies('matrix-7', 'matrix-6');
    await using upstream = await CountingUpstream.open();
    await using folder = await temporaryFolder();
    const other = await copyOfPolicy(folder.path, {
      'release.yaml': (text) => text.replace('1.0.0', '2.0.0'),
    });
    const { release } = await buildRelease({ directory: other, kernel: KERNEL, opa: opaExecutable() });
    const bundle = join(folder.path, 'other.tar.gz');
    await writeFile(bundle, release.bundle);

    const port = await freePort();
    await using gateway = await GatewayProcess.start({
      upstream: upstream.url,
      configuration: { engine: { url: `http://127.0.0.1:${port}`, deadline_ms: 10_000 } },
    });
    upstream.witness = witnessOf(gateway.record);
    const none = pulledFrom(gateway.url, 'not-a-key');
    const ours = pulledFrom(gateway.url, KEYS.puller);
    const open = async () => {
      await using _opa = await ExternalOpa.start(port, ours);
      await gateway.whenReady();
      return await openFront(front, gateway); // while OPA still runs
    };
    await using client = await open();
    const told: Told[] = [];
    const during = async (configuration: object) => {
      await using opa = await ExternalOpa.start(port, configuration);
      const ready = configuration === ours;
      if (ready) await gateway.whenReady();
      else if (configuration !== none) await until('it has a bundle', () => opa.hasBundle());
      const answers: Told[] = [];
      for (let call = 0; call < 5; call += 1) answers.push(await client.call('lookup', { call }));
      // Over stdio what was done names no decision.
      told.push(...answers.filter(({ kind }) => kind !== 'done' || front === 'http'));
      // It is asked every two seconds, and was well a moment ago.
      await until('that is noticed', async () => (await gateway.readiness()) === (ready ? 200 : 503));
      return answers;
    };
    for (const configuration of [none, bundleOf(bundle)])
      for (const { kind, reasons, decisionId } of await during(configuration)) {
        expect([kind, ...reasons]).toEqual(['failed', 'policy_unavailable']);
        expect(readRecord(gateway.record).decisions.get(decisionId)?.answer).toMatchObject({
          outcome: 'deny',
          reasons: ['revision_mismatch', 'policy_unavailable'],
        });
      }
    expect(upstream.calls).toEqual([]);
    for (const answer of await during(ours)) expect(answer.kind).toBe('done');
    const dead = await client.call('lookup', {});
    told.push(dead);
    expect(dead).toMatchObject({ kind: 'refused', reasons: ['policy_unavailable'] });

    await gateway.stop();
    const record = readRecord(gateway.record);
    expectPromisesKept(record, upstream, told);
    expect(upstream.calls).toHaveLength(5);
    const versions = [...record.decisions.values()].map(({ answer }) => answer.metadata.policy_version);
    expect(new Set(versions).size, 'every record names the release that was active').toBe(1);
  });
});
