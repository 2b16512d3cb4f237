import type { JsonObject, ServerConfiguration } from '@bailiff/contract';
import { needsTokenStore, openCredentials } from '../../enforcement/upstream/credentials/open-credentials.ts';
import { openUpstreams } from '../../enforcement/upstream/open-upstreams.ts';
import { definitionOf, digestOfDefinition } from '../../enforcement/upstream/pins/tool-definition.ts';
import { openTokenFiles } from '../../stores/tokens/token-files.ts';

/** A tool as its server lists it now. */
export interface ListedTool {
  readonly name: string;
  /** Undefined where parsers would read it differently, so that nobody can approve it. */
  readonly definition: JsonObject | undefined;
  readonly digest: string | undefined;
}

export interface ServerPlaces {
  readonly dataDirectory: string;
  /** What paths in the settings of servers of the release are relative to. */
  readonly policyDirectory: string;
}

/**
 * The tools that a server lists now, asked as the gateway asks it: with the settings, credentials and limits that calls have.
 * @throws Failure `upstream_*` when it cannot be asked.
 */
export async function listTools(
  name: string,
  settings: ServerConfiguration,
  { dataDirectory, policyDirectory }: ServerPlaces,
): Promise<ListedTool[]> {
  // Processes and connections that are ending keep no command running, which would end with them before it is done.
  const running = setInterval(() => undefined, 1_000);
  using _ = { [Symbol.dispose]: () => clearInterval(running) };
  await using upstreams = openUpstreams(
    {},
    {
      environment: process.env,
      directory: dataDirectory,
      releaseDirectory: policyDirectory,
      openCredentials: async (servers) =>
        openCredentials(servers, {
          environment: process.env,
          store: needsTokenStore(servers) ? await openTokenFiles(dataDirectory, process.env) : undefined,
          clock: Date.now,
          log: () => undefined,
        }),
      log: () => undefined,
    },
  );
  upstreams.follow({ [name]: settings });
  const listed = await upstreams.byName.get(name)?.list('tools', new AbortController().signal);
  return (listed ?? []).map(({ id, json }) => {
    const definition = definitionOf(json);
    return {
      name: id,
      definition,
      digest: definition === undefined ? undefined : digestOfDefinition(definition),
    };
  });
}
