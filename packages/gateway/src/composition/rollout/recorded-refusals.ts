import type { DecisionEntry, Release } from '@bailiff/contract';
import type { RecordedRefusal } from '../../distribution/rollout/would-loosen.ts';
import type { DecisionReader } from '../../record/reader.ts';

/** Records that are read at once. */
const PAGE = 100;
/** The row of the table on which policy itself was not usable: nothing was decided. */
const UNUSABLE = 1;

interface Asked {
  readonly release: Release;
  /** Milliseconds since 1970. */
  readonly sinceMs: number;
  readonly signal: AbortSignal;
}

/** Calls that rules of a release refused or held, newest first: no lists, no simulations, nothing that was not decided. */
export async function* refusalsIn(
  reader: Pick<DecisionReader, 'page' | 'find'>,
  { release, sinceMs, signal }: Asked,
): AsyncGenerator<RecordedRefusal> {
  for (const outcome of ['deny', 'approval_required'] as const) {
    const filter = { policyVersion: release.policyVersion, outcome, sinceMs };
    let before: number | undefined;
    do {
      const asked = { limit: PAGE, ...(before === undefined ? {} : { before }) };
      const { decisions, next } = await reader.page(filter, asked, signal);
      for (const { decisionId, isList, simulated } of decisions) {
        if (isList || simulated) continue;
        const stored = await reader.find(decisionId, signal);
        for (const { entry } of stored) {
          const refusal = entry.kind === 'decision' ? refusalOf(entry, outcome) : undefined;
          if (refusal !== undefined) yield refusal;
        }
      }
      before = next;
    } while (before !== undefined);
  }
}

function refusalOf(
  { answer, input, masked }: DecisionEntry,
  outcome: RecordedRefusal['outcome'],
): RecordedRefusal | undefined {
  if (answer.metadata.resolution === UNUSABLE) return undefined;
  return { outcome, inputText: JSON.stringify(input), isWhole: masked.length === 0 };
}
