import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Catalogue, Effect, Failure, ReleaseManifest } from '@bailiff/contract';
import { BundleFailure } from '../../../distribution/finding.ts';
import { readPackages } from '../../../distribution/packages/read-packages.ts';
import {
  type CatalogueRow,
  type RegistryRow,
  rowText,
  withBundle,
  withSubagent,
  withTools,
} from '../../../distribution/scaffold/registry-text.ts';
import { readDocument, validateDocument } from '../../../distribution/sources/document.ts';
import { FILE_BYTES_MAX, SourceFolder } from '../../../distribution/sources/folder.ts';
import { replaceFile } from '../../replace-file.ts';
import type { WrittenFile } from './tell-new.ts';

const MANIFEST = 'release.yaml';

/** What is to stand in the catalogue, and how it gets there. */
export interface CatalogueChange {
  readonly names: readonly string[];
  /** The text with it; undefined where there is no place for it. */
  readonly changed: (text: string) => string | undefined;
}

/** A release in its policy folder, which bundles are added to. */
export interface EditableRelease {
  readonly directory: string;
  readonly manifest: ReleaseManifest;
  readonly catalogue: Catalogue;
  /** Where a bundle’s files go. @throws Failure `bad_request` where they come from elsewhere. */
  placeFor(name: string): { readonly directory: string; readonly path: string };
  /** A subagent that may do anything, until somebody says what it does; undefined where the catalogue lists it. */
  subagentRow(name: string): CatalogueChange | undefined;
  /** Tools of a server that the catalogue does not list yet. */
  toolRows(server: string, rows: ReadonlyMap<string, CatalogueRow>): CatalogueChange | undefined;
  writeCatalogue(change: CatalogueChange, mayWrite: boolean): Promise<WrittenFile>;
  register(name: string, row: RegistryRow, mayWrite: boolean): Promise<WrittenFile>;
}

/** @throws BundleFailure for files that are refused, Failure `configuration_invalid` where there is no release. */
export async function readEditableRelease(directory: string): Promise<EditableRelease> {
  const tree = new SourceFolder(directory);
  if (!existsSync(join(directory, MANIFEST))) {
    const detail = `There is no ${MANIFEST} in ${directory}. Make a policy folder first: ./bailiff policy new release --dir ${directory}; or add --release to do both at once.`;
    throw new Failure('configuration_invalid', detail);
  }
  const said = await tree.valid(MANIFEST, ReleaseManifest);
  if (said.kind === 'refused') throw new BundleFailure(said.findings);
  const manifest = said.value.value;
  const catalogue = await tree.valid(manifest.catalogue, Catalogue);
  if (catalogue.kind === 'refused') throw new BundleFailure(catalogue.findings);
  const { packages, findings } = await readPackages(said.value, { tree });
  if (findings.length > 0) throw new BundleFailure(findings);
  const packaged = new Map(packages.flatMap(({ bundle, folder }) => (bundle ? [[bundle.name, folder]] : [])));
  return {
    directory,
    manifest,
    catalogue: catalogue.value.value,
    placeFor: (name) => placeFor(name, { directory, manifest, packaged }),
    subagentRow: (name) => subagentRow(name, catalogue.value.value),
    toolRows: (server, rows) => toolRows(server, rows, catalogue.value.value),
    writeCatalogue: (change, mayWrite) =>
      edited(join(directory, manifest.catalogue), Catalogue, {
        ...{ names: change.names, mayWrite, changed: change.changed },
      }),
    register: (name, row, mayWrite) => {
      const file = join(directory, MANIFEST);
      const server = manifest.servers_without_bundle.find((one) => name === `servers/${one}`);
      const names = [
        `bundles: ${rowText(name, row)}`,
        ...(server === undefined ? [] : [`servers_without_bundle: no longer ${server}`]),
      ];
      if (Object.hasOwn(manifest.bundles, name))
        return Promise.resolve({ file, state: 'there', rows: [], why: null });
      return edited(file, ReleaseManifest, {
        names,
        mayWrite,
        changed: (text) => withBundle(text, name, row),
      });
    },
  };
}

function placeFor(
  name: string,
  {
    directory,
    manifest,
    packaged,
  }: {
    readonly directory: string;
    readonly manifest: ReleaseManifest;
    readonly packaged: ReadonlyMap<string, string>;
  },
): { readonly directory: string; readonly path: string } {
  const brought = packaged.get(name);
  if (brought !== undefined)
    throw new Failure(
      'bad_request',
      `The bundle ${name} comes with the package in ${brought}; change it there.`,
    );
  const registered = Object.hasOwn(manifest.bundles, name) ? manifest.bundles[name] : undefined;
  if (registered !== undefined && registered.path === undefined)
    throw new Failure(
      'bad_request',
      `${MANIFEST} has the bundle ${name} fetched from elsewhere; change it there.`,
    );
  const path = registered?.path ?? name;
  return { directory: join(directory, path), path };
}

function subagentRow(name: string, { subagents, data_classes }: Catalogue): CatalogueChange | undefined {
  if (Object.hasOwn(subagents, name)) return undefined;
  const classes = Object.keys(data_classes);
  const row = { effects: Effect.options, blast_radius: 'high', data_classes: classes, returns: classes };
  return { names: [name], changed: (text) => withSubagent(text, name, row) };
}

function toolRows(
  server: string,
  rows: ReadonlyMap<string, CatalogueRow>,
  { servers, data_classes }: Catalogue,
): CatalogueChange | undefined {
  const listed = Object.hasOwn(servers, server) ? servers[server] : undefined;
  const missing = new Map([...rows].filter(([tool]) => !Object.hasOwn(listed?.tools ?? {}, tool)));
  if (missing.size === 0 && listed !== undefined) return undefined;
  const said = { name: server, title: server, data_classes: Object.keys(data_classes) };
  return { names: [...missing.keys()], changed: (text) => withTools(text, said, missing) };
}

/** Changes a file as a whole, if what comes of it can be read; otherwise it stays, and it is said why. */
async function edited(
  file: string,
  schema: typeof ReleaseManifest | typeof Catalogue,
  {
    names,
    mayWrite,
    changed,
  }: {
    readonly names: readonly string[];
    readonly mayWrite: boolean;
    readonly changed: (text: string) => string | undefined;
  },
): Promise<WrittenFile> {
  const left = (why: string): WrittenFile => ({ file, state: 'left', rows: names, why });
  if (!mayWrite) return left('you asked for that.');
  const text = changed(await readFile(file, 'utf8'));
  if (text === undefined) return left('it has no place for them.');
  if (Buffer.byteLength(text) > FILE_BYTES_MAX)
    return left(`it would be larger than ${FILE_BYTES_MAX} bytes.`);
  const document = readDocument({ file: basename(file), text });
  if (document.kind === 'refused' || validateDocument(document.value, schema).kind === 'refused')
    return left('it would no longer be readable.');
  try {
    await replaceFile(file, text);
  } catch (thrown) {
    return left(`it cannot be written: ${(thrown as Error).message}.`);
  }
  return { file, state: 'written', rows: names, why: null };
}
