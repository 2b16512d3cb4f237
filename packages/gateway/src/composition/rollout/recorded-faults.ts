import type { Release } from '@bailiff/contract';
import { isFault } from '../../distribution/rollout/fault.ts';
import type { RecordedFault } from '../../distribution/rollout/recorded-fault.ts';
import type { DecisionReader } from '../../record/reader.ts';

/** Records that are read at once. */
const PAGE = 100;

interface Asked {
  readonly release: Release;
  /** Milliseconds since 1970; the first is inside, the second is not. */
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly signal: AbortSignal;
}

/**
 * Calls and lists that a release could not decide because of engine or bundles, newest first; no simulations. Where the input was
 * not recorded whole, only those that no engine could have decided: of the others nobody can tell any more whose fault they were.
 */
export async function* faultsIn(
  reader: Pick<DecisionReader, 'page' | 'find'>,
  { release, sinceMs, untilMs, signal }: Asked,
): AsyncGenerator<RecordedFault> {
  const filter = { policyVersion: release.policyVersion, outcome: 'deny', sinceMs, untilMs };
  let before: number | undefined;
  do {
    const asked = { limit: PAGE, ...(before === undefined ? {} : { before }) };
    const { decisions, next } = await reader.page(filter, asked, signal);
    for (const { decisionId, simulated } of decisions) {
      if (simulated) continue;
      for (const { entry } of await reader.find(decisionId, signal)) {
        if (entry.kind !== 'decision' || !isFault(entry.answer)) continue;
        const { answer, masked, input, principal } = entry;
        const isWhole = masked.length === 0;
        if (!isWhole && answer.outcome === 'deny' && answer.retryable) continue;
        yield {
          agentId: principal.agent,
          inputText: isWhole ? JSON.stringify(input) : undefined,
          places: answer.metadata.failures.map(({ subject }) => subject),
        };
      }
    }
    before = next;
  } while (before !== undefined);
}
