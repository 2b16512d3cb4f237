import { setTimeout as delay } from 'node:timers/promises';
import type { DecisionFilter, DecisionReader, DecisionSummary } from './reader.ts';

/** Most records that one look fetches; more are fetched by further looks. */
const PAGE = 200;

/**
 * Matching records as they arrive, oldest first, beginning after sequence number `after`. Looks every `pollMs`. Ends
 * without throwing on abort.
 */
export async function* followDecisions(
  reader: DecisionReader,
  filter: DecisionFilter,
  {
    after,
    pollMs,
    signal,
  }: { readonly after: number; readonly pollMs: number; readonly signal: AbortSignal },
): AsyncGenerator<DecisionSummary, void> {
  let searchedTo = after;
  try {
    while (!signal.aborted) {
      const found: DecisionSummary[] = [];
      let page = await reader.page(filter, { limit: PAGE, after: searchedTo }, signal);
      const upTo = page.searchedTo;
      found.push(...page.decisions);
      while (page.next !== undefined) {
        page = await reader.page(filter, { limit: PAGE, after: searchedTo, before: page.next }, signal);
        found.push(...page.decisions);
      }
      yield* found.reverse();
      searchedTo = Math.max(searchedTo, upTo);
      await delay(pollMs, undefined, { signal });
    }
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  }
}
