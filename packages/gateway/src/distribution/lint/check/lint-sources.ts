import type { JsonObject } from '@bailiff/contract';
import { analyse } from '../../analysis/analyse.ts';
import { type ParsedModules, parseModules } from '../../analysis/parse.ts';
import type { ParsedModule } from '../../analysis/syntax.ts';
import type { Finding } from '../../finding.ts';
import { atTakenRules } from '../../library/at-taken-rules.ts';
import type { OpaRun } from '../../opa.ts';
import { plannerFindings } from '../../planner-shapes.ts';
import type { SourceModule } from '../../sources/folder.ts';
import type { BundleSource } from '../../sources/read-bundle.ts';
import { openStage } from '../../stage.ts';
import type { LintFinding } from '../finding.ts';
import { builderFix } from '../fixes/builder-fixes.ts';
import { lint } from '../lint.ts';
import type { OverrideBasis } from '../rules/overrides.ts';
import { lintSubject } from '../subject.ts';
import type { ToolDefinitions } from '../tool-definitions.ts';
import { attempt, type CheckReport, type CheckTools, graded, united } from './report.ts';
import { testErrors } from './test-errors.ts';
import { nestingFindings } from './too-nested.ts';
import { typeFindings } from './type-check.ts';

/** Bundles that could be read, and what they are judged with. */
export interface CheckedSources {
  readonly bundles: readonly BundleSource[];
  /** Modules that the bundles are compiled with. */
  readonly kernel: readonly SourceModule[];
  readonly data: JsonObject;
  readonly tools: ToolDefinitions;
  readonly overrides: OverrideBasis;
  /** What findings about all of it name. */
  readonly place: string;
  /** What the builder refuses, or warns of. It is given the syntax of what was parsed. */
  said(parsed: ParsedModules): Promise<readonly Finding[]>;
}

/** Asks the builder about sources, and lints them. Files that do not parse, or that nobody could compile, leave it at that. */
export async function lintSources(sources: CheckedSources, tools: CheckTools): Promise<CheckReport> {
  const { bundles, kernel, data, overrides, place } = sources;
  const known = new Map<string, ParsedModule>();
  const modules = await parsed(bundles, 'modules', { tools, known });
  const hopeless = [...modules.findings, ...nestingFindings(modules.modules)];
  if (hopeless.length > 0) return { findings: united(graded(hopeless), []), isLinted: false };
  const built = await attempt(place, () => sources.said(known));
  const tests = await parsed(bundles, 'tests', { tools, known });
  const linted = await attempt(place, () => {
    const analysis = analyse(bundles, modules.modules, data);
    const subject = lintSubject({
      ...{ bundles, modules: modules.modules, tests: tests.modules, analysis, data },
      ...{ tools: sources.tools, now: tools.now },
    });
    return { subject, findings: lint(subject, overrides) };
  });
  const said = built.kind === 'refused' ? built.findings : built.value;
  const heard = graded([...said, ...plannerFindings(modules.modules), ...tests.findings]);
  if (linted.kind === 'refused')
    return { findings: united([...heard, ...graded(linted.findings)], []), isLinted: false };
  const { subject, findings } = linted.value;
  const mended = heard.map((finding): LintFinding => {
    const fix = builderFix(finding, { bundles, index: subject.index });
    return fix === undefined ? finding : { ...finding, fix };
  });
  const broken = findings.some(({ code }) => code === 'test_firing_missing')
    ? await brokenTests(sources, tools)
    : [];
  const types = await typed([...kernel, ...bundles.flatMap((bundle) => bundle.modules)], tools);
  const placed = (found: readonly LintFinding[]) => atTakenRules(found, bundles);
  return { findings: united(placed([...mended, ...findings, ...broken]), placed(types)), isLinted: true };
}

async function parsed(
  bundles: readonly BundleSource[],
  which: 'modules' | 'tests',
  { tools, known }: { readonly tools: CheckTools; readonly known: ParsedModules },
) {
  await using stage = await openStage();
  const unparsed = bundles.flatMap((bundle) =>
    bundle[which].map((source) => ({ bundle: bundle.name, source })),
  );
  return await parseModules(unparsed, { ...runOf(tools), cwd: stage.path }, known);
}

async function typed(modules: readonly SourceModule[], tools: CheckTools): Promise<LintFinding[]> {
  await using stage = await openStage();
  const files = new Map(modules.map(({ path, file }) => [path, file]));
  return await typeFindings(
    { modules, fileOf: (path) => files.get(path) },
    { ...runOf(tools), cwd: stage.path },
  );
}

/** A test that does not compile shows nothing of a rule: why it does not is what its author has to know. */
async function brokenTests({ bundles, kernel }: CheckedSources, tools: CheckTools): Promise<LintFinding[]> {
  await using stage = await openStage();
  const modules = [...kernel, ...bundles.flatMap((bundle) => bundle.modules)];
  const tests = bundles.flatMap((bundle) => bundle.tests);
  return graded(await testErrors({ modules, tests }, { ...runOf(tools), cwd: stage.path }));
}

function runOf({ opa, signal }: CheckTools): Omit<OpaRun, 'cwd'> {
  return { opa, signal };
}
