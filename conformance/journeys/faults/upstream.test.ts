import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { stopProcess } from '../../../packages/gateway/src/decision/testing/stopped-process.ts';
import { verifies } from '../../requirements.ts';
import { ONLY_SIDECAR } from '../test-engine.ts';
import { answering, type Behaviour, CountingUpstream } from './counting-upstream.ts';
import { type Desk, openDesk } from './desk.ts';
import { residentMib, until } from './processes.ts';
import { expectChainHolds, expectPromisesKept, readRecord, witnessOf } from './record.ts';

const UPSTREAM_TIMEOUT_MS = 1_500;
const RESULT_BYTES_MAX = 1_048_576;

const upstream = CountingUpstream.ofSuite();
let desk: Desk;
let arrivedBefore = 0;
beforeAll(async () => {
  const limits = { upstream_timeout_ms: UPSTREAM_TIMEOUT_MS, result_bytes: RESULT_BYTES_MAX };
  desk = await openDesk(upstream, { configuration: { limits } });
  upstream.witness = witnessOf(desk.gateway.record);
});
afterAll(async () => {
  await desk.gateway.stop();
  expectPromisesKept(readRecord(desk.gateway.record), upstream, desk.told);
  await expectChainHolds(desk.gateway.record);
  await desk[Symbol.asyncDispose]();
});
beforeEach(() => {
  arrivedBefore = upstream.calls.length;
});
afterEach(async () => {
  upstream.behaviour = answering;
  const { kind } = await desk.call();
  expect(kind, 'the next call is none the worse for it').toBe('done');
  await desk.closed();
  expectPromisesKept(readRecord(desk.gateway.record), upstream, desk.told);
});

const arrived = () => upstream.calls.length - arrivedBefore;
const json = { 'content-type': 'application/json' };
const whole =
  (status: number, type: string, body: string): Behaviour =>
  (_call, response) =>
    void response.writeHead(status, { 'content-type': type }).end(body);

describe('a server that', () => {
  let written = 0;
  const gigabyte: Behaviour = (_call, response) => {
    written = 0;
    response.writeHead(200, json);
    const chunk = Buffer.alloc(1_048_576, 0x20);
    const more = () => {
      while (written < 1_024 && !response.destroyed) {
        written += 1;
        if (!response.write(chunk)) return;
      }
      response.end();
    };
    response.on('drain', more);
    more();
  };
  const dribble: Behaviour = (_call, response) => {
    response.writeHead(200, json);
    const timer = setInterval(() => response.write(' '), 50);
    response.once('close', () => clearInterval(timer));
  };
  const breakOff: Behaviour = (_call, response) => {
    response.writeHead(200, { ...json, 'content-length': '1000' });
    response.write('{"jsonrpc":"2.0"', () => response.destroy());
  };

  test.each<[string, Behaviour, string]>([
    ['hangs', () => {}, 'upstream_timeout'],
    ['sends a space now and then', dribble, 'upstream_timeout'],
    ['resets the connection', (_call, response) => void response.destroy(), 'upstream_unavailable'],
    ['resets it in the middle of its answer', breakOff, 'upstream_unavailable'],
    ['answers with garbage', whole(200, 'application/json', '\u0000garbage'), 'upstream_invalid'],
    ['answers with a web page', whole(200, 'text/html', '<html></html>'), 'upstream_invalid'],
    ['answers for another call', (_call, response) => answering(OTHER, response), 'upstream_invalid'],
    ['fails', whole(500, 'text/plain', 'no'), 'upstream_unavailable'],
    [
      'sends the caller elsewhere',
      (_call, response) => void response.writeHead(307, { location: upstream.url }).end(),
      'upstream_invalid',
    ],
    ['sends a gigabyte', gigabyte, 'upstream_invalid'],
  ])('%s fails the call, which arrived once, and the record says how', async (_what, behaviour, code) => {
    verifies('matrix-12', 'strict-record');
    const memoryMib = residentMib(desk.gateway.pid);
    upstream.behaviour = behaviour;
    const told = await desk.call();
    expect(told).toMatchObject({ kind: 'failed', status: 200, reasons: [code] });
    expect(arrived()).toBe(1);
    await desk.closed();
    const { outcomes } = readRecord(desk.gateway.record);
    expect(outcomes.get(told.decisionId)).toMatchObject({ result: 'failed', failure: code });
    if (code === 'upstream_timeout')
      await until('the server is told', () => upstream.cancelled.includes(told.decisionId));
    if (behaviour === gigabyte) {
      expect(written, 'it is cut off at the limit').toBeLessThan(100);
      expect(residentMib(desk.gateway.pid) - memoryMib).toBeLessThan(200);
    }
  });
});

