import { CORPUS_LIMITS, ReleaseManifest } from '@bailiff/contract';
import { BundleFailure, type Finding } from '../finding.ts';
import { packageParts } from '../packages/package-parts.ts';
import type { ReadPackage } from '../packages/read-packages.ts';
import { readRegisteredBundles } from '../packages/read-registered-bundles.ts';
import type { ReleaseVector, VectorPart } from '../releases/release-store.ts';
import type { BundleFiles } from '../sources/bundle-files.ts';
import { digestOfFiles } from '../sources/digest-of-files.ts';
import type { Reading } from '../sources/document.ts';
import { DATA_BYTES_MAX, HeldFiles, SourceFolder } from '../sources/folder.ts';
import type { SourcePlaces } from '../sources/read-sources.ts';

/** What of a vector is no bundle: `release.yaml` and the files that it names. */
export const REGISTRY = 'release.yaml';

/** A policy folder as it was at one moment. */
export interface PolicyFolder {
  /** With the bundles that packages bring and the catalogue names, as far as these can be read. */
  readonly manifest: ReleaseManifest;
  readonly packages: readonly ReadPackage[];
  readonly registry: BundleFiles;
  /** Bundles that lie on this disk, by name, and packages. One whose folder is missing is not in it. */
  readonly parts: ReadonlyMap<string, VectorPart>;
  /** Why a bundle’s folder cannot be read, by the bundle’s name. */
  readonly refused: ReadonlyMap<string, readonly Finding[]>;
}

const FILES_TOTAL_BYTES_MAX = 268_435_456;

/**
 * Reads a policy folder whole, so that what is tried, composed and kept is the same files.
 * @throws BundleFailure where `release.yaml` cannot be used, or a file that
 * it names cannot be read. Of a bundle that cannot be read, only that bundle is missing.
 */
export async function readPolicyFolder(directory: string, signal: AbortSignal): Promise<PolicyFolder> {
  const folder = new SourceFolder(directory);
  const said = taken(await folder.valid(REGISTRY, ReleaseManifest));
  const manifest = said.value;
  let bytesLeft = FILES_TOTAL_BYTES_MAX;
  const read = async (path: string, bytesMax = DATA_BYTES_MAX): Promise<Reading<Uint8Array>> => {
    signal.throwIfAborted();
    const bytes = await folder.bytes(path, Math.min(bytesMax, bytesLeft));
    if (bytes.kind === 'read') bytesLeft -= bytes.value.length;
    return bytes;
  };
  const filesBelow = async (path: string): Promise<Reading<BundleFiles> | undefined> => {
    const listed = await folder.list(path);
    if (listed?.kind !== 'read') return listed;
    const files = new Map<string, Uint8Array>();
    for (const file of listed.value) {
      const bytes = await read(`${path}/${file}`);
      if (bytes.kind === 'refused') return bytes;
      files.set(file, bytes.value);
    }
    return { kind: 'read', value: files };
  };
  const registry = new Map<string, Uint8Array>();
  const named = [manifest.catalogue, manifest.tool_pins].filter((path) => path !== undefined);
  for (const path of [REGISTRY, ...named, ...Object.values(manifest.keys).map(({ file }) => file)])
    registry.set(path, taken(await read(path)));
  const { corpus } = manifest;
  if (corpus !== undefined) registry.set(corpus, taken(await read(corpus, CORPUS_LIMITS.fileBytes)));
  const parts = new Map<string, VectorPart>();
  const refused = new Map<string, readonly Finding[]>();
  const packaged = await packageParts(said, { tree: folder, read, filesBelow });
  for (const [part, one] of packaged.parts) parts.set(part, one);
  for (const [part, findings] of packaged.refused) refused.set(part, findings);
  const { bundles, packages } = await readRegisteredBundles(said, {
    tree: new HeldFiles(registry),
    fetched: parts,
  });
  const brought = new Set(packages.map(({ bundle }) => bundle?.name));
  for (const [name, { path }] of Object.entries(bundles)) {
    if (brought.has(name)) continue;
    const files = path === undefined ? undefined : await filesBelow(path);
    if (path === undefined || files === undefined) continue;
    if (files.kind === 'refused') refused.set(name, files.findings);
    else parts.set(name, { files: files.value, place: folder.nameOf(path), author: '' });
  }
  return { manifest: { ...manifest, bundles }, packages, registry, parts, refused };
}

