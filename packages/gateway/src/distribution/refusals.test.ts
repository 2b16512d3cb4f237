import { describe, expect, test } from 'vitest';
import { type Files, metadata, refusalsOf, sampleRelease } from './testing/sample-release.ts';

interface Refusal {
  readonly what: string;
  readonly files: Files;
  /** `file:row: code` of every finding. */
  readonly found: readonly string[];
  /** Part of what the first finding says. */
  readonly says?: string;
}

const M = metadata();

/** A rule of the compliance bundle: `deny …` stands in row 8, below METADATA. */
const compliance = (text: string): Files => ({
  'compliance/x.rego': `package policy.compliance\n\n${text}\n`,
});
const identity = (text: string): Files => ({ 'identity/x.rego': `package policy.identity\n\n${text}\n` });
const release = (text: string): Files => ({ 'release.yaml': text });

const RULES: readonly Refusal[] = [
  {
    what: 'a rule without METADATA',
    files: compliance('deny contains "x" if input.action.server == "crm"'),
    found: ['compliance/x.rego:3: rule_metadata_missing'],
  },
  {
    what: 'a rule without a title',
    files: compliance(`${M.replace('# title: A rule\n', '')}deny contains "x"`),
    found: ['compliance/x.rego:7: rule_title_missing'],
  },
  {
    what: 'a rule without reason and owner',
    files: compliance('# METADATA\n# title: A rule\ndeny contains "x"'),
    found: ['compliance/x.rego:5: rule_owner_missing', 'compliance/x.rego:5: rule_reason_missing'],
  },
  {
    what: 'METADATA of another scope than the rule',
    files: compliance(`${M.replace('title', 'scope: document\n# title')}deny contains "x"`),
    found: ['compliance/x.rego:9: rule_metadata_missing'],
  },
  {
    what: 'an unknown key under custom',
    files: compliance(`${metadata('r', ['severty: high'])}deny contains "x"`),
    found: ['compliance/x.rego:8: key_unknown'],
    says: '`custom.severty` is not a known key.',
  },
  {
    what: 'a key of ours outside custom, which OPA would drop without a word',
    files: compliance(`${M.replace('# custom:', '# severity: critical\n# custom:')}deny contains "x"`),
    found: ['compliance/x.rego:5: key_unknown'],
  },
  {
    what: 'a wrong value in METADATA',
    files: compliance(`${metadata('r', ['overridable: yes'])}deny contains "x"`),
    found: ['compliance/x.rego:8: value_invalid'],
  },
  {
    what: 'a key twice in METADATA',
    files: compliance(`${metadata('r', ['owner: others'])}deny contains "x"`),
    found: ['compliance/x.rego:8: rego_parse_error'],
  },
  {
    what: 'a METADATA id that is not the head’s',
    files: compliance(`${metadata('r', ['id: y'])}deny contains "x"`),
    found: ['compliance/x.rego:9: rule_id_mismatch'],
  },
  {
    what: 'an id that is computed',
    files: compliance(`${M}deny contains id if id := input.action.tool`),
    found: ['compliance/x.rego:8: rule_id_missing'],
  },
  {
    what: 'an id with a dot',
    files: compliance(`${M}deny contains "a.b"`),
    found: ['compliance/x.rego:8: rule_id_invalid'],
  },
  {
    what: 'an id twice in one file',
    files: compliance(`${M}deny contains "x"\n\n${M}deny contains "x" if input.action.server == "crm"`),
    found: ['compliance/x.rego:15: rule_id_duplicate'],
  },
  {
    what: 'an id twice in two files',
    files: compliance(`${M}deny contains "rows"`),
    found: ['compliance/x.rego:8: rule_id_duplicate'],
  },
  {
    what: 'an id of two kinds',
    files: compliance(`${M}deny contains "x"\n\naffirm contains "x"`),
    found: ['compliance/x.rego:10: rule_id_duplicate'],
  },
  {
    what: 'bodies of one rule that do not stand together',
    files: compliance(`${M}deny contains "x"\n\nhelper := 1\n\ndeny contains "x" if helper == 2`),
    found: ['compliance/x.rego:12: rule_id_duplicate'],
  },
  {
    what: 'a complete rule under a rule set’s name',
    files: compliance(`${M}affirm := true`),
    found: ['compliance/x.rego:8: rule_set_malformed'],
  },
  {
    what: 'a default under a rule set’s name',
    files: compliance('default allow := false'),
    found: ['compliance/x.rego:3: rule_set_malformed'],
  },
  {
    what: 'an object under a rule set’s name',
    files: compliance(`${M}affirm["x"] if input.action.server == "crm"`),
    found: ['compliance/x.rego:8: rule_set_malformed'],
  },
  {
    what: 'a function under a rule set’s name',
    files: compliance(`affirm(x) := x`),
    found: ['compliance/x.rego:3: rule_set_malformed'],
  },
  {
    what: 'a package under a rule set’s name',
    files: { 'compliance/x.rego': 'package policy.compliance.affirm\n\nx := 1\n' },
    found: ['compliance/x.rego:3: rule_set_malformed'],
  },
  {
    what: 'a rule set in a package below the bundle’s',
    files: { 'compliance/x.rego': `package policy.compliance.lib\n\n${M}deny contains "x"\n` },
    found: ['compliance/x.rego:8: rule_set_misplaced'],
  },
  {
    what: 'a rule under a name that the builder makes',
    files: compliance('watched_deny contains "x"\n\noff_allow contains "x"\n\ncatalogue := {}'),
    found: [
      'compliance/x.rego:3: name_reserved',
      'compliance/x.rego:5: name_reserved',
      'compliance/x.rego:7: name_reserved',
    ],
  },
  {
    what: 'a package of another bundle',
    files: { 'compliance/x.rego': 'package policy.identity\n\nx := 1\n' },
    found: ['compliance/x.rego:1: package_outside_root'],
  },
  {
    what: 'an obligation without a constant id',
    files: compliance(`${M}oblige contains duty if duty := {"id": "x", "kind": "tag"}`),
    found: ['compliance/x.rego:8: rule_id_missing'],
  },
  {
    what: 'an obligation without a constant kind',
    files: compliance(`${M}oblige contains {"id": "x", "kind": input.action.tool}`),
    found: ['compliance/x.rego:8: obligation_kind_missing'],
  },
];

