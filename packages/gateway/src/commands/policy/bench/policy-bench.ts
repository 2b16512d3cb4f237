import { Failure } from '@bailiff/contract';
import { Command, InvalidArgumentError } from 'commander';
import { RuleIndex } from '../../../distribution/analysis/rule-index.ts';
import { ruleCosts } from '../../../distribution/proof/rule-costs.ts';
import { WITHOUT_SOURCES } from '../../bundle/fetched-sources.ts';
import { type BundleOutcome, outcomeOf, placeOf, print } from '../../bundle/outcome.ts';
import { opaPath } from '../../places.ts';
import { withStoreOptions } from '../../record/store.ts';
import { decidingRulesIn } from '../test/run-proof.ts';
import { readTested, testedDirectory } from '../test/tested-folder.ts';
import { benchInputs, INPUTS_MAX, type InputOptions } from './bench-inputs.ts';
import { decisionTimes } from './decision-times.ts';
import { benchJson, benchText } from './tell-bench.ts';

export interface PolicyBenchOptions extends InputOptions {
  /** Rules that are listed. */
  readonly top: number;
  readonly json?: true;
  readonly withoutSources?: true;
}

const TOP_DEFAULT = 20;

/** `bailiff policy bench`: what each rule costs, and how long a decision takes. */
export function policyBenchCommand(): Command {
  return withStoreOptions(
    new Command('bench')
      .description(
        'Measure what each rule of a release costs, the slowest first, and how long a decision takes in each engine.',
      )
      .argument(
        '[dir]',
        'folder with release.yaml (default: the policy folder of ./bailiff.yaml, else the example’s)',
      )
      .option('--input <file>', 'decide this input, whole or as a case has it (default: the cases)')
      .option(
        '--from-record <n>',
        'decide the newest recorded decisions instead, at most so many',
        countOf(INPUTS_MAX),
      )
      .option('--top <n>', 'rules that are listed', countOf(100_000), TOP_DEFAULT)
      .option(...WITHOUT_SOURCES)
      .option('--json', 'print the result as JSON'),
  ).action(async (dir: string | undefined, options: PolicyBenchOptions) =>
    print(await policyBench(dir, options)),
  );
}

/** Measures a release. Refusals are an outcome. @throws Failure when there is none, or nothing to decide. */
export async function policyBench(
  dir: string | undefined,
  options: PolicyBenchOptions,
): Promise<BundleOutcome> {
  const { top, json, withoutSources } = options;
  const directory = await testedDirectory(dir);
  return await outcomeOf(directory, json, async () => {
    const { signal } = new AbortController();
    const tools = { opa: opaPath(), signal };
    const folder = await readTested(directory, { withoutSources, signal });
    const { release } = folder;
    if (release === undefined)
      throw new Failure(
        'bad_request',
        'One bundle alone decides nothing. Name the folder with release.yaml.',
      );
    const inputs = await benchInputs({ ...folder, release }, options);
    const index = new RuleIndex(folder.modules);
    const rules = decidingRulesIn(folder);
    // One after the other: each would be slower for the others.
    const costs = await ruleCosts(release.bundle, { inputTexts: inputs.texts, index, rules }, tools);
    const times = await decisionTimes(release, inputs.texts, tools);
    const told = {
      ...{ inputs, times, top },
      costs: costs.map((cost) => ({
        ...cost,
        file: cost.file === '' ? '' : placeOf(directory, cost.file),
      })),
    };
    return { exitCode: 0, out: json ? benchJson(told) : benchText(told), error: '' };
  });
}

function countOf(max: number): (text: string) => number {
  return (text) => {
    const count = /^\d{1,6}$/.test(text) ? Number(text) : 0;
    if (count < 1 || count > max) throw new InvalidArgumentError(`Give a whole number from 1 to ${max}.`);
    return count;
  };
}
