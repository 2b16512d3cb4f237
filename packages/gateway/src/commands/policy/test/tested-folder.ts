import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Configuration, JsonObject, Release, ReleaseRule } from '@bailiff/contract';
import { type LoadedConfiguration, loadConfiguration } from '../../../config.ts';
import { analyse } from '../../../distribution/analysis/analyse.ts';
import { parseModules } from '../../../distribution/analysis/parse.ts';
import type { BundleModule, ParsedModule } from '../../../distribution/analysis/syntax.ts';
import { buildRelease } from '../../../distribution/build-release.ts';
import type { TestedRelease } from '../../../distribution/bundle-tests.ts';
import { BundleFailure, type Finding } from '../../../distribution/finding.ts';
import { checkPart, nameOf } from '../../../distribution/parts/inspect-part.ts';
import { readPart } from '../../../distribution/parts/pack-part.ts';
import { ruleIdPrefixOf } from '../../../distribution/sources/bundle-name.ts';
import type { BundleSource } from '../../../distribution/sources/read-bundle.ts';
import { openStage } from '../../../distribution/stage.ts';
import { readFolder } from '../../../stores/bundle-sources/folder/folder-files.ts';
import { refuseNoPolicy } from '../../bundle/build-folder.ts';
import { fetchedSources, usualDataDirectory } from '../../bundle/fetched-sources.ts';
import { taken } from '../../bundle/outcome.ts';
import { SIZE_LIMIT_BYTES } from '../../bundle/part-place.ts';
import { defaultConfigurationFile, kernelDirectory, opaPath } from '../../places.ts';

/** What is tested: a release, or one bundle without the rest of one. */
export interface TestedFolder extends TestedRelease {
  readonly directory: string;
  /** Undefined for one bundle alone. */
  readonly release: Release | undefined;
  /** The bundles’ modules, parsed. */
  readonly modules: readonly BundleModule[];
  /** Full ids of rules that are switched off. */
  readonly off: ReadonlySet<string>;
  /** Full ids of rules in mode `canary`, where there is a release that decides by them. */
  readonly canary: ReadonlySet<string>;
  /** Servers that the configuration of this policy folder names. */
  readonly servers: Configuration['servers'];
  readonly warnings: readonly Finding[];
}

/** How a folder is read to be tested. */
export interface FolderOptions {
  readonly withoutSources?: true | undefined;
  readonly signal: AbortSignal;
}

/** The folder that is named, else the configured policy folder. @throws Failure `configuration_invalid`. */
export async function testedDirectory(dir: string | undefined): Promise<string> {
  if (dir !== undefined) return resolve(dir);
  return (await loadConfiguration(defaultConfigurationFile())).configuration.policy.directory;
}

/**
 * Builds what a folder holds: the release of `release.yaml`, or the bundle of `bundle.yaml`.
 * @throws BundleFailure when it does not build; Failure `configuration_invalid` when it holds neither, or `opa` cannot be run.
 */
export async function readTested(directory: string, options: FolderOptions): Promise<TestedFolder> {
  if (existsSync(join(directory, 'release.yaml'))) return await readRelease(directory, options);
  refuseNoPolicy(directory, { isRelease: false });
  return await readAlone(directory, options);
}

async function readRelease(
  directory: string,
  { withoutSources, signal }: FolderOptions,
): Promise<TestedFolder> {
  const opa = opaPath();
  const parsed = new Map<string, ParsedModule>();
  const dataDirectory = await usualDataDirectory(directory);
  const { warnings, ...fetched } = await fetchedSources(directory, { dataDirectory, withoutSources });
  const kernel = kernelDirectory();
  const { release, sources, data } = await buildRelease({
    ...{ directory, kernel, opa, signal, parsed },
    ...fetched,
  });
  const modules = await modulesOf(sources.bundles, { opa, signal, parsed });
  const inMode = (wanted: ReleaseRule['mode']) =>
    new Set([...release.rules.values()].filter(({ mode }) => mode === wanted).map(({ id }) => id));
  return {
    ...{ directory, release, sources, data, modules, warnings },
    off: inMode('off'),
    canary: inMode('canary'),
    servers: (await configurationOf(directory))?.configuration.servers ?? {},
  };
}

/** Of a bundle alone nothing is known that others say: not what it reads of them, nor what decides in the end. */
async function readAlone(directory: string, { signal }: FolderOptions): Promise<TestedFolder> {
  const opa = opaPath();
  const files = await readFolder(directory, { bytesMax: SIZE_LIMIT_BYTES, signal });
  const name = taken(nameOf(files));
  const located = <Found extends { readonly file: string }>(found: Found): Found => ({
    ...found,
    file: found.file === name ? '.' : found.file.replace(`${name}/`, ''),
  });
  const read = await readPart(name, files);
  if (read.kind === 'refused') throw new BundleFailure(read.findings.map(located));
  const refused = await checkPart(name, files, { opa, signal });
  if (refused.length > 0) throw new BundleFailure(refused.map(located));
  const bundle: BundleSource = {
    ...read.value,
    place: '.',
    modules: read.value.modules.map(located),
    tests: read.value.tests.map(located),
  };
  const modules = await modulesOf([bundle], { opa, signal, parsed: new Map() });
  const catalogue = analyse([bundle], modules, {}).bundles.get(name)?.catalogue ?? new Map();
  const off = [...catalogue].filter(([, { mode }]) => mode === 'off').map(([id]) => id);
  const own = { ...bundle.data, catalogue: Object.fromEntries(catalogue) };
  return {
    directory,
    release: undefined,
    sources: { bundles: [bundle], kernel: [] },
    data: bundle.root.reduceRight<JsonObject>((below, element) => ({ [element]: below }), own),
    modules,
    off: new Set(off.map((id) => `${ruleIdPrefixOf(bundle.subject)}${id}`)),
    canary: new Set(),
    servers: {},
    warnings: [],
  };
}

async function modulesOf(
  bundles: readonly BundleSource[],
  {
    opa,
    signal,
    parsed,
  }: { readonly opa: string; readonly signal: AbortSignal; readonly parsed: Map<string, ParsedModule> },
): Promise<readonly BundleModule[]> {
  await using stage = await openStage();
  const sources = bundles.flatMap((bundle) =>
    bundle.modules.map((source) => ({ bundle: bundle.name, source })),
  );
  const { modules, findings } = await parseModules(sources, { opa, cwd: stage.path, signal }, parsed);
  if (findings.length > 0) throw new BundleFailure(findings);
  return modules;
}

/** The configuration of this policy folder: the usual one, or the one beside the folder; undefined where neither names it. */
export async function configurationOf(directory: string): Promise<LoadedConfiguration | undefined> {
  for (const file of [defaultConfigurationFile(), join(directory, '..', 'bailiff.yaml')]) {
    // Cases can be decided without a configuration, so that one which cannot be used is none.
    const loaded = await loadConfiguration(file).catch(() => undefined);
    if (loaded?.configuration.policy.directory === directory) return loaded;
  }
  return undefined;
}
