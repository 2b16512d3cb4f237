import { setImmediate as nextTurn } from 'node:timers/promises';
import { Failure, KernelAnswer } from '@bailiff/contract';
import { type DecisionRule, decisionRulesOf } from '../../../distribution/analysis/decision-rules.ts';
import { RuleIndex } from '../../../distribution/analysis/rule-index.ts';
import type { BundleTest } from '../../../distribution/bundle-tests.ts';
import { listTests, type OpaTest, reportOfTests } from '../../../distribution/bundle-tests.ts';
import { type Finding, sortFindings } from '../../../distribution/finding.ts';
import type { LintFinding } from '../../../distribution/lint/finding.ts';
import { type ReadCase, readCases } from '../../../distribution/proof/case-files.ts';
import { coverTests, type FileCoverage } from '../../../distribution/proof/coverage.ts';
import {
  explainFailures,
  nameOfTest,
  type TestFailure,
} from '../../../distribution/proof/failures/explain-failures.ts';
import { mismatchesOf } from '../../../distribution/proof/judge-case.ts';
import {
  type ObservedRule,
  observedModules,
  observedRules,
} from '../../../distribution/proof/observed-modules.ts';
import { DECISION, planProof } from '../../../distribution/proof/plan-proof.ts';
import {
  type BundleProof,
  bundleProofs,
  proofFindings,
  type UncoveredRows,
  uncoveredRows,
  unreachedFindings,
} from '../../../distribution/proof/proof-report.ts';
import {
  type Probe,
  proveRules,
  type RuleProof,
  type RuleProofs,
} from '../../../distribution/proof/prove-rules.ts';
import { ruleIdPrefixOf } from '../../../distribution/sources/bundle-name.ts';
import { SourceFolder } from '../../../distribution/sources/folder.ts';
import { opaPath } from '../../places.ts';
import { holds, type JudgedCase, judgeCases, type WholeCase, wholeCases } from './decide-cases.ts';
import { observingEngine } from './observing-engine.ts';
import type { TestedFolder } from './tested-folder.ts';

/** What the tests and cases of a folder came to. */
export interface PolicyProof {
  readonly tests: readonly BundleTest[];
  readonly cases: readonly JudgedCase[];
  /** Why tests failed, by their names; of the first of them, as far as OPA tells. */
  readonly failures: ReadonlyMap<string, TestFailure>;
  /** Cases that were not run, because one bundle alone decides nothing. */
  readonly leftOut: number;
  /** Files of cases that could not be read, so that none of their cases was run. */
  readonly unread: readonly string[];
  /** Cases that could not be run, because their input cannot be made whole. */
  readonly notRun: number;
  readonly bundles: readonly BundleProof[];
  /** What each rule is shown to do; undefined where it could not be measured. */
  readonly rules: readonly RuleProof[] | undefined;
  readonly uncovered: readonly UncoveredRows[];
  /** Files of cases that cannot be used, rules that are not shown both ways, too little coverage. */
  readonly findings: readonly LintFinding[];
  /** What could not be measured, and why. */
  readonly unmeasured: readonly string[];
}

