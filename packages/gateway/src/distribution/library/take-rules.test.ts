import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { testBundles } from '../bundle-tests.ts';
import { packPart, readPart } from '../parts/pack-part.ts';
import { shippedDigest } from '../parts/shipped-digest.ts';
import {
  codesOf,
  filesOf,
  readingOf,
  registered,
  SAMPLE_TEXTS,
  verifySample,
} from '../parts/testing/sample-part.ts';
import {
  buildSample,
  type Files,
  metadata,
  OPA,
  refusalsOf,
  sampleRelease,
} from '../testing/sample-release.ts';
import { shippedLibrary, shippedRules } from './shipped-rules.ts';

const RELEASE = (bundles: string) =>
  `name: r\nversion: 1.0.0\ncatalogue: catalogue.yaml\nbundles:\n  identity: { path: identity }\n  resource: { path: resource }\n  compliance: { path: compliance }\n  servers/crm: { path: servers/crm }\n${bundles}servers_without_bundle: [everything]\n`;

const WORKFLOW: Files = {
  'release.yaml': RELEASE('  workflow: { path: workflow }\n'),
  'workflow/bundle.yaml':
    'name: workflow\nversion: 1.0.0\nowner: sre\nlibrary:\n  identical_calls: { appeal_path: "https://tickets.example/sre", severity: low }\n  session_age: {}\n',
  'workflow/data.yaml': 'library:\n  identical_calls: { max: { default: 3 } }\nother: 7\n',
};

const taking = (name: string, manifest: string, data?: string): Files => ({
  'release.yaml': RELEASE(`  ${name}: { path: taker }\n`),
  'taker/bundle.yaml': `name: ${name}\nversion: 1.0.0\nowner: sre\nlibrary:\n${manifest}`,
  ...(data !== undefined && { 'taker/data.yaml': data }),
});

