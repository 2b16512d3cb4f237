import { composeRelease } from '../../build-release.ts';
import { baseDataOf } from '../../composition/compose.ts';
import { SourceFolder } from '../../sources/folder.ts';
import { readReleaseSources, type SourcePlaces } from '../../sources/read-sources.ts';
import { readToolDefinitions } from '../tool-definitions.ts';
import { lintSources } from './lint-sources.ts';
import { attempt, type CheckReport, type CheckTools, graded } from './report.ts';

const MANIFEST = 'release.yaml';

/** Where what is checked lies, and what was fetched of it. */
export interface ReleasePlaces extends Pick<SourcePlaces, 'fetched' | 'absent'> {
  /** Folder that holds `release.yaml`. */
  readonly directory: string;
  /** Folder of the kernel’s Rego. */
  readonly kernel: string;
}

/**
 * Everything that is wrong or doubtful about the sources of a release: what the builder refuses and warns of, and lint. Nothing
 * of what is built is kept. Files are named relative to the folder.
 * @throws Failure when `opa` cannot be run.
 */
export async function checkRelease(
  { directory, kernel, ...fetched }: ReleasePlaces,
  tools: CheckTools,
): Promise<CheckReport> {
  const { opa, signal } = tools;
  const tree = new SourceFolder(directory);
  const places = { tree, kernel: { tree, path: tree.nameOf(kernel) }, ...fetched };
  const read = await attempt(MANIFEST, () => readReleaseSources(places, signal));
  if (read.kind === 'refused') return { findings: graded(read.findings), isLinted: false };
  const sources = read.value;
  return await lintSources(
    {
      bundles: sources.bundles,
      kernel: sources.kernel,
      data: baseDataOf(sources).data,
      tools: await readToolDefinitions(tree, sources.manifest.tool_pins),
      overrides: { kind: 'release', caps: sources.manifest.bundles },
      place: MANIFEST,
      said: async (parsed) => (await composeRelease(sources, { opa, signal, parsed })).warnings,
    },
    tools,
  );
}