const PERMISSIONS: readonly Refusal[] = [
  {
    what: 'a grant of a category that does not grant',
    files: compliance(`${M}allow contains "x"`),
    found: ['compliance/x.rego:8: grant_refused'],
  },
  {
    what: 'a grant of a server’s bundle that may not',
    files: { 'servers/crm/x.rego': `package servers.crm\n\n${M}allow contains "x"\n` },
    found: ['servers/crm/x.rego:8: grant_refused'],
    says: 'may_grant: true',
  },
  {
    what: 'a grant that reads an argument',
    files: identity(`${M}allow contains "x" if {\n\tinput.agent.id == "a"\n\tinput.action.args.rows < 3\n}`),
    found: ['identity/x.rego:10: grant_reads_refused'],
    says: 'input.action.args.rows',
  },
  {
    what: 'a grant that reads the conversation',
    files: identity(`${M}allow contains "x" if input.context.turn_count < 3`),
    found: ['identity/x.rego:8: grant_reads_refused'],
  },
  {
    what: 'a grant that reads budgets',
    files: identity(`${M}allow contains "x" if input.usage.tokens.remaining > 3`),
    found: ['identity/x.rego:8: grant_reads_refused'],
  },
  {
    what: 'a grant that reads the whole action',
    files: identity(`${M}allow contains "x" if count(input.action) > 3`),
    found: ['identity/x.rego:8: grant_reads_refused'],
  },
  {
    what: 'a grant that reads the bare input',
    files: identity(`${M}allow contains "x" if walk(input, [_, "x"])`),
    found: ['identity/x.rego:8: grant_reads_refused'],
  },
  {
    what: 'a grant that reads the input by a name it works out',
    files: identity(`${M}allow contains "x" if {\n\tname := "action"\n\tinput[name].args.rows == 1\n}`),
    found: ['identity/x.rego:10: grant_reads_refused'],
  },
  {
    what: 'a grant that reads arguments through a helper of another bundle',
    files: {
      ...identity(`${M}allow contains "x" if data.policy.compliance.few`),
      'compliance/few.rego': 'package policy.compliance\n\nfew if input.action.args.rows < 3\n',
    },
    found: ['identity/x.rego:8: grant_reads_refused'],
    says: 'through `data.policy.compliance.few`',
  },
  {
    what: 'a grant whose second body reads arguments',
    files: identity(
      `${M}allow contains "x" if input.agent.id == "a"\n\nallow contains "x" if input.action.args.a`,
    ),
    found: ['identity/x.rego:10: grant_reads_refused'],
  },
  {
    what: 'a function of another bundle',
    files: {
      ...compliance('x := data.policy.identity.f(1)'),
      'identity/f.rego': 'package policy.identity\n\nf(n) := n\n',
    },
    found: ['compliance/x.rego:3: function_foreign'],
  },
  {
    what: 'a function of another bundle under another name',
    files: {
      'compliance/x.rego': 'package policy.compliance\n\nimport data.policy.identity.f as g\n\nx := g(1)\n',
      'identity/f.rego': 'package policy.identity\n\nf(n) := n\n',
    },
    found: ['compliance/x.rego:5: function_foreign'],
  },
  {
    what: 'a function of another bundle put in the place of one’s own',
    files: {
      ...compliance('own(n) := n\n\ny := own(1)\n\nx if y == 1 with own as data.policy.identity.f'),
      'identity/f.rego': 'package policy.identity\n\nf(n) := n\n',
    },
    found: ['compliance/x.rego:7: function_foreign'],
  },
  {
    what: 'a function of another bundle that is not there',
    files: compliance('x := data.servers.gone.f(1)'),
    found: ['compliance/x.rego:3: function_foreign'],
  },
  {
    what: 'the kernel’s documents',
    files: compliance('x := data.bailiff.within_capabilities'),
    found: ['compliance/x.rego:3: kernel_read'],
  },
  {
    what: 'a data path that nothing defines',
    files: compliance('x := data.policy.compliance.rows_min'),
    found: ['compliance/x.rego:3: data_undefined'],
  },
  {
    what: 'a data path that nothing defines, under an import',
    files: {
      'compliance/x.rego': 'package policy.compliance\n\nimport data.policy.limits\n\nx := limits.rows\n',
    },
    found: ['compliance/x.rego:5: data_undefined'],
  },
  {
    what: 'an input path that no input has',
    files: compliance('x if input.user.team == "a"\n\ny if input.action.args.team.name == "a"'),
    found: ['compliance/x.rego:3: input_path_unknown'],
  },
  {
    what: 'an obligation that holds an argument',
    files: compliance(`${M}oblige contains {"id": "x", "kind": "notify", "to": [input.action.args.to]}`),
    found: ['compliance/x.rego:8: obligation_reads_args'],
  },
  {
    what: 'an obligation that holds what an argument selects',
    files: compliance(
      `${M}oblige contains {"id": "x", "kind": "notify", "to": [to]} if {\n\tsome to in data.policy.identity.users.mara.groups\n\tto == input.action.args.to\n}`,
    ),
    found: ['compliance/x.rego:10: obligation_reads_args'],
  },
  {
    what: 'an obligation that holds an argument through variables and a helper',
    files: compliance(
      `${M}oblige contains {"id": "x", "kind": "notify", "to": [to]} if {\n\tparts := [wanted]\n\tto := parts[0]\n}\n\nwanted := input.action.args.to`,
    ),
    found: ['compliance/x.rego:9: obligation_reads_args'],
  },
  {
    what: 'a built-in that asks the world',
    files: compliance('x if http.send({"method": "get", "url": "http://a"}).status_code == 200'),
    found: ['compliance/x.rego:3: builtin_refused'],
    says: '`http.send` is not allowed',
  },
  {
    what: 'a built-in that asks the clock',
    files: compliance('x := time.now_ns()'),
    found: ['compliance/x.rego:3: builtin_refused'],
  },
  {
    what: 'what only the strict compiler refuses',
    files: compliance('x if {\n\ty := 1\n\ttrue\n}'),
    found: ['compliance/x.rego:4: rego_compile_error'],
  },
  {
    what: 'Rego that does not parse, in every file at once',
    files: { ...compliance('x if {'), ...identity('y if {') },
    found: ['compliance/x.rego:4: rego_parse_error', 'identity/x.rego:4: rego_parse_error'],
  },
];

