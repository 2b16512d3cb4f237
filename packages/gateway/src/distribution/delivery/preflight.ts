import { Failure, type Release, type ReleaseManifest, type ReleaseNote } from '@bailiff/contract';
import type { ParsedModules } from '../analysis/parse.ts';
import { type BuiltRelease, composeRelease } from '../build-release.ts';
import { type TestedRelease, testBundles } from '../bundle-tests.ts';
import { causeOf, checkCorpus, type Flip } from '../corpus/check-corpus.ts';
import { readCorpus } from '../corpus/corpus-file.ts';
import { BundleFailure, type Finding } from '../finding.ts';
import { lawFindings } from '../laws/law-findings.ts';
import { partOfBundle } from '../packages/read-packages.ts';
import type { ReleaseVector } from '../releases/release-store.ts';
import { FILE_BYTES_MAX, HeldFiles } from '../sources/folder.ts';
import type { BundlePlace } from '../sources/read-bundle.ts';
import { type ReleaseSources, readReleaseSources, type SourcePlaces } from '../sources/read-sources.ts';
import type { Attempt, Objection } from './hold-back.ts';
import type { PreflightEngine } from './preflight-engine.ts';
import { isIn, placesOf, REGISTRY } from './target.ts';

/** With what releases are tried. */
export interface PreflightOptions {
  readonly opa: string;
  readonly kernel: BundlePlace;
  readonly parsed: ParsedModules;
  readonly engine: PreflightEngine;
  /** Inputs that the laws are tried with, as JSON texts. */
  readonly inputsFor: (built: BuiltRelease, signal: AbortSignal) => Promise<readonly string[]>;
  /** What stands against the servers of a release where they would be served. */
  readonly serverProblems: (
    servers: ReleaseManifest['servers'],
  ) => readonly (Pick<Finding, 'code' | 'detail' | 'mend'> & { readonly server: string })[];
  /** Milliseconds, for measuring. */
  readonly monotonicMs: () => number;
  /** Whether a release by which the engines differ may not decide; else OPA decides by it. */
  readonly enginesMustAgree: boolean;
  /** What was last in force; undefined where nothing was, and where that cannot be read any more. */
  readonly before: Release | undefined;
  /** Whether nothing ever was in force: a gateway that begins is not kept from it. */
  readonly isFirst: boolean;
  readonly absent?: SourcePlaces['absent'];
  /** What stands against a vector before it is composed. */
  readonly objectionTo?: (vector: ReleaseVector) => Promise<Objection | undefined>;
}

/** A vector that passed. */
export interface Passed {
  readonly built: BuiltRelease;
  readonly checks: ReleaseNote['preflight'];
}

type Check = ReleaseNote['preflight'][number];

/**
 * Tries a vector as it would be live: verified by its own registry, composed and checked by OPA, the tests of all its bundles, the corpus, the laws, and the
 * engines against each other. The first release of all is only composed.
 * @throws Failure when `opa` cannot be run; the signal’s reason on abort. What is wrong with the vector is a value.
 */
export async function preflight(
  vector: ReleaseVector,
  options: PreflightOptions,
  signal: AbortSignal,
): Promise<Attempt<Passed>> {
  const before = await options.objectionTo?.(vector);
  if (before !== undefined) return { kind: 'refused', ...before };
  const checks: Check[] = [];
  const timed = timerOf(checks, options.monotonicMs);
  await using tests = testsAhead({ ...options, timed, signal });
  let built: BuiltRelease;
  try {
    built = await timed('compose', async () => {
      const sources = await readReleaseSources(
        { ...placesOf(vector, options.kernel), absent: options.absent },
        signal,
      );
      await refuseServers(sources, vector, options);
      const onComposed = options.isFirst ? undefined : tests.begin;
      const composed = await composeRelease(sources, {
        ...options,
        signal,
        ...(onComposed && { onComposed }),
      });
      return { value: composed, outcome: 'passed', detail: composed.release.policyVersion };
    });
  } catch (thrown) {
    const findings = findingsOf(thrown, signal);
    return { kind: 'refused', check: 'compose', findings, blamed: blamedIn(findings, vector) };
  }
  if (options.isFirst) return { kind: 'passed', value: { built, checks } };
  const step = { ...options, timed, signal };
  const engine = judged(built, step);
  // Decided beside the comparison of the engines, and anew where they do not agree.
  const { engine: engines } = options;
  const decided = async (check: (decide: PreflightEngine['decideAll']) => Promise<Objection | undefined>) => {
    const [found, { agrees }] = await Promise.all([
      check((...asked) => engines.decideAhead(...asked)),
      engine,
    ]);
    return agrees ? found : check((...asked) => engines.decideAll(...asked));
  };
  const [objection] = (
    await Promise.all([
      tests.of(built),
      decided((decide) => replayed(built, vector, { ...step, decide })),
      decided((decide) => lawful(built, { ...step, decide })),
      engine.then(({ objection }) => objection),
    ])
  ).filter((found) => found !== undefined);
  if (objection !== undefined) {
    const blamed = objection.blamed.map((bundle) => partOfBundle(bundle, built.sources.packages));
    return { kind: 'refused', ...objection, blamed };
  }
  return { kind: 'passed', value: { built, checks } };
}

