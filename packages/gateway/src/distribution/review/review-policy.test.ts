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
const canary = (says: string) => ['mode: canary', `canary: { ${says} }`];
const TENTH = canary('share: 0.1');

/** A catalogue without the server that has a bundle of its own. */
const SMALL =
  'data_classes: {}\nregions: { eu: { title: Europe } }\nservers:\n  everything: { title: Everything }\nmodels:\n  small: { title: Small, provider: us, region: eu }\n';

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
    [
      'its canary begins',
      ['mode: watch'],
      TENTH,
      'stricter',
      'Its mode was `watch` and is `canary` (10 % of agents)',
    ],
    ['its canary ends', TENTH, [], 'stricter', 'Its mode was `canary` (10 % of agents) and is `enforce`'],
    [
      'it goes back into its canary',
      [],
      TENTH,
      'looser',
      'Its mode was `enforce` and is `canary` (10 % of agents)',
    ],
    [
      'it is watched again',
      TENTH,
      ['mode: watch'],
      'looser',
      'Its mode was `canary` (10 % of agents) and is `watch`',
    ],
    ['its canary grows', TENTH, canary('share: 0.2'), 'stricter', 'Its canary changed'],
    ['its canary shrinks', canary('share: 0.1, teams: [cx]'), TENTH, 'looser', 'Its canary changed'],
    ['its canary is of others', canary('teams: [cx]'), TENTH, 'unclear', 'Its canary changed'],
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
        { path: 'list', kind: 'elements', was: '"b"', is: '"c"', readBy: [], readByParts: [] },
        {
          path: 'rows_max',
          kind: 'value',
          was: '50',
          is: '80',
          readBy: ['compliance.rows'],
          readByParts: [],
        },
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

  test('tells how a bundle is registered that is fetched, and that one came or went', async () => {
    const registry = (servers: string) => ({
      'release.yaml': `name: sample\nversion: 1.2.3\ncatalogue: catalogue.yaml\nkeys:\n  k1: { file: k1.pem, person: ada }\nbundles:\n  compliance: { path: compliance }\n  identity: { path: identity }\n  resource: { path: resource }\n  overrides: { path: overrides }\n${servers}servers_without_bundle: [everything]\n`,
      'k1.pem': 'one\n',
    });
    const fetched = (source: string, more: string) =>
      registry(`  servers/crm: { source: { kind: git, repository: ${source} }${more} }\n`);
    const before = fetched(
      'a.git, max_staleness_seconds: 60',
      ', owners: [ada], approvals: 2, signing_keys: [k1]',
    );
    const same = await reviewed(before, before);
    expect([same.bundles, same.release]).toEqual([[], []]);
    const review = await reviewed(fetched('b.git, local_development: true', ', required: false'), before);
    expect(review.bundles).toMatchObject([
      { name: 'servers/crm', change: 'changed', owners: ['ada'], approvals: 2 },
    ]);
    expect(review.bundles[0]?.changes.map(({ what, direction }) => [what, direction])).toEqual([
      ['Where it comes from changed', 'unclear'],
      ['Whether it is taken where nobody signed it', 'looser'],
      ['After how many seconds without a look at its source it counts as missing', 'looser'],
      ['Who answers for it changed', 'unclear'],
      ['Whose signature is taken changed', 'unclear'],
      ['How many approvals a change of it needs', 'looser'],
      ['Whether calls are refused without it', 'looser'],
    ]);
    const whole = async (files: Files, base: Files) =>
      (await reviewed(files, base)).bundles.map(({ change, changes }) => [change, changes[0]?.direction]);
    const lying = registry('  servers/crm: { path: servers/crm }\n');
    const without = registry('');
    expect(await whole(before, { ...without, 'catalogue.yaml': SMALL })).toEqual([['added', 'unclear']]);
    expect(await whole({ ...without, 'catalogue.yaml': SMALL }, before)).toEqual([['removed', 'unclear']]);
    expect(await whole(before, lying)).toEqual([['changed', 'unclear']]);
  });

  test('tells that a key or recorded decisions are others under the name of the same file', async () => {
    const files = (key: string, corpus: string) => ({
      'release.yaml':
        'name: sample\nversion: 1.2.3\ncatalogue: catalogue.yaml\ncorpus: corpus.jsonl\nkeys:\n  k1: { file: keys/k1.pem, person: ada }\nbundles:\n  identity: { path: identity }\nservers_without_bundle: [crm, everything]\n',
      'keys/k1.pem': key,
      'corpus.jsonl': corpus,
    });
    const { release } = await reviewed(files('two', 'more'), files('one', 'some'));
    expect(release.map(({ what, direction }) => [what, direction])).toEqual([
      ['The file of the key `k1` holds something else: `keys/k1.pem`', 'unclear'],
      ['The file of recorded decisions holds something else: `corpus.jsonl`', 'unclear'],
    ]);
  });

  test('tells that an imported name stands for something else, in a rule and in a helper', async () => {
    const text = (name: string, rule: string) => ({
      [FILE]: `package policy.compliance\n\nimport data.policy.compliance.${name} as limits\n\n${metadata('too_many_rows')}${rule}\n`,
      'compliance/data.yaml': 'rows_max: 1\ntight: { rows: 5 }\nwide: { rows: 500 }\n',
    });
    const direct = 'deny contains "rows" if input.action.args.rows > limits.rows';
    const review = await reviewed(text('wide', direct), text('tight', direct));
    expect(told(review)).toEqual([
      ['compliance.rows', 'changed', 'unclear', 'What `limits` stands for in it changed'],
    ]);
    expect(review.rules[0]?.changes).toMatchObject([
      { was: 'data.policy.compliance.tight', is: 'data.policy.compliance.wide' },
    ]);
    const fewer = `${direct.replace(' if ', ' if {\n\tinput.user.id == "x"\n\t')}\n}`;
    expect(told(await reviewed(text('wide', fewer), text('tight', direct)))[0]?.slice(2)).toEqual([
      ...['unclear', 'What `limits` stands for in it changed', 'It says something else about calls'],
    ]);
    const helper = 'deny contains "rows" if large\n\nlarge if input.action.args.rows > limits.rows';
    expect(told(await reviewed(text('wide', helper), text('tight', helper)))).toEqual([
      ['compliance.rows', 'changed', 'unclear', 'What it depends on changed: `large`'],
    ]);
  });

  test('tells data that the kernel and the gateway read, whether a rule does or not', async () => {
    const reach = (servers: string) =>
      `agents:\n  bot: { scope: support, owner_team: cx }\nusers: {}\ncapabilities: { servers: ${servers}, tools: [], resources: [], prompts: [], models: [], subagents: [], data_classes: [] }\n`;
    const identity = (servers: string, group: string, scope: string) => ({
      'identity/data.yaml': reach(servers).replace(
        'users: {}',
        `users: { mara: { kind: human, groups: [${group}] } }`,
      ),
      'identity/identity.rego': `package policy.identity\n\n${metadata('agent_known')}allow contains "agent_known" if data.policy.identity.agents[input.agent.id]\n`,
      'overrides/data.yaml': SAMPLE_OVERRIDE.replace('agents: [bot]', `agents: [${scope}]`),
    });
    const { bundles, release } = await reviewed(
      identity('["*"]', 'risk', 'bot, admin-bot'),
      identity('[everything]', 'support', 'bot'),
    );
    const data = bundles.flatMap((bundle) => bundle.data);
    expect(data.map(({ path, readByParts }) => [path, readByParts])).toEqual([
      ['capabilities.servers', ['kernel']],
      ['users.mara.groups', ['gateway']],
      ['overrides', ['gateway']],
    ]);
    expect(release.map(({ what, direction }) => [what, direction])).toEqual([
      ['The override `o-1` changed', 'unclear'],
    ]);
  });

  test('tells that less of a bundle has to be tested', async () => {
    const manifest = (coverage: number) => ({
      'compliance/bundle.yaml': `name: compliance\nversion: 2.0.0\nowner: privacy\nmin_coverage: ${coverage}\n`,
    });
    const { bundles } = await reviewed(manifest(1), manifest(90));
    expect(bundles[0]?.changes[0]).toEqual({
      what: 'How many per cent of its rules its tests have to evaluate',
      ...{ direction: 'looser', was: '90', is: '1' },
    });
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
