import type { Release } from '@bailiff/contract';
import { beforeAll, expect, test } from 'vitest';
import { buildSample, metadata } from '../testing/sample-release.ts';
import { releaseDifference } from './release-difference.ts';

let before: Release;
beforeAll(async () => {
  before = (await buildSample()).release;
});
const NOTHING = {
  bundles: [],
  rules: [],
  agents: [],
  tool_pins: [],
  launches: [],
  registrations: [],
  keys: [],
  overrides: [],
  catalogue: [],
};

test('of a release and itself there is none', () => {
  const { from, to, ...lists } = releaseDifference(before, before);
  expect([from, to, lists]).toEqual([before.policyVersion, before.policyVersion, NOTHING]);
});

test('names what was added, removed and changed, each once, and the other way round the reverse', async () => {
  const { release: after } = await buildSample({
    'compliance/compliance.rego': `package policy.compliance\n\n${metadata('too_many_rows', ['mode: watch'])}deny contains "rows" if input.action.args.rows > data.policy.compliance.rows_max\n`,
    'compliance/more.rego': `package policy.compliance\n\n${metadata('more')}deny contains "more" if input.action.args.more\n`,
    'servers/crm/crm.rego': 'package servers.crm\n',
  });
  const there = releaseDifference(before, after);
  expect(there.bundles.map(({ name }) => name)).toEqual(['compliance', 'servers/crm']);
  expect(there.rules).toEqual([
    { name: 'compliance.more', from: null, to: 'deny, enforce' },
    { name: 'compliance.rows', from: 'deny, enforce', to: 'deny, watch' },
    { name: 'servers.crm.delete', from: 'require_approval, enforce', to: null },
  ]);
  const back = releaseDifference(after, before);
  expect(back.rules).toEqual(there.rules.map(({ name, from, to }) => ({ name, from: to, to: from })));
});

test('of a rule in its canary is told whose, so that another share shows', async () => {
  const [tenth, fifth] = await Promise.all(
    ['0.1', '0.2, teams: [cx]'].map((share) =>
      buildSample({
        'compliance/compliance.rego': `package policy.compliance\n\n${metadata('too_many_rows', ['mode: canary', `canary: { share: ${share} }`])}deny contains "rows" if input.action.args.rows > data.policy.compliance.rows_max\n`,
      }),
    ),
  );
  if (!tenth || !fifth) throw new Error('Two were built.');
  const was = 'deny, canary (10 % of agents)';
  expect(releaseDifference(before, tenth.release).rules).toEqual([
    { name: 'compliance.rows', from: 'deny, enforce', to: was },
  ]);
  expect(releaseDifference(tenth.release, fifth.release).rules).toEqual([
    { name: 'compliance.rows', from: was, to: 'deny, canary (20 % of agents and the team cx)' },
  ]);
});

test('a rule that says something else under the same name is told to be changed', async () => {
  const { release: after } = await buildSample({
    'compliance/compliance.rego': `package policy.compliance\n\n${metadata('another_reason')}deny contains "rows" if input.action.args.rows > data.policy.compliance.rows_max\n`,
  });
  expect(releaseDifference(before, after).rules).toEqual([
    { name: 'compliance.rows', from: 'deny, enforce', to: 'deny, enforce (changed)' },
  ]);
});

test('agents, pins and launches are compared by what they are', () => {
  const digest = 'a'.repeat(64);
  const after: Release = {
    ...before,
    data: {
      ...before.data,
      agents: { ...before.data.agents, constructor: ['2.0.0'] },
      tool_pins: { crm: { read: digest } },
      launches: { crm: { kind: 'url', what: 'https://crm.example', digest } },
    },
  };
  const { agents, tool_pins, launches } = releaseDifference(before, after);
  expect(agents).toEqual([{ name: 'constructor', from: null, to: '2.0.0' }]);
  expect(tool_pins).toEqual([{ name: 'crm.read', from: null, to: 'a'.repeat(12) }]);
  expect(launches).toEqual([{ name: 'crm', from: null, to: `url https://crm.example (${'a'.repeat(12)})` }]);
});

test('an override that covers more, or begins earlier, is told with what it covers', () => {
  const override = {
    ...{ id: 'o-1', lifts: ['compliance.rows'], scope: { agents: ['bot'] }, not_before: 60, expires_at: 120 },
    ...{ justification: 'x', ticket: 'x', requested_by: 'omar', approved_by: ['ana'] },
  };
  const having = (more: object): Release => ({
    ...before,
    data: { ...before.data, overrides: [{ ...override, ...more }] },
  });
  const { overrides } = releaseDifference(
    having({}),
    having({ scope: { agents: ['bot', 'admin-bot'], tools: ['crm.read'] }, not_before: 0 }),
  );
  expect(overrides).toEqual([
    {
      name: 'o-1',
      from: 'lifts compliance.rows for agents bot from 1970-01-01T00:01:00.000Z until 1970-01-01T00:02:00.000Z',
      to: 'lifts compliance.rows for agents admin-bot, bot and tools crm.read from 1970-01-01T00:00:00.000Z until 1970-01-01T00:02:00.000Z',
    },
  ]);
});
