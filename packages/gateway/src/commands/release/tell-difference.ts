import {
  type DataDifference,
  type Json,
  type RegoDifference,
  ReleaseDifferenceDocument,
} from '@bailiff/contract';
import pc from 'picocolors';
import { visible } from '../record/terminal.ts';

/** Lines that are told of one part; of more, how many changes there are. */
const LINES_MAX = 20;
/** Longest value, in UTF-16 code units. */
const VALUE_MAX = 160;
/** Members of a list that are named. */
const MEMBERS_MAX = 8;
/** Lines of one piece of Rego that are shown, of either side. */
const REGO_LINES_MAX = 6;

/** What changes between two releases, for people. */
export function tellDifference(answer: unknown): string {
  const { from, to, data, rego, not_compared, ...lists } = ReleaseDifferenceDocument.parse(answer);
  const hasCatalogue = data.some(({ part }) => part === 'catalogue');
  const sections = [
    ...Object.entries(lists)
      // Value by value below.
      .filter(([name]) => !(name === 'catalogue' && hasCatalogue))
      .map(([name, changes]) => section(name.replace('_', ' '), { changes, more: 0 }, listLines, Infinity)),
    ...data.map(({ part, ...told }) => section(dataHeading(part), told, dataLines)),
    ...rego.map(({ part, ...told }) => section(`rego of ${part}`, told, regoLines)),
  ].filter((text) => text !== '');
  const gaps = not_compared.map(
    ({ policy_version, detail }) => `${pc.yellow(`${visible(policy_version)}: ${visible(detail)}`)}\n`,
  );
  const none = gaps.length === 0 ? 'Nothing differs.\n' : 'Nothing else differs.\n';
  return [
    `${visible(from)} → ${visible(to)}\n`,
    ...gaps,
    ...(sections.length === 0 ? [none] : sections),
  ].join('');
}

function dataHeading(part: string): string {
  if (part === 'release') return 'release.yaml';
  return part === 'catalogue' ? part : `data of ${part}`;
}

function section<Change>(
  heading: string,
  { changes, more }: { readonly changes: readonly Change[]; readonly more: number },
  linesOf: (change: Change) => readonly string[],
  linesMax = LINES_MAX,
): string {
  const lines: string[] = [];
  let told = 0;
  for (const change of changes) {
    const next = linesOf(change);
    if (lines.length > 0 && lines.length + next.length > linesMax) break;
    lines.push(...next);
    told += 1;
  }
  const rest = changes.length - told + more;
  if (lines.length + rest === 0) return '';
  const ending = rest === 0 ? [] : [`and ${rest} more: --json`];
  return `\n${pc.bold(visible(heading))}\n${[...lines, ...ending].map((line) => `  ${line}\n`).join('')}`;
}

function listLines({ name, from, to }: ReleaseDifferenceDocument['rules'][number]): string[] {
  const what = visible(name);
  if (from === null) return [pc.green(`+ ${what} ${visible(to ?? '')}`)];
  if (to === null) return [pc.red(`- ${what} ${visible(from)}`)];
  return [`~ ${what} ${from === to ? visible(to) : `${visible(from)} → ${visible(to)}`}`];
}

function dataLines(change: DataDifference): string[] {
  const path = visible(change.path);
  switch (change.kind) {
    case 'added':
      return [pc.green(`+ ${path}: ${shortened(change.to)}`)];
    case 'removed':
      return [pc.red(`- ${path}: ${shortened(change.from)}`)];
    case 'changed':
      return [`~ ${path}: ${shortenedPair(change.from, change.to)}`];
    case 'reordered':
      return [`~ ${path}: the same members in another order: ${shortenedPair(change.from, change.to)}`];
    case 'members':
      return [
        `~ ${path}: ${[...members('added', change.added), ...members('removed', change.removed)].join('; ')}`,
      ];
  }
}

function members(what: string, those: readonly Json[]): string[] {
  if (those.length === 0) return [];
  const more = those.length > MEMBERS_MAX ? ` and ${those.length - MEMBERS_MAX} more` : '';
  return [`${what} ${those.slice(0, MEMBERS_MAX).map(shortened).join(', ')}${more}`];
}

function shortened(value: Json): string {
  return cut(JSON.stringify(value), 0);
}

/** Both from shortly before where they part, so that what differs is seen. */
function shortenedPair(from: Json, to: Json): string {
  const [was, is] = [JSON.stringify(from), JSON.stringify(to)];
  if (was.length <= VALUE_MAX && is.length <= VALUE_MAX) return `${visible(was)} → ${visible(is)}`;
  let at = 0;
  while (at < was.length && was[at] === is[at]) at += 1;
  const start = at < VALUE_MAX / 2 ? 0 : at - VALUE_MAX / 4;
  return `${cut(was, start)} → ${cut(is, start)}`;
}

function cut(text: string, start: number): string {
  const shown = text.slice(start, start + VALUE_MAX);
  const more = text.length - start - shown.length;
  return `${start === 0 ? '' : '…'}${visible(shown)}${more > 0 ? `… (${text.length} characters)` : ''}`;
}

function regoLines({ what, rule, file, from, to }: RegoDifference): string[] {
  const mark = from === null ? pc.green('+') : to === null ? pc.red('-') : '~';
  const of = rule === null ? '' : ` (${visible(rule)})`;
  const [was, is] = apart(linesIn(from), linesIn(to));
  return [
    `${mark} ${cut(what, 0)}${of}, ${visible(file)}`,
    ...regoText(was).map((line) => pc.red(`    - ${line}`)),
    ...regoText(is).map((line) => pc.green(`    + ${line}`)),
  ];
}

function linesIn(text: string | null): readonly string[] {
  return text === null ? [] : text.split('\n');
}

/** Without the lines with which both begin, and those with which both end. */
function apart(was: readonly string[], is: readonly string[]): readonly (readonly string[])[] {
  const least = Math.min(was.length, is.length);
  let begin = 0;
  while (begin < least && was[begin] === is[begin]) begin += 1;
  let end = 0;
  while (end < least - begin && was.at(-1 - end) === is.at(-1 - end)) end += 1;
  return [was.slice(begin, was.length - end), is.slice(begin, is.length - end)];
}

function regoText(lines: readonly string[] = []): string[] {
  const told = lines.slice(0, REGO_LINES_MAX).map((line) => cut(line.replaceAll('\t', '  '), 0));
  const rest = lines.length - told.length;
  return rest === 0 ? told : [...told, `and ${rest} more ${rest === 1 ? 'line' : 'lines'}: --json`];
}
