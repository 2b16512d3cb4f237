import type { JsonObject, ReleaseManifest } from '@bailiff/contract';
import { composeRelease } from '../../build-release.ts';
import { baseDataOf } from '../../composition/compose.ts';
import { FILE_BYTES_MAX, SourceFolder } from '../../sources/folder.ts';
import { readReleaseSources, type SourcePlaces } from '../../sources/read-sources.ts';
import type { LintFinding } from '../finding.ts';
import { emptyCanary, teamsIn } from '../rules/modes.ts';
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
  const { data } = baseDataOf(sources);
  const report = await lintSources(
    {
      bundles: sources.bundles,
      kernel: sources.kernel,
      data,
      tools: await readToolDefinitions(tree, sources.manifest.tool_pins),
      overrides: { kind: 'release', caps: sources.manifest.bundles },
      place: MANIFEST,
      said: async (parsed) => (await composeRelease(sources, { opa, signal, parsed })).warnings,
    },
    tools,
  );
  if (!report.isLinted) return report;
  const ofRollout = await rolloutFindings(tree, { canary: sources.manifest.rollout.canary, data });
  return { ...report, findings: [...report.findings, ...ofRollout] };
}

/** A canary of releases that covers nobody, where `release.yaml` says one. */
async function rolloutFindings(
  tree: SourceFolder,
  { canary, data }: { readonly canary: ReleaseManifest['rollout']['canary']; readonly data: JsonObject },
): Promise<LintFinding[]> {
  const document = await tree.document(MANIFEST, FILE_BYTES_MAX);
  if (document.kind === 'refused') return [];
  const { file } = document.value;
  const row = document.value.rowOf(['rollout', 'canary']);
  return emptyCanary(canary, { subject: 'The canary of releases', teams: teamsIn(data) }).map((finding) => ({
    ...finding,
    file,
    row,
  }));
}
