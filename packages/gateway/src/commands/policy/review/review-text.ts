import pc from 'picocolors';
import type { Change, Direction } from '../../../distribution/review/change.ts';
import type { DataChange } from '../../../distribution/review/data-changes.ts';
import type { BundleReview, PolicyReview, RuleReview } from '../../../distribution/review/review-policy.ts';
import { shown } from '../../tools/hidden-characters.ts';
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

/** A review for a terminal. */
export function reviewText(review: PolicyReview): string {
  const { from, to, rules, bundles, release, cases, findings } = review;
  const versions = from === '' || to === '' ? '' : `${from} → ${to}\n`;
  return [
    pc.bold(`${versions}${summaryOf(review)}\n`),
    ...DIRECTIONS.flatMap((direction) => rulesText(direction, rules)),
    ...(release.length === 0
      ? []
      : [`\n${pc.bold('The release')}\n`, ...release.map((change) => changeText(change, '  '))]),
    ...(cases.length === 0
      ? []
      : [`\n${pc.bold('Cases')}\n`, ...cases.map((change) => changeText(change, '  '))]),
    ...(bundles.length === 0 ? [] : [`\n${pc.bold('Bundles')}\n`, ...bundles.map(bundleText)]),
    findings.length === 0
      ? ''
      : pc.yellow(
          `\nIt does not build as it is: ${findings.length} findings; \`./bailiff policy check\` lists them.\n`,
        ),
  ].join('');
}

const COLOURS: Readonly<Record<Direction, (text: string) => string>> = {
  looser: pc.red,
  unclear: pc.yellow,
  stricter: pc.green,
  neither: pc.dim,
};

function rulesText(direction: Direction, rules: readonly RuleReview[]): string[] {
  const those = rules.filter((rule) => rule.direction === direction);
  if (those.length === 0) return [];
  return [`\n${COLOURS[direction](DIRECTION_WORDS[direction])}\n`, ...those.map(ruleText)];
}

function ruleText(rule: RuleReview): string {
  return [
    `  ${pc.bold(rule.id)} ${ruleWords(rule)}: ${shown(titleOf(rule))} ${pc.dim(standsAt(rule))}\n`,
    ...rule.changes.map((change) => changeText(change, '    ')),
    ...linesText(textLines(rule.before?.text, rule.after?.text)),
  ].join('');
}

function linesText(lines: readonly string[]): string[] {
  return lines.map((line) => {
    const text = `      ${line.slice(0, 2)}${line.slice(2).split('\t').map(shown).join('  ')}\n`;
    return line.startsWith('-') ? pc.red(text) : line.startsWith('+') ? pc.green(text) : text;
  });
}

function changeText({ what, direction, was, is }: Change, indent: string): string {
  const mark =
    direction === 'neither'
      ? ''
      : ` ${COLOURS[direction](`(${direction === 'unclear' ? 'cannot be told' : direction})`)}`;
  const values = [
    ...(was === undefined ? [] : [`was ${quoted(was)}`]),
    ...(is === undefined ? [] : [`is ${quoted(is)}`]),
  ];
  return `${indent}${shown(what)}${values.length === 0 ? '' : `: ${values.join(', ')}`}${mark}\n`;
}

function quoted(text: string): string {
  return text === '' ? 'nothing' : shown(text);
}

function bundleText(bundle: BundleReview): string {
  const { name, change, changes, helpers, data, dataMore } = bundle;
  return [
    `  ${pc.bold(name)} ${revisionWords(bundle, shown)}\n`,
    ...changes.map((each) => changeText(each, '    ')),
    ...(change === 'changed' ? helpers : []).flatMap((helper) => [
      `    helper ${pc.bold(helper.name)}: ${users(helper.usedBy)}\n`,
      ...linesText(textLines(helper.before, helper.after)),
    ]),
    ...data.map(
      (each) => `    data ${shown(each.path || '(all of it)')} ${shown(dataWords(each))}; ${readers(each)}\n`,
    ),
    dataMore > 0 ? `    … and ${dataMore} more values of data\n` : '',
    ...testWords(bundle).map((text) => `    ${shown(text)}\n`),
    `    needs the agreement of ${shown(agreementWords(bundle, (owner) => owner))}\n`,
  ].join('');
}

function users(ids: readonly string[]): string {
  return ids.length === 0
    ? 'no rule depends on it'
    : `${ids.join(', ')} ${ids.length === 1 ? 'depends' : 'depend'} on it`;
}

function readers(change: DataChange): string {
  const those = dataReaders(change, (id) => id);
  return those === '' ? 'no rule reads it' : `read by ${those}`;
}
