import pc from 'picocolors';
import { fileOfPage } from '../../../distribution/lint/codes/codes.ts';
import { decidingRules } from '../../../distribution/proof/judge-case.ts';
import type { BundleProof } from '../../../distribution/proof/proof-report.ts';
import { jsonOf } from '../../bundle/outcome.ts';
import { table, visible } from '../../record/terminal.ts';
import { holds, type JudgedCase } from './decide-cases.ts';
import type { PolicyProof } from './run-proof.ts';
import { failureJson, failureText, type ToldTest } from './tell-failure.ts';

/** Places of one kind that are listed at most; further ones are counted, and `--json` has all. */
const LISTED_MAX = 100;

/** For people: what failed, what nobody shows or evaluates, then a row for each bundle. `placeOf` names a file as the reader may open it. */
export function proofText(
  proof: PolicyProof,
  told: readonly ToldTest[],
  placeOf: (file: string) => string,
): string {
  const located = <Found extends { readonly file: string }>(found: Found): Found => ({
    ...found,
    file: placeOf(found.file),
  });
  const cases = proof.cases.filter((one) => !holds(one));
  const uncovered = proof.uncovered.map(located);
  return [
    ...listed(told.filter(({ outcome }) => outcome === 'failed').map(failureText)),
    ...listed(cases.map((one) => caseText(one, placeOf))),
    ...listed(
      proof.findings
        .map(located)
        .map(({ file, row, code, detail, mend }) =>
          [
            `${pc.bold(`${file}:${row}`)}: ${pc.red('error')} ${pc.cyan(code)}: ${detail}\n`,
            ...(mend === '' ? [] : [`  ${pc.dim('mend')} ${mend}\n`]),
          ].join(''),
        ),
    ),
    ...listed(
      uncovered.map(
        ({ file, from, to }) => `${pc.yellow('not covered')} ${file}:${from}${to > from ? `-${to}` : ''}\n`,
      ),
    ),
    ...proof.unmeasured.map((why) => `${pc.yellow('note')} ${why}\n`),
    ...(proof.leftOut > 0
      ? [
          `${pc.yellow('note')} ${proof.leftOut} ${proof.leftOut === 1 ? 'case was' : 'cases were'} not run: one bundle alone decides nothing. Name the folder with release.yaml.\n`,
        ]
      : []),
    ...proof.unread.map((file) => `${pc.red('not read')} ${placeOf(file)}: none of its cases was run\n`),
    proof.bundles.length === 0 ? '' : bundleTable(proof.bundles),
    `${summary(proof)}\n`,
  ].join('');
}

/** For machines. */
export function proofJson(
  proof: PolicyProof,
  told: readonly ToldTest[],
  placeOf: (file: string) => string,
): string {
  const located = <Found extends { readonly file: string }>(found: Found): Found => ({
    ...found,
    file: placeOf(found.file),
  });
  return jsonOf({
    tests: told.map(failureJson),
    cases: proof.cases.map((one) => caseJson(one, placeOf)),
    cases_left_out: proof.leftOut,
    cases_not_run: proof.notRun,
    case_files_not_read: proof.unread.map(placeOf),
    rules: (proof.rules ?? []).map(({ rule, firesIn, fired, silentIn }) => ({
      ...{ id: rule.id, bundle: rule.bundle, kind: rule.kind, file: placeOf(rule.file), row: rule.row },
      ...{ fires_in: firesIn ?? null, fired_in: fired, silent_in: silentIn ?? null },
    })),
    bundles: proof.bundles.map((row) => ({
      ...{ bundle: row.bundle, tests: row.tests, cases: row.cases, rules: row.rules },
      ...{ firing: row.firing ?? null, both_ways: row.bothWays ?? null },
      ...{ coverage: row.coverage ?? null, coverage_min: row.coverageMin ?? null },
    })),
    not_covered: proof.uncovered.map(located),
    findings: proof.findings.map(located).map((found) => ({ ...found, page: fileOfPage(found.code) })),
    unmeasured: proof.unmeasured,
  });
}

