import { Failure } from '@bailiff/contract';
import { BundleFailure, type Finding, lineOfFinding, sortFindings } from '../../finding.ts';
import { pageOf } from '../codes/codes.ts';
import type { LintFinding } from '../finding.ts';

/** What a check came to. */
export interface CheckReport {
  /** By file and row. */
  readonly findings: readonly LintFinding[];
  /** Whether the rules themselves were looked at: not where sources cannot be read or parsed. */
  readonly isLinted: boolean;
}

/** With what a folder is checked. */
export interface CheckTools {
  /** Path of the `opa` executable, or a name that PATH resolves. */
  readonly opa: string;
  readonly signal: AbortSignal;
  /** When: what is over by then is told. */
  readonly now: Date;
}

export type Attempt<Value> =
  | { readonly kind: 'done'; readonly value: Value }
  | { readonly kind: 'refused'; readonly findings: readonly Finding[] };

/**
 * What work on sources gives, or why it cannot be done with them. Sources may be nested deeper than the stack of this process, or
 * be more than OPA gets through in its time: that is their fault. Anything else that goes wrong throws.
 */
export async function attempt<Value>(
  file: string,
  work: () => Value | Promise<Value>,
): Promise<Attempt<Value>> {
  const tooComplex = (detail: string): Attempt<Value> => {
    const mend = 'Nest less, and split what is large.';
    return { kind: 'refused', findings: [{ file, row: 1, code: 'module_too_complex', detail, mend }] };
  };
  try {
    return { kind: 'done', value: await work() };
  } catch (thrown) {
    if (thrown instanceof BundleFailure) return { kind: 'refused', findings: thrown.findings };
    if (thrown instanceof RangeError)
      return tooComplex('What it holds is nested deeper than can be analysed.');
    if (thrown instanceof Failure && thrown.code === 'policy_unavailable')
      return tooComplex(`OPA does not get through it: ${thrown.detail}`);
    throw thrown;
  }
}

/** Findings of the builder as errors, unless their page says that they are warnings. */
export function graded(findings: readonly Finding[]): LintFinding[] {
  return findings.map((finding) => ({ ...finding, severity: pageOf(finding.code)?.severity ?? 'error' }));
}

/** All findings, each once; what OPA’s type checker says is left out where the row is refused already. */
export function united(said: readonly LintFinding[], types: readonly LintFinding[]): readonly LintFinding[] {
  const isSaid = ({ file, row }: Finding) =>
    said.some((finding) => finding.severity === 'error' && finding.file === file && finding.row === row);
  const all = new Map(
    [...said, ...types.filter((finding) => !isSaid(finding))].map((finding) => [
      lineOfFinding(finding),
      finding,
    ]),
  );
  return sortFindings([...all.values()]).flatMap((finding) => all.get(lineOfFinding(finding)) ?? []);
}
