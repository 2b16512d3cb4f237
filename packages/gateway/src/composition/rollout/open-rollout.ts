import type { Release } from '@bailiff/contract';
import type { Logger } from 'pino';
import type { ActiveRelease } from '../../distribution/active-release.ts';
import { Rollout, type RolloutOptions } from '../../distribution/rollout/rollout.ts';
import type { Metrics } from '../../insight/metrics.ts';
import type { DecisionReader } from '../../record/reader.ts';
import type { TrialEngines } from '../engine/open-engine.ts';
import { faultsIn } from './recorded-faults.ts';
import { restrainedIn } from './restrained-calls.ts';

interface RolloutParts {
  readonly releases: ActiveRelease;
  readonly engines: TrialEngines;
  readonly reader: Pick<DecisionReader, 'page' | 'find'>;
  readonly metrics: Pick<Metrics, 'observeTrial' | 'observeRolloutStopped' | 'observeRolloutAlarm'>;
  readonly logger: Logger;
  readonly clock: () => number;
  /** Makes a release the active one, with all that belongs to it. */
  readonly activate: RolloutOptions['activate'];
  /** The release before should be restored. May not throw. */
  readonly onRestoreWanted: (previous: Release, reason: string) => void;
  /** A trial ended early. May not throw. */
  readonly onStopped?: RolloutOptions['events']['onStopped'];
}

/** The ladder, with its engines, the record, the metrics and the log. Disposed of before the engines. */
export function openRollout(parts: RolloutParts): Rollout {
  const { releases, engines, reader, metrics, logger, clock, activate } = parts;
  return new Rollout({
    releases,
    openLane: (release, signal) => engines.openLane(release, signal),
    activate,
    engine: engines,
    faultsOf: (release, within, signal) => faultsIn(reader, { release, ...within, signal }),
    restrainedBy: (release, sinceMs, signal) => restrainedIn(reader, { release, sinceMs, signal }),
    clock,
    events: {
      onStage: (stage) => metrics.observeTrial(stage),
      onStopped(release, stop) {
        const { policyVersion: policy_version } = release;
        metrics.observeRolloutStopped(stop.cause);
        const level = stop.cause === 'errors' ? 'error' : 'info';
        logger[level]({ policy_version, ...stop }, 'A release is no longer on trial.');
        parts.onStopped?.(release, stop);
      },
      onRestoreWanted(previous, reason) {
        const { policyVersion: policy_version } = previous;
        logger.error({ policy_version, reason }, 'The release before is to be restored.');
        parts.onRestoreWanted(previous, reason);
      },
      onAlarm({ kind, release, detail }) {
        metrics.observeRolloutAlarm();
        const { policyVersion: policy_version } = release;
        logger.error({ policy_version, kind, detail }, 'A release needs to be looked at.');
      },
    },
  });
}