/** @throws BundleFailure where servers of the release could not be served here. */
async function refuseServers(
  { manifest: { servers } }: ReleaseSources,
  { registry }: ReleaseVector,
  { serverProblems }: PreflightOptions,
): Promise<void> {
  const problems = serverProblems(servers);
  if (problems.length === 0) return;
  const document = await new HeldFiles(registry).document(REGISTRY, FILE_BYTES_MAX);
  const rowOf = (server: string) =>
    document.kind === 'read' ? document.value.rowOf(['servers', server]) : 1;
  throw new BundleFailure(
    problems.map(({ server, ...problem }) => ({ file: REGISTRY, row: rowOf(server), ...problem })),
  );
}

type Timed = ReturnType<typeof timerOf>;
type Step = PreflightOptions & { readonly timed: Timed; readonly signal: AbortSignal };

type DecidingStep = Step & { readonly decide: PreflightEngine['decideAll'] };

interface Checked<Value> {
  readonly value: Value;
  readonly outcome: Check['outcome'];
  readonly detail: string;
}

function timerOf(checks: Check[], monotonicMs: () => number) {
  return async <Value>(check: string, work: () => Promise<Checked<Value>>): Promise<Value> => {
    const began = monotonicMs();
    const { value, outcome, detail } = await work();
    const before = checks.findIndex((one) => one.check === check);
    if (before >= 0) checks.splice(before, 1); // It was done anew.
    checks.push({ check, outcome, detail, duration_ms: Math.round(monotonicMs() - began) });
    return value;
  };
}

/** Runs the bundles’ tests while OPA still checks and builds. Disposing of it ends what is not wanted any more, and waits for that. */
function testsAhead(step: Step) {
  const unwanted = new AbortController();
  const signal = AbortSignal.any([step.signal, unwanted.signal]);
  let running: Promise<Objection | undefined> | undefined;
  const begin = (composed: TestedRelease) => {
    running = tested(composed, { ...step, signal });
    running.catch(() => undefined); // Told to whoever waits for it.
  };
  return {
    begin,
    /** What came of them; they begin now where they have not. */
    of: (built: BuiltRelease) => running ?? tested(built, step),
    [Symbol.asyncDispose]: async () => {
      unwanted.abort(new Error('Nobody waits for the tests any more.'));
      await running?.catch(() => undefined);
    },
  };
}

function tested(built: TestedRelease, { opa, timed, signal }: Step): Promise<Objection | undefined> {
  return timed('tests', async () => {
    const { passed, failed, tests } = await testBundles(built, { opa, signal }).catch((thrown: unknown) =>
      refusalOf(thrown, signal),
    );
    const findings = tests
      .filter(({ outcome }) => outcome === 'failed')
      .map(({ file, row, name, detail }) => ({
        file,
        row,
        code: 'test_failed',
        detail: `The test ${name} fails${detail === '' ? '' : `: ${detail}`}.`,
        mend: 'Correct the rule or its test.',
      }));
    const blamed = tests.filter(({ outcome }) => outcome === 'failed').map(({ bundle }) => bundle);
    return {
      value: failed === 0 ? undefined : { check: 'tests', findings, blamed: [...new Set(blamed)] },
      outcome: failed > 0 ? 'failed' : passed > 0 ? 'passed' : 'skipped',
      detail: `${passed} passed, ${failed} failed`,
    };
  });
}

/** What kept a vector from being tried: what its files say, or OPA, which did not end in time or said too much. */
function findingsOf(thrown: unknown, signal: AbortSignal): readonly Finding[] {
  signal.throwIfAborted();
  if (thrown instanceof BundleFailure) return thrown.findings;
  // Some part is too much for it; whose that is shows when they are tried by themselves.
  if (!(thrown instanceof Failure) || thrown.code !== 'policy_unavailable') throw thrown;
  const mend = 'Make rules, data or tests smaller, or quicker.';
  return [{ file: '', row: 1, code: 'opa_failed', detail: thrown.detail, mend }];
}

