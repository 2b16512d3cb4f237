import type { BundleLevel, RuleKind } from '@bailiff/contract';
import { stringify } from 'yaml';
import { type BundleSubject, ruleIdPrefixOf } from '../sources/bundle-name.ts';
import { type BundleIdentity, type DraftedRules, type DraftFile, type DraftRule, namesOf } from './draft.ts';
import { moduleText, ruleText, testModuleText } from './rego-text.ts';

/** The version that a bundle begins with. */
export const FIRST_VERSION = '0.1.0';

/** The folder of a bundle: manifest, rules, their tests, data and a page about it. */
export function bundleDraft(
  identity: BundleIdentity,
  drafted: DraftedRules,
  level: BundleLevel = 'simple',
): DraftFile[] {
  const names = namesOf(identity.subject);
  const description = identity.description ?? drafted.purpose;
  const { name, owner } = identity;
  const manifest = { name, version: FIRST_VERSION, owner, description, level };
  const file = names.package.slice(names.package.lastIndexOf('.') + 1);
  const rules = drafted.rules.map(({ rule }) => ruleText(rule, owner));
  const tests = drafted.rules.map((one) => one.tests);
  return [
    { path: 'bundle.yaml', text: stringify(manifest, { lineWidth: 110 }) },
    ...(rules.length === 0
      ? []
      : [{ path: `${file}.rego`, text: moduleText(names, [...rules, drafted.uses ?? '']) }]),
    { path: `${file}_test.rego`, text: testModuleText(names, [drafted.fixture ?? '', ...tests]) },
    ...(drafted.data === '' ? [] : [{ path: 'data.yaml', text: `${drafted.data.trim()}\n` }]),
    { path: 'README.md', text: readme(identity, { ...drafted, purpose: description }) },
  ];
}

const WHAT: Readonly<Record<RuleKind, string>> = {
  deny: 'denies',
  require_approval: 'asks a person',
  allow: 'grants',
  affirm: 'affirms',
  oblige: 'obliges',
};

function readme(
  { name, owner, subject }: BundleIdentity,
  { purpose, rules, next, data }: DraftedRules,
): string {
  const prefix = ruleIdPrefixOf(subject);
  const row = ({ kind, id, title, custom }: DraftRule) =>
    `| \`${prefix}${id}\` | ${WHAT[kind]} | ${title} | \`${custom.reason}\` |\n`;
  return [
    `# The bundle ${plain(name)}\n`,
    `${plain(purpose)}\n`,
    `Owner: ${plain(owner)}. It is asked about ${heardFor(subject)}.\n`,
    ...(rules.length === 0
      ? []
      : [
          `| rule | what it does | title | reason |\n|---|---|---|---|\n${rules.map(({ rule }) => row(rule)).join('')}`,
        ]),
    ...(data === '' ? [] : ['What it is configured by stands in `data.yaml`, with comments.\n']),
    '## What to do next\n',
    `${[...next, 'Keep a test for each rule in which it fires, and one in which it does not.'].map((text) => `- ${text}\n`).join('')}`,
    '`./bailiff policy check --strict` says what is wrong or doubtful, `./bailiff bundle build` runs the tests and composes everything; both take the folder with `release.yaml`.\n',
  ].join('\n');
}

function heardFor(subject: BundleSubject): string {
  switch (subject.kind) {
    case 'category':
      return 'every call';
    case 'team':
      return `calls of agents that the team \`${subject.team}\` owns`;
    case 'server':
      return `calls to the server \`${subject.server}\``;
    case 'subagent':
      return `calls of the subagent \`${subject.subagent}\``;
  }
}

/** Text that Markdown takes for nothing else. */
function plain(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>#|~]/g, (sign) => `\\${sign}`);
}
