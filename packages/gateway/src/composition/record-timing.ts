import type { Answer, Configuration } from '@bailiff/contract';
import type { Metrics } from '../insight/metrics.ts';

/** Times the opening of records, told apart by whether they had to be on disk first. */
export function measuredBy(metrics: Pick<Metrics, 'observeRecord'>, mode: Configuration['record']['mode']) {
  return async <Opened>({ outcome, metadata }: Answer, opening: Promise<Opened>): Promise<Opened> => {
    const durable = mode === 'strict' || outcome !== 'allow' || metadata.audit_required;
    const startedMs = performance.now();
    let stored = false;
    try {
      const opened = await opening;
      stored = true;
      return opened;
    } finally {
      metrics.observeRecord({ durable, stored, durationMs: performance.now() - startedMs });
    }
  };
}
