import { join } from 'node:path';
import type { Configuration, Release, ServerConfiguration } from '@bailiff/contract';
import { configurationRow, type LoadedConfiguration } from '../config.ts';
import type { Finding } from '../distribution/finding.ts';
import { unsetVariables } from './doctor/unset-variables.ts';

/** A doubt about a configured server, at its row. */
export interface ServerFinding extends Finding {
  readonly server: string;
  readonly code: 'server_unregistered' | 'server_uncatalogued';
}

/**
 * Servers of a configuration, or of the release itself, that the release does not register, so that every call to them is refused,
 * and those that its catalogue does not list, so that they count as the worst there is.
 */
export async function configuredServerFindings(
  { configuration, file }: LoadedConfiguration,
  { data, catalogue, servers = {} }: Pick<Release, 'data' | 'catalogue' | 'servers'>,
): Promise<ServerFinding[]> {
  const { directory } = configuration.policy;
  const findings: ServerFinding[] = [];
  for (const server of new Set([...Object.keys(configuration.servers), ...Object.keys(servers)])) {
    const named = Object.hasOwn(configuration.servers, server) ? file : join(directory, 'release.yaml');
    const row = await configurationRow(named, ['servers', server]).catch(() => 1); // it may be gone meanwhile
    const place = { server, file: named, row };
    if (!Object.hasOwn(data.servers, server)) {
      findings.push({
        ...place,
        code: 'server_unregistered',
        detail: `The release does not register the server \`${server}\`, so every call to it is refused.`,
        mend: `Register a bundle \`servers/${server}\`, or list \`${server}\` under \`servers_without_bundle\`, in ${join(directory, 'release.yaml')}.`,
      });
    } else if (!Object.hasOwn(catalogue.servers, server)) {
      findings.push({
        ...place,
        code: 'server_uncatalogued',
        detail: `The catalogue does not list the server \`${server}\`: each of its tools counts as destructive, external and of high blast radius.`,
        mend: `List it under \`servers\` in the catalogue of ${join(directory, 'release.yaml')}.`,
      });
    }
  }
  return findings;
}

/** Of these, the servers whose every call is refused. */
export async function unregisteredServers(
  loaded: LoadedConfiguration,
  release: Pick<Release, 'data' | 'catalogue' | 'servers'>,
): Promise<ServerFinding[]> {
  return (await configuredServerFindings(loaded, release)).filter(
    ({ code }) => code === 'server_unregistered',
  );
}

/** Why a server that a release brings cannot be served by a gateway of this configuration. */
export interface ReleaseServerProblem {
  readonly server: string;
  readonly code: 'server_configured_twice' | 'server_variable_unset' | 'server_users_ambiguous';
  readonly detail: string;
  readonly mend: string;
}

/**
 * What stands against the servers of a release where they would be served: asked before a release is composed, since one that has
 * any of these problems must not be activated.
 */
export function releaseServerProblems(
  servers: Readonly<Record<string, ServerConfiguration>>,
  { servers: configured, identity }: Pick<Configuration, 'servers' | 'identity'>,
  environment: Readonly<Record<string, string | undefined>>,
): ReleaseServerProblem[] {
  const twice = Object.keys(servers).filter((server) => Object.hasOwn(configured, server));
  const unset = unsetVariables({ servers }, environment);
  const isAmbiguous = identity.issuers.length > 1 && !identity.same_users;
  const perUser = isAmbiguous ? Object.entries(servers).filter(([, server]) => isPerUser(server)) : [];
  return [
    ...twice.map((server) => ({
      server,
      code: 'server_configured_twice' as const,
      detail: `The server \`${server}\` stands in the configuration and in \`release.yaml\`.`,
      mend: 'Keep it in one of the two: in `release.yaml`, where it is switched and rolled back with policy.',
    })),
    ...unset.map(({ variable, path: [, server = '', ...path] }) => ({
      server,
      code: 'server_variable_unset' as const,
      detail: `The server \`${server}\` takes \`${path.join('.')}\` from the variable ${variable}, which is not set here.`,
      mend: `Set ${variable} in the environment that the gateway is started in.`,
    })),
    ...perUser.map(([server]) => ({
      server,
      code: 'server_users_ambiguous' as const,
      detail: `The credential of \`${server}\` is \`per: user\`, and users come from several issuers.`,
      mend: 'Set `identity.same_users` in the configuration if a user id means the same person at all of them.',
    })),
  ];
}

function isPerUser(server: ServerConfiguration): boolean {
  if (server.transport === 'stdio' || server.credential === undefined) return false;
  const { credential } = server;
  return credential.per === 'user' && !(credential.from === 'oauth' && credential.exchange);
}
