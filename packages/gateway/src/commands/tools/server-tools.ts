import type { JsonObject, ServerConfiguration } from '@bailiff/contract';
import { needsTokenStore, openCredentials } from '../../enforcement/upstream/credentials/open-credentials.ts';
import { openUpstreams, UPSTREAM_LIMITS } from '../../enforcement/upstream/open-upstreams.ts';
import { definitionOf, digestOfDefinition } from '../../enforcement/upstream/pins/tool-definition.ts';
import type { UpstreamEntry, UpstreamLimits } from '../../enforcement/upstream/upstream.ts';
import { openTokenFiles } from '../../stores/tokens/token-files.ts';
import { ServerTrouble, type Step } from './server-trouble.ts';

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
  /** Default: those of the gateway. */
  readonly limits?: Partial<UpstreamLimits>;
}

/**
 * The tools that a server lists now, asked as the gateway asks it: with the settings, credentials and limits that calls have.
 * @throws Failure `upstream_*` when it cannot be asked.
 */
export async function listTools(
  name: string,
  settings: ServerConfiguration,
  { dataDirectory, policyDirectory, limits }: ServerPlaces,
): Promise<ListedTool[]> {
  const trouble = new ServerTrouble();
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
      ...(limits && { limits }),
      log: (level, _server, message) => trouble.heard(level, message),
    },
  );
  upstreams.follow({ [name]: settings });
  const upstream = upstreams.byName.get(name);
  const { signal } = new AbortController();
  const { startTimeoutMs, listTimeoutMs } = { ...UPSTREAM_LIMITS, ...limits };
  let step: Step = { method: 'initialize', timeoutMs: startTimeoutMs };
  try {
    await upstream?.describe(signal);
    step = { method: 'tools/list', timeoutMs: listTimeoutMs };
    return toolsIn((await upstream?.list('tools', signal)) ?? []);
  } catch (thrown) {
    throw trouble.failureOf(thrown, { name, settings, step });
  }
}

function toolsIn(listed: readonly UpstreamEntry[]): ListedTool[] {
  return listed.map(({ id, json }) => {
    const definition = definitionOf(json);
    return {
      name: id,
      definition,
      digest: definition === undefined ? undefined : digestOfDefinition(definition),
    };
  });
}
