import type { Configuration } from '@bailiff/contract';
import type { Logger } from 'pino';
import { type Engine, opaOf } from '../decision/engine.ts';
import {
  type Credentials,
  needsTokenStore,
  openCredentials,
} from '../enforcement/upstream/credentials/open-credentials.ts';
import {
  openUpstreams,
  UPSTREAM_LIMITS,
  type Upstreams,
  type UpstreamsOptions,
} from '../enforcement/upstream/open-upstreams.ts';
import { Metrics } from '../insight/metrics.ts';
import type { DecisionLog } from '../record/log.ts';
import { openTokenFiles } from '../stores/tokens/token-files.ts';

interface Probed {
  readonly engine: Engine;
  readonly log: DecisionLog;
  readonly conversations: { size(): number };
}

export function metricsOf({ servers }: Configuration, { engine, log, conversations }: Probed): Metrics {
  return new Metrics({
    servers: Object.keys(servers),
    probes: {
      engineReady: () => engine.status().ready,
      opaReady: () => opaOf(engine.status()).ready,
      storeWritable: () => log.status().writable,
      conversations: () => conversations.size(),
      decisionCache: () => engine.status().cache,
    },
    processMetrics: true,
  });
}

/** What servers are shown. @throws Failure `configuration_invalid` for a credential, or a store of them, that cannot be used. */
export async function credentialsOf(
  { servers, data_dir }: Configuration,
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
  { servers, limits, data_dir }: Configuration,
  logger: Logger,
  shown: Pick<UpstreamsOptions, 'credentials' | 'subjectTokenOf'> = {},
): Upstreams {
  return openUpstreams(servers, {
    limits: {
      resultBytesMax: limits.result_bytes,
      sessionsMax: limits.sessions,
      startTimeoutMs: Math.min(limits.upstream_timeout_ms, UPSTREAM_LIMITS.startTimeoutMs),
      listTimeoutMs: Math.min(limits.upstream_timeout_ms, UPSTREAM_LIMITS.listTimeoutMs),
    },
    environment: process.env,
    ...shown,
    directory: data_dir,
    log: (level, server, message) => logger[level]({ server }, message),
  });
}
