/** Sources of a small release that builds, for tests that add to it or break it. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuiltRelease, buildRelease } from '../build-release.ts';
import { BundleFailure, type Finding } from '../finding.ts';
import { writeFiles } from '../stage.ts';

const ROOT = fileURLToPath(new URL('../../../../../', import.meta.url));

/** The kernel that ships. Without it the sample has a smaller one, which only names what bundles say. */
export const KERNEL = join(ROOT, 'policies/kernel');

const SMALL_KERNEL = `package bailiff

# METADATA
# entrypoint: true
decision := {"deny": data.policy.compliance.deny, "version": data.release.policy_version}

visible := []

watched := [set | some set in data.policy.compliance.watched_deny]

decision_and_watched := {"decision": decision, "watched": watched}
`;

/** The `opa` that tests use: the launcher’s, else the one in the cache, else what PATH has. */
export const OPA = process.env.BAILIFF_OPA || cachedOpa();

function cachedOpa(): string {
  const cached = join(ROOT, '.cache/bin/opa');
  return existsSync(cached) ? cached : 'opa';
}

/** Path of a file to its text; undefined leaves the sample’s file of that path out. */
export type Files = Readonly<Record<string, string | undefined>>;

/** METADATA of a rule that lacks nothing, and below `custom` whatever else is given. */
export function metadata(reason = 'sample_reason', custom: readonly string[] = []): string {
  const lines = ['METADATA', 'title: A rule', 'custom:', '  owner: owners', `  reason: ${reason}`];
  return [...lines, ...custom.map((line) => `  ${line}`)].map((line) => `# ${line}\n`).join('');
}

const SAMPLE: Files = {
  'release.yaml': [
    'name: sample',
    'version: 1.2.3',
    'catalogue: catalogue.yaml',
    'bundles:',
    '  identity: { path: identity }',
    '  resource: { path: resource }',
    '  compliance: { path: compliance }',
    '  overrides: { path: overrides }',
    '  servers/crm: { path: servers/crm, may_grant: false }',
    'servers_without_bundle: [everything]',
    '',
  ].join('\n'),
  'catalogue.yaml': [
    'data_classes:',
    '  customer_data: { title: Customers }',
    'regions:',
    '  eu: { title: Europe }',
    'servers:',
    '  crm:',
    '    title: CRM',
    '    data_classes: [customer_data]',
    '    tools:',
    '      read: { effects: [read], blast_radius: low }',
    '  everything: { title: Everything }',
    'models:',
    '  small: { title: Small, provider: us, region: eu }',
    '',
  ].join('\n'),
  'identity/bundle.yaml': 'name: identity\nversion: 1.0.0\nowner: identity-team\n',
  'identity/data.yaml': [
    'agents:',
    '  bot: { scope: support, owner_team: cx }',
    'users:',
    '  mara: { kind: human, groups: [support] }',
    '',
  ].join('\n'),
  'identity/identity.rego': `package policy.identity

capabilities := {"servers": ["*"], "tools": ["*"], "resources": [], "prompts": [], "models": [], "subagents": [], "data_classes": ["*"]}

${metadata('agent_known')}allow contains "agent_known" if data.policy.identity.agents[input.agent.id]
`,
  'resource/bundle.yaml': 'name: resource\nversion: 1.0.0\nowner: platform\n',
  'resource/data.yaml': 'tools:\n  support: [crm.read]\n',
  'resource/resource.rego': `package policy.resource

${metadata('tool_granted')}allow contains "tool_granted" if input.action.tool in data.policy.resource.tools[input.agent.scope]
`,
  'compliance/bundle.yaml': 'name: compliance\nversion: 2.0.0\nowner: privacy\n',
  'compliance/data.yaml': 'rows_max: 50\n',
  'compliance/compliance.rego': `package policy.compliance

${metadata('too_many_rows', ['overridable: true'])}deny contains "rows" if input.action.args.rows > data.policy.compliance.rows_max
`,
  'compliance/compliance_test.rego': `package policy.compliance_test

import data.policy.compliance

test_many_rows_are_refused if "rows" in compliance.deny with input.action.args.rows as 51

test_few_rows_are_not if not "rows" in compliance.deny with input.action.args.rows as 50
`,
  'overrides/bundle.yaml': 'name: overrides\nversion: 1.0.0\nowner: risk\n',
  'overrides/data.yaml': 'overrides: []\n',
  'overrides/overrides.rego': 'package policy.overrides\n',
  'servers/crm/bundle.yaml': 'name: servers/crm\nversion: 0.1.0\nowner: sales\n',
  'servers/crm/crm.rego': `package servers.crm

${metadata('asks_for_delete')}require_approval contains "delete" if input.action.tool_name == "delete"
`,
};

/** Data of `overrides` with one that lifts the sample’s objection. */
export const SAMPLE_OVERRIDE = `overrides:
  - id: o-1
    lifts: [compliance.rows]
    scope: { agents: [bot] }
    not_before: "2026-11-01T00:00:00Z"
    expires_at: "2026-11-08T00:00:00Z"
    justification: The yearly audit takes samples larger than usual.
    ticket: RISK-1
    requested_by: omar
    approved_by: [ana, priya]
`;

/** A release’s directory that is removed with its owner. */
export interface SampleRelease extends AsyncDisposable {
  readonly directory: string;
  /** Writes more files, or other ones. */
  write(files: Files): Promise<void>;
  /** Builds it, with the small kernel unless another is named. */
  build(kernel?: string): Promise<BuiltRelease>;
}

/** Writes the sample to a folder of its own, changed as `files` says. */
export async function sampleRelease(files: Files = {}): Promise<SampleRelease> {
  const folder = await mkdtemp(join(tmpdir(), 'bailiff-sample-'));
  const directory = join(folder, 'policy');
  await writeFiles(folder, [{ path: 'kernel/kernel.rego', text: SMALL_KERNEL }]);
  const write = (added: Files) =>
    writeFiles(
      directory,
      Object.entries(added).flatMap(([path, text]) => (text === undefined ? [] : [{ path, text }])),
    );
  await write({ ...SAMPLE, ...files });
  return {
    directory,
    write,
    build: (kernel = join(folder, 'kernel')) => buildRelease({ directory, kernel, opa: OPA }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Builds the sample, changed as `files` says. */
export async function buildSample(files: Files = {}, kernel?: string): Promise<BuiltRelease> {
  await using sample = await sampleRelease(files);
  return await sample.build(kernel);
}

/** What a build of the sample, changed as `files` says, is refused for. */
export async function refusalsOf(files: Files): Promise<readonly Finding[]> {
  try {
    await buildSample(files);
    return [];
  } catch (thrown) {
    if (thrown instanceof BundleFailure) return thrown.findings;
    throw thrown;
  }
}
