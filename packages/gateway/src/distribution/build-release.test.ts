import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CatalogueEntry, KernelAnswer, ReleaseData } from '@bailiff/contract';
import { describe, expect, test } from 'vitest';
import { buildRelease } from './build-release.ts';
import { succeeded } from './opa.ts';
import { openStage } from './stage.ts';
import { buildSample, KERNEL, metadata, OPA, sampleRelease } from './testing/sample-release.ts';

const INPUT = {
  schema: 'bailiff/input/v1',
  agent: { id: 'bot', scope: 'support', owner_team: 'cx', version: 'unknown', chain: [] },
  user: { id: '', kind: 'none', groups: [], data_classifications_authorized: [] },
  action: {
    ...{ type: 'tool_call', phase: 'request', target: { kind: 'tool', id: 'crm.read' }, server: 'crm' },
    ...{
      tool: 'crm.read',
      tool_name: 'read',
      model: '',
      subagent: '',
      provider: 'acme',
      region: 'eu',
      args: { rows: 20 },
    },
    ...{ effects: ['read'], blast_radius: 'low', estimated_tokens: 1, data_classes_referenced: [] },
  },
  result: null,
  context: {
    ...{
      conversation_id: 'c',
      turn_count: 1,
      cumulative_tokens: 1,
      tokens_source: 'estimated',
      session_age_seconds: 1,
    },
    ...{ tool_calls_in_a_row: 1, identical_calls: 1, recent_tools: [], data_classes_seen: [] },
  },
  session: { protocol: 'p', transport: 'http', client_name: '', client_version: '', auth_method: 'jwt' },
  environment: {
    ...{
      region: 'eu',
      time: '2026-11-22T13:45:00Z',
      time_s: 1_795_355_100,
      weekday: 'sunday',
      minute_of_day: 825,
    },
    ...{ is_production: true, flags: {} },
  },
  usage: {},
  approval: null,
};

/** What plain `opa eval` over the composed bundle gives, without any gateway. */
async function evaluated(bundle: Uint8Array, query: string, input: unknown = INPUT): Promise<unknown> {
  await using stage = await openStage();
  await writeFile(join(stage.path, 'release.tar.gz'), bundle);
  await writeFile(join(stage.path, 'input.json'), JSON.stringify(input));
  const run = { opa: OPA, cwd: stage.path, signal: new AbortController().signal };
  const args = [
    'eval',
    '--bundle',
    'release.tar.gz',
    '--input',
    'input.json',
    '--strict-builtin-errors',
    '--format',
    'json',
  ];
  const { stdout } = await succeeded(run, [...args, query]);
  return (JSON.parse(stdout) as { result?: { expressions: { value: unknown }[] }[] }).result?.[0]
    ?.expressions[0]?.value;
}

test('plain OPA answers from the composed bundle with the kernel that ships', async () => {
  const { release } = await buildSample({}, KERNEL);
  const allowed = KernelAnswer.parse(await evaluated(release.bundle, 'data.bailiff.decision'));
  expect(allowed).toMatchObject({ outcome: 'allow', metadata: { policy_version: release.policyVersion } });
  const input = { ...INPUT, action: { ...INPUT.action, args: { rows: 51 } } };
  const refused = KernelAnswer.parse(await evaluated(release.bundle, 'data.bailiff.decision', input));
  expect(refused).toMatchObject({ outcome: 'deny', reasons: ['too_many_rows'] });
});

