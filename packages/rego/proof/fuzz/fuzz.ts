import { builtins } from '../../src/index.ts';
import { type Oracle, openOracle } from '../oracle/open-oracle.ts';
import { writeCase } from './case-file.ts';
import { type CompanyResult, companyResults } from './company.ts';
import type { Trial } from './compare.ts';
import { callable } from './generate/calls.ts';
import { CAUSED_BY } from './known-differences.ts';
import { OverHttp } from './over-http.ts';
import { type Batch, randomBatch } from './random-trials.ts';
import { shrink } from './shrink.ts';
import { evaluateTrial, knownCause, runTrial, type TrialResult } from './trial-run.ts';

/** Most differences that are shrunk and told; of one cause, as far as that can be told, only the first one is. */
const SHRUNK_MAX = 40;

/** The share of evaluations that are of the example company's release, against a running OPA. */
const COMPANY_SHARE = 0.1;
/** One policy in so many is asked of a running OPA over HTTP, the others of the oracle. */
const HTTP_EVERY = 25;

/** How much to compare, and where to tell. */
export interface FuzzOptions {
  readonly count: number;
  readonly seed: string;
  readonly say: (text: string) => void;
  /** Whether differences become case files. */
  readonly writes: boolean;
}

/**
 * What was counted. `planner` and `library` are those of `fail_closed` whose cause is listed, OPA's planner or this library;
 * `evaluator` those where OPA's evaluator fails by a listed defect of its own, which are no `outcome`.
 */
export type FuzzTotals = Record<
  | ('evaluated' | 'defined' | 'undefined' | 'failed')
  | ('outcome' | 'byte' | 'fail_closed' | 'text')
  | ('planner' | 'library' | 'evaluator'),
  number
>;

/** Compares `count` evaluations with OPA's: of random policies, and of the example company's release. */
export async function fuzz(options: FuzzOptions): Promise<FuzzTotals> {
  await using oracle = await openOracle();
  const totals: FuzzTotals = {
    evaluated: 0,
    defined: 0,
    undefined: 0,
    failed: 0,
    outcome: 0,
    byte: 0,
    fail_closed: 0,
    text: 0,
    planner: 0,
    library: 0,
    evaluator: 0,
  };
  const tally = new Tally(oracle, options, totals);
  const ofCompany = Math.floor(options.count * COMPANY_SHARE);
  for await (const result of companyResults(ofCompany, options.seed)) tally.addCompany(result);
  await compareRandom(oracle, options, tally);
  return totals;
}

async function compareRandom(oracle: Oracle, { count, seed }: FuzzOptions, tally: Tally): Promise<void> {
  await using http = await OverHttp.start();
  const declarations = callable(await oracle.builtins(), (name) => builtins.has(name));
  for (let number = 0; tally.totals.evaluated < count; number++) {
    const batch = await randomBatch(oracle, declarations, `${seed}/${number}`);
    if (batch === undefined) continue;
    const results =
      number % HTTP_EVERY === 0 ? await resultsOverHttp(http, oracle, batch) : await resultsOf(oracle, batch);
    for (const [index, result] of results.entries()) {
      if (result !== undefined && tally.totals.evaluated < count)
        await tally.add(batch.trials[index] as Trial, result);
    }
  }
}

function resultsOf(oracle: Oracle, { policy, trials }: Batch): Promise<readonly (TrialResult | undefined)[]> {
  return Promise.all(trials.map((trial) => evaluateTrial(oracle, policy, trial)));
}

async function resultsOverHttp(
  http: OverHttp,
  oracle: Oracle,
  batch: Batch,
): Promise<readonly TrialResult[]> {
  const results = await http.results(batch);
  return Promise.all(
    results.map(async (result, index) => {
      return { ...result, known: await knownCause(oracle, batch.trials[index] as Trial, result) };
    }),
  );
}

/** Counts, shrinks what differs and writes it down. */
class Tally {
  readonly totals: FuzzTotals;
  readonly #oracle: Oracle;
  readonly #options: FuzzOptions;
  readonly #seen = new Set<string>();

  constructor(oracle: Oracle, options: FuzzOptions, totals: FuzzTotals) {
    this.#oracle = oracle;
    this.#options = options;
    this.totals = totals;
  }

  async add(trial: Trial, result: TrialResult): Promise<void> {
    this.#count(result);
    const { difference, known } = result;
    if (difference === undefined || difference === 'text' || known !== undefined) return;
    if (!this.#isNew(signatureOf(trial, result))) return;
    const small = await shrink(trial, async (candidate) => {
      const again = await runTrial(this.#oracle, candidate);
      return again?.difference === difference && again.known === undefined;
    });
    const { opa, ours } = (await runTrial(this.#oracle, small)) ?? result;
    this.#options.say(`${difference}: ${JSON.stringify({ opa, ours })}\n${textOf(small)}`);
    if (!this.#options.writes) return;
    const because = `packages/rego once answered ${JSON.stringify(ours).slice(0, 200)}`;
    this.#options.say(`written to ${await writeCase(difference, { because, trial: small, opa })}\n`);
  }

  addCompany(result: CompanyResult): void {
    this.#count({ ...result, known: undefined });
    const { difference, entrypoint, inputText, opa, ours } = result;
    if (difference === undefined || difference === 'text' || !this.#isNew(`company ${difference}`)) return;
    this.#options.say(
      `${difference} in the example company's release: ${entrypoint} ${JSON.stringify({ opa, ours })}`,
    );
    this.#options.say(`input ${inputText}`);
  }

  #count({ opa, difference, known }: TrialResult): void {
    this.totals.evaluated++;
    this.totals[opa.kind]++;
    if (known !== undefined) this.totals[CAUSED_BY[known]]++;
    if (difference !== undefined && (known === undefined || difference === 'fail_closed'))
      this.totals[difference]++;
  }

  #isNew(signature: string): boolean {
    if (this.#seen.has(signature) || this.#seen.size >= SHRUNK_MAX) return false;
    this.#seen.add(signature);
    return true;
  }
}

/** What differences of one cause have in common, about: what is said of a failure, or else the policy. */
function signatureOf({ modules }: Trial, { difference, opa, ours }: TrialResult): string {
  const failed = [opa, ours].find((answer) => answer.kind === 'failed');
  const about =
    failed?.kind === 'failed' ? failed.message.replace(/["'`].*|\d+/gs, '') : JSON.stringify(modules);
  return `${difference} ${about}`;
}

function textOf({ modules, dataText, entrypoint, inputText, strict }: Trial): string {
  const files = Object.entries(modules).map(([name, text]) => `--- ${name}\n${text}`);
  return [
    ...files,
    `data ${dataText.slice(0, 400)}`,
    `input ${inputText?.slice(0, 400) ?? '(none)'}`,
    `entrypoint ${entrypoint}, ${strict ? 'strict' : 'not strict'}`,
  ].join('\n');
}
