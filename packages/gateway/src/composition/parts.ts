import type { Configuration } from '@bailiff/contract';
import type { Logger } from 'pino';
import type { Authenticate } from '../context/authenticate.ts';
import type { ContextStage } from '../context/context-of.ts';
import type { Engine } from '../decision/engine.ts';
import type { ActiveRelease } from '../distribution/active-release.ts';
import type { Upstreams } from '../enforcement/upstream/open-upstreams.ts';
import type { Metrics } from '../insight/metrics.ts';
import type { DecisionLog } from '../record/log.ts';
import type { Recorder } from '../record/open-record.ts';
import type { DecisionReader } from '../record/reader.ts';

/** Everything that requests are answered with. */
export interface Parts {
  readonly configuration: Configuration;
  readonly clock: () => number;
  readonly logger: Logger;
  readonly log: DecisionLog;
  readonly reader: DecisionReader;
  readonly releases: ActiveRelease;
  readonly engine: Engine;
  readonly metrics: Metrics;
  readonly upstreams: Upstreams;
  readonly context: ContextStage;
  readonly recorder: Recorder;
  readonly authenticate: Authenticate;
  /** What the OPA of this gateway proves itself with at the bundle endpoint. */
  readonly bundleToken: string;
  readonly hosts: readonly string[];
}
