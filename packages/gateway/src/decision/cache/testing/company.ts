import type { Release } from '@bailiff/contract';
import { buildSample, KERNEL, metadata } from '../../../distribution/testing/sample-release.ts';

const bundle = (name: string): string => `name: ${name}\nversion: 1.0.0\nowner: owners\n`;

const rule = (reason: string, text: string, custom: readonly string[] = []): string =>
  `${metadata(reason, custom)}${text}\n\n`;

/** Second at which the company's second override ends and its third begins. */
export const BOUNDARY_S = 1_795_356_000;

const at = (seconds: number): string => new Date(seconds * 1_000).toISOString();

const override = (id: string, scope: object, [from, to]: readonly [number, number]): object => ({
  id,
  lifts: ['compliance.rows'],
  scope,
  not_before: at(from),
  expires_at: at(to),
  justification: 'A justification that is long enough to be one.',
  ticket: 'RISK-1',
  requested_by: 'omar',
  approved_by: ['ana', 'priya'],
});

const DAY = 86_400;

const OVERRIDES = [
  override('by-user', { users: ['mara'], tools: ['crm.read'] }, [BOUNDARY_S - DAY, BOUNDARY_S]),
  override('by-agent', { agents: ['bot'], teams: ['cx'] }, [BOUNDARY_S, BOUNDARY_S + DAY]),
  override('by-model', { models: ['small'], servers: ['everything'], teams: ['ops'] }, [
    BOUNDARY_S + 60,
    BOUNDARY_S + DAY,
  ]),
];

const IDENTITY = `package policy.identity

# Reads what no rule does.
capabilities := {
	"servers": ["*"], "tools": reach, "resources": [], "prompts": [], "models": ["*"], "subagents": ["*"],
	"data_classes": ["customer_data"],
}

reach := ["crm.read", "crm.delete", "everything.*", "billing.*", "clock.*"] if input.session.transport == "http" else := ["crm.read"]

${rule('agent_known', 'allow contains "agent_known" if data.policy.identity.agents[input.agent.id]')}`;

const COMPLIANCE = `package policy.compliance

${rule('too_many_rows', 'deny contains "rows" if input.action.args.rows > data.policy.compliance.rows_max', ['overridable: true'])}
${rule('sum_unusable', 'deny contains "sum" if to_number(input.action.args.sum) > 10')}
${rule('masked', 'oblige contains {"id": "hide", "kind": "mask", "fields": fields} if fields := data.policy.compliance.masks[input.user.kind]')}
${rule('frozen', 'deny contains "frozen" if input.environment.flags.frozen')}
${rule('long_run', 'deny contains "long_run" if input.context.turn_count > 5', ['mode: watch'])}
${rule('tried', 'deny contains "tried" if input.action.blast_radius == "high"', ['mode: canary', 'canary: { share: 0.5, teams: [ops] }'])}`;

const FILES = {
  'release.yaml': [
    'name: sample',
    'version: 1.2.3',
    'catalogue: catalogue.yaml',
    'bundles:',
    '  identity: { path: identity }',
    '  resource: { path: resource }',
    '  compliance: { path: compliance }',
    '  overrides: { path: overrides }',
    '  servers/crm: { path: servers/crm }',
    '  servers/billing: { path: servers/billing }',
    '  servers/clock: { path: servers/clock }',
    '  subagents/researcher: { path: subagents/researcher }',
    '  teams/cx/workflow: { path: teams/cx/workflow }',
    'servers_without_bundle: [everything]',
    '',
  ].join('\n'),
  'catalogue.yaml': [
    'data_classes:',
    '  customer_data: { title: Customers }',
    'regions:',
    '  eu: { title: Europe }',
    'servers:',
    '  crm: { title: CRM, data_classes: [customer_data], tools: { read: { effects: [read], blast_radius: low } } }',
    '  everything: { title: Everything }',
    'models:',
    '  small: { title: Small, provider: us, region: eu }',
    'subagents:',
    '  researcher: { effects: [read], blast_radius: low }',
    '',
  ].join('\n'),
  'identity/data.yaml':
    'agents:\n  bot: { scope: support, owner_team: cx, versions: ["", a, "1"] }\nusers:\n  mara: { kind: human, groups: [support] }\n',
  'identity/identity.rego': IDENTITY,
  'resource/data.yaml':
    'tools:\n  support: [crm.read, crm.delete, everything.echo, billing.pay, clock.tick]\n',
  'compliance/data.yaml': 'rows_max: 50\nmasks:\n  human: { /action/args/rows: hash }\n',
  'compliance/compliance.rego': COMPLIANCE,
  'compliance/compliance_test.rego': undefined,
  'overrides/data.yaml': JSON.stringify({ overrides: OVERRIDES }),
  'servers/billing/bundle.yaml': bundle('servers/billing'),
  'servers/billing/billing.rego': `package servers.billing

${rule('spent', 'deny contains "spent" if input.usage.weekly.remaining < 10')}`,
  'servers/clock/bundle.yaml': bundle('servers/clock'),
  'servers/clock/clock.rego': `package servers.clock

${rule('night', 'deny contains "night" if input.environment.minute_of_day > 1200')}`,
  'subagents/researcher/bundle.yaml': bundle('subagents/researcher'),
  'subagents/researcher/researcher.rego': `package subagents.researcher

${rule('old_client', 'deny contains "old_client" if input.session.client_version == "0"')}`,
  'teams/cx/workflow/bundle.yaml': bundle('teams/cx/workflow'),
  'teams/cx/workflow/workflow.rego': `package teams.cx.workflow

${rule('in_a_row', 'deny contains "in_a_row" if input.context.tool_calls_in_a_row > 3')}`,
} as const;

/** A company whose every bundle reads something of its own, with overrides that begin and end. */
export async function buildCompany(): Promise<Release> {
  return (await buildSample(FILES, KERNEL)).release;
}
