import { join } from 'node:path/posix';
import { BundleRegistration, type Catalogue, type ReleaseManifest } from '@bailiff/contract';
import type { Finding } from '../finding.ts';
import type { ValidDocument } from '../sources/folder.ts';
import type { BundlePlace } from '../sources/read-bundle.ts';
import type { ReadPackage } from './read-packages.ts';
import { type Saying, saidTwice } from './said-twice.ts';

/** Who says where the bundles are. */
export interface BundleSayings {
  readonly manifest: ValidDocument<ReleaseManifest>;
  /** Undefined where it cannot be read. */
  readonly catalogue: ValidDocument<Catalogue> | undefined;
  readonly packages: readonly ReadPackage[];
}

/** The registry of bundles, whole. */
export interface RegisteredBundles {
  readonly bundles: ReleaseManifest['bundles'];
  /** Where it is said that there is a bundle, for those of which not `release.yaml` says where they are. */
  readonly said: ReadonlyMap<string, Saying>;
  /** Where the bundles of packages are. */
  readonly packaged: ReadonlyMap<string, BundlePlace>;
  readonly findings: readonly Finding[];
}

/**
 * The bundles that `release.yaml` registers, servers’ entries in the catalogue name, and packages bring. What a bundle may do and
 * who signs for it is taken from `release.yaml` alone, or as it is for a bundle of which nothing is said there.
 */
export function registeredBundles({ manifest, catalogue, packages }: BundleSayings): RegisteredBundles {
  const { value, document } = manifest;
  const bundles = new Map(Object.entries(value.bundles));
  const said = new Map<string, Saying>();
  const packaged = new Map<string, BundlePlace>();
  const findings: Finding[] = [];
  const take = (name: string, saying: Saying, place: Pick<BundleRegistration, 'path' | 'source'>) => {
    const own = bundles.get(name);
    const isPlaced = own?.path !== undefined || own?.source !== undefined;
    if (isPlaced) {
      const before = said.get(name) ?? { document, path: ['bundles', name] };
      findings.push(...saidTwice(`Where the bundle \`${name}\` comes from`, before, saying));
      return false;
    }
    bundles.set(name, { ...(own ?? BundleRegistration.parse({})), ...place });
    said.set(name, saying);
    return true;
  };
  for (const [server, { bundle }] of Object.entries(catalogue?.value.servers ?? {})) {
    if (bundle === undefined || catalogue === undefined) continue;
    const saying = { document: catalogue.document, path: ['servers', server, 'bundle'] };
    take(`servers/${server}`, saying, 'kind' in bundle ? { source: bundle } : { path: bundle.path });
  }
  for (const { bundle, document: own, folder, manifest: one } of packages) {
    if (bundle === undefined) continue;
    const saying = { document: own, path: 'bundle' in Object(own.value) ? ['bundle'] : ['name'] };
    const isTaken = take(bundle.name, saying, { path: join(folder, one.bundle) });
    if (isTaken) packaged.set(bundle.name, bundle.place);
  }
  for (const [name, { path, source }] of bundles) {
    if (path !== undefined || source !== undefined) continue;
    bundles.delete(name);
    findings.push({
      file: document.file,
      row: document.rowOf(['bundles', name]),
      code: 'bundle_without_source',
      detail: `Nothing says where the bundle \`${name}\` comes from.`,
      mend: 'Name its path or source here, or add the package that brings it.',
    });
  }
  return { bundles: Object.fromEntries(bundles), said, packaged, findings };
}
