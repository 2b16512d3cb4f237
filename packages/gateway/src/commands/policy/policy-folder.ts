import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Failure } from '@bailiff/contract';
import { loadConfiguration } from '../../config.ts';
import type { PolicyPlace } from '../../distribution/review/read-policy.ts';
import { SourceFolder, type SourceTree } from '../../distribution/sources/folder.ts';
import { placeOf } from '../bundle/outcome.ts';
import { defaultConfigurationFile, kernelDirectory, opaPath } from '../places.ts';

/** What an argument that names a policy folder is told as. */
export const FOLDER =
  'folder with release.yaml, or of one bundle (default: the policy folder of ./bailiff.yaml, else the example’s)';

/**
 * The folder that is meant: the one named, else that of the configuration. Absolute.
 * @throws Failure `configuration_invalid` where it holds neither a release nor a bundle, or where one of a release is asked for.
 */
export async function policyFolder(
  named: string | undefined,
  { isRelease = false }: { readonly isRelease?: boolean } = {},
): Promise<string> {
  const directory =
    named === undefined
      ? (await loadConfiguration(defaultConfigurationFile())).configuration.policy.directory
      : resolve(named);
  const wanted = isRelease ? ['release.yaml'] : ['release.yaml', 'bundle.yaml'];
  if (wanted.some((file) => existsSync(join(directory, file)))) return directory;
  const lacks = isRelease ? 'no release.yaml' : 'neither release.yaml nor bundle.yaml';
  const mend = isRelease
    ? 'Name the folder of a release.'
    : 'Name the folder of a release, or of one bundle.';
  throw new Failure('configuration_invalid', `${placeOf('', directory)} has ${lacks}. ${mend}`);
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
