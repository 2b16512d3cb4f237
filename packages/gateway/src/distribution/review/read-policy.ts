import type { JsonObject, ReleaseManifest } from '@bailiff/contract';
import { BundleManifest, ReleaseManifest as ReleaseManifestSchema } from '@bailiff/contract';
import { type Analysis, analyse } from '../analysis/analyse.ts';
import { parseModules } from '../analysis/parse.ts';
import { baseDataOf, type Composition, compose } from '../composition/compose.ts';
import { BundleFailure, type Finding } from '../finding.ts';
import { atTakenRules } from '../library/at-taken-rules.ts';
import { type LintSubject, lintSubject } from '../lint/subject.ts';
import { type ReadCase, readCases } from '../proof/case-files.ts';
import { BUNDLE_NAMES, bundleSubjectOf } from '../sources/bundle-name.ts';
import type { Reading } from '../sources/document.ts';
import type { SourceTree } from '../sources/folder.ts';
import { type BundleSource, readBundle } from '../sources/read-bundle.ts';
import { type HeldBundle, type ReleaseSources, readReleaseSources } from '../sources/read-sources.ts';
import { openStage } from '../stage.ts';
import { leftOutOf } from './left-out.ts';
import { namedFiles } from './named-files.ts';

/** A policy folder as it is told to people: what its rules are, without building it. */
export interface ReadPolicy {
  /** Undefined for a bundle alone. */
  readonly release: ReadRelease | undefined;
  readonly subject: LintSubject;
  readonly cases: readonly ReadCase[];
  /** What analysis objects to. Other bundles, OPA and the builder may object to more. */
  readonly findings: readonly Finding[];
}

/** What only a folder with `release.yaml` has. */
export interface ReadRelease {
  readonly sources: ReleaseSources;
  readonly composition: Composition;
  /** Names of bundles that are fetched from elsewhere and were not looked at. */
  readonly leftOut: readonly string[];
  /** What the files hold that `release.yaml` names, as digests by name. */
  readonly files: ReadonlyMap<string, string>;
}

/** Where a policy folder is, and with what it is read. */
export interface PolicyPlace {
  readonly tree: SourceTree;
  readonly kernel: SourceTree;
  /** Path of the `opa` executable, or a name that PATH resolves. */
  readonly opa: string;
  readonly signal: AbortSignal;
  readonly now: Date;
  /** What was fetched of bundles that come from a source, by name; the others that come from one are left out. */
  readonly fetched?: ReadonlyMap<string, HeldBundle> | undefined;
}

/**
 * Reads a policy folder: `release.yaml` and everything beside it, or one bundle. Of bundles that come from a source, those in `fetched`.
 * @throws BundleFailure when sources cannot be read or parsed; Failure when `opa` cannot be run.
 */
export async function readPolicy(place: PolicyPlace): Promise<ReadPolicy> {
  const { tree } = place;
  const manifest = await tree.valid('release.yaml', ReleaseManifestSchema);
  if (manifest.kind === 'read') return await readRelease(place, manifest.value.value);
  const isMissing = manifest.findings.every(({ code }) => code === 'file_missing');
  if (!isMissing) throw new BundleFailure(manifest.findings);
  const bundle = await readAlone(tree);
  const data = bundle.root.reduceRight<JsonObject>((below, element) => ({ [element]: below }), bundle.data);
  const { subject, analysis } = await looked(place, [bundle], data);
  const { cases, findings } = await readCases(tree, [bundle]);
  return {
    ...{ release: undefined, subject, cases },
    findings: atTakenRules([...analysis.findings, ...findings], [bundle]),
  };
}

/** A policy folder that was not there yet. */
export function emptyPolicy(now: Date): ReadPolicy {
  const nothing = { bundles: [], modules: [], tests: [], data: {}, tools: new Map() };
  const subject = lintSubject({ ...nothing, analysis: { bundles: new Map() }, now });
  return { release: undefined, subject, cases: [], findings: [] };
}

async function readRelease(place: PolicyPlace, manifest: ReleaseManifest): Promise<ReadPolicy> {
  const fetched = place.fetched ?? new Map<string, HeldBundle>();
  const absent = new Map([...leftOutOf(manifest)].filter(([name]) => !fetched.has(name)));
  const places = { tree: place.tree, kernel: { tree: place.kernel, path: '' }, fetched, absent };
  const sources = await readReleaseSources(places, place.signal);
  const base = baseDataOf(sources);
  const { subject, analysis } = await looked(place, sources.bundles, base.data);
  const composition = compose(sources, base, analysis);
  const { cases, findings } = await readCases(place.tree, sources.bundles);
  return {
    release: {
      sources,
      composition,
      leftOut: notLookedAt(sources),
      files: await namedFiles(place.tree, manifest),
    },
    ...{ subject, cases },
    findings: atTakenRules([...base.findings, ...analysis.findings, ...findings], sources.bundles),
  };
}

/** Of a bundle that comes from a source, the catalogue may say so as well as `release.yaml`. */
function notLookedAt({ manifest, bundles }: ReleaseSources): string[] {
  const seen = new Set(bundles.map(({ name }) => name));
  return Object.entries(manifest.bundles)
    .filter(([name, { source }]) => source !== undefined && !seen.has(name))
    .map(([name]) => name);
}

/** Its registration says nothing of what it holds. */
const UNREGISTERED: BundleSource['registration'] = {
  ...{ owners: [], signing_keys: [], approvals: 0, required: true },
  ...{ may_grant: true, may_read: [], overrides_max: 0 },
};

async function readAlone(tree: SourceTree): Promise<BundleSource> {
  const manifest = taken(await tree.valid('bundle.yaml', BundleManifest));
  const { name } = manifest.value;
  const subject = bundleSubjectOf(name);
  if (subject === undefined) {
    const words = { detail: `No bundle may be called \`${name}\`.`, mend: `Use ${BUNDLE_NAMES}.` };
    throw new BundleFailure([tree.finding('bundle.yaml', 'bundle_name_invalid', words)]);
  }
  const read = await readBundle({ name, subject, registration: UNREGISTERED }, { tree, path: '' });
  if (read !== undefined) return taken(read);
  const words = { detail: 'The folder has no bundle.', mend: 'Add its files.' };
  throw new BundleFailure([tree.finding('', 'bundle_missing', words)]);
}

async function looked(
  { opa, signal, now }: PolicyPlace,
  bundles: readonly BundleSource[],
  data: JsonObject,
): Promise<{ readonly subject: LintSubject; readonly analysis: Analysis }> {
  await using stage = await openStage();
  const unparsed = bundles.flatMap(({ name, modules, tests }) =>
    [...modules, ...tests].map((source) => ({ bundle: name, source })),
  );
  const { modules: parsed, findings } = await parseModules(unparsed, { opa, cwd: stage.path, signal });
  if (findings.length > 0) throw new BundleFailure(findings);
  const testFiles = new Set(bundles.flatMap(({ tests }) => tests.map(({ path }) => path)));
  const tests = parsed.filter(({ source }) => testFiles.has(source.path));
  const modules = parsed.filter(({ source }) => !testFiles.has(source.path));
  const analysis = analyse(bundles, modules, data);
  const subject = lintSubject({ bundles, modules, tests, analysis, data, tools: new Map(), now });
  return { subject, analysis };
}

function taken<Value>(reading: Reading<Value>): Value {
  if (reading.kind === 'read') return reading.value;
  throw new BundleFailure(reading.findings);
}
