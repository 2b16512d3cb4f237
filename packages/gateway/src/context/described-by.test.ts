import { Catalogue } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { read, release, signal, stageWith } from './testing/support-call.ts';

const other = {
  ...release,
  policyVersion: '2.0.0+000000000000',
  catalogue: Catalogue.parse({
    data_classes: {},
    regions: {},
    servers: { crm: { title: 'CRM', tools: { read: { effects: ['destructive'], blast_radius: 'high' } } } },
    models: {},
  }),
  directory: {
    ...release.directory,
    agents: { 'support-bot': { scope: 'sales', owner_team: 'ops', versions: [], status: 'active' as const } },
  },
};

test('another release describes the same call at the same instant, by what it knows, and counts nothing', async () => {
  const stage = stageWith();
  const described = await stage.contextOf(read, signal);
  const again = stage.describedBy(described, other);
  expect(again.release).toBe(other);
  expect(again.input).toMatchObject({
    agent: { scope: 'sales', owner_team: 'ops' },
    action: { effects: ['destructive'], blast_radius: 'high' },
  });
  expect(again.input.context).toEqual(described.input.context);
  expect(again.input.environment).toEqual(described.input.environment);
  expect((await stage.contextOf(read, signal)).input.context.identical_calls).toBe(
    described.input.context.identical_calls + 1,
  );
});

test('the release that described a call describes it as it did', async () => {
  const stage = stageWith();
  const described = await stage.contextOf(read, signal);
  expect(stage.describedBy(described, release)).toBe(described);
  expect(stage.describedBy(described, { ...release }).input).toEqual(described.input);
});

test('a caller’s own view of the conversation is taken once, whoever describes the call', async () => {
  const stage = stageWith();
  const given = {
    simulated: false,
    trusted: true,
    input: { context: { recent_tools: ['a.b'], turn_count: 9 } },
  };
  const described = await stage.contextOf({ ...read, given }, signal);
  expect(described.input.context.recent_tools).toContain('a.b');
  expect(stage.describedBy(described, { ...release }).input).toEqual(described.input);
});