describe('a release', () => {
  test('carries data.release, the catalogue and the catalogues of its bundles as the contract has them', async () => {
    const { release, alarms } = await buildSample();
    expect(alarms).toEqual([]);
    expect(release.policyVersion).toBe(`1.2.3+${release.digest.slice(0, 12)}`);
    expect(ReleaseData.parse(await evaluated(release.bundle, 'data.release'))).toEqual(release.data);
    expect(release.data).toMatchObject({
      categories: ['identity', 'resource', 'compliance', 'overrides'],
      required: ['identity', 'resource', 'compliance', 'overrides'],
      servers: {
        crm: { bundle_required: true, may_grant: false },
        everything: { bundle_required: false, may_grant: false },
      },
      bundles: { compliance: expect.stringMatching(/^2\.0\.0\+[0-9a-f]{12}$/) },
    });
    expect(await evaluated(release.bundle, 'data.catalogue.servers.crm.tools.read.argument_classes')).toEqual(
      {},
    );
    const entry = CatalogueEntry.parse(
      await evaluated(release.bundle, 'data.policy.compliance.catalogue.rows'),
    );
    expect(entry).toEqual({
      ...{
        kind: 'deny',
        mode: 'enforce',
        title: 'A rule',
        description: '',
        owner: 'owners',
        reason: 'too_many_rows',
      },
      ...{
        message: 'A rule',
        remediation: '',
        suggest: [],
        severity: 'medium',
        overridable: true,
        approvers: [],
      },
      ...{ appeal_path: '', controls: [], watch_until: '' },
      reads: ['data.policy.compliance.rows_max', 'input.action.args.rows'],
      location: { file: 'compliance/compliance.rego', row: 9 },
    });
    expect(release.rules.get('compliance.rows')).toEqual({
      ...entry,
      id: 'compliance.rows',
      bundle: 'compliance',
    });
    expect([...release.rules.keys()]).toEqual([
      'compliance.rows',
      'identity.agent_known',
      'resource.tool_granted',
      'servers.crm.delete',
    ]);
  });

  test('carries the directory with its defaults, to the gateway and to policy alike', async () => {
    const { release } = await buildSample();
    const bot = { scope: 'support', owner_team: 'cx', versions: [], status: 'active' };
    const mara = {
      kind: 'human',
      groups: ['support'],
      data_classifications_authorized: [],
      status: 'active',
    };
    expect(release.directory).toEqual({ agents: { bot }, users: { mara } });
    expect(
      await evaluated(release.bundle, '[data.policy.identity.agents.bot, data.policy.identity.users.mara]'),
    ).toEqual([bot, mara]);
  });

  test('ships no tests', async () => {
    const { release } = await buildSample();
    expect(await evaluated(release.bundle, 'data.policy.compliance_test')).toBeUndefined();
  });

  test('leaves an optional bundle out that is not on disk, and keeps its registration', async () => {
    await using sample = await sampleRelease();
    const registered = [
      'servers/crm: { path: servers/crm }',
      'servers/erp: { path: no, required: false, may_grant: true }',
      'teams/cx/resource: { path: no, required: false }',
    ];
    await sample.write({
      'release.yaml': `name: s\nversion: 1.0.0\ncatalogue: catalogue.yaml\nservers_without_bundle: [everything]\nbundles:\n  identity: { path: identity }\n${registered.map((line) => `  ${line}\n`).join('')}`,
    });
    const { release } = await sample.build();
    expect(Object.keys(release.data.bundles)).toEqual(['identity', 'servers/crm']);
    expect(release.data.servers).toMatchObject({ erp: { bundle_required: false, may_grant: true } });
    expect(release.data.teams).toEqual({});
  });

  test('lets teams and subagents speak under their own roots', async () => {
    await using sample = await sampleRelease({
      'cx/bundle.yaml': 'name: teams/cx/resource\nversion: 1.0.0\nowner: cx\n',
      'cx/x.rego': `package teams.cx.resource\n\n${metadata()}allow contains "own" if input.agent.owner_team == "cx"\n`,
      'catalogue.yaml':
        'data_classes: {}\nregions: {}\nservers:\n  crm: { title: CRM }\n  everything: { title: E }\nsubagents:\n  writer: { effects: [write], blast_radius: low }\n',
      'writer/bundle.yaml': 'name: subagents/writer\nversion: 1.0.0\nowner: cx\n',
      'writer/x.rego': `package subagents.writer\n\n${metadata()}deny contains "no"\n`,
    });
    const bundles = [
      'identity: { path: identity }',
      'servers/crm: { path: servers/crm }',
      'teams/cx/resource: { path: cx, may_grant: true }',
      'subagents/writer: { path: writer }',
    ];
    await sample.write({
      'release.yaml': `name: s\nversion: 1.0.0\ncatalogue: catalogue.yaml\nservers_without_bundle: [everything]\nbundles:\n${bundles.map((line) => `  ${line}\n`).join('')}`,
    });
    const { release } = await sample.build();
    expect(release.data).toMatchObject({
      teams: { cx: { resource: { may_grant: true } } },
      subagents: { writer: { bundle_required: true, may_grant: false } },
    });
    expect([...release.rules.keys()]).toEqual(
      expect.arrayContaining(['subagents.writer.no', 'teams.cx.resource.own']),
    );
    expect(await evaluated(release.bundle, 'data.teams.cx.resource.allow')).toEqual(['own']);
  });
});

