import { ServerConfiguration } from '@bailiff/contract';
import { z } from 'zod';
import { BundleFailure } from '../../distribution/finding.ts';
import { type ReadPackage, readPackages } from '../../distribution/packages/read-packages.ts';
import { launchIn } from '../../distribution/packages/united-sources.ts';
import { SourceFolder } from '../../distribution/sources/folder.ts';

export const RELEASE = 'release.yaml';

const ReleaseParts = z.looseObject({
  tool_pins: z.string().min(1).optional(),
  servers: z.record(z.string(), ServerConfiguration).default({}),
  packages: z.array(z.string().min(1)).default([]),
});

/** What a policy folder says of the servers that are part of the release. */
export interface ReleaseServers {
  /** Those of `release.yaml` and of its packages. */
  readonly servers: Readonly<Record<string, ServerConfiguration>>;
  readonly packages: readonly ReadPackage[];
  /** File that `release.yaml` keeps pins in; undefined where it names none. */
  readonly toolPins: string | undefined;
}

/** Reads the servers of a policy folder. @throws BundleFailure for files that cannot be used. */
export async function releaseServers(directory: string): Promise<ReleaseServers> {
  const tree = new SourceFolder(directory);
  const said = await tree.valid(RELEASE, ReleaseParts);
  if (said.kind === 'refused') throw new BundleFailure(said.findings);
  const { servers, tool_pins: toolPins } = said.value.value;
  const { packages, findings } = await readPackages(said.value, { tree });
  if (findings.length > 0) throw new BundleFailure(findings);
  const launched = packages
    .flatMap((one) => [...launchIn(one)])
    .map(({ name, value }) => [name, value] as const);
  return { servers: { ...Object.fromEntries(launched), ...servers }, packages, toolPins };
}
