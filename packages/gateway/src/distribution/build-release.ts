import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { JsonObject, Release } from '@bailiff/contract';
import { type Analysis, analyseInParts } from './analysis/analyse.ts';
import { blamedOnCapabilities } from './analysis/capabilities.ts';
import { type ParsedModules, parseModules, type UnparsedModule } from './analysis/parse.ts';
import type { BundleModule } from './analysis/syntax.ts';
import { baseDataOf, type Composition, compose, RELEASE_ROOTS } from './composition/compose.ts';
import type { OverrideAlarm } from './composition/overrides.ts';
import { BundleFailure, type Finding } from './finding.ts';
import { inTurns } from './in-turns.ts';
import { atTakenRules } from './library/at-taken-rules.ts';
import {
  type AllowedCapabilities,
  allowedCapabilities,
  errorsOf,
  findingsOfErrors,
  type OpaRun,
  runOpa,
} from './opa.ts';
import { usableOpaVersion } from './opa-version.ts';
import { plannerFindingsInParts } from './planner-shapes.ts';
import { SourceFolder } from './sources/folder.ts';
import { type ReleaseSources, readReleaseSources, type SourcePlaces } from './sources/read-sources.ts';
import { CAPABILITIES, openStage, writeFiles } from './stage.ts';
import { warningsOf } from './warnings.ts';

/** With what a release is built. */
export interface ComposeOptions {
  /** Path of the `opa` executable, or a name that PATH resolves. */
  readonly opa: string;
  /** Abort stops the build and removes what it wrote. */
  readonly signal?: AbortSignal;
  /** Syntax of files that were parsed before, for whoever builds again and again. */
  readonly parsed?: ParsedModules;
  /**
   * Told what will be built before OPA has checked it, so that what only needs sources and data goes on meanwhile. Nothing may come
   * of it unless the build succeeds. Never throws.
   */
  readonly onComposed?: (composed: Pick<BuiltRelease, 'sources' | 'data'>) => void;
}

/** Where a release is built from, and with what. */
export interface BuildOptions extends ComposeOptions {
  /** Folder that holds `release.yaml`. */
  readonly directory: string;
  /** Folder of the kernel’s Rego. */
  readonly kernel: string;
  readonly fetched?: SourcePlaces['fetched'];
  readonly absent?: SourcePlaces['absent'];
}

/** A release, and what people should know about it. */
export interface BuiltRelease {
  readonly release: Release;
  /** Overrides that were dropped. */
  readonly alarms: readonly OverrideAlarm[];
  /** What is odd and no fault: the release builds, but hardly does what its owners think. */
  readonly warnings: readonly Finding[];
  /** What the bundle was made of. */
  readonly sources: ReleaseSources;
  /** The data that ships. */
  readonly data: JsonObject;
  /** Version of the OPA that built it, as `1.22.2`. */
  readonly opaVersion: string;
}

/** Documents that decisions are read from. */
const ENTRYPOINTS = [
  'bailiff/decision',
  'bailiff/visible',
  'bailiff/watched',
  'bailiff/decision_and_watched',
];

/**
 * Builds one release of a directory: kernel and bundles checked together by OPA, catalogues worked out, everything in one
 * OPA bundle. Takes no fact from outside the sources, so that the same sources always give the same policy version.
 * @throws BundleFailure with every finding when the sources cannot be used; Failure when `opa` cannot be run.
 */
export async function buildRelease(options: BuildOptions): Promise<BuiltRelease> {
  const { directory, kernel, fetched, absent, signal = new AbortController().signal } = options;
  const tree = new SourceFolder(directory);
  const places = { tree, kernel: { tree, path: tree.nameOf(kernel) }, ...(fetched && { fetched }), absent };
  return composeRelease(await readReleaseSources(places, signal), options);
}