/** How a folder is tested. */
export interface ProofOptions {
  /** Per cent that the tests of every bundle have to evaluate; undefined leaves it to the manifests. */
  readonly coverageMin: number | undefined;
  /** Text in the names of the tests and cases that are run alone, without measuring what they show; undefined runs all. */
  readonly only?: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Runs tests and cases, measures what they evaluate, and finds the rules that none of them shows both ways.
 * @throws BundleFailure when tests do not compile; Failure when `opa` cannot be run.
 */
export async function provePolicy(
  folder: TestedFolder,
  { coverageMin, only, signal }: ProofOptions,
): Promise<PolicyProof> {
  if (only !== undefined) return await runAlone(folder, only, signal);
  const tools = { opa: opaPath(), signal };
  const { bundles } = folder.sources;
  const read = await readCases(new SourceFolder(folder.directory), bundles);
  const { whole, findings: unusable } = await completed(read.cases, folder);
  const listed = await listTests(folder, tools);
  const decisionRules = rulesOf(folder);
  const rules = decidingRulesIn(folder, decisionRules);
  const [cases, failures, coverage, proofs] = await Promise.all([
    folder.release === undefined ? [] : judgeCases(folder.release.bundle, whole, tools),
    explainFailures(folder, { tests: listed, rules }, tools),
    coverTests(folder, { tests: listed, inputTexts: whole.map(({ inputText }) => inputText) }, tools),
    proved({ folder, decisionRules, rules, listed, whole }, tools),
  ]);
  const covered = 'refused' in coverage ? undefined : coverage;
  const proven = 'refused' in proofs ? undefined : proofs.proofs;
  const { tests } = reportOfTests(folder, listed);
  const rows = bundleProofs({
    ...{ bundles, tests, rules, proofs: proven, coverage: covered, coverageMin },
    matched: cases.map(({ decision }) =>
      decision.kind === 'answered' ? decision.answer.metadata.matched_rules : [],
    ),
  });
  return {
    ...{ tests, cases, failures, bundles: rows, rules: proven, unread: read.unread },
    leftOut: folder.release === undefined ? read.cases.length : 0,
    notRun: folder.release === undefined ? 0 : read.cases.length - whole.length,
    uncovered: covered === undefined ? [] : uncoveredRows(bundles, covered),
    findings: [
      ...asErrors([...read.findings, ...unusable]),
      ...proofFindings(proven ?? [], rows, bundles),
      ...(proven === undefined && covered !== undefined ? unreachedFindings(rules, covered) : []),
    ].sort((a, b) => (a.file === b.file ? a.row - b.row : a.file < b.file ? -1 : 1)),
    unmeasured: unmeasured(coverage, proofs, whole),
  };
}

/**
 * Runs the tests and cases that have a text in their names, and nothing else. Files of cases that cannot be read are told, for
 * a case that is meant may be in one. @throws Failure where none has it.
 */
async function runAlone(folder: TestedFolder, only: string, signal: AbortSignal): Promise<PolicyProof> {
  const tools = { opa: opaPath(), signal };
  const read = await readCases(new SourceFolder(folder.directory), folder.sources.bundles);
  const asked = read.cases.filter(({ when }) => when.includes(only));
  const listed = (await listTests(folder, tools)).filter((test) => nameOfTest(test).includes(only));
  if (listed.length + asked.length === 0 && read.findings.length === 0)
    throw new Failure(
      'bad_request',
      `No test and no case has ${JSON.stringify(only)} in its name. A test is called as its package and itself, as policy.compliance_test.test_rows; a case by its \`when\`.`,
    );
  const { whole, findings: unusable } = await completed(asked, folder);
  const [cases, failures] = await Promise.all([
    folder.release === undefined ? [] : judgeCases(folder.release.bundle, whole, tools),
    explainFailures(folder, { tests: listed, rules: decidingRulesIn(folder) }, tools),
  ]);
  return {
    ...{ tests: reportOfTests(folder, listed).tests, cases, failures, unread: read.unread },
    ...{ bundles: [], rules: undefined, uncovered: [], unmeasured: [] },
    findings: asErrors([...read.findings, ...unusable]),
    leftOut: folder.release === undefined ? asked.length : 0,
    notRun: folder.release === undefined ? 0 : asked.length - whole.length,
  };
}

/** The rules of a folder’s bundles, in their order, but for those that are switched off. */
export function decidingRulesIn(folder: TestedFolder, known = rulesOf(folder)): readonly ObservedRule[] {
  return folder.sources.bundles.flatMap((bundle) => observedRules(bundle, known.get(bundle.name) ?? []));
}

/** Whether all is well. */
export function isProven({ tests, cases, findings }: PolicyProof): boolean {
  return tests.every(({ outcome }) => outcome !== 'failed') && cases.every(holds) && findings.length === 0;
}

async function completed(cases: readonly ReadCase[], { release, servers }: TestedFolder) {
  const none: { readonly whole: readonly WholeCase[]; readonly findings: readonly Finding[] } = {
    whole: [],
    findings: [],
  };
  return release === undefined ? none : await wholeCases(cases, { release, servers });
}

/** The rules of each bundle that decide something: not those that are switched off. */
function rulesOf({ sources, modules, off }: TestedFolder): ReadonlyMap<string, readonly DecisionRule[]> {
  const index = new RuleIndex(modules);
  return new Map(
    sources.bundles.map((bundle) => {
      const prefix = ruleIdPrefixOf(bundle.subject);
      const { rules } = decisionRulesOf(bundle, index);
      return [bundle.name, rules.filter(({ id }) => !off.has(`${prefix}${id}`))];
    }),
  );
}

interface Proving {
  readonly folder: TestedFolder;
  readonly decisionRules: ReadonlyMap<string, readonly DecisionRule[]>;
  readonly rules: readonly ObservedRule[];
  readonly listed: readonly OpaTest[];
  readonly whole: readonly WholeCase[];
}

async function proved(
  { folder, decisionRules, rules, listed, whole }: Proving,
  tools: { readonly opa: string; readonly signal: AbortSignal },
): Promise<RuleProofs | { readonly refused: string }> {
  if (rules.length === 0) return { proofs: [], notHeld: [] };
  const bundles = folder.sources.bundles.map((bundle) => ({
    ...bundle,
    modules: observedModules(bundle, decisionRules.get(bundle.name) ?? [], folder.canary),
  }));
  const observed = { ...folder, sources: { ...folder.sources, bundles }, rules };
  const planned = await planProof(observed, listed, tools);
  // Without a test that passes nothing is shown.
  if ('refused' in planned) return listed.length === 0 ? await proveRules(rules, [], NO_ENGINE) : planned;
  const engine = await observingEngine(planned.bundle);
  if ('refused' in engine) return engine;
  const probes = [...planned.probes.map(probeOfTest), ...whole.map(probeOfCase)];
  const pause = async () => {
    await nextTurn();
    tools.signal.throwIfAborted();
  };
  return await proveRules(rules, probes, { engine, pause });
}

const NO_ENGINE = {
  engine: { evaluate: () => ({ text: undefined, fired: () => new Set<string>() }) },
  pause: async () => {},
};

function probeOfTest({
  name,
  entrypoint,
  hasCases,
}: {
  name: string;
  entrypoint: string;
  hasCases: boolean;
}): Probe {
  return {
    name,
    entrypoint,
    isStrict: false,
    // The value of one with cases holds those that passed.
    holds: (value, written) => (hasCases ? value !== undefined && value === written : value === 'true'),
  };
}

function probeOfCase({ one, input, inputText }: WholeCase): Probe {
  return {
    name: nameOfCase({ one }),
    entrypoint: DECISION,
    inputText,
    isStrict: true,
    holds: (value) => {
      const answer = KernelAnswer.safeParse(value === undefined ? undefined : JSON.parse(value));
      return answer.success && mismatchesOf(one.answer, answer.data, input).length === 0;
    },
  };
}

function nameOfCase({ one }: Pick<WholeCase, 'one'>): string {
  return `the case “${one.when}”`;
}

/** Tests that are named where many are meant. */
const NAMED_MAX = 5;

function asErrors(findings: readonly Finding[]): LintFinding[] {
  return sortFindings(findings).map((finding) => ({ ...finding, severity: 'error' }));
}

function unmeasured(
  coverage: ReadonlyMap<string, FileCoverage> | { readonly refused: string },
  proofs: RuleProofs | { readonly refused: string },
  cases: readonly WholeCase[],
): string[] {
  const ofCases = new Set(cases.map(nameOfCase));
  // A case that does not hold is told as what it is.
  const others = 'refused' in proofs ? [] : proofs.notHeld.filter((name) => !ofCases.has(name));
  return [
    ...(others.length > 0
      ? [
          `${others.length} tests show nothing of rules, because the embedded engine, in which that is measured, does not pass them as OPA does: ${others.slice(0, NAMED_MAX).join(', ')}${others.length > NAMED_MAX ? ', …' : ''}`,
        ]
      : []),
    ...('refused' in coverage ? [`Coverage was not measured: ${coverage.refused}`] : []),
    ...('refused' in proofs
      ? [
          `Of rules was measured only whether they fire in some test, not whether one would fail without: ${proofs.refused}`,
        ]
      : []),
  ];
}
