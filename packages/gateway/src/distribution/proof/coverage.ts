import { join } from 'node:path';
import { type OpaTest, stageTests, type TestedRelease } from '../bundle-tests.ts';
import { errorsOf, runOpa } from '../opa.ts';
import { CAPABILITIES, openStage, writeFiles } from '../stage.ts';

/** Rows from one to another, both of them included. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** What tests and cases evaluate of a file. */
export interface FileCoverage {
  /** Where it stands in the composed bundle, as `compliance/rows.rego`. */
  readonly path: string;
  readonly coveredRows: number;
  readonly uncoveredRows: number;
  /** Heads that never held and expressions that were never evaluated, by row. */
  readonly uncovered: readonly RowRange[];
}

/** Coverage as `opa eval --coverage` prints it. */
interface PrintedCoverage {
  readonly files: Readonly<Record<string, PrintedFile>>;
}

interface PrintedFile {
  readonly not_covered?: readonly { readonly start: { row: number }; readonly end: { row: number } }[];
  readonly covered_lines?: number;
  readonly not_covered_lines?: number;
}

const MODULE = 'bailiff_coverage';
const INPUTS = 'bailiff_coverage_inputs';

/**
 * What of each file the tests, and decisions about these inputs, evaluate: OPA’s own coverage, of one evaluation that asks for all
 * of them. Tests that fail count as well.
 * @returns why it cannot be told, where OPA does not get through.
 * @throws Failure when `opa` cannot be run; the signal’s reason on abort.
 */
export async function coverTests(
  built: TestedRelease,
  asked: { readonly tests: readonly OpaTest[]; readonly inputTexts: readonly string[] },
  { opa, signal }: { readonly opa: string; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, FileCoverage> | { readonly refused: string }> {
  await using stage = await openStage();
  const inputs = Object.fromEntries(asked.inputTexts.map((text, position) => [position, JSON.parse(text)]));
  const data = { ...built.data, [INPUTS]: inputs };
  const { run } = await stageTests({ ...built, data }, { opa, stage: stage.path, signal });
  await writeFiles(run.cwd, [{ path: `${MODULE}.rego`, text: moduleText(asked) }]);
  const result = await runOpa(run, [
    ...['eval', '--bundle', '.', '--capabilities', join('..', CAPABILITIES)],
    ...['--coverage', '--coverage-runs=', '--format', 'json', `data.${MODULE}`],
  ]);
  const printed = result.status === 0 ? coverageIn(result.stdout) : undefined;
  if (printed === undefined) return { refused: errorsOf(result)[0]?.message ?? 'OPA said nothing' };
  return new Map(
    Object.entries(printed.files).map(([file, found]) => {
      const path = file.replace(/^(\.?\/)+/, '');
      return [path, fileCoverage(path, found)];
    }),
  );
}

/** Rules that ask for one test or one decision each: what it comes to does not matter. */
function moduleText({
  tests,
  inputTexts,
}: {
  readonly tests: readonly OpaTest[];
  readonly inputTexts: readonly string[];
}) {
  const refs = tests
    .filter(({ skip }) => skip !== true)
    .map((test) => `${test.package}.${test.name.replace(/#\d+$/, '')}`);
  const asked = [...new Set(refs)].map((ref, position) => `asked contains ${position} if ${ref}\n`);
  const decided = inputTexts.map(
    (_text, position) =>
      `decided contains ${position} if data.bailiff.decision with input as data.${INPUTS}["${position}"]\n`,
  );
  return [`package ${MODULE}\n`, ...asked, ...decided].join('\n');
}

function coverageIn(stdout: string): PrintedCoverage | undefined {
  try {
    return (JSON.parse(stdout) as { coverage?: PrintedCoverage }).coverage;
  } catch {
    return undefined; // It said something else than JSON, which is told as it is.
  }
}

function fileCoverage(path: string, found: PrintedFile): FileCoverage {
  const { not_covered = [], covered_lines = 0, not_covered_lines = 0 } = found;
  return {
    path,
    coveredRows: covered_lines,
    uncoveredRows: not_covered_lines,
    uncovered: united(not_covered.map(({ start, end }) => ({ from: start.row, to: end.row }))),
  };
}

/** Ranges in their order, those that touch as one. */
function united(ranges: readonly RowRange[]): RowRange[] {
  const found: RowRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = found.at(-1);
    if (last !== undefined && range.from <= last.to + 1)
      found[found.length - 1] = { from: last.from, to: Math.max(last.to, range.to) };
    else found.push(range);
  }
  return found;
}
