import { type DecisionEntry, type Outcome, type Release, UNUSABLE_ROW } from '@bailiff/contract';
import { type RestrainedCall, restraintsOf } from '../../distribution/rollout/restrained-call.ts';
import type { DecisionReader } from '../../record/reader.ts';

/** Records that are read at once. */
const PAGE = 100;

interface Asked {
  readonly release: Release;
  /** Milliseconds since 1970. */
  readonly sinceMs: number;
  readonly signal: AbortSignal;
}

/**
 * Calls that a release refused, held, or allowed with restraints, newest first of each: no lists, no simulations, nothing that
 * was not decided.
 */
export async function* restrainedIn(
  reader: Pick<DecisionReader, 'page' | 'find'>,
  { release, sinceMs, signal }: Asked,
): AsyncGenerator<RestrainedCall | 'unrestrained'> {
  for (const outcome of ['deny', 'approval_required', 'allow'] as const) {
    const filter = { policyVersion: release.policyVersion, outcome, sinceMs };
    let before: number | undefined;
    do {
      const asked = { limit: PAGE, ...(before === undefined ? {} : { before }) };
      const { decisions, next } = await reader.page(filter, asked, signal);
      for (const { decisionId, isList, simulated } of decisions) {
        if (isList || simulated) continue;
        const stored = await reader.find(decisionId, signal);
        for (const { entry } of stored) {
          if (entry.kind === 'decision') yield callOf(entry, outcome) ?? 'unrestrained';
        }
      }
      before = next;
    } while (before !== undefined);
  }
}

function callOf({ answer, input, masked }: DecisionEntry, outcome: Outcome): RestrainedCall | undefined {
  if (answer.metadata.resolution === UNUSABLE_ROW) return undefined;
  const { obligations } = answer;
  if (outcome === 'allow' && restraintsOf(obligations).length === 0) return undefined;
  return { outcome, obligations, inputText: JSON.stringify(input), isWhole: masked.length === 0 };
}
