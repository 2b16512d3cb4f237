import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { warningText } from '../../bundle/build-folder.ts';
import { WITHOUT_SOURCES } from '../../bundle/fetched-sources.ts';
import { type BundleOutcome, outcomeOf, placeOf, print } from '../../bundle/outcome.ts';
import { junitOf } from './junit.ts';
import { isProven, provePolicy } from './run-proof.ts';
import { toldTests } from './tell-failure.ts';
import { proofJson, proofText } from './tell-proof.ts';
import { readTested, testedDirectory } from './tested-folder.ts';

export interface PolicyTestOptions {
  /** Per cent that the tests of every bundle have to evaluate. */
  readonly minCoverage?: number;
  /** File to write the outcome of each test and case to. */
  readonly junit?: string;
  /** Text in the names of the only tests and cases that are run. */
  readonly run?: string;
  readonly json?: true;
  readonly withoutSources?: true;
}

/** `bailiff policy test`: whether the rules do what their tests and cases say, and whether those say enough. */
export function policyTestCommand(): Command {
  return new Command('test')
    .description(
      'Run the tests and cases of a folder’s bundles, and say which rules none of them shows firing, or staying silent, and what none evaluates.',
    )
    .argument(
      '[dir]',
      'folder with release.yaml, or of one bundle (default: the policy folder of ./bailiff.yaml, else the example’s)',
    )
    .option(
      '--min-coverage <percent>',
      'end with exit code 1 where the tests of a bundle evaluate less of it (default: `min_coverage` of its bundle.yaml)',
      percentOf,
    )
    .option(
      '--run <text>',
      'run only the tests and cases with this text in their names, and do not measure what they show',
    )
    .option('--junit <file>', 'also write each test and case to a file in JUnit’s format')
    .option(...WITHOUT_SOURCES)
    .option('--json', 'print the result as JSON')
    .action(async (dir: string | undefined, options: PolicyTestOptions) =>
      print(await policyTest(dir, options)),
    );
}

/** Tests a folder. Refusals are an outcome. @throws Failure when the folder holds no policy, or `opa` cannot be run. */
export async function policyTest(
  dir: string | undefined,
  options: PolicyTestOptions,
): Promise<BundleOutcome> {
  const { minCoverage: coverageMin, junit, run: only, json, withoutSources } = options;
  const directory = await testedDirectory(dir);
  return await outcomeOf(directory, json, async () => {
    const { signal } = new AbortController();
    const folder = await readTested(directory, { withoutSources, signal });
    const proof = await provePolicy(folder, { coverageMin, only, signal });
    const place = (file: string) => placeOf(directory, file);
    const told = toldTests(proof, { folder, placeOf: place, named: dir });
    const unwritten = junit === undefined ? '' : await writtenTo(junit, junitOf(proof, told, place));
    const warnings = folder.warnings.map((warning) => warningText({ ...warning, file: place(warning.file) }));
    return {
      exitCode: unwritten === '' ? (isProven(proof) ? 0 : 1) : UNWRITTEN_EXIT_CODE,
      out: json ? proofJson(proof, told, place) : proofText(proof, told, place),
      error: `${warnings.join('')}${unwritten}`,
    };
  });
}

/** As of whatever could not be done: the results are told, but who reads the file would not see them. */
const UNWRITTEN_EXIT_CODE = 2;

/** Writes a file; where that cannot be done, a line that says so. */
async function writtenTo(file: string, text: string): Promise<string> {
  try {
    await writeFile(file, text);
    return '';
  } catch (thrown) {
    return `${file} cannot be written: ${(thrown as Error).message}.\n`;
  }
}

function percentOf(text: string): number {
  const percent = /^\d{1,3}(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(percent >= 0 && percent <= 100)) throw new InvalidArgumentError('Give a number from 0 to 100.');
  return percent;
}