/** A case that fails: what was expected, what the release said, and the rules that decided. */
function caseText(
  { one, input, decision, mismatches }: JudgedCase,
  placeOf: (file: string) => string,
): string {
  const head = `${pc.red('failed')} ${pc.bold(`${placeOf(one.file)}:${one.row}`)}: ${visible(one.when)}\n`;
  if (decision.kind === 'failed')
    return `${head}  expected ${one.answer.outcome}\n  got      no decision: ${decision.detail}\n`;
  const lines = mismatches.flatMap(({ field, expected, got }) => [
    `  ${pc.dim('expected')} ${field} ${pc.green(told(expected))}\n`,
    `  ${pc.dim('got     ')} ${field} ${pc.red(told(got))}\n`,
  ]);
  const { answer } = decision;
  const deciding = decidingRules(answer, input);
  const rules = answer.metadata.rules.filter(({ rule }) => deciding.includes(rule));
  return [
    head,
    ...lines,
    `  ${pc.dim('decided ')} ${answer.outcome}, row ${answer.metadata.resolution}: ${answer.reasons.join(', ')}\n`,
    ...rules.map(
      ({ rule, effect, owner, title }) =>
        `  ${pc.dim('by      ')} ${visible(`${rule} (${effect}, ${owner}): ${title}`)}\n`,
    ),
  ].join('');
}

function caseJson(judged: JudgedCase, placeOf: (file: string) => string) {
  const { one, decision, mismatches } = judged;
  return {
    ...{ file: placeOf(one.file), row: one.row, when: one.when, bundle: one.bundle ?? null },
    outcome: holds(judged) ? 'passed' : 'failed',
    mismatches,
    decided: decision.kind === 'failed' ? { failed: decision.detail } : decision.answer,
  };
}

function bundleTable(bundles: readonly BundleProof[]): string {
  const headings = [
    { heading: 'BUNDLE' },
    ...['TESTS', 'CASES', 'RULES', 'FIRING', 'BOTH WAYS', 'COVERAGE'].map((heading) => ({
      heading,
      end: true as const,
    })),
  ];
  const rows = bundles.map(({ bundle, tests, cases, rules, firing, bothWays, coverage }) => [
    ...[bundle, String(tests), String(cases), String(rules)],
    ...[firing, bothWays].map((count) => (count === undefined ? '?' : String(count))),
    coverage === undefined ? '-' : `${coverage.toFixed(0)} %`,
  ]);
  const isShort = (at: number, column: number) => {
    const row = bundles[at];
    if (row === undefined) return false;
    const { rules, firing, bothWays, coverage, coverageMin } = row;
    if (column === FIRING) return firing !== undefined && firing < rules;
    if (column === BOTH_WAYS) return bothWays !== undefined && bothWays < rules;
    return (
      column === COVERAGE && coverage !== undefined && coverageMin !== undefined && coverage < coverageMin
    );
  };
  return table(headings, rows, (text, row, column) => {
    if (row < 0) return pc.dim(text);
    return isShort(row, column) ? pc.red(text) : text;
  });
}

const [FIRING, BOTH_WAYS, COVERAGE] = [4, 5, 6];

function summary({ tests, cases, bundles, findings, unread, notRun }: PolicyProof): string {
  const count = (outcome: string) => tests.filter((test) => test.outcome === outcome).length;
  const failed = count('failed');
  const wrong = cases.filter((one) => !holds(one)).length;
  const rules = bundles.reduce((sum, row) => sum + row.rules, 0);
  const both = bundles.reduce((sum, row) => sum + (row.bothWays ?? 0), 0);
  const skipped = count('skipped');
  const text = [
    `${count('passed')} tests passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
    `${cases.length - wrong} cases passed, ${wrong} failed${notRun > 0 ? `, ${notRun} not run` : ''}`,
    ...(unread.length > 0
      ? [`${unread.length} ${unread.length === 1 ? 'file' : 'files'} of cases not read`]
      : []),
    ...(bundles.length > 0 ? [`${both} of ${rules} rules shown both ways`] : []),
    ...(findings.length > 0 ? [`${findings.length} to mend`] : []),
  ].join('; ');
  return failed + wrong + findings.length === 0 ? pc.green(text) : pc.red(text);
}

function listed(texts: readonly string[]): string[] {
  const rest = texts.length - LISTED_MAX;
  return rest > 0 ? [...texts.slice(0, LISTED_MAX), `… and ${rest} more (--json has all)\n`] : [...texts];
}

function told(value: unknown): string {
  if (value === null) return 'none';
  if (Array.isArray(value) && value.every((one) => typeof one === 'string'))
    return value.length === 0 ? 'none' : value.join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