describe('modes', () => {
  test('watched rules stand in sets of their own, rules that are off in none that is read, rows as they were', async () => {
    const { release } = await buildSample({
      'compliance/modes.rego': `package policy.compliance

${metadata('watched', ['mode: watch', 'watch_until: "2027-01-01"'])}deny contains "watched" if input.agent.id == "nobody"

deny contains "watched" if { input.agent.id == "bot" } { input.agent.id == "other" }

${metadata('off', ['mode: off'])}deny contains "off"

${metadata('enforced')}  deny contains "enforced" if to_number(input.agent.id) == 1
`,
    });
    const sets = await evaluated(
      release.bundle,
      '[data.policy.compliance.watched_deny, data.policy.compliance.off_deny]',
    );
    expect(sets).toEqual([['watched'], ['off']]);
    expect(await evaluated(release.bundle, 'data.policy.compliance.catalogue.watched.mode')).toBe('watch');
    expect(release.rules.get('compliance.watched')).toMatchObject({
      mode: 'watch',
      watch_until: '2027-01-01',
      location: { row: 10 },
    });
    await expect(evaluated(release.bundle, 'data.policy.compliance.deny')).rejects.toMatchObject({
      cause: { message: expect.stringMatching(/compliance\/modes\.rego"[^}]*"row": 29/) },
    });
  });
});

describe('the policy version', () => {
  test('is the same for the same sources, wherever they lie and in whatever order they were written', async () => {
    await using sample = await sampleRelease();
    const first = await sample.build();
    await using other = await openStage();
    const copy = async (path: string): Promise<void> => {
      await mkdir(join(other.path, path), { recursive: true });
      const entries = await readdir(join(sample.directory, path), { withFileTypes: true });
      for (const entry of entries.reverse()) {
        const at = join(path, entry.name);
        if (entry.isDirectory()) await copy(at);
        else await copyFile(join(sample.directory, at), join(other.path, at));
      }
    };
    await copy('.');
    const kernel = join(sample.directory, '../kernel');
    const second = await buildRelease({ directory: other.path, kernel, opa: OPA });
    expect(second.release).toEqual(first.release);
  });

  test('does not change with the order of bundles in release.yaml, or with a test', async () => {
    const first = await buildSample();
    const second = await buildSample({
      'release.yaml':
        'version: 1.2.3\nname: sample\ncatalogue: catalogue.yaml\nservers_without_bundle: [everything]\nbundles:\n  servers/crm: { path: servers/crm }\n  compliance: { path: compliance }\n  overrides: { path: overrides }\n  resource: { path: resource }\n  identity: { path: identity }\n',
      'compliance/compliance_test.rego': 'package policy.compliance_test\n\ntest_nothing if true\n',
    });
    expect(second.release.policyVersion).toBe(first.release.policyVersion);
  });

  test.each([
    ['a byte of a rule', { 'servers/crm/crm.rego': `package servers.crm\n# A remark.\n` }, 'servers/crm'],
    ['a value in data', { 'compliance/data.yaml': 'rows_max: 51\n' }, 'compliance'],
    ['a remark in data', { 'compliance/data.yaml': 'rows_max: 50 # rows\n' }, 'compliance'],
    [
      'a bundle’s owner',
      { 'compliance/bundle.yaml': 'name: compliance\nversion: 2.0.0\nowner: legal\n' },
      'compliance',
    ],
  ])('changes with %s, and so does the revision of that bundle alone', async (_what, files, bundle) => {
    const { release: before } = await buildSample();
    const { release: after } = await buildSample(files);
    expect(after.policyVersion).not.toBe(before.policyVersion);
    const changed = Object.keys(before.data.bundles).filter(
      (name) => before.data.bundles[name] !== after.data.bundles[name],
    );
    expect(changed).toEqual([bundle]);
  });
});

describe('overrides', () => {
  const override = (id: string, by: string) =>
    `  - { id: ${id}, lifts: [compliance.rows], scope: { agents: [bot] }, not_before: "2026-11-20T00:00:00Z", expires_at: "2026-11-25T00:00:00Z", justification: The yearly audit needs larger samples., ticket: T, requested_by: omar, approved_by: [${by}] }\n`;

  test('that are valid lift in plain OPA; others are dropped with an alarm', async () => {
    const data = `overrides:\n${override('good', 'ana, priya')}${override('bad', 'omar, ana')}`;
    const { release, alarms } = await buildSample({ 'overrides/data.yaml': data }, KERNEL);
    expect(release.data.overrides.map(({ id }) => id)).toEqual(['good']);
    expect(alarms).toEqual([
      { id: 'bad', reason: expect.stringContaining('may not approve'), file: 'overrides/data.yaml', row: 3 },
    ]);
    const input = { ...INPUT, action: { ...INPUT.action, args: { rows: 51 } } };
    expect(await evaluated(release.bundle, 'data.bailiff.decision', input)).toMatchObject({
      outcome: 'allow',
      metadata: { overrides: [{ id: 'good', status: 'used' }] },
    });
  });
});

describe('a build stops', () => {
  test('when it is told to, and leaves nothing behind', async () => {
    await using sample = await sampleRelease();
    const options = { directory: sample.directory, kernel: KERNEL, opa: OPA };
    const reason = new Error('Enough.');
    await expect(buildRelease({ ...options, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('when there is no opa, and says where to name one', async () => {
    await using sample = await sampleRelease();
    const options = { directory: sample.directory, kernel: KERNEL, opa: '/no/such/opa' };
    await expect(buildRelease(options)).rejects.toMatchObject({
      code: 'configuration_invalid',
      detail: expect.stringContaining('BAILIFF_OPA'),
    });
  });

  test('when the kernel lacks an entrypoint or is not there', async () => {
    await using sample = await sampleRelease({ 'kernel/k.rego': 'package bailiff\n\ndecision := 1\n' });
    await expect(sample.build(join(sample.directory, 'kernel'))).rejects.toMatchObject({
      findings: Array(3).fill({ code: 'entrypoint_missing' }),
    });
    await expect(sample.build(join(sample.directory, 'nowhere'))).rejects.toMatchObject({
      findings: [{ code: 'kernel_missing' }],
    });
  });
});

test('a bundle without any rule is warned of, but for the overrides, which are data', async () => {
  const { warnings } = await buildSample({
    'resource/resource.rego': 'package policy.resource\n\nhelper contains "x"\n',
  });
  expect(warnings).toEqual([
    expect.objectContaining({ file: 'resource/bundle.yaml', row: 1, code: 'bundle_without_rules' }),
  ]);
});
