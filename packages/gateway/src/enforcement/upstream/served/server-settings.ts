import { resolve } from 'node:path';
import { Failure, type Principal, type ServerConfiguration } from '@bailiff/contract';
import type { UpstreamCredentials } from '../credentials/credentials.ts';
import { HttpTransport } from '../http/http-transport.ts';
import type { BackOff } from '../stdio/back-off.ts';
import { childEnvironment } from '../stdio/child-environment.ts';
import type { ProcessGuard } from '../stdio/process-guard.ts';
import { StdioTransport } from '../stdio/stdio-transport.ts';
import type { Transport, TransportEvents, UpstreamLimits } from '../upstream.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What servers are reached with, the same for all. */
export interface ReachOptions {
  readonly limits: UpstreamLimits;
  readonly backOff: BackOff;
  readonly environment: Environment;
  /** Where processes run unless their settings say otherwise. */
  readonly directory: string;
  readonly guard: ProcessGuard;
  readonly subjectTokenOf: ((principal: Principal) => string | undefined) | undefined;
}

/** Opens the way to a server. `credentials` are what it is shown beside its configured headers. */
export type OpenTransport = (
  events: TransportEvents,
  credentials: UpstreamCredentials | undefined,
) => Transport;

/**
 * How a server is reached by its settings, with every secret of them looked up. Reaches nothing yet.
 * @throws Failure `configuration_invalid` naming the server and the variable that is not set.
 */
export function transportOf(name: string, server: ServerConfiguration, options: ReachOptions): OpenTransport {
  const { limits, environment, backOff, directory, guard, subjectTokenOf } = options;
  const resolved = (values: Readonly<Record<string, string | { readonly env: string }>>) =>
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, settingOf(value, { name, key, environment })]),
    );
  if (server.transport === 'http') {
    const url = new URL(server.url);
    const headers = resolved(server.headers);
    const { protocol } = server;
    return (events, credentials) =>
      new HttpTransport({ url, headers, credentials, subjectTokenOf, protocol, limits }, events);
  }
  const { command, args, cwd = directory, protocol: era } = server;
  const env = childEnvironment(resolved(server.env), environment);
  const stdio = {
    command: { command, args, env, cwd },
    limits,
    backOff,
    processPer: server.process,
    processesMax: server.processes_max,
    processIdleMs: server.process_idle_seconds * 1_000,
    era,
    guard,
  };
  return (events) => new StdioTransport(stdio, events);
}

/** The same settings with the paths in them relative to a folder, as those of a release are to its `release.yaml`. */
export function settingsIn(directory: string, server: ServerConfiguration): ServerConfiguration {
  if (server.transport === 'stdio') return { ...server, cwd: resolve(directory, server.cwd ?? '.') };
  const { credential } = server;
  if (credential?.from !== 'file') return server;
  return { ...server, credential: { ...credential, path: resolve(directory, credential.path) } };
}

function settingOf(
  value: string | { readonly env: string },
  at: { readonly name: string; readonly key: string; readonly environment: Environment },
): string {
  if (typeof value === 'string') return value;
  const found = at.environment[value.env];
  if (found !== undefined && found !== '') return found;
  throw new Failure(
    'configuration_invalid',
    `servers.${at.name}: ${at.key} takes its value from the environment variable ${value.env}, which is not set.`,
  );
}
