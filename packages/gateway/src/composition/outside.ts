import type { Configuration, Release } from '@bailiff/contract';
import type { Logger } from 'pino';
import { type Engine, opaOf } from '../decision/engine.ts';
import {
  type Credentials,
  needsTokenStore,
  openCredentials,
} from '../enforcement/upstream/credentials/open-credentials.ts';
import {
  openUpstreams,
  type ServerSwitch,
  UPSTREAM_LIMITS,
  type Upstreams,
  type UpstreamsOptions,
} from '../enforcement/upstream/open-upstreams.ts';
import type { BundleGauge } from '../insight/bundle-metrics.ts';
import { Metrics } from '../insight/metrics.ts';
import { OverrideAlerts, type OverrideAlertsOptions } from '../insight/override-alerts.ts';
import type { DecisionLog } from '../record/log.ts';
import { openTokenFiles } from '../stores/tokens/token-files.ts';
import { approvedToolsNow } from './servers/quarantine.ts';

interface Probed {
  /** How the bundles stand. */
  readonly bundles: () => readonly BundleGauge[];
  readonly engine: Engine;
  readonly log: DecisionLog;
  readonly conversations: { size(): number };
}

export function metricsOf(
  { servers }: Configuration,
  { engine, log, conversations, bundles }: Probed,
): Metrics {
  return new Metrics({
    servers: Object.keys(servers),
    probes: {
      engineReady: () => engine.status().ready,
      opaReady: () => opaOf(engine.status()).ready,
      storeWritable: () => log.status().writable,
      conversations: () => conversations.size(),
      decisionCache: () => engine.status().cache,
      bundles,
      now: () => Date.now(),
    },
    processMetrics: true,
  });
}

/** Tells operators, in the log, of overrides that end within a day or hold beyond a cap. */
export function overrideAlertsOf({
  logger,
  releases,
  clock,
}: Pick<OverrideAlertsOptions, 'releases' | 'clock'> & { readonly logger: Logger }): OverrideAlerts {
  return new OverrideAlerts({
    releases,
    clock,
    alert: (told) => logger.warn(told, 'an override ends within a day, or holds beyond a cap'),
  });
}

/** What servers are shown. @throws Failure `configuration_invalid` for a credential, or a store of them, that cannot be used. */
export async function credentialsOf(
  { servers, data_dir }: Pick<Configuration, 'servers' | 'data_dir'>,
  { logger, clock }: { readonly logger: Logger; readonly clock: () => number },
): Promise<Credentials> {
  return openCredentials(servers, {
    environment: process.env,
    store: needsTokenStore(servers) ? await openTokenFiles(data_dir, process.env) : undefined,
    clock,
    log: (level, server, message) => logger[level]({ server }, message),
  });
}

export function upstreamsOf(
  { servers, limits, data_dir, policy }: Configuration,
  logger: Logger,
  shown: Partial<UpstreamsOptions> = {},
): Upstreams {
  return openUpstreams(servers, {
    limits: {
      resultBytesMax: limits.result_bytes,
      sessionsMax: limits.sessions,
      startTimeoutMs: Math.min(limits.upstream_timeout_ms, UPSTREAM_LIMITS.startTimeoutMs),
      listTimeoutMs: Math.min(limits.upstream_timeout_ms, UPSTREAM_LIMITS.listTimeoutMs),
    },
    drainMs: limits.upstream_timeout_ms,
    environment: process.env,
    ...shown,
    directory: data_dir,
    releaseDirectory: policy?.directory ?? data_dir,
    log: (level, server, message) => logger[level]({ server }, message),
  });
}

interface Followed {
  current(): Release | undefined;
  subscribe(listener: (release: Release) => void): () => void;
}

interface FollowingPorts extends Pick<UpstreamsOptions, 'credentials' | 'subjectTokenOf'> {
  readonly logger: Logger;
  readonly clock: () => number;
  readonly releases: Followed;
  readonly metrics: Pick<Metrics, 'observeServers' | 'observeServerSwitch'>;
}

/** The configured servers, and those of whichever release is active: its servers, and what of their tools it approves. */
export function followingUpstreams(
  configuration: Configuration,
  { logger, clock, releases, metrics, credentials, subjectTokenOf }: FollowingPorts,
): Upstreams {
  const { data_dir } = configuration;
  const upstreams = upstreamsOf(configuration, logger, {
    credentials,
    subjectTokenOf,
    openCredentials: (servers) => credentialsOf({ servers, data_dir }, { logger, clock }),
    approvedTools: (server) => approvedToolsNow(server, releases),
    switched: (done: ServerSwitch) => metrics.observeServerSwitch(done),
  });
  const follow = ({ servers = {} }: Release) => {
    metrics.observeServers(Object.keys(servers));
    upstreams.follow(servers);
  };
  const current = releases.current();
  if (current !== undefined) follow(current);
  const unsubscribe = releases.subscribe(follow);
  return {
    byName: upstreams.byName,
    follow: (servers) => upstreams.follow(servers),
    [Symbol.asyncDispose]() {
      unsubscribe();
      return upstreams[Symbol.asyncDispose]();
    },
  };
}