/** Builds one release of sources that were read. @throws as `buildRelease`. */
export async function composeRelease(
  sources: ReleaseSources,
  options: ComposeOptions,
): Promise<BuiltRelease> {
  const { opa, signal = new AbortController().signal, parsed: known, onComposed } = options;
  await using stage = await openStage();
  const run = { opa, cwd: stage.path, signal };
  const opaVersion = await usableOpaVersion(run);
  const [capabilities, parsed] = await Promise.all([
    allowedCapabilities(run),
    parseModules(modulesOf(sources), run, known),
  ]);
  const base = baseDataOf(sources);
  if (parsed.findings.length > 0) throw new BundleFailure([...parsed.findings, ...base.findings]);
  const [kernel, modules] = partition(parsed.modules);
  const analysis = await inTurns(analyseInParts(sources.bundles, modules, base.data), signal);
  const composition = compose(sources, base, analysis);
  await nextTurn();
  await stageComposition(stage.path, composition, capabilities);
  const planner = await inTurns(plannerFindingsInParts(modules), signal);
  const own = [
    ...entrypointFindings(kernel),
    ...base.findings,
    ...analysis.findings,
    ...planner,
    ...composition.findings,
  ];
  const places = { ...run, cwd: join(stage.path, 'release') };
  // Both read everything anew, so they do it side by side; only what `opa check` finds nothing in is built in earnest.
  await using building = begun(places.signal, (ended) =>
    opaBuild(composition, { ...places, signal: ended }, sources),
  );
  if (own.length === 0) onComposed?.({ sources, data: composition.data });
  const checked = (await check(sources, places, capabilities)).map((finding) =>
    atOwner(finding, sources, analysis),
  );
  const more = checked.filter((finding) => !isSaidAlready(finding, own, fileNamer(sources)));
  const findings = withoutEchoes([...own, ...more], sources);
  if (findings.length > 0) throw new BundleFailure(atTakenRules(findings, sources.bundles));
  const bundle = await building.result;
  const release = { ...composition.release, bundle };
  const warnings = warningsOf(sources, analysis);
  return { release, alarms: composition.alarms, warnings, sources, data: composition.data, opaVersion };
}

const KERNEL = 'kernel';

/** Work that goes on beside something else. Disposing of it ends it, and waits for that. */
function begun<Result>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<Result>) {
  const stopping = new AbortController();
  const result = work(AbortSignal.any([signal, stopping.signal]));
  const ended = result.then(
    () => {},
    () => {}, // Told to whoever waits for the result.
  );
  return {
    result,
    [Symbol.asyncDispose]: () => {
      stopping.abort(new Error('Its result is not wanted.'));
      return ended;
    },
  };
}

function modulesOf({ bundles, kernel }: ReleaseSources): UnparsedModule[] {
  return [
    ...kernel.map((source) => ({ bundle: KERNEL, source })),
    ...bundles.flatMap(({ name, modules }) => modules.map((source) => ({ bundle: name, source }))),
  ];
}

function partition(modules: readonly BundleModule[]): [kernel: BundleModule[], others: BundleModule[]] {
  const isKernel = ({ bundle }: BundleModule) => bundle === KERNEL;
  return [modules.filter(isKernel), modules.filter((module) => !isKernel(module))];
}

/** `opa build` takes an entrypoint that nothing defines; every decision would be undefined. */
function entrypointFindings(kernel: readonly BundleModule[]): Finding[] {
  const defined = new Set(
    kernel.flatMap(({ package: path, syntax }) =>
      (syntax.rules ?? []).map(({ head }) => [...path, String(head.ref[0]?.value)].join('/')),
    ),
  );
  return ENTRYPOINTS.filter((entrypoint) => !defined.has(entrypoint)).map((entrypoint) => ({
    file: kernel[0]?.source.file ?? KERNEL,
    row: 1,
    code: 'entrypoint_missing',
    detail: `The kernel does not define \`${entrypoint}\`.`,
    mend: 'Name the folder of a whole kernel.',
  }));
}

