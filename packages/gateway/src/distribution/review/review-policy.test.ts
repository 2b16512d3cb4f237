import { describe, expect, test } from 'vitest';
import { SourceFolder } from '../sources/folder.ts';
import {
  type Files,
  KERNEL,
  metadata,
  OPA,
  SAMPLE_OVERRIDE,
  sampleRelease,
} from '../testing/sample-release.ts';
import { emptyPolicy, type ReadPolicy, readPolicy } from './read-policy.ts';
import { type PolicyReview, reviewPolicy } from './review-policy.ts';

const NOW = new Date('2026-11-22T13:45:00Z');

async function policy(files: Files = {}): Promise<ReadPolicy> {
  await using sample = await sampleRelease(files);
  const signal = new AbortController().signal;
  return await readPolicy({
    ...{ tree: new SourceFolder(sample.directory), kernel: new SourceFolder(KERNEL) },
    ...{ opa: OPA, signal, now: NOW },
  });
}

async function reviewed(files: Files, before: Files = {}): Promise<PolicyReview> {
  return reviewPolicy(await policy(before), await policy(files));
}

const rego = (rule: string, custom: readonly string[] = ['overridable: true'], reason = 'too_many_rows') =>
  `package policy.compliance\n\n${metadata(reason, custom)}${rule}\n`;
const ROWS = 'deny contains "rows" if input.action.args.rows > data.policy.compliance.rows_max';
const FILE = 'compliance/compliance.rego';

const told = ({ rules }: PolicyReview) =>
  rules.map(({ id, change, direction, changes }) => [
    id,
    change,
    direction,
    ...changes.map(({ what }) => what),
  ]);

