import pc from 'picocolors';
import { withoutLinks } from '../../distribution/lint/codes/code-page.ts';
import { fileOfPage, pageOf } from '../../distribution/lint/codes/codes.ts';
import type { LintFinding } from '../../distribution/lint/finding.ts';
import { changedLines } from '../tools/changed-lines.ts';
import type { FixedFile } from './write-fixes.ts';

/** What a check is told from. */
export interface ToldCheck {
  readonly findings: readonly LintFinding[];
  readonly isLinted: boolean;
  readonly fixed: readonly FixedFile[];
}

/** Findings that are listed at most; further ones are counted. */
const LISTED_MAX = 200;

/** For people. */
export function reportText({ findings, isLinted }: ToldCheck): string {
  const listed = findings.slice(0, LISTED_MAX).map(findingText);
  const rest = findings.length - listed.length;
  const left = isLinted ? '' : pc.dim('The rules themselves were not looked at: mend this first.\n');
  return [...listed, rest > 0 ? `… and ${rest} more.\n` : '', left, `${summary(findings)}\n`].join('');
}

/** For machines. */
export function checkJson({ findings, isLinted, fixed }: ToldCheck) {
  return {
    findings: findings.map(({ fix, ...finding }) => ({
      ...finding,
      why: withoutLinks(pageOf(finding.code)?.why ?? ''),
      fixable: fix !== undefined,
      page: fileOfPage(finding.code),
    })),
    errors: count(findings, 'error'),
    warnings: count(findings, 'warning'),
    linted: isLinted,
    fixed: fixed.map(({ file }) => file),
  };
}

/** What was written, file by file. */
export function fixedText(fixed: readonly FixedFile[]): string {
  return fixed.map((file) => changeText('fixed', file)).join('');
}

/** What became of one file, line by line. */
export function changeText(verb: string, { file, before, after }: FixedFile): string {
  const lines = changedLines(before.split('\n'), after.split('\n')).map(({ kind, text }) => {
    if (kind === 'same') return `  ${text}\n`;
    return kind === 'gone' ? pc.red(`- ${text}\n`) : pc.green(`+ ${text}\n`);
  });
  return `${pc.bold(`${verb} ${file}`)}\n${lines.join('')}\n`;
}

function findingText({ file, row, code, severity, detail, mend, fix }: LintFinding): string {
  const grade = severity === 'error' ? pc.red('error') : pc.yellow('warning');
  const why = pageOf(code)?.why;
  return [
    `${pc.bold(`${file}:${row}`)}: ${grade} ${pc.cyan(code)}: ${detail}\n`,
    ...(why === undefined ? [] : [`  ${pc.dim('why ')} ${withoutLinks(why)}\n`]),
    ...(mend === ''
      ? []
      : [`  ${pc.dim('mend')} ${mend}${fix === undefined ? '' : pc.dim(' (--fix does it)')}\n`]),
  ].join('');
}

function summary(findings: readonly LintFinding[]): string {
  const [errors, warnings] = [count(findings, 'error'), count(findings, 'warning')];
  if (errors + warnings === 0) return pc.green('nothing found');
  const fixable = findings.filter(({ fix }) => fix !== undefined).length;
  const counted = `${errors} ${errors === 1 ? 'error' : 'errors'}, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`;
  const text = errors > 0 ? pc.red(counted) : pc.yellow(counted);
  return `${text}${fixable > 0 ? `, ${fixable} of which --fix mends` : ''}; docs/reference/lint has a page for each code`;
}

function count(findings: readonly LintFinding[], severity: LintFinding['severity']): number {
  return findings.filter((finding) => finding.severity === severity).length;
}
