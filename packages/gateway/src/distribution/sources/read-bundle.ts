import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { BundleManifest, type JsonObject, type ReleaseManifest, RuleKind } from '@bailiff/contract';
import { compare, type Finding } from '../finding.ts';
import { type TakenRules, takeRules } from '../library/take-rules.ts';
import { type BundleSubject, bundleRootOf } from './bundle-name.ts';
import { isObject, type Reading, type SourceDocument } from './document.ts';
import {
  DATA_BYTES_MAX,
  FILE_BYTES_MAX,
  type SourceModule,
  type SourceTree,
  type ValidDocument,
} from './folder.ts';

/** A bundle as its folder holds it. */
export interface BundleSource {
  /** As `compliance` or `servers/crm`. */
  readonly name: string;
  readonly subject: BundleSubject;
  /** Path of its package and data below `data`, as `['policy', 'compliance']`. */
  readonly root: readonly string[];
  readonly registration: ReleaseManifest['bundles'][string];
  /** Its folder as findings name it. */
  readonly place: string;
  readonly manifest: BundleManifest;
  /** Places in `bundle.yaml`. */
  readonly manifestDocument: SourceDocument;
  readonly modules: readonly SourceModule[];
  readonly tests: readonly SourceModule[];
  readonly data: JsonObject;
  /** Places in the data file; undefined when the bundle has none. */
  readonly dataDocument: SourceDocument | undefined;
  /** `<semver>+<12 hex>` of a digest over every byte of what ships, what it takes by name included. Tests are not in it. */
  readonly revision: string;
  /** That digest, whole. */
  readonly digest: string;
}

/** A bundle as `release.yaml` registers it. */
export interface RegisteredBundle {
  readonly name: string;
  readonly subject: BundleSubject;
  readonly registration: ReleaseManifest['bundles'][string];
}

/** Names that the builder and the kernel use below a bundle’s root. */
export function isReservedName(name: string): boolean {
  return (
    name === 'catalogue' ||
    name === CANARY_RULES ||
    RuleKind.options.some((kind) => RESERVED_FORMS.some((form) => form + kind === name))
  );
}

/** The document below a bundle’s root in which each of its rules in mode `canary` stands under its id. */
export const CANARY_RULES = 'canary_rules';

const RESERVED_FORMS = ['', 'watched_', 'off_'];

const MANIFEST = 'bundle.yaml';
const DATA_FILES = ['data.yaml', 'data.json'];

/** Files that may lie in a bundle’s folder and are no part of it. Anything else could be a misspelt rule. */
const BYSTANDER = /(^|\/)(LICENSE|NOTICE|[^/]+\.(md|txt))$/;

/** Files of cases, that `policy test` holds the release to. */
export const CASE_FILE = /(^|\/)([^/]+_)?cases\.ya?ml$/;

/** Where a bundle’s files are. */
export interface BundlePlace {
  readonly tree: SourceTree;
  /** Its folder in the tree; empty where the tree holds nothing else. */
  readonly path: string;
}

/** Reads a bundle’s folder; undefined when there is none. */
export async function readBundle(
  bundle: RegisteredBundle,
  { tree: folder, path }: BundlePlace,
): Promise<Reading<BundleSource> | undefined> {
  const listed = await folder.list(path);
  if (listed === undefined || listed.kind === 'refused') return listed;
  const findings: Finding[] = [];
  const collect = <Value>(reading: Reading<Value>): Value | undefined => {
    if (reading.kind === 'read') return reading.value;
    findings.push(...reading.findings);
    return undefined;
  };

  const manifest = collect(await folder.valid(join(path, MANIFEST), BundleManifest));
  if (manifest !== undefined && manifest.value.name !== bundle.name) {
    findings.push({
      file: manifest.document.file,
      row: manifest.document.rowOf(['name']),
      code: 'bundle_name_mismatch',
      detail: `The bundle is called \`${manifest.value.name}\` here and \`${bundle.name}\` in release.yaml.`,
      mend: 'Give it the same name in both.',
    });
  }
  const shipped: (readonly [path: string, text: string])[] = [];
  const modules: SourceModule[] = [];
  const tests: SourceModule[] = [];
  for (const file of listed.value.filter((name) => name.endsWith('.rego'))) {
    const text = collect(await folder.text(join(path, file), FILE_BYTES_MAX));
    if (text === undefined) continue;
    const module = { file: folder.nameOf(join(path, file)), path: `${bundle.name}/${file}`, text };
    if (file.endsWith('_test.rego')) tests.push(module);
    else {
      modules.push(module);
      shipped.push([file, text]);
    }
  }
  const data = collect(await readData({ tree: folder, path }, listed.value));
  findings.push(...strayFiles(folder, path, listed.value));
  const taken = manifest && data && (await takenBy(bundle.subject, { manifest, data, files: listed.value }));
  findings.push(...(taken?.findings ?? []));
  if (findings.length > 0 || manifest === undefined || data === undefined || taken === undefined)
    return { kind: 'refused', findings };
  for (const [file, text] of taken.files) {
    const module = { file: folder.nameOf(join(path, file)), path: `${bundle.name}/${file}`, text };
    (file.endsWith('_test.rego') ? tests : modules).push(module);
  }
  const manifestText = collect(await folder.text(join(path, MANIFEST), FILE_BYTES_MAX)) ?? '';
  const digest = digestOf([...shipped, ...shippedOf(taken), ...data.files, [MANIFEST, manifestText]]);
  return {
    kind: 'read',
    value: {
      ...bundle,
      root: bundleRootOf(bundle.subject),
      place: folder.nameOf(path),
      manifest: manifest.value,
      manifestDocument: manifest.document,
      modules,
      tests,
      data: taken.data,
      dataDocument: data.document,
      revision: `${manifest.value.version}+${digest.slice(0, 12)}`,
      digest,
    },
  };
}

