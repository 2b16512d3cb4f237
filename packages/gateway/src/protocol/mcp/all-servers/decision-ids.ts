import type { RequestContext } from '../request-context.ts';

/** Ids for the decisions that one request leads to: its own, which its answer names, then new ones. */
export function decisionIdsOf({
  decisionId,
  ports,
}: Pick<RequestContext, 'decisionId' | 'ports'>): () => string {
  let isFirst = true;
  return () => {
    if (!isFirst) return ports.newDecisionId();
    isFirst = false;
    return decisionId;
  };
}
