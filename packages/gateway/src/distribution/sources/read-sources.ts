import { join } from 'node:path';
import { type BundleRegistration, Catalogue, ReleaseManifest, ToolPins } from '@bailiff/contract';
import { BundleFailure, compare, type Finding } from '../finding.ts';
import { type ReadPackage, readPackages } from '../packages/read-packages.ts';
import { type RegisteredBundles, registeredBundles } from '../packages/registered-bundles.ts';
import { type UnitedSources, unitedSources } from '../packages/united-sources.ts';
import { type Absence, absenceWords, mayBeAbsent } from './absence.ts';
import type { BundleFiles } from './bundle-files.ts';
import { BUNDLE_NAMES, bundleSubjectOf } from './bundle-name.ts';
import { catalogueFindings, subagentFindings } from './catalogue-findings.ts';
import type { DocumentPath, Reading, SourceDocument } from './document.ts';
import {
  FILE_BYTES_MAX,
  HeldFiles,
  type SourceModule,
  type SourceTree,
  type ValidDocument,
} from './folder.ts';
import { type BundlePlace, type BundleSource, readBundle } from './read-bundle.ts';

/** Everything that a release is composed of, each part valid on its own, and what packages bring in its place. */
export interface ReleaseSources {
  readonly manifest: ReleaseManifest;
  readonly catalogue: Catalogue;
  /** By name. Optional bundles that are not on disk are left out. */
  readonly bundles: readonly BundleSource[];
  readonly kernel: readonly SourceModule[];
  readonly toolPins: ToolPins;
  readonly packages: readonly ReadPackage[];
  readonly launches: UnitedSources['launches'];
  /** Key id → what its file holds. Without those that cannot be read: no signature is checked with them. */
  readonly keyTexts: ReadonlyMap<string, string>;
}

/** Where sources are read from. */
export interface SourcePlaces {
  /** Holds `release.yaml`, the files that it names, and the bundles that lie beside it. */
  readonly tree: SourceTree;
  readonly kernel: BundlePlace;
  /** Bundles whose files are held already, by name; those without a `path` that are not in it are absent. */
  readonly fetched?: ReadonlyMap<string, HeldBundle>;
  /** Why bundles that come from a source are not in `fetched`, by name, as far as that is known. */
  readonly absent?: ReadonlyMap<string, Absence> | undefined;
}

/** A bundle’s files, and what findings call their folder. */
export interface HeldBundle {
  readonly files: BundleFiles;
  readonly place: string;
}

const BUNDLES_MAX = 2_000;

/**
 * Reads a release’s sources and the kernel’s, strictly.
 * @throws BundleFailure with everything that is wrong in `release.yaml`, the catalogue and the bundles’ folders.
 */
export async function readReleaseSources(places: SourcePlaces, signal: AbortSignal): Promise<ReleaseSources> {
  const { tree: folder, fetched = new Map<string, HeldBundle>(), absent } = places;
  const findings: Finding[] = [];
  const collect = <Value>(reading: Reading<Value>): Value | undefined => {
    if (reading.kind === 'read') return reading.value;
    findings.push(...reading.findings);
    return undefined;
  };
  const said = collect(await folder.valid('release.yaml', ReleaseManifest));
  if (said === undefined) throw new BundleFailure(findings);
  const catalogue = collect(await folder.valid(said.value.catalogue, Catalogue));
  const { tool_pins: pins } = said.value;
  const toolPins = pins === undefined ? undefined : collect(await folder.valid(pins, ToolPins));
  const { packages, findings: unread } = await readPackages(said, places);
  const registered = registeredBundles({ manifest: said, catalogue, packages });
  findings.push(...unread, ...registered.findings);
  const united = catalogue && unitedSources({ manifest: said, catalogue, toolPins, packages });
  const manifest = {
    ...said.value,
    bundles: registered.bundles,
    servers: united?.servers ?? said.value.servers,
  };
  if (catalogue !== undefined && united !== undefined) {
    findings.push(...united.findings, ...catalogueFindings(catalogue.value, catalogue.document));
    findings.push(...serverFindings(manifest, catalogue));
    const documents = { manifest: said.document, catalogue: catalogue.document };
    findings.push(...subagentFindings(manifest, united.catalogue, documents));
  }
  findings.push(...registrationFindings(manifest, said.document));
  const bundles: BundleSource[] = [];
  for (const [name, registration] of Object.entries(manifest.bundles).slice(0, BUNDLES_MAX)) {
    signal.throwIfAborted();
    const subject = bundleSubjectOf(name);
    if (subject === undefined) continue;
    const place = placeOf(name, registration, { folder, fetched, packaged: registered.packaged });
    const bundle = place && (await readBundle({ name, subject, registration }, place));
    if (bundle === undefined) {
      if (!mayBeAbsent(subject, registration))
        findings.push(
          ...missing(name, registration, { registered, document: said.document, absence: absent?.get(name) }),
        );
      continue;
    }
    const read = collect(bundle);
    if (read !== undefined) bundles.push(read);
  }
  const kernel = collect(await readKernel(places.kernel));
  if (findings.length > 0 || united === undefined || kernel === undefined) throw new BundleFailure(findings);
  bundles.sort((a, b) => compare(a.name, b.name));
  const { catalogue: entries, toolPins: approved, launches } = united;
  const keyTexts = await readKeyTexts(manifest, folder);
  return { manifest, catalogue: entries, bundles, kernel, toolPins: approved, packages, launches, keyTexts };
}