describe('rules that a bundle takes from the library', () => {
  test('are rules of its own, with what it says of them, its configuration, and the library’s for the rest', async () => {
    const { release, sources } = await buildSample(WORKFLOW);
    expect(release.rules.get('workflow.identical_calls')).toMatchObject({
      bundle: 'workflow',
      owner: 'sre',
      reason: 'runaway_loop',
      severity: 'low',
      overridable: true,
      appeal_path: 'https://tickets.example/sre',
      reads: expect.arrayContaining(['input.context.identical_calls']),
      location: { file: 'workflow/library/identical_calls/identical_calls.rego' },
    });
    expect(release.rules.get('workflow.session_age')).toMatchObject({ owner: 'sre', severity: 'medium' });
    const workflow = sources.bundles.find(({ name }) => name === 'workflow');
    expect(workflow?.data).toEqual({
      library: {
        identical_calls: { max: { default: 3 } },
        session_age: { max_seconds: { default: 28_800 } },
      },
      other: 7,
    });
  });

  test('bring their tests, which hold whatever the bundle configures', async () => {
    const tests = await testBundles(await buildSample(WORKFLOW), { opa: OPA });
    expect(tests.failed).toBe(0);
    expect(tests.tests.filter(({ name }) => name.includes('identical_calls')).length).toBeGreaterThan(5);
  });

  test('may be one team’s, or those of a server, whose package they are then written for', async () => {
    const team = await buildSample(taking('teams/cx/workflow', '  turn_ceiling: {}\n'));
    expect(team.release.rules.get('teams.cx.workflow.turn_ceiling')?.owner).toBe('sre');
    expect((await testBundles(team, { opa: OPA })).failed).toBe(0);
    const server = await buildSample({
      ...taking('servers/everything', '  path_traversal: {}\n  known_classes: {}\n'),
      'release.yaml': RELEASE('  servers/everything: { path: taker }\n').replace('[everything]', '[]'),
    });
    expect(server.release.rules.get('servers.everything.path_traversal')?.kind).toBe('deny');
    expect(server.release.rules.get('servers.everything.known_classes')?.kind).toBe('deny');
    expect((await testBundles(server, { opa: OPA })).failed).toBe(0);
  });

  test('name approvers where they ask for approval, and not where they deny', async () => {
    const { release } = await buildSample(
      taking('teams/cx/resource', '  money_four_eyes: { approvers: [finance] }\n'),
    );
    expect(release.rules.get('teams.cx.resource.money_four_eyes')?.approvers).toEqual(['finance']);
    expect(release.rules.get('teams.cx.resource.money_four_eyes_unusable')?.approvers).toEqual([]);
  });

  test('may be told apart by id, and have controls beside those of the library', async () => {
    const { release } = await buildSample(
      taking(
        'teams/cx/compliance',
        '  models_by_class:\n    overridable: true\n    controls: [GDPR-28, HOUSE-1]\n    rules:\n      models_by_class_unlisted: { overridable: false, severity: critical, controls: [HOUSE-2] }\n',
      ),
    );
    const [byClass, unlisted] = ['models_by_class', 'models_by_class_unlisted'].map((id) =>
      release.rules.get(`teams.cx.compliance.${id}`),
    );
    expect(byClass).toMatchObject({ overridable: true });
    expect(byClass?.controls).toEqual(expect.arrayContaining(['OWASP-MCP10', 'GDPR-28', 'HOUSE-1']));
    expect(byClass?.controls.filter((control) => control === 'GDPR-28')).toHaveLength(1);
    expect(unlisted).toMatchObject({ overridable: false, severity: 'critical' });
    expect(unlisted?.controls).toEqual(expect.arrayContaining(['HOUSE-1', 'HOUSE-2']));
  });

  test('may be watched until a day', async () => {
    const { release } = await buildSample(
      taking('teams/cx/workflow', '  weekends: { mode: watch, watch_until: "2027-01-31" }\n'),
    );
    expect(release.rules.get('teams.cx.workflow.weekends')).toMatchObject({
      mode: 'watch',
      watch_until: '2027-01-31',
    });
  });

  test('may be in their canary, all of a folder or some', async () => {
    const { release } = await buildSample(
      taking(
        'teams/cx/compliance',
        '  models_by_class:\n    canary: { share: 0.1 }\n    rules:\n      models_by_class_unlisted: { mode: canary }\n',
      ),
    );
    expect(release.rules.get('teams.cx.compliance.models_by_class')?.mode).toBe('enforce');
    expect(release.rules.get('teams.cx.compliance.models_by_class_unlisted')).toMatchObject({
      mode: 'canary',
      canary: { share: 0.1, teams: [] },
    });
    expect(release.data.canary_rules).toEqual({ 'teams/cx/compliance': ['models_by_class_unlisted'] });
    const all = await buildSample(
      taking(
        'teams/cx/compliance',
        '  models_by_class:\n    mode: canary\n    canary: { teams: [cx] }\n    rules:\n      models_by_class_unlisted: { mode: enforce }\n',
      ),
    );
    expect(all.release.data.canary_rules).toEqual({ 'teams/cx/compliance': ['models_by_class'] });
  });

  test('may each be taken by one team’s bundle, and hold there', async () => {
    const byCategory = Map.groupBy(await shippedRules(), ([, category]) => category);
    const files: Record<string, string> = {};
    for (const [category, rules] of byCategory) {
      const library = rules.map(([name]) => `  ${name}: {}\n`).join('');
      files[`cx-${category}/bundle.yaml`] =
        `name: teams/cx/${category}\nversion: 1.0.0\nowner: sre\nlibrary:\n${library}`;
    }
    const bundles = [...byCategory.keys()].map(
      (category) => `  teams/cx/${category}: { path: cx-${category}, may_grant: true }\n`,
    );
    const built = await buildSample({ ...files, 'release.yaml': RELEASE(bundles.join('')) });
    const tests = await testBundles(built, { opa: OPA });
    expect(tests.tests.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    expect(tests.passed).toBeGreaterThan(500);
  }, 120_000);
});

test('the library is told by its rules and their configuration, without tests and pages', async () => {
  const paths = [...(await shippedLibrary()).keys()];
  expect(paths).toContain('workflow/identical_calls/identical_calls.rego');
  expect(paths).toContain('workflow/identical_calls/data.yaml');
  expect(paths.filter((path) => /_test\.rego$|\.md$/.test(path))).toEqual([]);
  expect(paths.length).toBeGreaterThanOrEqual((await shippedRules()).size);
});

describe('it is refused, with what to do', () => {
  test.each([
    {
      what: 'a rule that the library does not have',
      files: taking('workflow', '  identical_call: {}\n'),
      finding: {
        file: 'taker/bundle.yaml',
        row: 5,
        code: 'library_rule_unknown',
        mend: expect.stringContaining('identical_calls'),
      },
    },
    {
      what: 'a rule of another category',
      files: taking('workflow', '  path_traversal: {}\n'),
      finding: { file: 'taker/bundle.yaml', row: 5, code: 'library_rule_misplaced' },
    },
    {
      what: 'something said of a rule that cannot be said of it',
      files: taking('workflow', '  identical_calls: { max: 7 }\n'),
      finding: { file: 'taker/bundle.yaml', row: 5, code: 'key_unknown' },
    },
    {
      what: 'something said of a rule that the folder does not have',
      files: taking('workflow', '  identical_calls: { rules: { identical: { mode: off } } }\n'),
      finding: {
        file: 'taker/bundle.yaml',
        row: 5,
        code: 'library_rule_unknown',
        mend: 'Use identical_calls.',
      },
    },
    {
      what: 'a canary without the mode',
      files: taking('workflow', '  identical_calls:\n    canary: { share: 0.1 }\n'),
      finding: { file: 'taker/bundle.yaml', row: 6, code: 'canary_without_mode' },
    },
    {
      what: 'the mode without a canary',
      files: taking('workflow', '  identical_calls:\n    rules: { identical_calls: { mode: canary } }\n'),
      finding: { file: 'taker/bundle.yaml', row: 6, code: 'canary_missing' },
    },
    {
      what: 'configuration that the rule does not read',
      files: taking('workflow', '  identical_calls: {}\n', 'library:\n  identical_calls:\n    maximum: 7\n'),
      finding: { file: 'taker/data.yaml', row: 3, code: 'library_key_unknown', mend: 'Use max.' },
    },
    {
      what: 'configuration of a rule that is not taken',
      files: taking('workflow', '  identical_calls: {}\n', 'library:\n  session_age: {}\n'),
      finding: { file: 'taker/data.yaml', row: 2, code: 'library_rule_not_taken' },
    },
    {
      what: 'configuration that is none',
      files: taking('workflow', '  identical_calls: {}\n', 'library:\n  identical_calls: 7\n'),
      finding: { file: 'taker/data.yaml', row: 2, code: 'data_invalid' },
    },
    {
      what: 'a value in the place of a table',
      files: taking('workflow', '  identical_calls: {}\n', 'library:\n  identical_calls:\n    max: three\n'),
      finding: {
        file: 'taker/data.yaml',
        row: 3,
        code: 'library_value_mistyped',
        detail: '`identical_calls` takes a table of numbers for `max`, and this is a text.',
      },
    },
    {
      what: 'a text in a table of numbers, under a name of one’s own as well',
      files: taking(
        'workflow',
        '  identical_calls: {}\n',
        'library:\n  identical_calls:\n    max:\n      default: 3\n      batch: "4"\n',
      ),
      finding: {
        file: 'taker/data.yaml',
        row: 5,
        code: 'library_value_mistyped',
        detail: '`identical_calls` takes a number for `max.batch`, and this is a text.',
        mend: expect.stringMatching(/^Write a number, as what ships: `max: \{default: \d+\}`\.$/),
      },
    },
    {
      what: 'a number in a list of texts',
      files: taking(
        'teams/cx/resource',
        '  bulk_export: {}\n',
        'library:\n  bulk_export:\n    arguments:\n      - rows\n      - 7\n',
      ),
      finding: { file: 'taker/data.yaml', row: 5, code: 'library_value_mistyped' },
    },
    {
      what: 'a rule that lies in the folder as well',
      files: {
        ...taking('workflow', '  identical_calls: {}\n'),
        'taker/library/identical_calls/identical_calls.rego': `package policy.workflow\n\n${metadata()}deny contains "identical_calls" if input.context.identical_calls > 5\n`,
      },
      finding: { file: 'taker/bundle.yaml', row: 5, code: 'library_rule_twice' },
    },
    {
      what: 'a rule of the bundle’s own with the id of one that it takes',
      files: {
        ...taking('workflow', '  identical_calls: {}\n'),
        'taker/own.rego': `package policy.workflow\n\n${metadata()}deny contains "identical_calls" if input.context.turn_count > 5\n`,
      },
      finding: { code: 'rule_id_duplicate' },
    },
  ])('$what', async ({ files, finding }) => {
    expect(await refusalsOf(files)).toContainEqual(expect.objectContaining(finding));
  });
});

describe('a bundle that is packed', () => {
  const texts = {
    ...SAMPLE_TEXTS,
    'bundle.yaml':
      '# ours\nname: compliance\nversion: 1.2.0\nowner: privacy\nlibrary:\n  user_clearance: {}\n',
  };

  test('has what it takes in it, and takes nothing where it arrives', async () => {
    const files = filesOf(texts);
    const packed = await packPart(files, { name: 'compliance', author: 'ana' });
    if (packed.kind === 'refused') throw new Error(JSON.stringify(packed.findings));
    const names = [...packed.value.files.keys()];
    expect(names).toContain('library/user_clearance/user_clearance.rego');
    expect(names).toContain('library/user_clearance/user_clearance_test.rego');
    const manifest = new TextDecoder().decode(packed.value.files.get('bundle.yaml'));
    expect(manifest).toContain('# ours');
    expect(manifest).not.toContain('library');
    const folder = await readPart('compliance', files);
    if (folder.kind === 'refused') throw new Error(JSON.stringify(folder.findings));
    const again = await packPart(files, { name: 'compliance', author: 'ana' });
    expect(again.kind === 'read' && isDeepStrictEqual(again.value.bytes, packed.value.bytes)).toBe(true);
  });

  test('has a digest over what it takes, as its folder has', async () => {
    const files = filesOf(texts);
    const folder = readingOf(await readPart('compliance', files));
    expect(folder.digest).not.toBe(shippedDigest(files));
    const packed = readingOf(await packPart(files, { name: 'compliance', author: '' }));
    const own = filesOf(SAMPLE_TEXTS);
    expect(readingOf(await readPart('compliance', own)).digest).toBe(shippedDigest(own));
    expect(packed.manifest.metadata.digest).not.toBe(folder.digest);
  });

  test('is what is approved: a folder that takes by name is not', async () => {
    const local = registered({ signing_keys: [], approvals: 0 });
    const source = local.source && { ...local.source, local_development: true };
    const files = filesOf(texts);
    const verified = (changes: object) =>
      verifySample(files, new Map(), { registration: { ...local, ...(source && { source }), ...changes } });
    expect(codesOf(await verified({}))).toBe('read');
    expect(codesOf(await verified({ approvals: 1 }))).toBe('library_by_name');
  });

  test('decides as its folder does', async () => {
    await using sample = await sampleRelease({
      ...Object.fromEntries(Object.entries(texts).map(([path, text]) => [`compliance/${path}`, text])),
    });
    const before = await sample.build();
    const packed = await packPart(filesOf(texts), { name: 'compliance', author: '' });
    if (packed.kind === 'refused') throw new Error(JSON.stringify(packed.findings));
    const decoder = new TextDecoder();
    const placed = [...packed.value.files].filter(([path]) => !path.startsWith('.'));
    await sample.write(
      Object.fromEntries(
        placed.map(([path, bytes]) => [
          `compliance/${path.replace('policy/compliance/', '')}`,
          decoder.decode(bytes),
        ]),
      ),
    );
    const after = await sample.build();
    const told = ({ release }: typeof before) =>
      [...release.rules].map(([id, rule]) => [id, { ...rule, location: undefined }]);
    expect(told(after)).toEqual(told(before));
    expect(after.sources.bundles.find(({ name }) => name === 'compliance')?.data).toEqual(
      before.sources.bundles.find(({ name }) => name === 'compliance')?.data,
    );
  });
});