async function stageComposition(
  stage: string,
  { release, modules, data }: Composition,
  capabilities: AllowedCapabilities,
): Promise<void> {
  const manifest = {
    roots: RELEASE_ROOTS,
    metadata: {
      policy_version: release.policyVersion,
      digest: release.digest,
      bundles: release.data.bundles,
    },
  };
  await writeFiles(join(stage, 'release'), [
    ...modules,
    { path: 'data.json', text: JSON.stringify(data) },
    { path: '.manifest', text: JSON.stringify(manifest) },
  ]);
  await writeFile(join(stage, CAPABILITIES), capabilities.text);
}

async function check(
  sources: ReleaseSources,
  run: OpaRun,
  capabilities: AllowedCapabilities,
): Promise<Finding[]> {
  const args = ['check', '--strict', '--bundle', '.', '--capabilities', `../${CAPABILITIES}`];
  const result = await runOpa(run, [...args, '--format', 'json', '--max-errors', '100']);
  return result.status === 0
    ? []
    : findingsOfErrors(errorsOf(result), fileNamer(sources), capabilities.refused);
}

async function opaBuild(composition: Composition, run: OpaRun, sources: ReleaseSources): Promise<Uint8Array> {
  const output = '../release.tar.gz';
  const result = await runOpa(run, [
    'build',
    '--bundle',
    '.',
    // Beside the policy, OPA's plan of it: the embedded engine runs that, from the bytes that OPA activates.
    ...['--target', 'plan'],
    ...['--capabilities', `../${CAPABILITIES}`],
    ...['--revision', composition.release.policyVersion],
    ...ENTRYPOINTS.flatMap((entrypoint) => ['--entrypoint', entrypoint]),
    ...['--output', output],
  ]);
  if (result.status !== 0)
    throw new BundleFailure(findingsOfErrors(errorsOf(result), fileNamer(sources), new Set()));
  return new Uint8Array(await readFile(join(run.cwd, output)));
}

/** Gives the source of a path in the composed bundle. */
export function fileNamer({
  bundles,
  kernel,
}: Pick<ReleaseSources, 'bundles' | 'kernel'>): (path: string) => string | undefined {
  const modules = [...kernel, ...bundles.flatMap((bundle) => [...bundle.modules, ...bundle.tests])];
  const files = new Map(modules.map(({ path, file }) => [path, file]));
  return (path) => files.get(path.replace(/^(\.?\/)+/, ''));
}

/** OPA names the kernel where it reads identity's capabilities; what is wrong stands where identity says them. */
function atOwner(finding: Finding, { kernel }: ReleaseSources, { capabilities }: Analysis): Finding {
  const reader = kernel.find(({ path }) => path === `${KERNEL}/capabilities.rego`);
  const place = capabilities?.place;
  return place === undefined || finding.file !== reader?.file
    ? finding
    : blamedOnCapabilities(finding, place);
}

/** What asks the kernel what it asks of it makes every rule in between recursive. The kernel's own are nobody's to mend. */
function withoutEchoes(findings: readonly Finding[], { kernel }: ReleaseSources): readonly Finding[] {
  const files = new Set(kernel.map(({ file }) => file));
  const others = findings.filter(({ code, file }) => code !== 'rego_recursion_error' || !files.has(file));
  return others.length > 0 ? others : findings.slice(0, 1);
}

/** OPA often refuses at the same place, or for what stands there, what was refused here with a better mend. */
function isSaidAlready(
  finding: Finding,
  own: readonly Finding[],
  fileOf: (path: string) => string | undefined,
): boolean {
  const blamed = finding.detail
    .matchAll(/^ {2}rule \S+ at (.+):(\d+)\b/gm)
    .map(([, path = '', row]) => ({ file: fileOf(path), row: Number(row) }));
  const places = [finding, ...blamed];
  return own.some(({ file, row }) => places.some((place) => place.file === file && place.row === row));
}