function taken<Value>(reading: Reading<Value>): Value {
  if (reading.kind === 'refused') throw new BundleFailure(reading.findings);
  return reading.value;
}

/** Where the sources of a vector are read from. */
export function placesOf({ registry, parts }: ReleaseVector, kernel: SourcePlaces['kernel']): SourcePlaces {
  const fetched = new Map([...parts].map(([name, { files, place }]) => [name, { files, place }] as const));
  return { tree: new HeldFiles(registry), kernel, fetched };
}

/** The registry of a vector. @throws BundleFailure where it cannot be used. */
export async function manifestOf({ registry }: Pick<ReleaseVector, 'registry'>): Promise<ReleaseManifest> {
  return taken(await new HeldFiles(registry).valid(REGISTRY, ReleaseManifest)).value;
}

/** The registry of a vector with the bundles that its packages bring and its catalogue names. @throws BundleFailure where it cannot be used. */
export async function registryOf(
  vector: ReleaseVector,
): Promise<Pick<PolicyFolder, 'manifest' | 'packages'>> {
  const tree = new HeldFiles(vector.registry);
  const said = taken(await tree.valid(REGISTRY, ReleaseManifest));
  const { bundles, packages } = await readRegisteredBundles(said, { tree, fetched: vector.parts });
  return { manifest: { ...said.value, bundles }, packages };
}

/** Whether two have the same `release.yaml` and files that it names. */
export function isSameRegistry(
  one: Pick<ReleaseVector, 'registry'>,
  other: Pick<ReleaseVector, 'registry'>,
): boolean {
  return digestOfFiles(one.registry) === digestOfFiles(other.registry);
}

/** SHA-256 of a vector’s parts, in hexadecimal: the registry’s under `release.yaml`, each bundle’s under its name. */
export function digestsOf({ registry, parts }: ReleaseVector): ReadonlyMap<string, string> {
  return new Map([
    [REGISTRY, digestOfFiles(registry)],
    ...[...parts].map(([name, { files }]) => [name, digestOfFiles(files)] as const),
  ]);
}

/** Names of the parts in which two vectors differ, those that only one of them has included; sorted, the registry first. */
export function differingParts(a: ReleaseVector, b: ReleaseVector): string[] {
  const [left, right] = [digestsOf(a), digestsOf(b)];
  const names = new Set([...left.keys(), ...right.keys()]);
  return [...names]
    .filter((name) => left.get(name) !== right.get(name))
    .sort((x, y) => Number(y === REGISTRY) - Number(x === REGISTRY) || (x < y ? -1 : 1));
}

/** Whether a file, as findings name it, stands in a part. */
export function isIn(name: string, { registry, parts }: ReleaseVector, file: string): boolean {
  if (name === REGISTRY) return registry.has(file);
  const place = parts.get(name)?.place;
  return place !== undefined && (file === place || file.startsWith(`${place}/`));
}

/** `good`, with the parts that `names` has as `wanted` has them. */
export function mixed(good: ReleaseVector, wanted: ReleaseVector, names: ReadonlySet<string>): ReleaseVector {
  const parts = new Map(good.parts);
  for (const name of names) {
    const part = wanted.parts.get(name);
    if (part !== undefined) parts.set(name, part);
    else if (name !== REGISTRY) parts.delete(name);
  }
  return { registry: names.has(REGISTRY) ? wanted.registry : good.registry, parts };
}

/** What there is before anything is. */
export const NO_PARTS: ReleaseVector = { registry: new Map(), parts: new Map() };
