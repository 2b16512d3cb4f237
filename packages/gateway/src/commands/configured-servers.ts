import { join } from 'node:path';
import type { Release } from '@bailiff/contract';
import { configurationRow, type LoadedConfiguration } from '../config.ts';
import type { Finding } from '../distribution/finding.ts';

/** A doubt about a configured server, at its row. */
export interface ServerFinding extends Finding {
  readonly server: string;
  readonly code: 'server_unregistered' | 'server_uncatalogued';
}

/**
 * Servers of a configuration that the release of its policy folder does not register, so that every call to them is refused,
 * and those that its catalogue does not list, so that they count as the worst there is.
 */
export async function configuredServerFindings(
  { configuration, file }: LoadedConfiguration,
  { data, catalogue }: Pick<Release, 'data' | 'catalogue'>,
): Promise<ServerFinding[]> {
  const { directory } = configuration.policy;
  const findings: ServerFinding[] = [];
  for (const server of Object.keys(configuration.servers)) {
    const row = await configurationRow(file, ['servers', server]).catch(() => 1); // it may be gone meanwhile
    const place = { server, file, row };
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
  release: Pick<Release, 'data' | 'catalogue'>,
): Promise<ServerFinding[]> {
  return (await configuredServerFindings(loaded, release)).filter(
    ({ code }) => code === 'server_unregistered',
  );
}
