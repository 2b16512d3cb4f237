import type { OutcomeEntry, RefusalEntry } from '@bailiff/contract';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DecisionDocument, DecisionList, DecisionView, ProblemDocument } from '../documents.ts';
import { ControlServer, decisionEntry, denial, hash, permission } from '../testing/control-server.ts';

let server: ControlServer;
beforeAll(async () => {
  server = await ControlServer.start();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});
afterEach(() => server.forget());

const outcome = (decisionId: string): OutcomeEntry => ({
  schema: 'bailiff/record/v1',
  kind: 'outcome',
  decision_id: decisionId,
  at: '2026-11-22T13:45:01.000Z',
  result: 'refused',
  failure: null,
  bytes: 0,
  tokens: 0,
  cost_cents: 0,
  duration_ms: 1,
});

describe('reading a decision', () => {
  const about = { agent: 'support-bot', user: 'mara' };

  test('gives operators every entry as it is recorded', async () => {
    server.record(decisionEntry(denial('R1'), about), outcome('R1'));
    const document = DecisionDocument.parse(await (await server.get('/v1/decisions/R1', 'operator')).json());
    expect(document.entries.map(({ seq, entry }) => [seq, entry.kind])).toEqual([
      [1, 'decision'],
      [2, 'outcome'],
    ]);
    expect(document.entries[0]).toMatchObject({
      previous_hash: hash,
      entry: { input: { action: { args: { id: 'secret-argument' } } } },
    });
  });

  test('gives the agent and the user it was about the short form', async () => {
    for (const as of ['agent', 'mara'] as const) {
      const text = await (await server.get('/v1/decisions/R1', as)).text();
      expect(DecisionView.parse(JSON.parse(text))).toEqual({
        decision_id: 'R1',
        at: '2026-11-22T13:45:00.000Z',
        asked: { type: 'tool_call', target: 'crm.read' },
        outcome: 'deny',
        reasons: ['data_class_unauthorized_for_user'],
        message: 'Denied: the user is not cleared for customer data.',
        remediation: 'request_elevated_data_access',
        alternatives: [{ change: { 'action.model': 'onprem-70b' }, verified: true }],
        appeal_path: 'https://tickets.example/privacy',
        simulated: false,
        result: 'refused',
      });
      for (const hidden of ['secret-argument', '"owner"', 'compliance', 'support-bot'])
        expect(text).not.toContain(hidden);
    }
  });

  test('answers everyone else exactly as if there were nothing', async () => {
    server.record(decisionEntry(permission('R2'), { agent: 'ops-bot', user: '' }));
    const absent = await (await server.get('/v1/decisions/R9', 'other')).text();
    for (const [path, as] of [
      ['R1', 'other'],
      ['R1', 'lonely'],
      ['R1', 'decider'],
      ['R2', 'agent'],
      ['R2', 'mara'],
      ['%00', 'agent'],
      ['a'.repeat(200), 'agent'],
      ["'; DROP TABLE entries; --", 'agent'],
    ] as const) {
      const response = await server.get(`/v1/decisions/${path}`, as);
      expect(response.status).toBe(404);
      expect(await response.text()).toBe(absent);
    }
    expect((await server.get('/v1/decisions/R2', 'lonely')).status).toBe(200);
    expect(server.refusals).toEqual([]);
  });

  test('says that the outcome is unknown where none was recorded', async () => {
    expect(await (await server.get('/v1/decisions/R2', 'lonely')).json()).toMatchObject({
      outcome: 'allow',
      result: 'unknown',
    });
  });

  test('tells of a refused request what its sender was told', async () => {
    const refusal: RefusalEntry = {
      schema: 'bailiff/record/v1',
      kind: 'refusal',
      decision_id: 'R3',
      at: '2026-11-22T13:45:00.000Z',
      principal: { ...about, auth_method: 'jwt', credential_id: 'k', issuer: 'test' },
      failure: 'input_invalid',
      detail: 'usage comes from the ledger.',
      route: 'POST /v1/decisions',
    };
    const nobody = { agent: '', user: '', auth_method: 'none', credential_id: '', issuer: '' } as const;
    server.record(refusal, { ...refusal, decision_id: 'R4', principal: nobody });
    expect(await (await server.get('/v1/decisions/R3', 'agent')).json()).toMatchObject({
      outcome: 'deny',
      reasons: ['input_invalid'],
      result: 'refused',
    });
    expect((await server.get('/v1/decisions/R4', 'agent')).status).toBe(404);
    expect((await server.get('/v1/decisions/R4', 'operator')).status).toBe(200);
  });
});