function takenBy(
  subject: BundleSubject,
  {
    manifest,
    data,
    files,
  }: {
    readonly manifest: ValidDocument<BundleManifest>;
    readonly data: BundleData;
    readonly files: readonly string[];
  },
): Promise<TakenRules> {
  return takeRules({
    subject,
    manifest: manifest.value,
    manifestDocument: manifest.document,
    data: data.value,
    dataDocument: data.document,
    files,
  });
}

/** Rules that are taken by name, and the configuration that they then have; nothing where nothing is taken. */
function shippedOf({ files, data }: TakenRules): (readonly [path: string, text: string])[] {
  if (files.length === 0) return [];
  const rules = files.filter(([path]) => !path.endsWith('_test.rego'));
  return [...rules, ['library', JSON.stringify(data.library)]];
}

interface BundleData {
  readonly value: JsonObject;
  readonly document: SourceDocument | undefined;
  readonly files: readonly (readonly [path: string, text: string])[];
}

async function readData(
  { tree: folder, path }: BundlePlace,
  files: readonly string[],
): Promise<Reading<BundleData>> {
  const [file, second] = files.filter((name) => DATA_FILES.includes(name));
  if (file === undefined) return { kind: 'read', value: { value: {}, document: undefined, files: [] } };
  const at = join(path, file);
  if (second !== undefined) {
    const words = { detail: `There is ${second} too.`, mend: 'Keep one of the two.' };
    return { kind: 'refused', findings: [folder.finding(at, 'data_ambiguous', words)] };
  }
  const text = await folder.text(at, DATA_BYTES_MAX);
  if (text.kind === 'refused') return text;
  const document = await folder.document(at, DATA_BYTES_MAX);
  if (document.kind === 'refused') return document;
  const { value } = document.value;
  if (!isObject(value)) {
    const words = { detail: 'A bundle’s data is an object.', mend: 'Put the values under keys.' };
    return { kind: 'refused', findings: [folder.finding(at, 'data_invalid', words)] };
  }
  const reserved = Object.keys(value).filter(isReservedName);
  if (reserved.length === 0) {
    return { kind: 'read', value: { value, document: document.value, files: [[file, text.value]] } };
  }
  return {
    kind: 'refused',
    findings: reserved.map((key) => ({
      file: folder.nameOf(at),
      row: document.value.rowOf([key]),
      code: 'data_reserved',
      detail: `Data may not stand under \`${key}\`, which belongs to the rules.`,
      mend: 'Choose another key.',
    })),
  };
}

function strayFiles(folder: SourceTree, path: string, files: readonly string[]): Finding[] {
  return files
    .filter((file) => !file.endsWith('.rego') && file !== MANIFEST && !DATA_FILES.includes(file))
    .filter((file) => !BYSTANDER.test(file) && !CASE_FILE.test(file))
    .map((file) =>
      folder.finding(join(path, file), 'file_unknown', {
        detail: 'A bundle has no file like this, so it would be ignored.',
        mend: `Use ${MANIFEST}, ${DATA_FILES.join(' or ')}, *.rego, *_test.rego and *_cases.yaml, or move it out of the folder.`,
      }),
    );
}

/** SHA-256 in hexadecimal over names and contents, whatever their order. */
export function digestOf(files: readonly (readonly [path: string, text: string])[]): string {
  const sorted = [...files].sort(([a], [b]) => compare(a, b));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
}
