import { basename } from 'node:path';
import type { IndexedRule } from '../../../analysis/rule-index.ts';
import { type BundleModule, type Rule, stringOf, variableOf } from '../../../analysis/syntax.ts';
import type { LintFinding } from '../../finding.ts';
import { type LintSubject, withTests } from '../../subject.ts';

/** What `opa test` runs: a rule with such a name anywhere in its head. */
const TEST_NAME = /^(?:todo_)?test_/;

/** Rules of test files that nothing runs, and tests in files that ship. A rule that another one refers to is neither. */
export function unrunTestFindings(subject: LintSubject): LintFinding[] {
  const { bundles } = subject;
  const tests = bundles.flatMap((bundle) => bundle.tests);
  const all = withTests(subject);
  const used = new Set(
    all.rules.flatMap(({ references }) => references.flatMap(({ path }) => all.overlapping(path))),
  );
  const unused = (modules: readonly BundleModule[]) => {
    const own = new Set(modules);
    return outermost(all.rules.filter((rule) => own.has(rule.module) && !used.has(rule)));
  };
  return [
    ...unused(tests)
      .filter(({ rule }) => !isTest(rule))
      .map(neverRun),
    ...unused(bundles.flatMap(({ modules }) => modules))
      .filter(({ rule }) => isTest(rule))
      .map(shipped),
  ];
}

/** The first rule of each document: its other bodies say no more. */
function outermost(rules: readonly IndexedRule[]): readonly IndexedRule[] {
  return [...new Map(rules.toReversed().map((rule) => [rule.path.join('.'), rule])).values()].reverse();
}

function neverRun({ module, rule }: IndexedRule): LintFinding {
  const name = nameOf(rule);
  const isFunction = rule.head.args !== undefined;
  return {
    file: module.source.file,
    row: rule.location.row,
    code: 'test_never_runs',
    severity: 'warning',
    detail: `\`${name}\` is not named \`test_…\` and no rule refers to it, so that nothing runs it.`,
    mend: isFunction ? 'Call it in a test, or remove it.' : `Name it \`test_${name}\`, or remove it.`,
  };
}

function shipped({ module, rule }: IndexedRule): LintFinding {
  const { file } = module.source;
  return {
    file,
    row: rule.location.row,
    code: 'test_ships',
    severity: 'warning',
    detail: `The test \`${nameOf(rule)}\` ships with the rules, and is not counted among the tests of the bundle.`,
    mend: `Move it to \`${basename(file, '.rego').replace(/^test_/, '')}_test.rego\`.`,
  };
}

function isTest({ head }: Rule): boolean {
  return head.ref.some((element) => TEST_NAME.test(variableOf(element) ?? stringOf(element) ?? ''));
}

function nameOf({ head }: Rule): string {
  return String(head.ref[0]?.value ?? '');
}
