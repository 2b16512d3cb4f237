import type { BundleTest } from '../bundle-tests.ts';
import { bundleOfRule } from '../composition/bundle-of-rule.ts';
import { compare } from '../finding.ts';
import type { LintFinding } from '../lint/finding.ts';
import type { BundleSource } from '../sources/read-bundle.ts';
import type { FileCoverage } from './coverage.ts';
import type { ObservedRule } from './observed-modules.ts';
import type { RuleProof } from './prove-rules.ts';

/** What tests and cases show of one bundle. */
export interface BundleProof {
  readonly bundle: string;
  readonly tests: number;
  /** Cases in which one of its rules matched. */
  readonly cases: number;
  readonly rules: number;
  /** Rules that a test or case shows firing, or, where that could not be measured, that fire in one; undefined where neither could. */
  readonly firing: number | undefined;
  /** Rules that one shows firing, and one staying silent. */
  readonly bothWays: number | undefined;
  /** Per cent of heads and expressions that are evaluated; undefined where there are none, or that could not be measured. */
  readonly coverage: number | undefined;
  /** Per cent that it has to be at least; undefined where nobody says. */
  readonly coverageMin: number | undefined;
}

/** Rows that no test evaluates. */
export interface UncoveredRows {
  readonly file: string;
  readonly from: number;
  readonly to: number;
}

/** What the report of a run is made of. */
export interface ProvenRelease {
  readonly bundles: readonly BundleSource[];
  readonly tests: readonly BundleTest[];
  /** Full ids of the rules that matched in each case. */
  readonly matched: readonly (readonly string[])[];
  readonly rules: readonly ObservedRule[];
  /** Undefined where it could not be measured. */
  readonly proofs: readonly RuleProof[] | undefined;
  readonly coverage: ReadonlyMap<string, FileCoverage> | undefined;
  /** Per cent that every bundle has to have; undefined leaves it to their manifests. */
  readonly coverageMin: number | undefined;
}

/** One row for each bundle, by name. */
export function bundleProofs(proven: ProvenRelease): BundleProof[] {
  const { bundles, tests, matched, rules, proofs, coverage, coverageMin } = proven;
  return bundles
    .map((bundle): BundleProof => {
      const { name } = bundle;
      const own = proofs?.filter(({ rule }) => rule.bundle === name);
      return {
        bundle: name,
        tests: tests.filter((test) => test.bundle === name).length,
        cases: matched.filter((ids) => ids.some((id) => bundleOfRule(id) === name)).length,
        rules: rules.filter((rule) => rule.bundle === name).length,
        firing:
          own?.filter(({ firesIn }) => firesIn !== undefined).length ??
          (coverage && rules.filter((rule) => rule.bundle === name && isReached(rule, coverage)).length),
        bothWays: own?.filter(({ firesIn, silentIn }) => firesIn !== undefined && silentIn !== undefined)
          .length,
        coverage: coverage && shareOf(bundle, coverage),
        coverageMin: coverageMin ?? bundle.manifest.min_coverage,
      };
    })
    .sort((a, b) => compare(a.bundle, b.bundle));
}

/** Rules that no test shows both ways, and bundles of which too little is evaluated. */
export function proofFindings(
  proofs: readonly RuleProof[],
  rows: readonly BundleProof[],
  bundles: readonly BundleSource[],
): LintFinding[] {
  const low = rows.flatMap(({ bundle, coverage, coverageMin }): LintFinding[] => {
    if (coverage === undefined || coverageMin === undefined || coverage >= coverageMin) return [];
    const place = bundles.find(({ name }) => name === bundle)?.place ?? bundle;
    return [
      {
        file: `${place === '.' ? '' : `${place}/`}bundle.yaml`,
        ...{ row: 1, severity: 'error', code: 'coverage_too_low' },
        detail: `Tests evaluate ${coverage.toFixed(1)} % of the bundle’s rules, and at least ${coverageMin} % is asked for.`,
        mend: 'Test what is listed as not covered, or remove it.',
      },
    ];
  });
  return [...proofs.flatMap(findingsOfProof), ...low];
}

/** Rules that fire in no test and no case, by what these evaluate: what is known where rules cannot be switched. */
export function unreachedFindings(
  rules: readonly ObservedRule[],
  coverage: ReadonlyMap<string, FileCoverage>,
): LintFinding[] {
  return rules
    .filter((rule) => !isReached(rule, coverage))
    .flatMap((rule) => findingsOfProof({ rule, firesIn: undefined, fired: [], silentIn: 'not measured' }));
}

/** Whether a rule’s head ever held. */
function isReached({ heads }: ObservedRule, coverage: ReadonlyMap<string, FileCoverage>): boolean {
  return heads.some((head) => {
    const colon = head.lastIndexOf(':');
    const [file, row] = [coverage.get(head.slice(0, colon)), Number(head.slice(colon + 1))];
    return file !== undefined && !file.uncovered.some(({ from, to }) => from <= row && row <= to);
  });
}

function findingsOfProof({ rule, firesIn, fired, silentIn }: RuleProof): LintFinding[] {
  const at = { file: rule.file, row: rule.row, severity: 'error' as const };
  const found: LintFinding[] = [];
  const set =
    rule.kind === 'oblige'
      ? `some duty in oblige; duty.id == "${rule.name}"`
      : `"${rule.name}" in ${rule.kind}`;
  if (firesIn === undefined) {
    const [where] = fired;
    found.push({
      ...at,
      code: 'test_firing_missing',
      detail:
        where === undefined
          ? `No test makes the rule \`${rule.name}\` fire.`
          : `The rule \`${rule.name}\` fires in ${where}, and no test would fail if it did not.`,
      mend: `Add a test, \`test_… if ${set} with input as …\`, or a case that names it.`,
    });
  }
  if (silentIn === undefined)
    found.push({
      ...at,
      code: 'test_silence_missing',
      detail: `No test would fail if the rule \`${rule.name}\` fired on every call.`,
      mend: `Add a test close to where it fires, \`test_… if not ${set} with input as …\`, or a case.`,
    });
  return found;
}

/** What tests do not evaluate of the bundles’ own files, by file and row. */
export function uncoveredRows(
  bundles: readonly BundleSource[],
  coverage: ReadonlyMap<string, FileCoverage>,
): UncoveredRows[] {
  return bundles
    .flatMap(({ modules }) => modules)
    .flatMap(({ file, path }) =>
      (coverage.get(path)?.uncovered ?? []).map(({ from, to }) => ({ file, from, to })),
    )
    .sort((a, b) => compare(a.file, b.file) || a.from - b.from);
}

function shareOf({ modules }: BundleSource, coverage: ReadonlyMap<string, FileCoverage>): number | undefined {
  const files = modules.flatMap(({ path }) => coverage.get(path) ?? []);
  const covered = files.reduce((sum, { coveredRows }) => sum + coveredRows, 0);
  const all = covered + files.reduce((sum, { uncoveredRows: rows }) => sum + rows, 0);
  return all === 0 ? undefined : (100 * covered) / all;
}
