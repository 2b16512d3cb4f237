import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Release } from '@bailiff/contract';
import { buildRelease } from '../../distribution/build-release.ts';
import { opaExecutable } from './opa.ts';

const KERNEL = fileURLToPath(new URL('../../../../../policies/kernel', import.meta.url));

const metadata = (title: string, custom: string) => `# METADATA
# title: ${JSON.stringify(title)}
# custom:
#   owner: tests
${custom.replace(/^(?=.)/gm, '#   ')}`;

const rule = (title: string, custom: string, text: string) => `${metadata(title, custom)}\n${text}\n`;

const IDENTITY = [
  'package policy.identity\n',
  'capabilities := {"servers": ["crm"], "tools": ["crm.*"], "resources": [], "prompts": [], "models": ["*"], "subagents": [], "data_classes": ["*"]}\n',
  rule(
    'Agent in scope',
    'reason: agent_in_scope',
    'allow contains "agent_in_scope" if data.policy.identity.agents[input.agent.id]',
  ),
  rule(
    'Agent is registered',
    'reason: agent_unregistered\nseverity: critical\nmessage: The agent is not registered.\nappeal_path: https://tickets.example/identity',
    'deny contains "unregistered" if not data.policy.identity.agents[input.agent.id]',
  ),
];

const RESOURCE = [
  'package policy.resource\n',
  rule(
    'Tool granted',
    'reason: tool_granted',
    'allow contains "granted" if input.action.tool != "crm.secret"',
  ),
  rule(
    'Few rows',
    'reason: too_many_rows\nmessage: At most 100 rows at once.\nremediation: ask_for_fewer_rows\noverridable: true\nsuggest:\n  - change: { action.args.rows: 5000 }\n  - change: { action.args.rows: 100 }',
    'deny contains "rows" if input.action.args.rows > 100',
  ),
  rule(
    'Amount is small',
    'reason: amount_too_large\nseverity: high',
    'deny contains "amount" if exceeds(input.action.args.amount)',
  ),
  rule(
    'Writing is asked for',
    'reason: writing_is_asked_for\nsuggest:\n  - change: { action.args.write: false }',
    'require_approval contains "write" if input.action.args.write == true',
  ),
  rule(
    'A rule that contradicts itself',
    'reason: contradiction',
    'deny contains "contradiction" if {\n\tinput.action.args.contradict\n\tcontradiction == 1\n}',
  ),
  'exceeds(amount) if to_number(amount) > 1000\n',
  'contradiction := 1 if input.action.args.contradict\n',
  'contradiction := 2 if input.action.args.contradict\n',
];

const WORKFLOW = [
  'package policy.workflow\n',
  rule(
    'No runaway loop',
    'reason: runaway_loop',
    'deny contains "runaway" if input.context.tool_calls_in_a_row > 20',
  ),
  rule(
    'Watched: no runs of ten',
    'reason: long_run\nmode: watch',
    'deny contains "long_run" if input.context.tool_calls_in_a_row > 10',
  ),
  rule(
    'Watched, and it fails',
    'reason: fails\nmode: watch',
    'deny contains "fails" if to_number(input.action.args.fail) > 1',
  ),
];

const COMPLIANCE = [
  'package policy.compliance\n',
  rule(
    'Models run in Europe',
    'reason: model_outside_europe\nsuggest:\n  - change: { action.model: onprem-70b }\n  - change: { action.model: no-such-model }',
    'deny contains "region" if {\n\tinput.action.type == "model_call"\n\tinput.action.region != "eu-west"\n}',
  ),
];

const CATALOGUE = {
  data_classes: {},
  regions: { 'eu-west': { title: 'Ireland' }, 'us-east': { title: 'Virginia' } },
  servers: {
    crm: { title: 'CRM', tools: { read: { effects: ['read'], blast_radius: 'low' } } },
  },
  models: {
    'swift-8b': { title: 'Swift', provider: 'cloud', region: 'us-east' },
    'onprem-70b': { title: 'On premises', provider: 'own', region: 'eu-west' },
  },
};

const AGENTS = { 'support-bot': { scope: 'support', owner_team: 'cx' } };

/** How a company differs from the usual one. */
export interface PolicyChanges {
  /** Rego after the usual rules of compliance. */
  readonly compliance?: string;
  /** Agents beside the usual one. */
  readonly agents?: Readonly<Record<string, { readonly scope: string; readonly owner_team: string }>>;
}

/** Text of a rule that denies where its body holds. */
export function denialText(id: string, body: string): string {
  return rule(`Denied as ${id}`, `reason: ${id}`, `deny contains "${id}" if {\n\t${body}\n}`);
}

/** Builds a small company's policies with the real builder and the real kernel. */
export async function buildPolicies(version: string, changes: PolicyChanges = {}): Promise<Release> {
  const directory = await mkdtemp(join(tmpdir(), 'policies-'));
  const compliance = [...COMPLIANCE, changes.compliance ?? ''];
  const rego = { identity: IDENTITY, resource: RESOURCE, workflow: WORKFLOW, compliance };
  const bundles = Object.fromEntries(Object.keys(rego).map((name) => [name, { path: name }]));
  const manifest = { name: 'tests', version, catalogue: 'catalogue.yaml', bundles };
  const files: Record<string, string> = {
    'release.yaml': JSON.stringify({ ...manifest, servers_without_bundle: ['crm'] }),
    'catalogue.yaml': JSON.stringify(CATALOGUE),
    'identity/data.yaml': JSON.stringify({ agents: { ...AGENTS, ...changes.agents }, users: {} }),
  };
  for (const [name, texts] of Object.entries(rego)) {
    files[`${name}/rules.rego`] = texts.join('\n');
    files[`${name}/bundle.yaml`] = JSON.stringify({ name, version: '1.0.0', owner: 'tests' });
  }
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), text);
    }
    const { release } = await buildRelease({ directory, kernel: KERNEL, opa: opaExecutable() });
    return release;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
