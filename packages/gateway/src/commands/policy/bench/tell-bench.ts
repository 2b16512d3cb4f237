import pc from 'picocolors';
import type { RuleCost } from '../../../distribution/proof/rule-costs.ts';
import { jsonOf } from '../../bundle/outcome.ts';
import { table } from '../../record/terminal.ts';
import type { BenchInputs } from './bench-inputs.ts';
import type { DecisionTimes, Unmeasured } from './decision-times.ts';

/** What was measured. */
export interface ToldBench {
  readonly inputs: BenchInputs;
  /** The slowest first. */
  readonly costs: readonly RuleCost[];
  readonly times: readonly (DecisionTimes | Unmeasured)[];
  /** Rules that are listed. */
  readonly top: number;
}

/** For people. */
export function benchText({ inputs, costs, times, top }: ToldBench): string {
  const right = (heading: string) => ({ heading, end: true as const });
  const rules = costs.filter(({ kind }) => kind !== 'kernel');
  const kernel = costs.find(({ kind }) => kind === 'kernel');
  const ruleRows = rules
    .slice(0, top)
    .map(({ name, kind, file, row, nanoseconds, share, evaluations }) => [
      (nanoseconds / 1_000).toFixed(1),
      `${(share * 100).toFixed(1)} %`,
      evaluations.toFixed(1),
      kind === 'helper' ? `${name} (helper)` : name,
      file === '' ? '' : `${file}:${row}`,
    ]);
  const rest = rules.slice(top);
  const restShare = rest.reduce((sum, { share }) => sum + share, 0);
  const timeRows = times.map((one) =>
    'why' in one
      ? [one.engine, '-', '-', '-', one.why]
      : [
          one.engine,
          String(one.decisions),
          `${one.p50Ms.toFixed(2)} ms`,
          `${one.p99Ms.toFixed(2)} ms`,
          one.failed > 0 ? `${one.failed} could not be decided` : '',
        ],
  );
  const dim = (text: string, row: number) => (row < 0 ? pc.dim(text) : text);
  return [
    table(
      [right('µs'), right('SHARE'), right('EVALUATED'), { heading: 'RULE' }, { heading: 'WHERE' }],
      ruleRows,
      dim,
    ),
    rest.length > 0
      ? pc.dim(`… and ${rest.length} more with ${(restShare * 100).toFixed(1)} %; --top lists more\n`)
      : '',
    pc.dim(kernelText(kernel)),
    pc.dim(
      'Per decision, by OPA’s profiler, which slows everything down: compare rules with each other.\n\n',
    ),
    table(
      [{ heading: 'ENGINE' }, right('DECISIONS'), right('P50'), right('P99'), { heading: '' }],
      timeRows,
      dim,
    ),
    pc.dim(`Of ${inputs.from}, one after the other, as the gateway asks each engine.\n`),
  ].join('');
}

function kernelText(kernel: RuleCost | undefined): string {
  if (kernel === undefined) return '';
  return `The kernel, which makes one answer of what rules say, has ${(kernel.share * 100).toFixed(1)} %.\n`;
}

/** For machines. */
export function benchJson({ inputs, costs, times }: ToldBench): string {
  return jsonOf({
    inputs: inputs.texts.length,
    from: inputs.from,
    rules: costs.map(({ nanoseconds, ...cost }) => ({ ...cost, nanoseconds: Math.round(nanoseconds) })),
    engines: times.map((one) =>
      'why' in one
        ? { engine: one.engine, unmeasured: one.why }
        : {
            ...{ engine: one.engine, decisions: one.decisions, failed: one.failed },
            ...{ p50_ms: one.p50Ms, p99_ms: one.p99Ms },
          },
    ),
  });
}