const OTHER = { id: 'another', sha256: '', bytes: 0, wasRecorded: undefined };

describe('a client that leaves', () => {
  /** Makes a call whose client leaves once `when` holds; gives what the record says of it once that is closed. */
  async function leaveWhen(what: string, when: () => boolean | Promise<boolean>, afterwards = () => {}) {
    const known = new Set(readRecord(desk.gateway.record).decisions.keys());
    const leaving = new AbortController();
    const call = desk.call(leaving.signal);
    await until(what, when);
    leaving.abort();
    await expect(call).rejects.toThrow();
    await until('the gateway has noticed', async () => (await desk.metric('bailiff_calls_in_flight')) === 0);
    afterwards();
    const isNew = (id: string) => !known.has(id);
    await until('it is recorded', () => [...readRecord(desk.gateway.record).decisions.keys()].some(isNew));
    await desk.closed();
    const { decisions, outcomes } = readRecord(desk.gateway.record);
    const [id = '', ...more] = [...decisions.keys()].filter(isNew);
    expect(more).toEqual([]);
    return { id, decision: decisions.get(id), outcome: outcomes.get(id) };
  }

  test('before the decision has nothing forwarded', ONLY_SIDECAR, async () => {
    verifies('matrix-13', 'abort-never-forwards');
    const opa = await desk.gateway.runningOpa();
    {
      using _stopped = await stopProcess(opa.pid);
      const { decision, outcome } = await leaveWhen(
        'it is being decided',
        async () => (await desk.metric('bailiff_calls_in_flight')) === 1,
      );
      expect(decision?.answer.outcome).toBe('deny');
      expect(outcome).toMatchObject({ result: 'failed', failure: 'client_gone' });
    }
    await desk.gateway.whenReady();
    expect(arrived()).toBe(0);
  });

  test('between decision and forward has nothing forwarded', async () => {
    verifies('matrix-13', 'abort-never-forwards');
    await desk.closed();
    const decided = await desk.metric('bailiff_decisions_total');
    using other = new DatabaseSync(desk.gateway.record);
    other.exec('BEGIN IMMEDIATE');
    const { decision, outcome } = await leaveWhen(
      'it is decided',
      async () => (await desk.metric('bailiff_decisions_total')) > decided,
      () => other.exec('ROLLBACK'),
    );
    expect(decision?.answer.outcome).toBe('allow');
    expect(outcome).toMatchObject({ result: 'failed', failure: 'client_gone' });
    expect(arrived()).toBe(0);
  });

  test('in the middle of a call has it cancelled, and the record says that it was sent and not finished', async () => {
    verifies('matrix-13');
    upstream.behaviour = () => {};
    const { id, decision, outcome } = await leaveWhen('it has arrived', () => arrived() === 1);
    expect(decision?.answer.outcome).toBe('allow');
    expect(outcome).toMatchObject({ result: 'failed', failure: 'client_gone' });
    await until('the server is told', () => upstream.cancelled.includes(id));
    expect(upstream.calls.at(-1)?.id).toBe(id);
  });

  test('at any instant leaves a record of what was sent, and nothing sent that is not recorded', async () => {
    verifies('matrix-13', 'strict-record');
    const left = await Promise.all(
      Array.from({ length: 200 }, async (_, number) => {
        await delay(number * 3);
        const signal = AbortSignal.timeout(Math.floor(Math.random() * 40));
        return desk.call(signal).then(
          () => 0,
          () => 1,
        );
      }),
    );
    expect(left.filter((one) => one === 1).length, 'some left early').toBeGreaterThan(0);
    await until('nothing is under way', async () => (await desk.metric('bailiff_calls_in_flight')) === 0);
    await desk.closed();
    const { decisions, outcomes } = readRecord(desk.gateway.record);
    const arrivedIds = new Set(upstream.calls.map(({ id }) => id));
    for (const [id, { result }] of outcomes)
      if (result === 'forwarded') expect(arrivedIds.has(id) && decisions.get(id)?.answer.allow).toBe(true);
  });
});
