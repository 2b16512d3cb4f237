import type { CatalogueEntry, RuleKind } from '@bailiff/contract';
import { analyse } from '../analysis/analyse.ts';
import { parseModules } from '../analysis/parse.ts';
import { type Finding, sortFindings } from '../finding.ts';
import { atTakenRules } from '../library/at-taken-rules.ts';
import { allowedCapabilities, errorsOf, findingsOfErrors, type OpaRun, runOpa } from '../opa.ts';
import { type BundleFiles, withoutHidden } from '../sources/bundle-files.ts';
import { ruleIdPrefixOf } from '../sources/bundle-name.ts';
import { type Reading, readDocument, valueAt } from '../sources/document.ts';
import type { BundleSource } from '../sources/read-bundle.ts';
import { CAPABILITIES, openStage, writeFiles } from '../stage.ts';
import { partRootOf, readPart } from './pack-part.ts';
import { readManifest, rootsOf } from './part-manifest.ts';
import { archivePathOf, inFolder } from './part-paths.ts';
import { refused } from './refusal.ts';
import { readToken, SIGNATURES_FILE } from './signing/signature.ts';

/** A rule of a part, as decisions name it. */
export interface PartRule {
  readonly id: string;
  readonly kind: RuleKind;
  readonly mode: CatalogueEntry['mode'];
}

/** What a part says of itself. Nothing of it is verified. */
export interface PartInspection {
  readonly name: string;
  readonly version: string;
  readonly owner: string;
  readonly revision: string;
  readonly digest: string;
  readonly roots: readonly string[];
  /** Empty where it names none. */
  readonly author: string;
  /** The token of its signature; undefined where it has none that can be read. */
  readonly token: string | undefined;
  readonly rules: readonly PartRule[];
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

/** How `opa` is run to look into a part. */
export interface PartTools {
  readonly opa: string;
  readonly signal: AbortSignal;
}

/** Looks into a part without verifying it. `files` are as its archive or its folder has them. */
export async function inspectPart(files: BundleFiles, tools: PartTools): Promise<Reading<PartInspection>> {
  const name = nameOf(files);
  if (name.kind === 'refused') return name;
  const source = await sourceOf(name.value, files);
  if (source.kind === 'refused') return source;
  const looked = await rulesOf(source.value, tools);
  const manifest = readManifest(files, name.value);
  const signatures = files.get(SIGNATURES_FILE);
  const token = signatures && readToken(signatures, name.value);
  const {
    digest,
    revision,
    manifest: { version, owner },
    root,
  } = source.value;
  return {
    kind: 'read',
    value: {
      ...{ name: name.value, version, owner, revision, digest },
      roots: rootsOf(root),
      author: manifest?.kind === 'read' ? manifest.value.metadata.author : '',
      token: token?.kind === 'read' ? token.value : undefined,
      rules: looked.rules,
      files: [...files].map(([path, { length }]) => ({ path, bytes: length })),
    },
  };
}

/**
 * What is wrong with a bundle on its own: what OPA’s strict check says, and what of METADATA and references can be told without the
 * rest of a release. What it reads of others is judged when a release is composed.
 */
export async function checkPart(
  name: string,
  files: BundleFiles,
  tools: PartTools,
): Promise<readonly Finding[]> {
  const source = await sourceOf(name, files);
  if (source.kind === 'refused') return source.findings;
  const looked = await rulesOf(source.value, tools);
  const own = looked.findings.filter(({ code }) => !NEEDS_RELEASE.has(code));
  const checked = await opaCheck(source.value, files, tools);
  const isSaid = ({ file, row }: Finding) => own.some((said) => said.file === file && said.row === row);
  const all = [...own, ...checked.filter((finding) => !isSaid(finding))];
  return sortFindings(atTakenRules(all, [source.value]));
}

/** Codes of what only the rest of the release, or the registration, can settle. */
const NEEDS_RELEASE: ReadonlySet<string> = new Set(['data_undefined', 'read_foreign', 'grant_refused']);

/** The name that the files give their bundle, in OPA’s manifest or else in `bundle.yaml`. */
export function nameOf(files: BundleFiles): Reading<string> {
  const manifest = readManifest(files, 'bundle');
  if (manifest?.kind === 'read') return { kind: 'read', value: manifest.value.metadata.name };
  const text = Buffer.from(files.get('bundle.yaml') ?? []).toString();
  const document = readDocument({ file: 'bundle.yaml', text });
  const name = document.kind === 'read' ? valueAt(document.value.value, ['name']) : undefined;
  if (typeof name === 'string') return { kind: 'read', value: name };
  const detail = 'It does not say which bundle it is.';
  return refused('bundle.yaml', 'part_manifest_missing', { detail, mend: 'Add `name` to bundle.yaml.' });
}

async function sourceOf(name: string, files: BundleFiles): Promise<Reading<BundleSource>> {
  const root = partRootOf(name);
  const placed = root === undefined ? files : (inFolder(root, files) ?? files);
  return await readPart(name, withoutHidden(placed));
}

async function rulesOf(
  source: BundleSource,
  { opa, signal }: PartTools,
): Promise<{ readonly rules: readonly PartRule[]; readonly findings: readonly Finding[] }> {
  await using stage = await openStage();
  const modules = source.modules.map((module) => ({ bundle: source.name, source: module }));
  const parsed = await parseModules(modules, { opa, cwd: stage.path, signal });
  if (parsed.findings.length > 0) return { rules: [], findings: parsed.findings };
  const { bundles, findings } = analyse([source], parsed.modules, {});
  const prefix = ruleIdPrefixOf(source.subject);
  const catalogue = bundles.get(source.name)?.catalogue ?? [];
  return {
    rules: [...catalogue].map(([id, { kind, mode }]) => ({ id: `${prefix}${id}`, kind, mode })),
    findings,
  };
}

async function opaCheck(
  source: BundleSource,
  files: BundleFiles,
  { opa, signal }: PartTools,
): Promise<readonly Finding[]> {
  await using stage = await openStage();
  const run: OpaRun = { opa, cwd: stage.path, signal };
  const capabilities = await allowedCapabilities(run);
  const texts = [...files]
    .filter(([path]) => /(\.rego|(^|\/)data\.(yaml|json))$/.test(path))
    .map(([path, bytes]) => ({
      path: `part/${archivePathOf(source.root, path)}`,
      text: Buffer.from(bytes).toString(),
    }));
  const manifest = JSON.stringify({ roots: rootsOf(source.root) });
  await writeFiles(stage.path, [
    ...texts,
    { path: 'part/.manifest', text: manifest },
    { path: CAPABILITIES, text: capabilities.text },
  ]);
  const args = ['check', '--strict', '--bundle', 'part', '--capabilities', CAPABILITIES, '--format', 'json'];
  const result = await runOpa(run, args);
  if (result.status === 0) return [];
  const fileOf = (path: string) => `${source.name}/${path.replace(/^(\.?\/)*(part\/)?/, '')}`;
  return findingsOfErrors(errorsOf(result), fileOf, capabilities.refused);
}
