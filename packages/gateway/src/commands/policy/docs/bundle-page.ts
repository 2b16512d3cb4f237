import type { ActiveOverride, Json } from '@bailiff/contract';
import { isObject } from '../../../distribution/sources/document.ts';
import { code, plain, tableOf } from '../markdown.ts';
import { DOES, effectOf, exceptionsOf, IN_FORCE, testWords, valueWords } from './plain-words.ts';
import type { ToldBundle, ToldRule, ToldValue } from './told-policy.ts';

/** First line of every page that is made; a file without it is not overwritten. */
export const MADE = '<!-- Made by `bailiff policy docs`. Edit the bundles, not this page. -->';

/** Tests of one rule that are listed at most; further ones are counted. */
const TESTS_MAX = 8;
/** Longest value of the configuration that is shown, in characters. */
const VALUE_MAX = 200;

/** The page of a bundle, for people who read no Rego. */
export function bundlePage(bundle: ToldBundle): string {
  const { name, description, rules, configuration } = bundle;
  const sections = [
    MADE,
    `# ${plain(name)}`,
    plain(description) === '' ? '' : plain(description),
    tableOf(['', ''], factsOf(bundle)),
    '## Rules',
    rules.length === 0 ? 'It has none.' : rulesTable(rules),
    ...rules.flatMap(ruleSection),
    ...configurationSection(configuration),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function factsOf({ version, level, owner, ...registered }: ToldBundle): string[][] {
  return [
    ['Version', code(version)],
    ['Answers for it', plain(owner)],
    ...registrationFacts(registered),
    ...(level === 'simple'
      ? [['Level', 'simple: its rules are tables, comparisons and membership, and nothing else']]
      : []),
  ];
}

/** What is known of a bundle without looking into it, in rows of a table. */
export function registrationFacts({
  approvals,
  origin,
}: Pick<ToldBundle, 'approvals' | 'origin'>): string[][] {
  const people = approvals?.owners.map(plain).join(', ') ?? '';
  return [
    ...(origin === undefined ? [] : [['Comes from', code(origin)]]),
    ...(people === '' ? [] : [['People whose approval counts', people]]),
    ...(approvals === undefined
      ? []
      : [['Approvals that a change needs', approvals.needed === 0 ? 'none' : `${approvals.needed}`]]),
  ];
}

function rulesTable(rules: readonly ToldRule[]): string {
  const rows = rules.map(({ id, anchor, entry }) => [
    `[${code(id)}](#${anchor})`,
    plain(entry.title),
    entry.mode === 'enforce' ? DOES[entry.kind] : `${DOES[entry.kind]} (${IN_FORCE[entry.mode]})`,
    entry.severity,
  ]);
  return tableOf(['rule', 'title', 'what it does', 'severity'], rows);
}

function ruleSection(rule: ToldRule): string[] {
  const { entry, anchor } = rule;
  return [
    `<a id="${anchor}"></a>`,
    `### ${plain(entry.title)}`,
    effectOf(entry),
    plain(entry.description),
    tableOf(['', ''], rowsOf(rule)),
  ];
}

function rowsOf({
  id,
  entry,
  values,
  configuration,
  tests,
  cases,
  overrides,
  file,
  row,
}: ToldRule): string[][] {
  const exceptions = exceptionsOf(entry);
  const listed = (name: string, texts: readonly string[], tell: (text: string) => string) =>
    texts.length === 0 ? [] : [[name, texts.map(tell).join(', ')]];
  return [
    ['Rule', code(id)],
    ['Answers for it', plain(entry.owner)],
    ['What people are told', plain(entry.message)],
    ['Reason code', code(entry.reason)],
    ...(entry.remediation === '' ? [] : [['What may be done about it', code(entry.remediation)]]),
    ...(entry.appeal_path === '' ? [] : [['Where to ask for a change', code(entry.appeal_path)]]),
    ...listed('Who may approve', entry.approvers, plain),
    ['Severity', entry.severity],
    ...(exceptions === undefined ? [] : [['Exceptions', exceptions]]),
    ...(overrides.length === 0 ? [] : [['Overrides that hold', overrides.map(overrideText).join('<br>')]]),
    ...(entry.audit === undefined
      ? []
      : [['Record of such calls', `${entry.audit.level}, kept ${entry.audit.retention_days} days`]]),
    ...listed('Controls', entry.controls, code),
    ['What it looks at', values.length === 0 ? 'nothing of the call' : values.map(valueText).join('<br>')],
    ...listed('Configuration', configuration, pathText),
    ['Tests in which it fires', testsText(tests.firing.map(testWords))],
    ['Tests in which it stays silent', testsText(tests.silent.map(testWords))],
    ...(cases.length === 0 ? [] : [['Cases in which it decides', testsText(cases)]]),
    ['Where it stands', `${code(file)}, row ${row}`],
  ];
}

function overrideText({
  id,
  scope,
  not_before,
  expires_at,
  justification,
  ticket,
  approved_by,
}: ActiveOverride): string {
  const whom = Object.entries(scope)
    .map(([dimension, names]) => `${dimension} ${(names ?? []).map(code).join(', ')}`)
    .join('; ');
  const day = (seconds: number) => new Date(seconds * 1_000).toISOString().replace(/:00\.000Z$/, 'Z');
  return `${code(id)} for ${whom}, from ${day(not_before)} to ${day(expires_at)}: ${plain(justification)} (${plain(ticket)}, approved by ${approved_by.map(plain).join(', ')})`;
}

function valueText(path: string): string {
  if (path === '*') return 'everything about the call';
  const words = valueWords(['input', ...path.split('.')]);
  return words === '' ? code(path) : `${code(path)}: ${plain(words.replaceAll('`', ''))}`;
}

function pathText(path: string): string {
  return path === '*' ? 'everything' : code(path);
}

function testsText(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const listed = names.slice(0, TESTS_MAX).map((name) => plain(name));
  const rest = names.length - listed.length;
  return [...listed, ...(rest > 0 ? [`and ${rest} more`] : [])].join('<br>');
}

function configurationSection(configuration: readonly ToldValue[]): string[] {
  if (configuration.length === 0) return [];
  const rows = configuration.map(({ path, value, readBy }) => [
    pathText(path),
    valueCell(value),
    readBy.map(code).join(', '),
  ]);
  return [
    '## Configuration',
    'Values that rules compare with. They are data, and change without a change to any rule.',
    tableOf(['where', 'value', 'read by'], rows),
  ];
}

function valueCell(value: Json | undefined): string {
  if (value === undefined) return 'worked out by rules, or not part of this folder';
  const text = JSON.stringify(value);
  if (text.length <= VALUE_MAX) return code(text);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return isObject(value) ? `a table of ${Object.keys(value).length}` : 'a long text';
}
