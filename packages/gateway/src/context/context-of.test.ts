import { Catalogue, type EnforcementResult, Failure, Input, type ListCall } from '@bailiff/contract';
import { describe, expect, test } from 'vitest';
import { forwarded, mara, modelCall, read, release, signal, stageWith } from './testing/support-call.ts';

describe('the input of a call', () => {
  test('holds what the credential, the directory, the catalogue and the configuration say', async () => {
    const stage = stageWith();
    const { input, dataClassSources, defaulted } = await stage.contextOf(read, signal);
    expect(input).toEqual({
      schema: 'bailiff/input/v1',
      agent: { id: 'support-bot', scope: 'support', owner_team: 'cx', version: '3.2.0', chain: ['planner'] },
      user: {
        id: 'mara',
        kind: 'human',
        groups: ['support', 'tier-2'],
        data_classifications_authorized: ['internal', 'public'],
      },
      action: {
        type: 'tool_call',
        phase: 'request',
        target: { kind: 'tool', id: 'crm.read' },
        server: 'crm',
        tool: 'crm.read',
        tool_name: 'read',
        model: '',
        subagent: '',
        provider: 'acme-crm',
        region: 'eu-west',
        args: { table: 'customers', id: 7 },
        effects: ['read', 'write'],
        blast_radius: 'low',
        estimated_tokens: 7,
        data_classes_referenced: ['customer_data', 'internal'],
      },
      result: null,
      context: expect.objectContaining({ turn_count: 1, cumulative_tokens: 7, identical_calls: 1 }),
      session: read.session,
      environment: {
        region: 'us-east',
        time: '2026-11-22T13:45:00Z',
        time_s: 1_795_355_100,
        weekday: 'sunday',
        minute_of_day: 825,
        is_production: true,
        flags: { change_freeze: false },
      },
      usage: {},
      approval: null,
    });
    expect(dataClassSources).toEqual([
      { class: 'customer_data', source: 'argument' },
      { class: 'internal', source: 'tool' },
    ]);
    expect(defaulted).toEqual([]);
  });

  test('names a model’s provider and region from the catalogue', async () => {
    const { input } = await stageWith().contextOf(modelCall, signal);
    expect(input.action).toMatchObject({
      provider: 'acme',
      region: 'eu-central',
      effects: ['external'],
      tool: '',
    });
  });

  test('knows nobody and nothing without a release, and is an input all the same', async () => {
    const without = await stageWith(null).contextOf(read, signal);
    expect(without.release).toBeUndefined();
    expect(Input.safeParse(without.input).success).toBe(true);
    expect(without.input.action).toMatchObject({ blast_radius: 'high', data_classes_referenced: [] });
    expect(without.defaulted).toEqual([
      'action.blast_radius',
      'action.effects',
      'agent.owner_team',
      'agent.scope',
      'user.data_classifications_authorized',
      'user.groups',
      'user.kind',
    ]);
  });

  test('has no user where the agent acts for nobody', async () => {
    const { input } = await stageWith().contextOf({ ...read, principal: { ...mara, userId: '' } }, signal);
    expect(input.user).toEqual({ id: '', kind: 'none', groups: [], data_classifications_authorized: [] });
  });

  test('counts the same arguments as the same call in whatever order they come', async () => {
    const stage = stageWith();
    await stage.contextOf(read, signal);
    const again = await stage.contextOf({ ...read, args: { id: 7, table: 'customers' } }, signal);
    expect(again.input.context.identical_calls).toBe(2);
    const other = await stage.contextOf({ ...read, args: { id: '7', table: 'customers' } }, signal);
    expect(other.input.context.identical_calls).toBe(1);
  });

  test.each([
    ['text in arguments', { args: { text: '\ud800' } }],
    ['a target', { target: { kind: 'tool' as const, id: 'crm.\udc00' } }],
  ])('refuses %s that is no Unicode, and does not count it', async (_what, part) => {
    const stage = stageWith();
    const refused = stage.contextOf({ ...read, ...part }, signal);
    await expect(refused).rejects.toMatchObject({ code: 'input_invalid' });
    expect((await stage.contextOf(read, signal)).input.context.tool_calls_in_a_row).toBe(1);
  });

  test('is not made for a client that has gone', async () => {
    await expect(stageWith().contextOf(read, AbortSignal.abort())).rejects.toMatchObject({
      code: 'client_gone',
    });
    await expect(stageWith().listContextOf(listing, AbortSignal.abort())).rejects.toMatchObject({
      code: 'client_gone',
    });
  });
});

const { args: _args, bytes: _bytes, given: _given, ...shared } = read;
const listing: ListCall = {
  ...shared,
  target: { kind: 'tool', id: 'crm.*' },
  toolName: '',
  candidates: [
    { target: { kind: 'tool', id: 'crm.read' }, tool_name: 'read' },
    { target: { kind: 'tool', id: 'crm.constructor' }, tool_name: 'constructor' },
  ],
};

