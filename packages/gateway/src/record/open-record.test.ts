import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  type CallContext,
  type Candidate,
  DecisionEntry,
  type EnforcementResult,
  Failure,
  type ListContext,
  OutcomeEntry,
  type Principal,
  RefusalEntry,
} from '@bailiff/contract';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqliteLog } from '../stores/sqlite/log/decision-log.ts';
import { openSqliteReader } from '../stores/sqlite/reader/decision-reader.ts';
import { createRecorder, type Recorder } from './open-record.ts';
import type { DecisionReader } from './reader.ts';
import { SAMPLE_MS, type SampleOptions, sampleInput } from './testing/sample-entries.ts';
import { decisionOf, WatchedLog } from './testing/watched-log.ts';

const NEVER = new AbortController().signal;
/** Long enough for a busy machine; a test that passes does not wait for it. */
const PATIENTLY = { timeout: 20_000 };
const BYTES = new TextEncoder().encode('{"jsonrpc":"2.0","id":"d-1","method":"tools/call"}');

const principal: Principal = {
  agentId: 'support-bot',
  agentVersion: '3.2.0',
  chain: [],
  userId: 'mara',
  authMethod: 'jwt',
  credentialId: 'jti-1',
  issuer: 'https://issuer.example',
  permissions: new Set(),
  conversation: '',
};

function contextOf(options: SampleOptions, bytes: Uint8Array | undefined = BYTES): CallContext {
  const input = sampleInput(options);
  const { type, target, server, tool_name, model, subagent, args } = input.action;
  return {
    call: {
      decisionId: options.id,
      principal,
      type,
      target,
      server,
      toolName: tool_name,
      model,
      subagent,
      args,
      session: input.session,
      conversationKey: '',
      bytes,
      given: undefined,
    },
    input,
    release: undefined,
    dataClassSources: [{ class: 'customer_data', source: 'tool' }],
    defaulted: [],
    contextMs: 0.1234567,
  };
}

