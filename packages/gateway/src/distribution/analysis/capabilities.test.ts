import { describe, expect, test } from 'vitest';
import { BundleFailure } from '../finding.ts';
import { type Refusal, testRefusals } from '../testing/refusal.ts';
import { buildSample, type Files, KERNEL, metadata } from '../testing/sample-release.ts';
import { CAPABILITY_LISTS } from './capabilities.ts';

const GRANT = `${metadata('agent_known')}allow contains "agent_known" if data.policy.identity.agents[input.agent.id]`;

/** The identity bundle, whose capabilities begin in row 3. */
const saying = (text: string): Files => ({
  'identity/identity.rego': `package policy.identity\n\n${text}\n\n${GRANT}\n`,
});

const inData = (capabilities: string): Files => ({
  ...saying(''),
  'identity/data.yaml': `agents: {}\nusers: {}\ncapabilities:${capabilities}`,
});

const REST = '"resources": [], "prompts": [], "models": [], "subagents": [], "data_classes": []';

const REFUSED: readonly Refusal[] = [
  {
    what: 'capabilities that lack a list, naming it',
    files: saying(`capabilities := {"servers": ["*"], ${REST}}`),
    found: ['identity/identity.rego:3: capabilities_incomplete'],
    says: 'lacks `tools`.',
  },
  {
    what: 'each body of capabilities that lacks one',
    files: saying(
      `capabilities := {"servers": [], ${REST}} if input.agent.id == "a"\n\ncapabilities := {"tools": [], ${REST}} if input.agent.id == "b"`,
    ),
    found: [
      'identity/identity.rego:3: capabilities_incomplete',
      'identity/identity.rego:5: capabilities_incomplete',
    ],
  },
  {
    what: 'a body after else that lacks one',
    files: saying(
      `capabilities := {"servers": [], "tools": [], ${REST}} if {\n\tinput.agent.id == "a"\n} else := {"servers": [], ${REST}}`,
    ),
    found: ['identity/identity.rego:5: capabilities_incomplete'],
  },
  {
    what: 'capabilities said list by list that lack some',
    files: saying('capabilities.servers contains "crm"\n\ncapabilities.tools contains "crm.read"'),
    found: ['identity/identity.rego:3: capabilities_incomplete'],
    says: 'lacks `resources`, `prompts`, `models`, `subagents`, `data_classes`.',
  },
  {
    what: 'a capability that is misspelt',
    files: saying(`capabilities := {"server": ["*"], "servers": [], "tools": [], ${REST}}`),
    found: ['identity/identity.rego:3: capability_unknown'],
    says: '`server`',
  },
  {
    what: 'a capability that is no list',
    files: saying(`capabilities := {"servers": "*", "tools": [], ${REST}}`),
    found: ['identity/identity.rego:3: capability_malformed'],
  },
  {
    what: 'capabilities that are no object',
    files: saying('capabilities := 7'),
    found: ['identity/identity.rego:3: capabilities_malformed'],
  },
  {
    what: 'capabilities in data that lack a list',
    files: inData('\n  servers: [crm]\n  tools: [crm.read]\n'),
    found: ['identity/data.yaml:3: capabilities_incomplete'],
  },
  {
    what: 'capabilities in data that are no object or hold no lists',
    files: inData(
      `\n${CAPABILITY_LISTS.map((name) => `  ${name}: ${name === 'tools' ? 'crm.read' : '[]'}\n`).join('')}`,
    ),
    found: ['identity/data.yaml:5: capability_malformed'],
  },
];
describe('a build', () => {
  testRefusals(REFUSED);

  test('blames who says capabilities, and not the kernel, where only OPA can tell what is wrong', async () => {
    const files = saying('capabilities := own\n\nown := {"servers": ["*"], "tools": ["*"]}');
    const thrown = await buildSample(files, KERNEL).catch((failure: unknown) => failure);
    if (!(thrown instanceof BundleFailure)) throw new Error('It was built.', { cause: thrown });
    expect(thrown.findings).toEqual([
      {
        file: 'identity/identity.rego',
        row: 3,
        code: 'capabilities_malformed',
        detail: expect.stringContaining('capabilities.data_classes'),
        mend: expect.stringContaining(CAPABILITY_LISTS.join(', ')),
      },
    ]);
  });

  test.each([
    ['a whole object', `capabilities := {"servers": ["*"], "tools": {"crm.read"}, ${REST}}`],
    [
      'list by list',
      CAPABILITY_LISTS.map((name) => `capabilities.${name} contains "x" if input.agent.id == "a"`).join(
        '\n\n',
      ),
    ],
    ['computed lists', `capabilities := {"servers": own, "tools": own, ${REST}}\n\nown := ["crm"]`],
    ['a computed object', 'capabilities := data.policy.identity.agents[input.agent.id]'],
  ])('takes capabilities that are %s', async (_what, text) => {
    await expect(buildSample(saying(text), KERNEL)).resolves.toMatchObject({ warnings: [] });
  });
});

test('a release whose identity says no capabilities is warned of', async () => {
  expect((await buildSample(saying(''), KERNEL)).warnings).toEqual([
    expect.objectContaining({ file: 'identity/bundle.yaml', row: 1, code: 'capabilities_missing' }),
  ]);
});