describe('the review of a change', () => {
  test('of nothing has nothing to tell', async () => {
    const { rules, bundles, release, findings } = await reviewed({});
    expect([rules, bundles, release, findings]).toEqual([[], [], [], []]);
  });

  test('tells rules that came and went, and which way that is', async () => {
    const review = await reviewed({
      'compliance/more.rego': rego('deny contains "more" if input.action.args.more', [], 'more'),
      'servers/crm/crm.rego': 'package servers.crm\n',
      'resource/more.rego': `package policy.resource\n\n${metadata('more')}allow contains "more" if input.agent.id == "bot"\n`,
    });
    expect(told(review)).toEqual([
      ['compliance.more', 'added', 'stricter'],
      ['resource.more', 'added', 'looser'],
      ['servers.crm.delete', 'removed', 'looser'],
    ]);
    expect(review.bundles.map(({ name, change }) => [name, change])).toEqual([
      ['compliance', 'changed'],
      ['resource', 'changed'],
      ['servers/crm', 'changed'],
    ]);
  });

  test.each([
    ['an override may lift it', [], ['overridable: true'], 'looser', 'An override may lift it from now on'],
    ['it is watched', [], ['mode: watch'], 'looser', 'Its mode was `enforce` and is `watch`'],
    ['it is in force', ['mode: off'], [], 'stricter', 'Its mode was `off` and is `enforce`'],
    ['its severity sinks', ['severity: high'], ['severity: low'], 'looser', 'Its severity changed'],
    [
      'records are kept longer',
      [],
      ['audit: { level: full, retention_days: 30 }'],
      'stricter',
      'How records of such calls are kept changed',
    ],
    ['only words change', [], ['message: Too many.'], 'neither', 'Its message changed'],
    [
      'words of a watched rule',
      ['mode: watch'],
      ['mode: watch', 'overridable: true'],
      'neither',
      'An override may lift it from now on',
    ],
  ] as const)('tells that %s', async (_what, before, after, direction, what) => {
    const review = await reviewed({ [FILE]: rego(ROWS, after) }, { [FILE]: rego(ROWS, before) });
    expect(told(review)).toEqual([['compliance.rows', 'changed', direction, what]]);
  });

  test('tells what a rule says less, and what it became instead', async () => {
    const fewer = await reviewed({
      [FILE]: rego(`${ROWS.replace(' if ', ' if {\n\tinput.agent.scope == "x"\n\t')}\n}`),
    });
    expect(told(fewer)[0]?.slice(0, 3)).toEqual(['compliance.rows', 'changed', 'looser']);
    const asks = await reviewed({ [FILE]: rego(ROWS.replace('deny', 'require_approval')) });
    expect(told(asks)).toEqual([
      ['compliance.rows', 'changed', 'looser', 'It was a denial and is a demand for approval'],
    ]);
  });

  test('finds a rule changed whose helper changed, and leaves comments out', async () => {
    const helper = (condition: string) => rego(`deny contains "rows" if large\n\nlarge if ${condition}`);
    const review = await reviewed(
      { [FILE]: helper('input.action.args.rows > 90') },
      { [FILE]: helper('input.action.args.rows > 50') },
    );
    expect(told(review)).toEqual([
      ['compliance.rows', 'changed', 'unclear', 'What it depends on changed: `large`'],
    ]);
    expect(review.bundles[0]?.helpers).toEqual([
      {
        name: 'large',
        before: 'large if input.action.args.rows > 50',
        after: 'large if input.action.args.rows > 90',
        usedBy: ['compliance.rows'],
      },
    ]);
    const text = await reviewed({ [FILE]: `${rego(ROWS)}\n# A note.\n` });
    expect([told(text), text.bundles[0]?.changes.map(({ what }) => what)]).toEqual([
      [],
      ['Its version is still 2.0.0, although what ships is not the same'],
    ]);
  });

  test('tells which rules read the data that changed', async () => {
    const { bundles, rules } = await reviewed(
      {
        'compliance/data.yaml': 'rows_max: 80\nlist: [a, c]\n',
      },
      { 'compliance/data.yaml': 'rows_max: 50\nlist: [a, b]\n' },
    );
    expect([rules, bundles[0]?.data]).toEqual([
      [],
      [
        { path: 'list', kind: 'elements', was: '"b"', is: '"c"', readBy: [] },
        { path: 'rows_max', kind: 'value', was: '50', is: '80', readBy: ['compliance.rows'] },
      ],
    ]);
  });

  test('tells what identity says of everybody’s reach', async () => {
    const { bundles } = await reviewed({
      'identity/identity.rego': `package policy.identity\n\ncapabilities := {"servers": ["crm"], "tools": [], "resources": [], "prompts": [], "models": [], "subagents": [], "data_classes": []}\n\n${metadata('agent_known')}allow contains "agent_known" if data.policy.identity.agents[input.agent.id]\n`,
    });
    expect(bundles[0]?.changes.map(({ what }) => what)).toContain(
      '`capabilities`, which none of its own rules reads, changed',
    );
  });

  test('tells tests that went, and the registry, with whoever it asked before', async () => {
    const registry = (said: string, more = '') =>
      `name: sample\nversion: 1.2.3\ncatalogue: catalogue.yaml\nbundles:\n  compliance: { path: compliance${said} }\n  identity: { path: identity }\n  resource: { path: resource }\n  overrides: { path: overrides }\nservers_without_bundle: [everything, crm${more}]\n`;
    const review = await reviewed(
      {
        'release.yaml': registry(', owners: [eve], approvals: 0', ', mail'),
        'compliance/compliance_test.rego': 'package policy.compliance_test\n',
        'overrides/data.yaml': SAMPLE_OVERRIDE,
      },
      { 'release.yaml': registry(', owners: [ada, ben], approvals: 2') },
    );
    const [compliance] = review.bundles;
    expect(compliance).toMatchObject({
      name: 'compliance',
      owners: ['ada', 'ben'],
      approvals: 2,
      tests: {
        removed: [expect.stringContaining('test_few_rows'), expect.stringContaining('test_many_rows')],
      },
    });
    expect(compliance?.changes.map(({ what, direction }) => [what, direction])).toEqual([
      ['Who answers for it changed', 'unclear'],
      ['How many approvals a change of it needs', 'looser'],
    ]);
    expect(review.release.map(({ what, direction }) => [what, direction])).toEqual([
      ['The server `mail` needs no bundle of its own any more', 'looser'],
      ['The override `o-1` is new', 'looser'],
    ]);
  });

  test('tells that a bundle is not held to the simple level any more', async () => {
    const manifest = (level: string) => ({
      'compliance/bundle.yaml': `name: compliance\nversion: 2.0.0\nowner: privacy\nlevel: ${level}\n`,
    });
    const { bundles } = await reviewed(manifest('full'), manifest('simple'));
    expect(bundles[0]?.changes[0]?.what).toBe('It is not held to the simple level any more');
  });

  test('tells cases whose answer is another', async () => {
    const cases = (first: string, more = '') => ({
      'cases/rows.yaml': `about: Rows.\ncases:\n  - when: many rows\n    input: { agent: { id: bot }, action: { tool: crm.read } }\n    answer: { outcome: ${first} }\n${more}`,
    });
    const more =
      '  - when: few rows\n    input: { agent: { id: bot }, action: { tool: crm.read } }\n    answer: { outcome: allow }\n';
    const review = await reviewed(cases('allow', more), cases('deny'));
    expect(review.cases).toEqual([
      { what: 'cases/rows.yaml: few rows (new)', direction: 'neither', is: 'allow' },
      { what: 'cases/rows.yaml: many rows', direction: 'looser', was: 'deny', is: 'allow' },
    ]);
  });

  test('takes everything as new where there was nothing', async () => {
    const review = reviewPolicy(emptyPolicy(NOW), await policy());
    expect(review.rules.map(({ change }) => change)).toEqual(['added', 'added', 'added', 'added']);
    expect(review.bundles.every(({ change }) => change === 'added')).toBe(true);
  });
});