/** A test file that does not compile is a failed test. */
function refusalOf(thrown: unknown, signal: AbortSignal): Awaited<ReturnType<typeof testBundles>> {
  const tests = findingsOf(thrown, signal).map(({ file, row, code, detail }) => ({
    name: code,
    bundle: '',
    file,
    row,
    outcome: 'failed' as const,
    detail,
  }));
  return { passed: 0, failed: tests.length, skipped: 0, tests };
}

function replayed(
  built: BuiltRelease,
  vector: ReleaseVector,
  { timed, decide, before, signal }: DecidingStep,
): Promise<Objection | undefined> {
  const { corpus: file } = built.sources.manifest;
  const bytes = file === undefined ? undefined : vector.registry.get(file);
  if (file === undefined || bytes === undefined) return Promise.resolve(undefined);
  return timed('corpus', async (): Promise<Checked<Objection | undefined>> => {
    const corpus = readCorpus(bytes, file);
    if (corpus.kind === 'refused') {
      const value = { check: 'corpus', findings: corpus.findings, blamed: [REGISTRY] };
      return { value, outcome: 'failed', detail: 'The corpus cannot be read.' };
    }
    const decideAll = (texts: readonly string[]) => decide(built.release, texts, signal);
    const check = await checkCorpus(corpus.value, decideAll, { before, after: built.release });
    const findings = check.flips.map((flip) => flipFinding(flip, file));
    return {
      value: check.outcome === 'failed' ? { check: 'corpus', findings, blamed: check.blamed } : undefined,
      outcome: check.outcome,
      detail: check.detail,
    };
  });
}

function flipFinding(flip: Flip, file: string): Finding {
  const { id, row, agent, tool, was, is } = flip;
  const cause = causeOf(flip).replace(/\.$/, ''); // The engine’s words may end in one.
  const now = is.kind === 'failed' ? cause : `is ${is.outcome}: ${cause}`;
  return {
    file,
    row,
    code: 'corpus_flip',
    detail: `Case ${id} (${agent}, ${tool}) was ${was.outcome} and ${now}.`,
    mend: 'Correct the change, or take the new answer with `./bailiff corpus accept`.',
  };
}

function lawful(
  built: BuiltRelease,
  { timed, decide, inputsFor, signal }: DecidingStep,
): Promise<Objection | undefined> {
  return timed('laws', async (): Promise<Checked<Objection | undefined>> => {
    const inputTexts = await inputsFor(built, signal);
    const report = await lawFindings(built.release, decide, { inputTexts, signal });
    const findings = report.findings.map(({ law, detail, rules }) => ({
      ...placeOfRule(built, rules[0]),
      code: `law_${law}`,
      detail,
      mend: 'Correct the rules that make the difference.',
    }));
    return {
      value: report.outcome === 'failed' ? { check: 'laws', findings, blamed: report.blamed } : undefined,
      outcome: report.outcome,
      detail: report.detail,
    };
  });
}

/** What came of comparing the engines, and whether what was decided meanwhile can be relied on. */
interface Judged {
  readonly objection: Objection | undefined;
  readonly agrees: boolean;
}

function judged(built: BuiltRelease, { timed, engine, enginesMustAgree, signal }: Step): Promise<Judged> {
  return timed('engine', async (): Promise<Checked<Judged>> => {
    const { outcome, detail } = await engine.judge(built, signal);
    const finding = {
      file: REGISTRY,
      row: 1,
      code: 'engines_differ',
      detail,
      mend: 'Set `engine.kind: sidecar`, and report it.',
    };
    const isObjectedTo = outcome === 'failed' && enginesMustAgree;
    const objection = isObjectedTo ? { check: 'engine', findings: [finding], blamed: [] } : undefined;
    return { value: { objection, agrees: outcome !== 'failed' }, outcome, detail };
  });
}

function placeOfRule(
  { release, sources }: BuiltRelease,
  id: string | undefined,
): Pick<Finding, 'file' | 'row'> {
  const rule = id === undefined ? undefined : release.rules.get(id);
  if (rule === undefined) return { file: REGISTRY, row: 1 };
  const modules = sources.bundles.flatMap((bundle) => bundle.modules);
  const module = modules.find(({ path }) => path === rule.location.file);
  return { file: module?.file ?? rule.location.file, row: rule.location.row };
}

/** The parts that findings stand in. */
function blamedIn(findings: readonly Finding[], vector: ReleaseVector): string[] {
  const names = [REGISTRY, ...vector.parts.keys()];
  const blamed = findings.flatMap(({ file }) => names.find((name) => isIn(name, vector, file)) ?? []);
  return [...new Set(blamed)];
}
