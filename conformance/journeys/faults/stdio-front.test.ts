import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { verifies } from '../../requirements.ts';
import { INITIALIZE, type Line, reasonsOf, type StdioClient } from '../stdio/stdio-client.ts';
import { answering, CountingUpstream } from './counting-upstream.ts';
import { PATIENT } from './desk.ts';
import { stdioTo } from './front.ts';
import { GatewayProcess, temporaryFolder } from './gateway-process.ts';
import { isRunning, until } from './processes.ts';
import { expectChainHolds, expectPromisesKept, readRecord, witnessOf } from './record.ts';

/** The rows of the fail-closed matrix where a client comes by `bailiff stdio`. */
const upstream = CountingUpstream.ofSuite();
let gateway: GatewayProcess;
let client: StdioClient;

let number = 0;
/** A call that no other is like. */
const lookup = (args: object = {}) => {
  number += 1;
  return client.call('lookup', { number, ...args });
};
const isDone = ({ result }: Line) => result !== undefined && result.isError !== true;

/** Resolves once every decision in the record has its outcome. */
const closed = () =>
  until('every decision is closed', () => {
    const { decisions, outcomes } = readRecord(gateway.record);
    return outcomes.size === decisions.size;
  });

beforeAll(async () => {
  gateway = await GatewayProcess.start({
    upstream: upstream.url,
    configuration: { engine: PATIENT, limits: { upstream_timeout_ms: 1_500 } },
  });
  await gateway.whenReady();
  upstream.witness = witnessOf(gateway.record);
});
afterAll(async () => {
  await gateway?.stop();
  expectPromisesKept(readRecord(gateway.record), upstream, []);
  await expectChainHolds(gateway.record);
  await gateway[Symbol.asyncDispose]();
});
beforeEach(async () => {
  client = stdioTo(gateway);
  expect(await client.open()).toHaveProperty('result');
});
afterEach(async () => {
  upstream.behaviour = answering;
  if (!client.hasEnded) {
    expect(isDone(await lookup()), 'the next call is none the worse for it').toBe(true);
    expect((await client.close()).code).toBe(0);
  }
});

