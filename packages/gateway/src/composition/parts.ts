import type { Configuration, Release } from '@bailiff/contract';
import type { Logger } from 'pino';
import type { Authenticate } from '../context/authenticate.ts';
import type { ContextStage } from '../context/context-of.ts';
import type { Engine } from '../decision/engine.ts';
import type { ActiveRelease } from '../distribution/active-release.ts';
import type { Delivery } from '../distribution/delivery/delivery.ts';
import type { Rollout } from '../distribution/rollout/rollout.ts';
import type { Upstreams } from '../enforcement/upstream/open-upstreams.ts';
import type { Metrics } from '../insight/metrics.ts';
import type { DecisionLog } from '../record/log.ts';
import type { Recorder } from '../record/open-record.ts';
import type { DecisionReader } from '../record/reader.ts';
import type { Lanes } from './engine/lanes.ts';

/** Everything that requests are answered with. */
export interface Parts {
  readonly configuration: Configuration;
  readonly clock: () => number;
  readonly logger: Logger;
  readonly log: DecisionLog;
  readonly reader: DecisionReader;
  readonly releases: ActiveRelease;
  readonly engine: Engine;
  /** What decides by one release whichever is active, where there is such a thing. */
  readonly engineBy?: (release: Release) => Pick<Engine, 'evaluate'> | undefined;
  /** Engines of releases that are not active; left out where there is only one release ever. */
  readonly lanes?: Lanes;
  /** How releases come to decide; left out likewise. */
  readonly rollout?: Pick<Rollout, 'observe' | 'observeWatched'>;
  /** How policy comes to be in force; left out likewise. */
  readonly delivery?: Delivery;
  readonly metrics: Metrics;
  readonly upstreams: Upstreams;
  readonly context: ContextStage;
  readonly recorder: Recorder;
  readonly authenticate: Authenticate;
  /** What the OPA of this gateway proves itself with at the bundle endpoint. */
  readonly bundleToken: string;
  readonly hosts: readonly string[];
}
