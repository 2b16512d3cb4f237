import { type ActiveOverride, CATEGORIES, type Json, type JsonObject, ReleaseData } from '@bailiff/contract';
import fc from 'fast-check';
import { DEFAULT_INPUT } from '../default-input.ts';
import { entryDefaults } from '../synthetic-release.ts';

/** A rule set of a bundle, as arrays, and its catalogue. */
export interface Said {
  readonly [set: string]: Json;
}

/** Everything a decision depends on, as data that the harness understands. */
export interface World {
  readonly input: Json;
  readonly release: ReleaseData;
  readonly policy: Readonly<Record<string, Said>>;
  readonly teams: Readonly<Record<string, Readonly<Record<string, Said>>>>;
  readonly servers: Readonly<Record<string, Said>>;
  readonly subagents: Readonly<Record<string, Said>>;
}

/** Kinds that any bundle may use. */
export const KINDS = ['deny', 'require_approval', 'affirm', 'oblige'] as const;
type Kind = (typeof KINDS)[number];

const now = DEFAULT_INPUT.environment.time_s;

/** The duty of a rule that obliges: most are known, and the lists of two of them may contradict each other. */
const duty = fc.constantFrom<JsonObject[]>(
  { kind: 'mask', fields: { '/action/args/a': 'hash' } },
  { kind: 'mask', fields: { '/action/args/a': 'remove', '/user/id': 'partial' } },
  { kind: 'limit', limits: { rows: 50 } },
  { kind: 'limit', limits: { rows: 20, tokens: 9 } },
  { kind: 'allow_only', lists: { models: ['a', 'b'] } },
  { kind: 'allow_only', lists: { models: ['b', 'c'] } },
  { kind: 'allow_only', lists: { models: ['c', 'd'] } },
  { kind: 'audit', level: 'full', retention_days: 30 },
  { kind: 'notify', to: ['privacy'] },
  { kind: 'tag', tags: ['x', 'y'] },
  { kind: 'shred' },
  { kind: 'limit', limits: { rows: 'few' } },
);

interface Rule {
  readonly id: string;
  readonly kind: Kind | 'allow';
  readonly matches: boolean;
  readonly entry: JsonObject;
  readonly duty: JsonObject;
}

const severity = fc.constantFrom('low', 'medium', 'high', 'critical');
const reads = fc.constantFrom<string[][]>([], ['input.action.tool'], ['input.action.args.rows'], ['input']);

function ruleOf(id: string, kinds: readonly Rule['kind'][]): fc.Arbitrary<Rule> {
  return fc.record({
    id: fc.constant(id),
    kind: fc.constantFrom(...kinds),
    matches: fc.constantFrom(true, false, false),
    entry: fc.record({
      severity,
      overridable: fc.boolean(),
      reads,
      remediation: fc.constantFrom('', 'ask'),
      appeal_path: fc.constantFrom('', 'https://tickets.example'),
      controls: fc.constantFrom<string[][]>([], ['GDPR-44'], ['SOC2-1', 'GDPR-44']),
    }) as fc.Arbitrary<JsonObject>,
    duty,
  });
}

/** What a bundle says by these rules: those that match in their sets, all of them in the catalogue. */
export function saidBy(rules: readonly Rule[]): Said {
  const said: Record<string, Json[]> = {};
  const catalogue: Record<string, Json> = {};
  for (const rule of rules) {
    const entry = { ...entryDefaults(rule.id), mode: 'enforce', kind: rule.kind, ...rule.entry };
    catalogue[rule.id] = entry as unknown as Json;
    if (!rule.matches) continue;
    const finding = rule.kind === 'oblige' ? { id: rule.id, ...rule.duty } : rule.id;
    said[rule.kind] = [...(said[rule.kind] ?? []), finding];
  }
  return { ...said, catalogue };
}

/** A bundle with up to three rules, few of which match, so that every row of the table comes up. */
export const anySaid: fc.Arbitrary<Said> = fc
  .tuple(...['r1', 'r2', 'r3'].map((id) => fc.option(ruleOf(id, KINDS), { freq: 2, nil: undefined })))
  .map((rules) => saidBy(rules.filter((rule) => rule !== undefined)));

/** A bundle that also grants, mostly. */
export const anyGranting: fc.Arbitrary<Said> = fc
  .tuple(anySaid, fc.constantFrom(true, true, true, false))
  .map(([said, grants]) => ({
    ...said,
    ...(grants ? { allow: ['g'] } : {}),
    catalogue: {
      ...(said.catalogue as JsonObject),
      g: { ...entryDefaults('g'), kind: 'allow', mode: 'enforce' } as unknown as Json,
    },
  }));