const SOURCES: readonly Refusal[] = [
  {
    what: 'a required bundle that is not on disk',
    files: {
      'compliance/bundle.yaml': undefined,
      'compliance/data.yaml': undefined,
      'compliance/compliance.rego': undefined,
      'compliance/compliance_test.rego': undefined,
    },
    found: ['release.yaml:7: bundle_missing'],
    says: '`compliance`',
  },
  {
    what: 'data under a rule set’s name',
    files: { 'compliance/data.yaml': 'rows_max: 5\ndeny: [x]\nwatched_allow: 1\ncatalogue: {}\n' },
    found: [
      'compliance/data.yaml:2: data_reserved',
      'compliance/data.yaml:3: data_reserved',
      'compliance/data.yaml:4: data_reserved',
    ],
  },
  {
    what: 'data where a rule stands',
    files: { 'identity/data.yaml': 'agents: {}\nusers: {}\ncapabilities: {}\n' },
    found: ['identity/identity.rego:3: rego_compile_error'],
    says: 'conflicting rule for data path policy/identity/capabilities',
  },
  {
    what: 'a key twice in data',
    files: { 'compliance/data.yaml': 'rows_max: 5\nother: 1\nrows_max: 6\n' },
    found: ['compliance/data.yaml:3: document_invalid'],
  },
  {
    what: 'a key twice in JSON',
    files: {
      'compliance/data.yaml': undefined,
      'compliance/data.json': '{\n\t"rows_max": 5,\n\t"rows_max": 6\n}\n',
    },
    found: ['compliance/data.json:3: document_invalid'],
  },
  {
    what: 'data in both forms',
    files: { 'compliance/data.json': '{}' },
    found: ['compliance/data.json:1: data_ambiguous'],
  },
  {
    what: 'data that is a list',
    files: { 'compliance/data.yaml': '- 1\n' },
    found: ['compliance/data.yaml:1: data_invalid'],
  },
  {
    what: 'a directory with an agent of no team',
    files: { 'identity/data.yaml': 'agents:\n  bot: { scope: support }\nusers: {}\n' },
    found: ['identity/data.yaml:2: key_missing'],
    says: '`agents.bot.owner_team` is missing.',
  },
  {
    what: 'a file that would be ignored',
    files: { 'compliance/data.yml': 'a: 1\n', 'compliance/README.md': 'Fine.\n' },
    found: ['compliance/data.yml:1: file_unknown'],
  },
  {
    what: 'a manifest of another bundle',
    files: { 'compliance/bundle.yaml': 'version: 2.0.0\nname: resource\nowner: privacy\n' },
    found: ['compliance/bundle.yaml:2: bundle_name_mismatch'],
  },
  {
    what: 'a manifest without owner and with an unknown key',
    files: { 'compliance/bundle.yaml': 'name: compliance\nversion: 2.0\nownr: privacy\n' },
    found: [
      'compliance/bundle.yaml:1: key_missing',
      'compliance/bundle.yaml:2: value_invalid',
      'compliance/bundle.yaml:3: key_unknown',
    ],
  },
  {
    what: 'a bundle without a manifest',
    files: { 'compliance/bundle.yaml': undefined },
    found: ['compliance/bundle.yaml:1: file_missing'],
  },
  {
    what: 'names of bundles that cannot be',
    files: release(
      'name: s\nversion: 1.0.0\ncatalogue: catalogue.yaml\nservers_without_bundle: [crm, everything]\nbundles:\n  Compliance: { path: compliance }\n  teams/cx/other: { path: x }\n  servers/a.b: { path: x }\n  kernel: { path: x }\n',
    ),
    found: [
      'release.yaml:6: bundle_name_invalid',
      'release.yaml:7: bundle_name_invalid',
      'release.yaml:8: bundle_name_invalid',
      'release.yaml:9: bundle_name_invalid',
    ],
  },
  {
    what: 'a category that is given leave to grant',
    files: release(
      'name: s\nversion: 1.0.0\ncatalogue: catalogue.yaml\nservers_without_bundle: [crm, everything]\nbundles:\n  identity:\n    path: identity\n    may_grant: true\n',
    ),
    found: ['release.yaml:8: may_grant_refused'],
  },
  {
    what: 'a server of the catalogue that nobody registered, and one registered both ways',
    files: {
      'release.yaml':
        'name: s\nversion: 1.0.0\ncatalogue: catalogue.yaml\nservers_without_bundle:\n  - crm\nbundles:\n  servers/crm: { path: servers/crm }\n',
    },
    found: ['catalogue.yaml:11: server_unregistered', 'release.yaml:5: server_ambiguous'],
  },
  {
    what: 'a release without a manifest',
    files: { 'release.yaml': undefined },
    found: ['release.yaml:1: file_missing'],
  },
  {
    what: 'classes and regions that nothing declares',
    files: {
      'catalogue.yaml':
        'data_classes: {}\nregions: {}\nservers:\n  crm:\n    title: CRM\n    tools:\n      read:\n        effects: [read]\n        blast_radius: low\n        argument_classes:\n          table:\n            people: [personal]\n  everything: { title: E }\nmodels:\n  m: { title: M, provider: p, region: mars }\n',
    },
    found: ['catalogue.yaml:12: data_class_unknown', 'catalogue.yaml:15: region_unknown'],
  },
];

