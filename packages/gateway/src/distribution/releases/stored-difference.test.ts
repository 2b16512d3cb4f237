import { type Release, ReleaseDifferenceDocument } from '@bailiff/contract';
import { beforeAll, expect, test } from 'vitest';
import { buildSample, type Files, metadata, SAMPLE_OVERRIDE } from '../testing/sample-release.ts';
import { type Compared, storedDifference } from './stored-difference.ts';

const whole = (release: Release): Compared => ({
  ...{ policyVersion: release.policyVersion, data: release.data, release },
});
let before: Compared;
beforeAll(async () => {
  before = whole((await buildSample()).release);
});

async function changed(files: Files): Promise<ReleaseDifferenceDocument> {
  const after = whole((await buildSample(files)).release);
  return ReleaseDifferenceDocument.parse(await storedDifference(before, after));
}

test('a release and itself do not differ', async () => {
  const { from, to, ...lists } = await storedDifference(before, before);
  expect(from).toBe(to);
  for (const [name, list] of Object.entries(lists)) expect(list, name).toEqual([]);
});

test('a change of a table is told by the path and both values, of the bundle that it is in', async () => {
  const { data, rules, rego } = await changed({ 'compliance/data.yaml': 'rows_max: 100\n' });
  expect({ rules, rego }).toEqual({ rules: [], rego: [] });
  expect(data).toEqual([
    {
      part: 'compliance',
      changes: [{ kind: 'changed', path: 'policy.compliance.rows_max', from: 50, to: 100 }],
      more: 0,
    },
  ]);
});

test('a user who joins a group, and an override that is added, are told', async () => {
  const { data } = await changed({
    'identity/data.yaml':
      'agents:\n  bot: { scope: support, owner_team: cx }\nusers:\n  mara: { kind: human, groups: [support, admins] }\n',
    'overrides/data.yaml': SAMPLE_OVERRIDE,
  });
  expect(data.map(({ part, changes }) => [part, changes.map(({ kind, path }) => [kind, path])])).toEqual([
    ['identity', [['members', 'policy.identity.users.mara.groups']]],
    ['overrides', [['added', 'policy.overrides.overrides[id="o-1"]']]],
  ]);
  expect(data[0]?.changes).toMatchObject([{ added: ['admins'], removed: [] }]);
});

test('the catalogue and what release.yaml says of all are told value by value', async () => {
  const { data, catalogue } = await changed({
    'catalogue.yaml':
      'data_classes: { customer_data: { title: Customers } }\nregions: { eu: { title: Europe } }\nservers:\n  crm:\n    title: CRM\n    data_classes: [customer_data]\n    tools: { read: { effects: [read, write], blast_radius: low } }\n  everything: { title: Everything }\nmodels: { small: { title: Small, provider: us, region: eu } }\n',
    'release.yaml':
      'name: sample\nversion: 1.2.3\ncatalogue: catalogue.yaml\nbundles:\n  identity: { path: identity }\n  resource: { path: resource }\n  compliance: { path: compliance }\n  overrides: { path: overrides }\n  servers/crm: { path: servers/crm, may_grant: false }\nservers_without_bundle: [everything]\naudit: { level: full, retention_days: 180 }\n',
  });
  expect(catalogue.map(({ name }) => name)).toEqual(['servers/crm']);
  expect(data).toMatchObject([
    {
      part: 'catalogue',
      changes: [{ kind: 'members', path: 'catalogue.servers.crm.tools.read.effects', added: ['write'] }],
    },
    { part: 'release', changes: [{ path: 'release.audit.level', from: 'basic', to: 'full' }] },
  ]);
});

const RULE = (body: string) =>
  `package policy.compliance\n\n${metadata('too_many_rows', ['overridable: true'])}${body}\n`;

test('a rule of which the Rego alone is another is told to be changed', async () => {
  const body = 'deny contains "rows" if input.action.args.rows >= data.policy.compliance.rows_max + 1';
  const { rules, rego, data } = await changed({ 'compliance/compliance.rego': RULE(body) });
  expect(rules).toEqual([{ name: 'compliance.rows', from: 'deny, enforce', to: 'deny, enforce (changed)' }]);
  expect(rego).toMatchObject([
    { part: 'compliance', changes: [{ rule: 'compliance.rows', to: body }], more: 0 },
  ]);
  expect(data).toEqual([]);
});

test('a rule that came or went is told once as that', async () => {
  const { rules } = await changed({ 'servers/crm/crm.rego': 'package servers.crm\n' });
  expect(rules).toEqual([{ name: 'servers.crm.delete', from: 'require_approval, enforce', to: null }]);
});

test('of a release of which only its note is stored, what the note says is compared, and what not is told', async () => {
  const { release } = await buildSample({ 'servers/crm/crm.rego': 'package servers.crm\n' });
  const told = await storedDifference({ ...before, release: undefined }, whole(release));
  expect(told.bundles.map(({ name }) => name)).toEqual(['servers/crm']);
  expect([told.rules, told.catalogue, told.data, told.rego]).toEqual([[], [], [], []]);
  expect(told.not_compared).toEqual([
    { policy_version: before.policyVersion, detail: expect.stringContaining('no longer stored') },
  ]);
});

test('where a bundle is damaged, rules are compared all the same', async () => {
  const { release } = await buildSample({ 'servers/crm/crm.rego': 'package servers.crm\n' });
  const told = await storedDifference(before, whole({ ...release, bundle: release.bundle.subarray(0, 99) }));
  expect(told.rules.map(({ name }) => name)).toEqual(['servers.crm.delete']);
  expect(told.not_compared).toMatchObject([{ policy_version: release.policyVersion }]);
});
