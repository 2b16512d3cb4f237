import type { Configuration, Release } from '@bailiff/contract';
import type { ActiveRelease } from '../../distribution/active-release.ts';

interface Sources {
  readonly configuration: Pick<Configuration, 'servers'>;
  readonly releases: Pick<ActiveRelease, 'current' | 'accepts'>;
}

/**
 * Whether a server is served by the settings that the release of this policy version has for it, which is what that release
 * described the call by. Servers are served as the active release has them; one that is configured is the same for all releases.
 * False where the release is not known any more.
 */
export function isServedAsDecided(
  policyVersion: string,
  server: string,
  { configuration, releases }: Sources,
): boolean {
  const active = releases.current();
  if (active?.policyVersion === policyVersion || Object.hasOwn(configuration.servers, server)) return true;
  const decided = releases.accepts(policyVersion);
  if (decided === undefined) return launchIn(active, server) === undefined;
  return launchIn(decided, server) === launchIn(active, server);
}

/** The digest of a server’s settings in a release; undefined where that does not bring the server. */
function launchIn(release: Release | undefined, server: string): string | undefined {
  const launches = release?.data.launches ?? {};
  return Object.hasOwn(launches, server) ? launches[server]?.digest : undefined;
}
