import type { Change, Direction } from '../../../distribution/review/change.ts';
import type { BundleReview, PolicyReview, RuleReview } from '../../../distribution/review/review-policy.ts';
import { code, codeBlock, plain, tableOf } from '../markdown.ts';
import {
  agreementWords,
  DIRECTION_WORDS,
  DIRECTIONS,
  dataReaders,
  dataWords,
  revisionWords,
  ruleWords,
  standsAt,
  summaryOf,
  testWords,
  textLines,
  titleOf,
} from './review-words.ts';

/** First line of a review: by it a comment is found again, to be replaced. */
const MARK = '<!-- bailiff policy review -->';

/** Longest review in characters; a comment on GitHub has 65,536 at most. What is beyond is left out, texts of rules first. */
const LENGTH_MAX = 60_000;

/** A review as a comment on a change. */
export function reviewMarkdown(review: PolicyReview): string {
  const whole = documentOf(review, true);
  if (whole.length <= LENGTH_MAX) return whole;
  const short = documentOf(review, false);
  if (short.length <= LENGTH_MAX) return short;
  const cut = short.slice(0, short.lastIndexOf('\n', LENGTH_MAX));
  return `${cut}\n\nThere is more: run \`./bailiff policy review\` to see all of it.\n`;
}

function documentOf(review: PolicyReview, withTexts: boolean): string {
  const { from, to, rules, bundles, release, cases, findings } = review;
  const sections = [
    MARK,
    '## What changes in policy',
    `${summaryOf(review)}${from === '' || to === '' ? '' : ` ${code(from)} → ${code(to)}.`}`,
    findings.length === 0
      ? ''
      : `**It does not build as it is**: ${findings.length} findings; \`./bailiff policy check\` lists them.`,
    ...agreementSection(bundles, release),
    ...DIRECTIONS.flatMap((direction) => rulesSection(direction, { rules, withTexts })),
    ...(release.length === 0 ? [] : ['### The release', release.map(changeItem).join('\n')]),
    ...(cases.length === 0 ? [] : ['### Cases', cases.map(changeItem).join('\n')]),
    ...(bundles.length === 0
      ? []
      : ['### Bundles', ...bundles.map((bundle) => bundleSection(bundle, withTexts))]),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function agreementSection(bundles: readonly BundleReview[], release: readonly Change[]): string[] {
  if (bundles.length + release.length === 0) return [];
  const rows = bundles.map((bundle) => [code(bundle.name), agreementWords(bundle, plain)]);
  const registry = release.length === 0 ? [] : [['the release itself', 'whoever answers for `release.yaml`']];
  return ['### Whose agreement it needs', tableOf(['bundle', 'owners'], [...rows, ...registry])];
}

const MARKS: Readonly<Record<Direction, string>> = {
  looser: ' **(looser)**',
  unclear: ' *(cannot be told)*',
  stricter: ' (stricter)',
  neither: '',
};

function rulesSection(
  direction: Direction,
  { rules, withTexts }: { readonly rules: readonly RuleReview[]; readonly withTexts: boolean },
): string[] {
  const those = rules.filter((rule) => rule.direction === direction);
  if (those.length === 0) return [];
  return [`### Rules: ${DIRECTION_WORDS[direction]}`, ...those.map((rule) => ruleSection(rule, withTexts))];
}

function ruleSection(rule: RuleReview, withTexts: boolean): string {
  return [
    `${code(rule.id)} ${ruleWords(rule)}: ${plain(titleOf(rule))} (${code(standsAt(rule))})`,
    ...(rule.changes.length === 0 ? [] : [rule.changes.map(changeItem).join('\n')]),
    ...(withTexts ? textSection(textLines(rule.before?.text, rule.after?.text)) : []),
  ].join('\n\n');
}

function textSection(lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return ['<details><summary>text</summary>', codeBlock('diff', lines.join('\n')), '</details>'];
}

function changeItem({ what, direction, was, is }: Change): string {
  const values = [
    ...(was === undefined ? [] : [`was ${value(was)}`]),
    ...(is === undefined ? [] : [`is ${value(is)}`]),
  ];
  return `- ${told(what)}${values.length === 0 ? '' : `: ${values.join(', ')}`}${MARKS[direction]}`;
}

function value(text: string): string {
  return text === '' ? 'nothing' : code(text);
}

/** A sentence of ours, in which names stand as code: whatever stands in them. */
function told(what: string): string {
  return what
    .split('`')
    .map((part, index) => (index % 2 === 1 ? code(part) : plainPart(part)))
    .join('');
}

/** As `plain`, with the spaces around it. */
function plainPart(text: string): string {
  return `${text.startsWith(' ') ? ' ' : ''}${plain(text)}${text.endsWith(' ') && text.trim() !== '' ? ' ' : ''}`;
}

function bundleSection(bundle: BundleReview, withTexts: boolean): string {
  const { name, change, changes, helpers, data, dataMore } = bundle;
  const rows = data.map((each) => [
    code(each.path),
    plain(dataWords(each)),
    dataReaders(each, code) || 'no rule',
  ]);
  return [
    `${code(name)} ${revisionWords(bundle, code)}`,
    ...(changes.length === 0 ? [] : [changes.map(changeItem).join('\n')]),
    ...(change === 'changed' ? helpers : []).flatMap((helper) => [
      `Helper ${code(helper.name)}, on which ${helper.usedBy.length === 0 ? 'no rule depends' : `${helper.usedBy.map(code).join(', ')} ${helper.usedBy.length === 1 ? 'depends' : 'depend'}`}`,
      ...(withTexts ? textSection(textLines(helper.before, helper.after)) : []),
    ]),
    ...(rows.length === 0 ? [] : [tableOf(['data', 'change', 'read by'], rows)]),
    ...(dataMore > 0 ? [`… and ${dataMore} more values of data.`] : []),
    ...testWords(bundle).map((text) => `- ${plain(text)}`),
  ].join('\n\n');
}