describe('a recorder', () => {
  let folder: string;
  let log: WatchedLog;
  let reader: DecisionReader;
  let recorder: Recorder;

  const openWith = async (
    mode: 'strict' | 'buffered',
    limits = { queue_max: 100, write_timeout_ms: 5_000 },
  ) => {
    const file = join(folder, 'decisions.db');
    const sqlite = await openSqliteLog({ file, buffer_ms: 20, ...limits });
    log = new WatchedLog(sqlite);
    reader = await openSqliteReader({ file, catchUp: () => sqlite.catchUp() });
    recorder = createRecorder({
      log,
      clock: () => SAMPLE_MS,
      mode,
      maskKey: Buffer.alloc(32, 1),
      version: '1.2.3',
    });
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'recorder-'));
    await openWith('strict');
  });
  afterEach(async () => {
    await reader[Symbol.asyncDispose]();
    await log[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });
  const entriesOf = async (id: string) => (await reader.find(id, NEVER)).map(({ entry }) => entry);

  test('has the decision on disk, as the contract says, before it gives the record', async () => {
    await recorder.openRecord(contextOf({ id: 'd-1' }), decisionOf({ id: 'd-1' }), NEVER);
    const [entry] = await entriesOf('d-1');
    expect(DecisionEntry.parse(entry)).toMatchObject({
      decision_id: 'd-1',
      at: new Date(SAMPLE_MS).toISOString(),
      principal: { agent: 'support-bot', user: 'mara', auth_method: 'jwt', credential_id: 'jti-1' },
      input: sampleInput({ id: 'd-1' }),
      gateway: { version: '1.2.3', record_mode: 'strict' },
      latency: { context_ms: 0.123, decision_ms: 1.5 },
      list: null,
      forward: { digest: createHash('sha256').update(BYTES).digest('hex'), bytes: BYTES.length },
    });
  });

  test('records no bytes where the caller enforces', async () => {
    const context = contextOf({ id: 'd-1' });
    await recorder.openRecord(
      { ...context, call: { ...context.call, bytes: undefined } },
      decisionOf({ id: 'd-1' }),
      NEVER,
    );
    expect(await entriesOf('d-1')).toMatchObject([{ forward: null }]);
  });

  test('records no bytes where an allow is carried out in another way than by sending them', async () => {
    const context = contextOf({ id: 'd-1' });
    const carryOut = async () => ({ member: 'result', json: '{}' }) as const;
    const call = { ...context.call, carryOut };
    await recorder.openRecord({ ...context, call }, decisionOf({ id: 'd-1' }), NEVER);
    expect(await entriesOf('d-1')).toMatchObject([{ forward: null }]);
  });

  test.each<[string, EnforcementResult<unknown>, object]>([
    [
      'forwarded',
      { kind: 'forwarded', response: {}, bytes: 9, durationMs: 2.34567 },
      { result: 'forwarded', bytes: 9, tokens: 3, cost_cents: 0, duration_ms: 2.346 },
    ],
    ['answered', { kind: 'answered' }, { result: 'answered', bytes: 0 }],
    ['refused', { kind: 'refused' }, { result: 'refused' }],
    ['held', { kind: 'held' }, { result: 'held' }],
    [
      'failed',
      { kind: 'failed', failure: new Failure('upstream_timeout'), durationMs: 5 },
      { result: 'failed', failure: 'upstream_timeout' },
    ],
  ])('closes a record with what became of it: %s', async (_kind, result, outcome) => {
    const record = await recorder.openRecord(contextOf({ id: 'd-1' }), decisionOf({ id: 'd-1' }), NEVER);
    await record.close(result);
    await expect.poll(() => entriesOf('d-1'), PATIENTLY).toHaveLength(2);
    const [, entry] = await entriesOf('d-1');
    expect(OutcomeEntry.parse(entry)).toMatchObject(outcome);
  });

  test('closing never throws, not even after the log is gone', async () => {
    const record = await recorder.openRecord(contextOf({ id: 'd-1' }), decisionOf({ id: 'd-1' }), NEVER);
    await log[Symbol.asyncDispose]();
    await expect(record.close({ kind: 'refused' })).resolves.toBeUndefined();
  });

  test('strict mode waits for the disk for every decision', async () => {
    for (const outcome of ['allow', 'deny', 'approval_required'] as const) {
      await recorder.openRecord(contextOf({ id: outcome }), decisionOf({ id: outcome, outcome }), NEVER);
    }
    expect(log.asked.map(({ durable }) => durable)).toEqual([true, true, true]);
  });

  test('buffered mode waits for denials, approvals and what must be audited, and for no other', async () => {
    await reader[Symbol.asyncDispose]();
    await log[Symbol.asyncDispose]();
    await openWith('buffered');
    for (const options of [
      { id: 'd-1' },
      { id: 'd-2', outcome: 'deny' },
      { id: 'd-3', outcome: 'approval_required' },
      { id: 'd-4', auditRequired: true },
    ] as const) {
      await recorder.openRecord(contextOf(options), decisionOf(options), NEVER);
    }
    expect(log.asked.map(({ durable }) => durable)).toEqual([false, true, true, true]);
  });

  test('masks before anything is stored, and by a mask of the answer only', async () => {
    const options = { id: 'd-1', args: { iban: 'DE89370400440532013000' } };
    const fields = { '/action/args/iban': 'remove' } as const;
    const masking = decisionOf({ ...options, mask: fields });
    await recorder.openRecord(contextOf(options), masking, NEVER);
    const [entry] = await entriesOf('d-1');
    expect(JSON.stringify(entry)).not.toContain('DE8937');
    expect(entry).toMatchObject({ masked: [{ path: '/action/args/iban', strategy: 'remove' }] });
    await recorder.openRecord(
      contextOf({ ...options, id: 'd-2' }),
      decisionOf({ ...options, id: 'd-2' }),
      NEVER,
    );
    expect(await entriesOf('d-2')).toMatchObject([{ masked: [] }]);
  });

  test('stores the text of the input that was evaluated, character for character', async () => {
    const context = contextOf({ id: 'd-1', args: { note: 'it’s “quoted”\n' } });
    const inputText = JSON.stringify(context.input);
    await recorder.openRecord(context, { ...decisionOf({ id: 'd-1' }), inputText }, NEVER);
    const [entry] = await entriesOf('d-1');
    expect(DecisionEntry.parse(entry)).toMatchObject({ input: context.input, masked: [] });
    const database = new DatabaseSync(join(folder, 'decisions.db'), { readOnly: true });
    expect(database.prepare('SELECT document FROM log').get()?.document).toContain(inputText);
    database.close();
  });

  test('never stores the text of an input in which something is masked', async () => {
    const options = { id: 'd-1', args: { iban: 'DE89370400440532013000' } };
    const context = contextOf(options);
    const mask = { '/action/args/iban': 'remove' } as const;
    const inputText = JSON.stringify(context.input);
    await recorder.openRecord(context, { ...decisionOf({ ...options, mask }), inputText }, NEVER);
    expect(JSON.stringify(await entriesOf('d-1'))).not.toContain('DE8937');
  });

  test('masks what a refused call carried like what an allowed one did', async () => {
    const options = { id: 'd-1', outcome: 'deny', args: { iban: 'DE89370400440532013000' } } as const;
    const mask = { '/action/args/iban': 'remove' } as const;
    await recorder.openRecord(contextOf(options), decisionOf({ ...options, mask }), NEVER);
    expect(JSON.stringify(await entriesOf('d-1'))).not.toContain('DE8937');
  });

  test.each([
    1, 5,
  ])('hides every argument on row %i, where policy could not say what is secret', async (resolution) => {
    const options = { id: 'd-1', outcome: 'deny', args: { iban: 'DE89370400440532013000' } } as const;
    await recorder.openRecord(contextOf(options), decisionOf({ ...options, resolution }), NEVER);
    expect(JSON.stringify(await entriesOf('d-1'))).not.toContain('DE8937');
  });

  const listContextOf = (options: SampleOptions, tools: readonly string[]): ListContext => {
    const { input, call, ...context } = contextOf(options);
    const { args, bytes, given, ...list } = call;
    const candidates = tools.map(
      (tool): Candidate => ({
        target: { kind: 'tool', id: `crm.${tool}` },
        server: 'crm',
        tool: `crm.${tool}`,
        tool_name: tool,
        effects: ['read'],
        blast_radius: 'low',
        data_classes_referenced: [],
      }),
    );
    return { ...context, call: { ...list, candidates }, input: { ...input, candidates } };
  };

  test('masks a list’s record by the answer’s mask like a call’s', async () => {
    const decision = decisionOf({ id: 'd-1', mask: { '/user/id': 'hash' } });
    await recorder.openListRecord(
      listContextOf({ id: 'd-1' }, ['read']),
      { ...decision, visible: [0] },
      NEVER,
    );
    const [entry] = await entriesOf('d-1');
    expect(JSON.stringify(entry)).not.toContain('mara');
    expect(entry).toMatchObject({
      masked: [{ path: '/user/id', strategy: 'hash' }],
      list: { candidates: 1, visible: ['crm.read'] },
    });
  });

  test('makes one record of a list: how many there were and which were shown', async () => {
    const listContext = listContextOf({ id: 'd-1' }, ['read', 'delete', 'find']);
    await recorder.openListRecord(listContext, { ...decisionOf({ id: 'd-1' }), visible: [0, 2] }, NEVER);
    const [entry] = await entriesOf('d-1');
    expect(entry).toMatchObject({
      list: { candidates: 3, visible: ['crm.read', 'crm.find'] },
      forward: null,
    });
  });

  test('records a request that was refused before there was a decision', async () => {
    const refused = {
      decisionId: 'd-1',
      principal: undefined,
      failure: new Failure('unauthenticated'),
      route: 'POST /mcp/crm',
    };
    expect(await recorder.recordRefusal(refused)).toBe(true);
    await expect.poll(() => entriesOf('d-1'), PATIENTLY).toHaveLength(1);
    expect(RefusalEntry.parse((await entriesOf('d-1'))[0])).toMatchObject({
      failure: 'unauthenticated',
      principal: { auth_method: 'none' },
    });
    await log[Symbol.asyncDispose]();
    expect(await recorder.recordRefusal({ ...refused, decisionId: 'd-2' })).toBe(false);
  });

  test('a flood of refused requests leaves room for calls, and the next one recorded says how many are missing', async () => {
    await reader[Symbol.asyncDispose]();
    await log[Symbol.asyncDispose]();
    await openWith('strict', { queue_max: 30, write_timeout_ms: 5_000 });
    const refuse = (decisionId: string) =>
      recorder.recordRefusal({
        decisionId,
        principal: undefined,
        failure: new Failure('unauthenticated', 'No credential.'),
        route: 'POST /mcp/crm',
      });
    const flood = Promise.all(Array.from({ length: 30 }, (_, number) => refuse(`r-${number}`)));
    const call = recorder.openRecord(contextOf({ id: 'd-1' }), decisionOf({ id: 'd-1' }), NEVER);
    expect((await flood).filter((taken) => taken)).toHaveLength(3);
    await expect(call).resolves.toBeDefined();
    expect(await refuse('later')).toBe(true);
    await expect.poll(() => entriesOf('later'), PATIENTLY).toHaveLength(1);
    expect((await entriesOf('later'))[0]).toMatchObject({
      detail: 'No credential. (27 refusals before were not recorded.)',
    });
    expect(await refuse('last')).toBe(true);
    await expect.poll(() => entriesOf('last'), PATIENTLY).toHaveLength(1);
    expect((await entriesOf('last'))[0]).toMatchObject({ detail: 'No credential.' });
  });

  test('a flood of requests without a credential is recorded up to a bound, whatever the time it is given', async () => {
    let nowMs = SAMPLE_MS;
    const counting = createRecorder({
      log,
      clock: () => nowMs,
      mode: 'strict',
      version: '1.2.3',
      maskKey: Buffer.alloc(32, 1),
    });
    const failure = new Failure('unauthenticated', 'No credential.');
    let number = 0;
    const refuse = (caller: Principal | undefined) =>
      counting.recordRefusal({
        decisionId: `r-${number++}`,
        principal: caller,
        failure,
        route: 'POST /mcp/crm',
      });
    const flood = async (requests: number) => {
      let taken = 0;
      for (let time = 0; time < requests; time += 1) if (await refuse(undefined)) taken += 1;
      return taken;
    };
    const written = () => log.asked.length;
    await flood(1_500);
    expect(written(), 'the burst').toBe(1_000);
    nowMs += 60_000;
    await flood(100);
    expect(written(), 'one minute later').toBe(1_010);
    nowMs -= 3_600_000;
    await flood(100);
    expect(written(), 'a clock that was set back').toBe(1_010);
    await refuse(principal);
    expect(written(), 'a caller that is known is not meant').toBe(1_011);
  });

  test('a client that leaves meanwhile: nothing may happen, and the record says so', async () => {
    const leaving = new AbortController();
    const opening = recorder.openRecord(contextOf({ id: 'd-1' }), decisionOf({ id: 'd-1' }), leaving.signal);
    leaving.abort();
    await expect(opening).rejects.toMatchObject({ code: 'client_gone' });
    await expect
      .poll(() => entriesOf('d-1'), PATIENTLY)
      .toMatchObject([{ kind: 'decision' }, { kind: 'outcome', result: 'failed', failure: 'client_gone' }]);
  });

  test('a store that cannot be written: nothing may happen, and once it can be, the record says so', async () => {
    await reader[Symbol.asyncDispose]();
    await log[Symbol.asyncDispose]();
    await openWith('strict', { queue_max: 100, write_timeout_ms: 200 });
    using other = new DatabaseSync(join(folder, 'decisions.db'));
    other.exec('BEGIN IMMEDIATE');
    const opening = recorder.openRecord(contextOf({ id: 'd-1' }), decisionOf({ id: 'd-1' }), NEVER);
    await expect(opening).rejects.toMatchObject({ code: 'record_unavailable' });
    other.exec('ROLLBACK');
    await expect
      .poll(() => entriesOf('d-1'), PATIENTLY)
      .toMatchObject([
        { kind: 'decision' },
        { kind: 'outcome', result: 'failed', failure: 'record_unavailable' },
      ]);
  });

  test('a queue that is full: nothing may happen, and nothing is recorded', async () => {
    await reader[Symbol.asyncDispose]();
    await log[Symbol.asyncDispose]();
    await openWith('strict', { queue_max: 1, write_timeout_ms: 5_000 });
    const first = recorder.openRecord(contextOf({ id: 'd-1' }), decisionOf({ id: 'd-1' }), NEVER);
    const second = recorder.openRecord(contextOf({ id: 'd-2' }), decisionOf({ id: 'd-2' }), NEVER);
    await expect(second).rejects.toMatchObject({ code: 'overloaded' });
    await first;
    expect(await entriesOf('d-2')).toEqual([]);
  });
});