describe('listing decisions', () => {
  test('gives operators a page and where the next one begins', async () => {
    const list = DecisionList.parse(await (await server.get('/v1/decisions', 'operator')).json());
    expect(list).toMatchObject({
      decisions: [{ decision_id: 'D8', at: '1970-01-01T00:00:00.000Z', latency_ms: 1.5 }],
      next: '7',
    });
    expect(server.pages).toEqual([{ filter: {}, options: { limit: 50 } }]);
  });

  test('hands every filter on', async () => {
    const query = new URLSearchParams({
      since: '2026-11-22T00:00:00Z',
      until: '2026-11-23T00:00:00Z',
      agent: 'a',
      team: 't',
      user: 'u',
      conversation: 'c',
      server: 's',
      tool: 'crm.read',
      rule: 'compliance.x',
      reason: 'r',
      outcome: 'deny',
      result: 'refused',
      policy_version: '1+2',
      data_class: 'd',
      latency_over_ms: '50',
      text: 'a b',
      limit: '500',
      cursor: '7',
    });
    expect((await server.get(`/v1/decisions?${query}`, 'operator')).status).toBe(200);
    expect(server.pages).toEqual([
      {
        filter: {
          agent: 'a',
          team: 't',
          user: 'u',
          conversation: 'c',
          server: 's',
          tool: 'crm.read',
          rule: 'compliance.x',
          reason: 'r',
          outcome: 'deny',
          result: 'refused',
          policyVersion: '1+2',
          dataClass: 'd',
          text: 'a b',
          sinceMs: Date.UTC(2026, 10, 22),
          untilMs: Date.UTC(2026, 10, 23),
          latencyOverMs: 50,
        },
        options: { limit: 500, before: 7 },
      },
    ]);
  });

  test.each([
    'agnt=a',
    'agent=a&agent=b',
    'agent=',
    'limit=0',
    'limit=501',
    'limit=-1',
    'since=yesterday',
    'cursor=x',
    'outcome=maybe',
    '__proto__=x',
    '__proto__=x&__proto__=y',
    `agent=${'a'.repeat(513)}`,
    'text=%22%20%2B%2D%2A',
    'text=%00',
    'since=2026-02-30T00:00:00Z',
    'since=2026-11-22T00:00:00%2B01:00',
    'until=2026-11-22T00:00:00Z&since=2026-11-22T00:00:00Z',
    'cursor=-1',
    'cursor=%F0%9F%99%82',
    'limit=0x10',
    'latency_over_ms=NaN',
  ])('refuses ?%s, since ignoring it would show more than was asked for', async (query) => {
    const response = await server.get(`/v1/decisions?${query}`, 'operator');
    const problem = ProblemDocument.parse(await response.json());
    expect(problem).toMatchObject({ status: 400, code: 'bad_request' });
    expect(problem.errors?.[0]?.path).toBe(query.split('=')[0]);
    expect(server.pages).toEqual([]);
  });

  test.each([
    ['agent=a&agent=b', { problem: 'is given more than once', mend: 'Give it once.' }],
    ['limit=-1', { mend: expect.stringContaining('from 1 to 500') }],
    ['since=yesterday', { mend: expect.stringContaining('2026-11-22T13:45:00Z') }],
    [
      `agent=${'a'.repeat(513)}`,
      { problem: 'is beyond 512', mend: expect.stringContaining('512 characters') },
    ],
    ['since=2026-11-22T00:00:00Z&until=2026-11-21T00:00:00Z', { problem: 'is not after since' }],
  ])('says how to mend ?%s', async (query, fault) => {
    const response = await server.get(`/v1/decisions?${query}`, 'operator');
    expect(ProblemDocument.parse(await response.json()).errors?.[0]).toMatchObject(fault);
  });

  test.each([
    ["' OR 1=1; --", 'agent'],
    ['"; %_*\\ NEAR( ^ :', 'text'],
    ['🙂 é \u202e \u0000', 'tool'],
  ])('takes %j for nothing but a value', async (value, name) => {
    const query = new URLSearchParams({ [name]: value });
    expect((await server.get(`/v1/decisions?${query}`, 'operator')).status).toBe(200);
    expect(server.pages).toMatchObject([{ filter: { [name]: value } }]);
  });
});
