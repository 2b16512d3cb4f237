import { resolve } from 'node:path';
import { loadConfiguration } from '../../config.ts';
import type { PolicyPlace } from '../../distribution/review/read-policy.ts';
import { SourceFolder, type SourceTree } from '../../distribution/sources/folder.ts';
import { refuseNoPolicy } from '../bundle/build-folder.ts';
import { defaultConfigurationFile, kernelDirectory, opaPath } from '../places.ts';

/** What an argument that names a policy folder is told as. */
export const FOLDER =
  'folder with release.yaml, or of one bundle (default: the policy folder of ./bailiff.yaml, else the example’s)';

/**
 * The folder that is meant: the one named, else that of the configuration. Absolute.
 * @throws Failure `configuration_invalid` where there is none, or where it holds neither a release nor a bundle, or not the release
 * that is asked for.
 */
export async function policyFolder(
  named: string | undefined,
  { isRelease = false }: { readonly isRelease?: boolean } = {},
): Promise<string> {
  const directory =
    named === undefined
      ? (await loadConfiguration(defaultConfigurationFile())).configuration.policy.directory
      : resolve(named);
  refuseNoPolicy(directory, { isRelease });
  return directory;
}

/** How a policy folder is read, with this machine’s OPA and kernel. `tree` is given where it is not on disk as it is read. */
export function placeOfPolicy(directory: string, now: Date, tree?: SourceTree): PolicyPlace {
  return {
    tree: tree ?? new SourceFolder(directory),
    kernel: new SourceFolder(kernelDirectory()),
    opa: opaPath(),
    signal: new AbortController().signal,
    now,
  };
}