async function readKeyTexts({ keys }: ReleaseManifest, folder: SourceTree): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const [id, { file }] of Object.entries(keys)) {
    const text = await folder.text(file, FILE_BYTES_MAX);
    if (text.kind === 'read') texts.set(id, text.value);
  }
  return texts;
}

/** The kernel ships its rules and no tests; it has no manifest, because the release’s version covers it. */
async function readKernel({ tree: folder, path }: BundlePlace): Promise<Reading<readonly SourceModule[]>> {
  const listed = await folder.list(path);
  if (listed?.kind === 'refused') return listed;
  const files = (listed?.value ?? []).filter(
    (file) => file.endsWith('.rego') && !file.endsWith('_test.rego'),
  );
  if (files.length === 0) {
    const words = { detail: 'The kernel has no Rego here.', mend: 'Name the folder of the kernel.' };
    return { kind: 'refused', findings: [folder.finding(path, 'kernel_missing', words)] };
  }
  const modules: SourceModule[] = [];
  for (const file of files) {
    const text = await folder.text(join(path, file), FILE_BYTES_MAX);
    if (text.kind === 'refused') return text;
    modules.push({ file: folder.nameOf(join(path, file)), path: `kernel/${file}`, text: text.value });
  }
  return { kind: 'read', value: modules };
}

/** Where a bundle’s files are; undefined where it comes from elsewhere and has not arrived. */
function placeOf(
  name: string,
  { path }: BundleRegistration,
  {
    folder,
    fetched,
    packaged,
  }: {
    readonly folder: SourceTree;
    readonly fetched: ReadonlyMap<string, HeldBundle>;
    readonly packaged: RegisteredBundles['packaged'];
  },
): BundlePlace | undefined {
  const brought = packaged.get(name);
  if (brought !== undefined) return brought;
  const held = fetched.get(name);
  if (held !== undefined) return { tree: new HeldFiles(held.files, held.place), path: '' };
  return path === undefined ? undefined : { tree: folder, path };
}

function missing(
  name: string,
  { path }: BundleRegistration,
  {
    registered,
    document,
    absence,
  }: {
    readonly registered: RegisteredBundles;
    readonly document: SourceDocument;
    readonly absence: Absence | undefined;
  },
): Finding[] {
  const said = registered.said.get(name) ?? { document, path: ['bundles', name] };
  const words =
    path === undefined
      ? absenceWords(name, absence)
      : {
          code: 'bundle_missing',
          detail: `The required bundle \`${name}\` is not on disk at \`${path}\`.`,
          mend: 'Add its folder, correct the path, or register it with `required: false`.',
        };
  return words === undefined
    ? []
    : [{ file: said.document.file, row: said.document.rowOf(said.path), ...words }];
}

function registrationFindings(manifest: ReleaseManifest, document: SourceDocument): Finding[] {
  const names = Object.keys(manifest.bundles);
  const findings: Finding[] = [];
  const refuse = (path: DocumentPath, code: string, words: Pick<Finding, 'detail' | 'mend'>) =>
    findings.push({ file: document.file, row: document.rowOf(path), code, ...words });

  if (names.length > BUNDLES_MAX) {
    const words = { detail: `There are more than ${BUNDLES_MAX} bundles.`, mend: 'Register fewer.' };
    refuse(['bundles'], 'too_many_bundles', words);
  }
  for (const name of names) {
    const subject = bundleSubjectOf(name);
    if (subject === undefined) {
      const mend = `Use ${BUNDLE_NAMES}, in lower case, digits and underscores.`;
      refuse(['bundles', name], 'bundle_name_invalid', {
        detail: `No bundle may be called \`${name}\`.`,
        mend,
      });
    } else if (subject.kind === 'category' && manifest.bundles[name]?.may_grant) {
      const detail =
        'A category cannot be given `may_grant`: identity and resource always grant, the others never.';
      refuse(['bundles', name, 'may_grant'], 'may_grant_refused', { detail, mend: 'Remove it.' });
    }
  }
  for (const [position, server] of manifest.servers_without_bundle.entries()) {
    if (!names.includes(`servers/${server}`)) continue;
    const detail = `The server \`${server}\` is said to have no bundle, and has one registered.`;
    refuse(['servers_without_bundle', position], 'server_ambiguous', {
      detail,
      mend: 'Keep one of the two.',
    });
  }
  return findings;
}

/** A server that nobody speaks for would be refused at every call; better said when the release is built. */
function serverFindings(manifest: ReleaseManifest, { value, document }: ValidDocument<Catalogue>): Finding[] {
  return Object.keys(value.servers)
    .filter((server) => !Object.hasOwn(manifest.bundles, `servers/${server}`))
    .filter((server) => !manifest.servers_without_bundle.includes(server))
    .map((server) => ({
      file: document.file,
      row: document.rowOf(['servers', server]),
      code: 'server_unregistered',
      detail: `The server \`${server}\` has no bundle in release.yaml.`,
      mend: `Register \`servers/${server}\`, or list it under \`servers_without_bundle\`.`,
    }));
}
