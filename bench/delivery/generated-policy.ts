import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';

/** How large the company is. */
export interface PolicySize {
  /** Bundles of servers, beside the five of the categories. */
  readonly servers: number;
  /** Rules of each server’s bundle, each with a test. */
  readonly rulesEach: number;
}

/** Twenty bundles with 500 rules: what a change to one of them is measured among. */
export const TWENTY_BUNDLES: PolicySize = { servers: 15, rulesEach: 33 };

/** Amount above which the rule that is changed refuses, as it is at first. */
export const FIRST_LIMIT = 1_000;

/** The tool that is asked for: of the first server, with an amount that its first rule judges. */
export const TOOL = 'server_0.move';

/** Writes a policy folder that grants everything to one agent and objects to single values. */
export async function writePolicy(directory: string, size: PolicySize): Promise<void> {
  const servers = Array.from({ length: size.servers }, (_, index) => `server_${index}`);
  const files: Record<string, string> = {
    'release.yaml': stringify({
      name: 'bench',
      version: '1.0.0',
      catalogue: 'catalogue.yaml',
      bundles: Object.fromEntries(
        [...CATEGORIES, ...servers.map((server) => `servers/${server}`)].map((name) => [
          name,
          { path: name },
        ]),
      ),
    }),
    'catalogue.yaml': stringify({
      data_classes: { internal: { title: 'Internal' } },
      regions: { eu: { title: 'Europe' } },
      servers: Object.fromEntries(servers.map((server) => [server, structuredClone(SERVER)])),
      models: {},
    }),
    ...IDENTITY,
    ...category('resource', rule('tool_granted', 'allow contains "tool_granted"')),
    ...category('workflow', rule('too_long', 'deny contains "too_long" if input.action.args.steps > 50')),
    ...category('compliance', rule('too_far', 'deny contains "too_far" if input.action.args.miles > 50')),
    ...category('overrides', ''),
    'overrides/data.yaml': 'overrides: []\n',
  };
  for (const server of servers) Object.assign(files, serverBundle(server, size.rulesEach));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
}

/** Changes one rule of one bundle, and its test: from then on the first server refuses amounts above `limit`. */
export async function changeLimit(directory: string, size: PolicySize, limit: number): Promise<void> {
  const files = serverBundle('server_0', size.rulesEach, limit);
  for (const path of [TEST_FILE, RULES_FILE]) {
    // In one step: on a busy machine half a file would be read, and held back.
    const draft = join(directory, dirname(path), '.draft');
    await writeFile(draft, files[path] ?? '');
    await rename(draft, join(directory, path));
  }
}

const RULES_FILE = 'servers/server_0/rules.rego';
const TEST_FILE = 'servers/server_0/rules_test.rego';
const CATEGORIES = ['identity', 'resource', 'workflow', 'compliance', 'overrides'];
const SERVER = {
  title: 'A server',
  data_classes: ['internal'],
  tools: { move: { effects: ['write'], blast_radius: 'low' } },
};

function rule(id: string, text: string): string {
  const metadata = [
    'METADATA',
    `title: ${id}`,
    'custom:',
    '  owner: bench',
    `  reason: ${id}`,
    `  message: This is refused because of ${id}.`,
    '  remediation: correct_the_arguments',
    '  severity: medium',
  ];
  return `${metadata.map((line) => `# ${line}\n`).join('')}${text}\n`;
}

function category(name: string, rules: string): Record<string, string> {
  return {
    [`${name}/bundle.yaml`]: stringify({ name, version: '1.0.0', owner: 'bench' }),
    [`${name}/${name}.rego`]: `package policy.${name}\n\n${rules}`,
  };
}

const EVERYTHING = Object.fromEntries(
  ['servers', 'tools', 'resources', 'prompts', 'models', 'subagents', 'data_classes'].map((list) => [
    list,
    ['*'],
  ]),
);

const IDENTITY = {
  ...category(
    'identity',
    `capabilities := ${JSON.stringify(EVERYTHING)}\n\n${rule(
      'agent_known',
      'allow contains "agent_known" if data.policy.identity.agents[input.agent.id]',
    )}`,
  ),
  'identity/data.yaml': stringify({
    agents: { bot: { scope: 'work', owner_team: 'bench', versions: ['1.0.0'] } },
    users: {
      mara: { kind: 'human', groups: ['work'], data_classifications_authorized: ['internal'] },
    },
  }),
};

function serverBundle(server: string, rules: number, limit = FIRST_LIMIT): Record<string, string> {
  const numbers = Array.from({ length: rules }, (_, index) => index);
  const reads = (index: number) => (index === 0 ? 'amount' : `field_${index}`);
  const most = (index: number) => (index === 0 ? limit : 100 + index);
  const objections = numbers.map((index) =>
    rule(
      `too_much_${index}`,
      `deny contains "too_much_${index}" if {\n\tinput.action.tool_name == "move"\n\tinput.action.args.${reads(index)} > ${most(index)}\n}`,
    ),
  );
  const tests = numbers.map((index) => {
    const args = JSON.stringify({ [reads(index)]: most(index) + 1 });
    return `test_too_much_${index} if {\n\t"too_much_${index}" in bundle.deny with input as {"action": {"tool_name": "move", "args": ${args}}}\n}\n`;
  });
  return {
    [`servers/${server}/bundle.yaml`]: stringify({
      name: `servers/${server}`,
      version: '1.0.0',
      owner: 'bench',
    }),
    [`servers/${server}/rules.rego`]: `package servers.${server}\n\n${objections.join('\n')}`,
    [`servers/${server}/rules_test.rego`]: `package servers.${server}_test\n\nimport data.servers.${server} as bundle\n\n${tests.join('\n')}`,
  };
}
