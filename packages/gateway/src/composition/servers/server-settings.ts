import type { Configuration, Release, ServerConfiguration } from '@bailiff/contract';

interface Sources {
  readonly configuration: Pick<Configuration, 'servers'>;
  readonly releases: { current(): Release | undefined };
}

/** Settings of a server: of the configuration, else of the active release. Undefined where neither has it. */
export function serverSettingsOf(
  name: string,
  { configuration, releases }: Sources,
): ServerConfiguration | undefined {
  if (Object.hasOwn(configuration.servers, name)) return configuration.servers[name];
  const servers = releases.current()?.servers ?? {};
  return Object.hasOwn(servers, name) ? servers[name] : undefined;
}