describe('a client that comes by stdio', () => {
  test('has its denials with their reasons, and nothing of them reaches the server', async () => {
    verifies('matrix-5');
    const before = upstream.calls.length;
    for (const [args, reason] of [
      [{ rows: 500 }, 'too_many_rows'],
      [{ amount: 'ten' }, 'argument_unusable'],
      [{ contradict: true }, 'policy_unavailable'],
    ] as const)
      expect(reasonsOf(await lookup(args))).toEqual([reason]);
    expect(upstream.calls).toHaveLength(before);
  });

  test('is denied while OPA is gone, and allowed when it is back', async () => {
    verifies('matrix-1');
    const opa = await gateway.runningOpa();
    const before = upstream.calls.length;
    process.kill(opa.pid, 'SIGKILL');
    await until('it is gone', () => !isRunning(opa));
    let denied = 0;
    let done = 0;
    await until('calls are allowed again', async () => {
      const answer = await lookup();
      if (isDone(answer)) done += 1;
      else denied += reasonsOf(answer).includes('policy_unavailable') ? 1 : Number.NaN;
      return done > 0;
    });
    expect(denied, 'each that was not allowed says why').not.toBeNaN();
    expect(upstream.calls).toHaveLength(before + done);
    await gateway.whenReady();
  });

  test('is refused while the record cannot be written, and nothing reaches the server', async () => {
    verifies('matrix-10');
    const before = upstream.calls.length;
    using other = new DatabaseSync(gateway.record);
    other.exec('BEGIN IMMEDIATE');
    try {
      expect(reasonsOf(await lookup())).toEqual(['record_unavailable']);
    } finally {
      other.exec('ROLLBACK');
    }
    expect(upstream.calls).toHaveLength(before);
    await until('it can be written again', async () => isDone(await lookup()));
  });

  test.each([
    ['hangs', () => undefined, 'upstream_timeout'],
    [
      'breaks off',
      (_call: unknown, response: { destroy(): void }) => response.destroy(),
      'upstream_unavailable',
    ],
  ] as const)('is told that a server %s, and so is the record', async (_what, behaviour, code) => {
    verifies('matrix-12');
    upstream.behaviour = behaviour;
    const answer = await lookup();
    expect(reasonsOf(answer)).toEqual([code]);
    await closed();
    const id = answer.error?.data?.decision_id ?? '';
    expect(readRecord(gateway.record).outcomes.get(id)).toMatchObject({ result: 'failed', failure: code });
  });

  test.each([
    ['cancels a call', (id: number) => client.notify('notifications/cancelled', { requestId: id })],
    ['is killed', () => void client.child.kill('SIGKILL')],
    ['goes away', () => void client.child.stdin?.end()],
  ] as const)('and %s has it cancelled at the server, and the record says so', async (_what, leave) => {
    verifies('matrix-13');
    upstream.behaviour = () => undefined;
    const before = upstream.calls.length;
    const id = client.send('tools/call', { name: 'lookup', arguments: { leaves: true, number: before } });
    await until('it has arrived', () => upstream.calls.length === before + 1);
    leave(id);
    const decisionId = upstream.calls.at(-1)?.id ?? '';
    await until('the server is told', () => upstream.cancelled.includes(decisionId));
    await closed();
    expect(readRecord(gateway.record).outcomes.get(decisionId)).toMatchObject({ result: 'failed' });
    expect(
      client.lines.some((line) => line.id === id),
      'nobody is answered who does not wait',
    ).toBe(false);
    await until('the client has ended, if it went', () => client.hasEnded || _what === 'cancels a call');
  });

  test('sees nothing of what another client of the same ids is answered', async () => {
    verifies('matrix-20');
    const clients = await Promise.all(
      [1, 2, 3].map(async () => {
        const one = stdioTo(gateway);
        await one.open();
        return one;
      }),
    );
    upstream.behaviour = (call, response) => void setTimeout(() => answering(call, response), 20);
    const ids = await Promise.all(
      clients.map(async (one, index) => {
        const answers = await Promise.all([1, 2, 3].map((which) => one.call('lookup', { which, of: index })));
        return answers.map(({ id }) => id);
      }),
    );
    for (const each of ids) expect(each).toEqual([2, 3, 4]);
    for (const one of clients) {
      expect(one.lines.filter(({ id }) => id !== undefined)).toHaveLength(4);
      await one.close();
    }
  });

  test('that sends what is nested too deeply is refused, and so is one without a valid credential', async () => {
    verifies('matrix-20');
    const deep = `${'['.repeat(65)}${']'.repeat(65)}`;
    client.write(
      `{"jsonrpc":"2.0","id":"deep","method":"tools/call","params":{"name":"lookup","arguments":{"a":${deep}}}}`,
    );
    await until('it is refused', () =>
      client.lines.some(({ id, error }) => id === 'deep' && error !== undefined),
    );
    await using nobody = stdioTo(gateway, 'blf_nobody');
    expect(reasonsOf(await nobody.request('initialize', INITIALIZE))).toEqual(['unauthenticated']);
  });
});

test('a gateway that is killed under load answers by stdio what it cannot know, and each call that arrived was recorded', {
  timeout: 180_000,
}, async () => {
  verifies('matrix-15', 'strict-record');
  await using folder = await temporaryFolder();
  const counting = await CountingUpstream.open();
  await using _upstream = counting;
  const options = { upstream: counting.url, folder: folder.path, configuration: { engine: PATIENT } };
  await using first = await GatewayProcess.start(options);
  await first.whenReady();
  counting.witness = witnessOf(first.record);
  await using loading = stdioTo(first);
  await loading.open();
  counting.behaviour = (call, response) => {
    if (counting.calls.length <= 20) answering(call, response);
  };
  const answers = Array.from({ length: 40 }, (_, at) => loading.call('lookup', { at }));
  await until('some are under way', () => counting.calls.length > 20);
  await first.kill();
  const told = await Promise.all(answers);
  expect(told.filter(isDone).length).toBeGreaterThan(0);
  for (const answer of told) if (!isDone(answer)) expect(reasonsOf(answer)).toEqual(['not_ready']);
  await using second = await GatewayProcess.start(options);
  await second.whenReady();
  counting.behaviour = answering;
  expect(isDone(await loading.call('lookup', { after: true })), 'it goes on with the next gateway').toBe(
    true,
  );
  await loading.close();
  await second.stop();
  expectPromisesKept(readRecord(second.record), counting, []);
  await expectChainHolds(second.record);
});

test('a configuration that cannot be used ends it with the reason, and nothing on its output', async () => {
  verifies('matrix-19');
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'bailiff.yaml'), 'policy: { directory: policy }\nunknown_key: 1\n');
  await using started = stdioTo({ folder: folder.path });
  await until('it ends', () => started.hasEnded);
  await until('it has said why', () => started.complained.includes('unknown_key'));
  expect(started.child.exitCode).toBe(2);
  expect(started.lines).toEqual([]);
});
