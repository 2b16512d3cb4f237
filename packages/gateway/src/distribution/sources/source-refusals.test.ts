import { type Refusal, testRefusals } from '../testing/refusal.ts';
import type { Files } from '../testing/sample-release.ts';

const release = (text: string): Files => ({ 'release.yaml': text });

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
    what: 'a subagent of the catalogue that nobody registered, and one registered that the catalogue lacks',
    files: {
      'release.yaml':
        'name: s\nversion: 1.0.0\ncatalogue: catalogue.yaml\nservers_without_bundle: [crm, everything]\nbundles:\n  subagents/writer: { path: writer, required: false }\n',
      'catalogue.yaml':
        'data_classes: {}\nregions: {}\nservers: {}\nsubagents:\n  reader: { effects: [read], blast_radius: low }\n',
    },
    found: ['catalogue.yaml:5: subagent_unregistered', 'release.yaml:6: subagent_not_in_catalogue'],
  },
  {
    what: 'classes and regions of a subagent that nothing declares',
    files: {
      'release.yaml':
        'name: s\nversion: 1.0.0\ncatalogue: catalogue.yaml\nservers_without_bundle: [crm, everything]\nbundles:\n  subagents/reader: { path: reader, required: false }\n',
      'catalogue.yaml':
        'data_classes: {}\nregions: {}\nservers: {}\nsubagents:\n  reader:\n    effects: [read]\n    blast_radius: low\n    data_classes: [personal]\n    region: mars\n',
    },
    found: ['catalogue.yaml:8: data_class_unknown', 'catalogue.yaml:9: region_unknown'],
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

testRefusals(SOURCES);
