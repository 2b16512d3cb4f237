import { Failure, type Principal, type ServerConfiguration } from '@bailiff/contract';
import type { UpstreamCredentials } from './credentials/credentials.ts';
import { HttpTransport } from './http/http-transport.ts';
import { McpUpstream } from './mcp-upstream.ts';
import { BACK_OFF, type BackOff } from './stdio/back-off.ts';
import { childEnvironment } from './stdio/child-environment.ts';
import { ProcessGuard } from './stdio/process-guard.ts';
import { StdioTransport } from './stdio/stdio-transport.ts';
import type { TransportEvents, Upstream, UpstreamLimits } from './upstream.ts';

export const UPSTREAM_LIMITS: UpstreamLimits = {
  resultBytesMax: 67_108_864,
  inFlightMax: 512,
  startTimeoutMs: 30_000,
  listTimeoutMs: 30_000,
  listTtlMs: 60_000,
  sessionsMax: 10_000,
};

export interface UpstreamsOptions {
  readonly limits?: Partial<UpstreamLimits>;
  readonly backOff?: BackOff;
  /** The gateway’s own environment: what servers’ processes inherit a little of, and where secrets are looked up. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What each server is shown beside its configured headers, by its name; left out where no server has a credential. */
  readonly credentials?: ReadonlyMap<string, UpstreamCredentials> | undefined;
  /** The token that a principal came in with, for exchanging it; left out where no server asks for that. */
  readonly subjectTokenOf?: ((principal: Principal) => string | undefined) | undefined;
  /** Where servers’ processes run unless configured otherwise. */
  readonly directory: string;
  /** Never message contents. What a server says on its standard error comes as `info`. */
  log(level: 'info' | 'warn', server: string, message: string): void;
}

/** All servers behind the gateway. Closing it ends every process and session, and leaves nothing behind. */
export interface Upstreams extends AsyncDisposable {
  readonly byName: ReadonlyMap<string, Upstream>;
}

/**
 * The configured servers. None is contacted before it is needed.
 * @throws Failure `configuration_invalid` naming the server and the variable that is not set.
 */
export function openUpstreams(
  servers: Readonly<Record<string, ServerConfiguration>>,
  options: UpstreamsOptions,
): Upstreams {
  const limits = { ...UPSTREAM_LIMITS, ...options.limits };
  const guard = new ProcessGuard();
  const byName = new Map<string, Upstream>();
  for (const [name, server] of Object.entries(servers)) {
    const openTransport = transportOf(name, server, { ...options, limits, guard });
    const log = (level: 'info' | 'warn', message: string) => options.log(level, name, message);
    byName.set(name, new McpUpstream({ name, limits, openTransport, log }));
  }
  // When the gateway exits without closing, processes still must not outlive it.
  const killAll = () => guard.killAll();
  process.once('exit', killAll);
  return {
    byName,
    async [Symbol.asyncDispose]() {
      await Promise.all([...byName.values()].map((upstream) => upstream[Symbol.asyncDispose]()));
      await guard[Symbol.asyncDispose]();
      process.off('exit', killAll);
    },
  };
}

function transportOf(
  name: string,
  server: ServerConfiguration,
  options: UpstreamsOptions & { readonly limits: UpstreamLimits; readonly guard: ProcessGuard },
) {
  const { limits, environment, backOff = BACK_OFF, directory } = options;
  const resolved = (values: Readonly<Record<string, string | { readonly env: string }>>) =>
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, settingOf(value, { name, key, environment })]),
    );
  if (server.transport === 'http') {
    const url = new URL(server.url);
    const headers = resolved(server.headers);
    const { protocol } = server;
    const credentials = options.credentials?.get(name);
    const { subjectTokenOf } = options;
    const http = { url, headers, credentials, subjectTokenOf, protocol, limits };
    return (events: TransportEvents) => new HttpTransport(http, events);
  }
  const env = childEnvironment(resolved(server.env), environment);
  const command = { command: server.command, args: server.args, env, cwd: server.cwd ?? directory };
  const stdio = {
    command,
    limits,
    backOff,
    processPer: server.process,
    processesMax: server.processes_max,
    processIdleMs: server.process_idle_seconds * 1_000,
    era: server.protocol,
    guard: options.guard,
  };
  return (events: TransportEvents) => new StdioTransport(stdio, events);
}

function settingOf(
  value: string | { readonly env: string },
  at: {
    readonly name: string;
    readonly key: string;
    readonly environment: Readonly<Record<string, string | undefined>>;
  },
): string {
  if (typeof value === 'string') return value;
  const found = at.environment[value.env];
  if (found !== undefined && found !== '') return found;
  throw new Failure(
    'configuration_invalid',
    `servers.${at.name}: ${at.key} takes its value from the environment variable ${value.env}, which is not set.`,
  );
}
