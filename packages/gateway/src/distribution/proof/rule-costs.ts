import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RuleIndex } from '../analysis/rule-index.ts';
import { BundleFailure, compare } from '../finding.ts';
import { errorsOf, findingsOfErrors, runOpa } from '../opa.ts';
import { openStage, writeFiles } from '../stage.ts';
import type { ObservedRule } from './observed-modules.ts';

/** What one rule costs in a decision, on average. */
export interface RuleCost {
  /** Full id of a rule that decides; the document of a helper, as `data.policy.resource.plain_path`; `kernel` for all of the kernel. */
  readonly name: string;
  readonly kind: 'rule' | 'helper' | 'kernel';
  /** Of its first body; empty for the kernel. */
  readonly file: string;
  readonly row: number;
  /** In OPA, under its profiler, which slows everything: a measure of which costs more, not of what a decision takes. */
  readonly nanoseconds: number;
  /** Of everything that was measured, 0 to 1. */
  readonly share: number;
  /** Expressions of it that are evaluated, each time counted. */
  readonly evaluations: number;
}

/** Decisions that are profiled, about: fewer say little, more take long. */
const DECISIONS = 100;
const PROFILE_TIMEOUT_MS = 300_000;
const INPUTS = 'bailiff_bench_inputs';

/** An expression as OPA’s profiler tells of it. */
interface Profiled {
  readonly total_time_ns: number;
  readonly num_eval: number;
  readonly location: { readonly file: string; readonly row: number };
}

/**
 * What each rule of a composed bundle costs in deciding these inputs, the slowest first: OPA’s profiler, its times of expressions added
 * up by the rule that they stand in. What a rule reads of another is that other’s.
 * @throws BundleFailure where OPA cannot decide; Failure when `opa` cannot be run.
 */
export async function ruleCosts(
  bundle: Uint8Array,
  about: {
    readonly inputTexts: readonly string[];
    readonly index: RuleIndex;
    readonly rules: readonly ObservedRule[];
  },
  { opa, signal }: { readonly opa: string; readonly signal: AbortSignal },
): Promise<readonly RuleCost[]> {
  const { inputTexts, index, rules } = about;
  const rounds = Math.max(1, Math.ceil(DECISIONS / inputTexts.length));
  await using stage = await openStage();
  await writeFile(join(stage.path, 'release.tar.gz'), bundle);
  const inputs = `{${JSON.stringify(INPUTS)}:[${inputTexts.join(',')}]}`;
  await writeFiles(stage.path, [{ path: 'inputs.json', text: inputs }]);
  const query = `count([d | some _ in numbers.range(1, ${rounds}); some v in data.${INPUTS}; d := data.bailiff.decision with input as v])`;
  const run = { opa, cwd: stage.path, signal, timeoutMs: PROFILE_TIMEOUT_MS };
  const result = await runOpa(run, [
    ...['eval', '--bundle', 'release.tar.gz', '--data', 'inputs.json'],
    ...['--profile', '--profile-limit', '1000000', '--format', 'json', query],
  ]);
  if (result.status !== 0)
    throw new BundleFailure(findingsOfErrors(errorsOf(result), (path) => path, new Set()));
  const { profile } = JSON.parse(result.stdout) as { profile: readonly Profiled[] };
  return costsOf(profile, { index, rules, decisions: rounds * inputTexts.length });
}

function costsOf(
  profile: readonly Profiled[],
  about: { readonly index: RuleIndex; readonly rules: readonly ObservedRule[]; readonly decisions: number },
): RuleCost[] {
  const { decisions } = about;
  const ruleAt = finder(about);
  const costs = new Map<string, RuleCost>();
  // Expressions of the query itself stand in no file.
  const own = profile.filter(({ location: { file } }) => file !== '');
  const all = own.reduce((sum, { total_time_ns }) => sum + total_time_ns, 0);
  for (const { location, total_time_ns, num_eval } of own) {
    const found = ruleAt(location.file.replace(/^\/+/, ''), location.row);
    const known = costs.get(found.name);
    costs.set(found.name, {
      ...(known ?? found),
      nanoseconds: (known?.nanoseconds ?? 0) + total_time_ns / decisions,
      share: (known?.share ?? 0) + (all === 0 ? 0 : total_time_ns / all),
      evaluations: (known?.evaluations ?? 0) + num_eval / decisions,
    });
  }
  return [...costs.values()].sort((a, b) => b.nanoseconds - a.nanoseconds || compare(a.name, b.name));
}

type Place = Pick<RuleCost, 'name' | 'kind' | 'file' | 'row'>;

/** Gives the rule that a row of a composed module stands in: the last that begins at or before it. */
function finder({ index, rules }: { readonly index: RuleIndex; readonly rules: readonly ObservedRule[] }) {
  const deciding = new Map(rules.flatMap((rule) => rule.heads.map((head) => [head, rule] as const)));
  const byPath = Map.groupBy(index.rules, ({ module }) => module.source.path);
  return (path: string, row: number): Place => {
    const before = (byPath.get(path) ?? []).filter(({ rule }) => rule.location.row <= row);
    const last = before.reduce<(typeof before)[number] | undefined>(
      (found, one) => (found === undefined || one.rule.location.row >= found.rule.location.row ? one : found),
      undefined,
    );
    if (last === undefined) return { name: 'kernel', kind: 'kernel', file: '', row: 1 };
    const { module, rule } = last;
    const known = deciding.get(`${path}:${rule.location.row}`);
    return known === undefined
      ? { name: last.path.join('.'), kind: 'helper', file: module.source.file, row: rule.location.row }
      : { name: known.id, kind: 'rule', file: known.file, row: known.row };
  };
}