const capabilities = fc.record({
  servers: fc.constantFrom(['*'], ['crm', 'kb'], ['kb']),
  tools: fc.constantFrom(['*'], ['crm.*', 'kb.read'], ['crm.read']),
  resources: fc.constant([]),
  prompts: fc.constant([]),
  models: fc.constant([]),
  subagents: fc.constantFrom(['*'], ['researcher']),
  data_classes: fc.constantFrom(['*'], ['customer_data'], ['internal', 'customer_data']),
});

const LIFTABLE = [
  ...CATEGORIES.flatMap((category) => [`${category}.r1`, `${category}.r2`, `${category}.r3`]),
  'servers.crm.r1',
  'teams.cx.workflow.r1',
];

/** An override that is whole, and valid where the rules that it names may be lifted. */
export const anyOverride: fc.Arbitrary<ActiveOverride> = fc.record({
  id: fc.constantFrom('o-1', 'o-2', 'o-3'),
  lifts: fc.uniqueArray(fc.constantFrom(...LIFTABLE), { minLength: 1, maxLength: 2 }),
  scope: fc.constantFrom<ActiveOverride['scope'][]>(
    { agents: ['support-bot'] },
    { tools: ['crm.read'] },
    { agents: ['support-bot'], users: ['mara'] },
    { users: ['lee'] },
  ),
  not_before: fc.constantFrom(now - 1_000, now - 1_000, now + 1),
  expires_at: fc.constantFrom(now + 1_000, now + 1_000, now),
  justification: fc.constant('The quarterly export must finish before the audit.'),
  ticket: fc.constant('OPS-12'),
  requested_by: fc.constant('mara'),
  approved_by: fc.constantFrom<string[][]>(['kim', 'lou'], ['kim']),
});

const anyInput: fc.Arbitrary<Json> = fc
  .record({
    tool: fc.constantFrom('crm.read', 'kb.read', ''),
    user: fc.constantFrom('mara', 'lee'),
    team: fc.constantFrom('cx', 'ops'),
    subagent: fc.constantFrom('', '', 'researcher'),
    classes: fc.constantFrom<string[][]>([], ['customer_data'], ['internal']),
    approved: fc.option(fc.subarray(LIFTABLE, { minLength: 1 }), { nil: null }),
  })
  .map(({ tool, user, team, subagent, classes, approved }) => ({
    ...(DEFAULT_INPUT as unknown as JsonObject),
    agent: { ...DEFAULT_INPUT.agent, owner_team: team },
    user: { ...DEFAULT_INPUT.user, id: user },
    action: {
      ...(DEFAULT_INPUT.action as unknown as JsonObject),
      server: tool.split('.')[0] ?? '',
      tool,
      tool_name: tool.split('.')[1] ?? '',
      subagent: tool === '' ? 'researcher' : subagent,
      target: tool === '' ? { kind: 'subagent', id: 'researcher' } : { kind: 'tool', id: tool },
      data_classes_referenced: classes,
    },
    approval:
      approved === null
        ? null
        : { id: 'a-1', rules: approved, approved_by: ['kim'], expires_at: '2026-11-22T14:00:00Z' },
  }));

/** A release in which every bundle is there. */
export function releaseWith(overrides: ReleaseData['overrides'], mayGrant: boolean): ReleaseData {
  const names = [...CATEGORIES, 'servers/crm', 'servers/kb', 'subagents/researcher', 'teams/cx/workflow'];
  const registration = { bundle_required: true, may_grant: mayGrant };
  return ReleaseData.parse({
    policy_version: '1.0.0+0123456789ab',
    digest: '',
    categories: [...CATEGORIES],
    bundles: Object.fromEntries(names.map((name) => [name, '1.0.0+0123456789ab'])),
    required: ['identity', 'resource', 'compliance'],
    servers: { crm: registration, kb: registration },
    subagents: { researcher: registration },
    teams: { cx: { workflow: { may_grant: mayGrant } } },
    audit: { level: 'basic', retention_days: 180 },
    overrides,
  });
}

/** A world in which nothing is malformed and no bundle is missing. */
export const anyWorld: fc.Arbitrary<World> = fc
  .record({
    input: anyInput,
    overrides: fc.uniqueArray(anyOverride, { selector: ({ id }) => id, maxLength: 3 }),
    mayGrant: fc.boolean(),
    identity: fc.tuple(anyGranting, capabilities),
    resource: anyGranting,
    workflow: anySaid,
    compliance: anySaid,
    overriding: anySaid,
    crm: anySaid,
    kb: anySaid,
    researcher: anySaid,
    cx: anySaid,
  })
  .map((parts) => ({
    input: parts.input,
    release: releaseWith(parts.overrides, parts.mayGrant),
    policy: {
      identity: { ...parts.identity[0], capabilities: parts.identity[1] },
      resource: parts.resource,
      workflow: parts.workflow,
      compliance: parts.compliance,
      overrides: parts.overriding,
    },
    teams: { cx: { workflow: parts.cx } },
    servers: { crm: parts.crm, kb: parts.kb },
    subagents: { researcher: parts.researcher },
  }));