describe.each([
  ['rules', RULES],
  ['permissions', PERMISSIONS],
  ['sources', SOURCES],
])('%s', (_name, refusals) => {
  test.each(refusals)('refuses $what', async ({ files, found, says = '' }) => {
    const findings = await refusalsOf(files);
    expect(findings.map(({ file, row, code }) => `${file}:${row}: ${code}`)).toEqual(found);
    expect(`${findings[0]?.detail} ${findings[0]?.mend}`).toContain(says);
    for (const { mend } of findings) expect(mend).not.toBe('');
  });
});

test('collects what is wrong in several files and says it in one line each', async () => {
  await using sample = await sampleRelease({
    ...compliance('deny contains "x"'),
    ...identity('x := data.policy.nothing'),
  });
  await expect(sample.build()).rejects.toMatchObject({
    code: 'bundle_invalid',
    detail: expect.stringMatching(
      /^compliance\/x\.rego:3: rule_metadata_missing: .* — .*\nidentity\/x\.rego:3: data_undefined: .* — .*$/,
    ),
  });
});

test('refuses data of an optional bundle that is not on disk', async () => {
  await using sample = await sampleRelease(compliance('x := data.servers.erp.limit'));
  const registered = '  servers/erp: { path: servers/erp, required: false }\n';
  await sample.write({
    'release.yaml': `name: s\nversion: 1.0.0\ncatalogue: catalogue.yaml\nbundles:\n  identity: { path: identity }\n  compliance: { path: compliance }\n  servers/crm: { path: servers/crm }\n${registered}servers_without_bundle: [everything]\n`,
  });
  await expect(sample.build()).rejects.toMatchObject({ findings: [{ code: 'data_undefined', row: 3 }] });
});