describe('the input of a list', () => {
  test('describes each candidate with its declared classes only', async () => {
    const { input } = await stageWith().listContextOf(listing, signal);
    expect(input.action).toMatchObject({ phase: 'list', args: {}, estimated_tokens: 0 });
    expect(input.candidates).toEqual([
      {
        target: { kind: 'tool', id: 'crm.read' },
        server: 'crm',
        tool: 'crm.read',
        tool_name: 'read',
        effects: ['read', 'write'],
        blast_radius: 'low',
        data_classes_referenced: ['internal'],
      },
      {
        target: { kind: 'tool', id: 'crm.constructor' },
        server: 'crm',
        tool: 'crm.constructor',
        tool_name: 'constructor',
        effects: ['destructive', 'external', 'read', 'write'],
        blast_radius: 'high',
        data_classes_referenced: [],
      },
    ]);
  });

  test('takes a URI template for the place that it names, and the list itself for its server', async () => {
    const place = { effects: ['read'], blast_radius: 'low' };
    const catalogue = Catalogue.parse({
      data_classes: {},
      regions: {},
      servers: {
        crm: {
          title: 'CRM',
          data_classes: ['internal'],
          resources: [
            { ...place, uri: 'crm://products/*', data_classes: ['public'] },
            { ...place, uri: 'crm://customers/*', data_classes: ['customer_data'] },
          ],
        },
      },
      models: {},
    });
    const { input } = await stageWith({ ...release, catalogue }).listContextOf(
      {
        ...listing,
        type: 'resource_read',
        target: { kind: 'resource', id: '*' },
        candidates: ['crm://products/{id}', 'crm://products/%31'].map((id) => ({
          target: { kind: 'resource', id },
          tool_name: '',
        })),
      },
      signal,
    );
    expect(input.action.data_classes_referenced).toEqual(['internal']);
    expect(input.candidates.map((candidate) => candidate.data_classes_referenced)).toEqual([
      ['public'],
      ['customer_data', 'internal', 'public'],
    ]);
  });

  test('is refused beyond what one evaluation decides about', async () => {
    const [candidate] = listing.candidates;
    if (candidate === undefined) throw new Error('the listing is empty');
    const long = { ...listing, candidates: Array.from({ length: 2_001 }, () => candidate) };
    await expect(stageWith().listContextOf(long, signal)).rejects.toMatchObject({ code: 'upstream_invalid' });
  });
});

describe('what is remembered of a call', () => {
  const failed = (code: 'upstream_timeout' | 'upstream_unavailable'): EnforcementResult<null> => ({
    kind: 'failed',
    failure: new Failure(code),
    durationMs: 5,
  });

  test.each([
    ['a forwarded call', forwarded, ['customer_data']],
    ['an allow that the caller enforces', { kind: 'answered' } as const, ['customer_data']],
    ['an answer that broke off', failed('upstream_timeout'), ['customer_data']],
    ['a server that was not reached', failed('upstream_unavailable'), []],
    ['a refusal', { kind: 'refused' } as const, []],
    ['a call that is held', { kind: 'held' } as const, []],
  ])('%s has shown %3$j', async (_what, result, seen) => {
    const stage = stageWith();
    stage.remember(await stage.contextOf(read, signal), result);
    const { input } = await stage.contextOf(read, signal);
    expect(input.context.data_classes_seen).toEqual(seen);
    expect(input.context.recent_tools).toEqual(
      ['forwarded', 'answered'].includes(result.kind) ? ['crm.read'] : [],
    );
  });

  test('a tool that is not listed may have shown what its server touches', async () => {
    const unlisted = { ...read, target: { kind: 'tool' as const, id: 'shadow.read' }, server: 'shadow' };
    const stage = stageWith();
    stage.remember(await stage.contextOf(unlisted, signal), forwarded);
    const { input } = await stage.contextOf(read, signal);
    expect(input.context.data_classes_seen).toEqual(['customer_data']);
  });

  test('answers count as tokens of the conversation', async () => {
    const stage = stageWith();
    stage.remember(await stage.contextOf(read, signal), forwarded);
    expect((await stage.contextOf(read, signal)).input.context.cumulative_tokens).toBe(7 + 100 + 7);
  });

  test('a model is sent what the conversation has seen', async () => {
    const stage = stageWith();
    stage.remember(await stage.contextOf(read, signal), forwarded);
    const { input, dataClassSources } = await stage.contextOf(modelCall, signal);
    expect(input.action.data_classes_referenced).toEqual(['customer_data']);
    expect(dataClassSources).toEqual([{ class: 'customer_data', source: 'conversation' }]);
  });
});
