import { expect, test } from 'vitest';
import { compliance, type Refusal, testRefusals } from '../testing/refusal.ts';
import { buildSample, metadata } from '../testing/sample-release.ts';

const M = metadata();

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
    what: 'a canary that nobody described',
    files: compliance(`${metadata('r', ['mode: canary'])}deny contains "x"`),
    found: ['compliance/x.rego:8: canary_missing'],
  },
  {
    what: 'a canary of a rule that is enforced for everyone',
    files: compliance(`${metadata('r', ['severity: high', 'canary: { share: 0.1 }'])}deny contains "x"`),
    found: ['compliance/x.rego:9: canary_without_mode'],
  },
  {
    what: 'a canary of nobody',
    files: compliance(`${metadata('r', ['mode: canary', 'canary: {}'])}deny contains "x"`),
    found: ['compliance/x.rego:9: value_invalid'],
  },
  {
    what: 'a canary of more than all',
    files: compliance(`${metadata('r', ['mode: canary', 'canary: { share: 10 }'])}deny contains "x"`),
    found: ['compliance/x.rego:9: value_invalid'],
  },
  {
    what: 'a canary by another word',
    files: compliance(`${metadata('r', ['mode: canary', 'canary: { agents: [a] }'])}deny contains "x"`),
    found: ['compliance/x.rego:9: key_unknown', 'compliance/x.rego:9: value_invalid'],
  },
  {
    what: 'a key twice in METADATA',
    files: compliance(`${metadata('r', ['owner: others'])}deny contains "x"`),
    found: ['compliance/x.rego:8: document_invalid'],
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
    what: 'an object under the name of a set that another file adds to, which is innocent',
    files: {
      ...compliance(`${M}affirm["x"] if input.action.server == "crm"`),
      'compliance/y.rego': `package policy.compliance\n\n${M}affirm contains "y"\n`,
    },
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
    what: 'METADATA of a rule on a head that is a misspelt rule set',
    files: compliance(`${M}denies contains "x"`),
    found: ['compliance/x.rego:8: rule_set_unknown'],
    says: 'Write `deny`;',
  },
  {
    what: 'METADATA of rules on every other misspelt rule set',
    files: compliance(
      `${M}alow contains "a"\n\n${M}require_approvals contains "b"\n\n${M}obliges contains {"id": "c", "kind": "tag"}`,
    ),
    found: [
      'compliance/x.rego:8: rule_set_unknown',
      'compliance/x.rego:15: rule_set_unknown',
      'compliance/x.rego:22: rule_set_unknown',
    ],
    says: 'Write `allow`;',
  },
  {
    what: 'METADATA of a rule on a head that resembles none, whatever its scope and field',
    files: compliance(
      '# METADATA\n# scope: document\n# custom:\n#   severity: high\nforbidden contains "x" if input.agent.id == "a"',
    ),
    found: ['compliance/x.rego:7: rule_set_unknown'],
    says: 'Write one of deny, require_approval, allow, affirm, oblige; of a helper, remove custom.severity',
  },
  {
    what: 'METADATA of a rule in a package below the bundle’s',
    files: { 'compliance/x.rego': `package policy.compliance.lib\n\n${M}helper := 1\n` },
    found: ['compliance/x.rego:8: rule_set_unknown'],
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
    says: 'bundle’s: policy.compliance or one below it. Write `package policy.compliance`.',
  },
  {
    what: 'tests in a file that is not called as one of tests',
    files: { 'compliance/test_x.rego': 'package policy.compliance_test\n\ntest_x if true\n' },
    found: ['compliance/test_x.rego:1: package_outside_root'],
    says: 'call this one `x_test.rego`',
  },
  {
    what: 'the package of tests in a file of another name',
    files: { 'compliance/rows.rego': 'package policy.compliance_test\n\ntest_x if true\n' },
    found: ['compliance/rows.rego:1: package_outside_root'],
    says: 'call this one `rows_test.rego`. If it holds rules, write `package policy.compliance`.',
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

testRefusals(RULES);

test('METADATA of a helper may say what is not a rule’s', async () => {
  const text = '# METADATA\n# title: A helper\n# custom:\n#   since: 2024\nhelper := 1';
  await expect(buildSample(compliance(text))).resolves.toMatchObject({ warnings: [] });
});
