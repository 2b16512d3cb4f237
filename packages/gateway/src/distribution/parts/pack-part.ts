import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { writtenOut } from '../library/written-out.ts';
import { type BundleFiles, withoutHidden } from '../sources/bundle-files.ts';
import { BUNDLE_NAMES, bundleRootOf, bundleSubjectOf } from '../sources/bundle-name.ts';
import type { Reading } from '../sources/document.ts';
import { HeldFiles } from '../sources/folder.ts';
import { type BundleSource, readBundle } from '../sources/read-bundle.ts';
import { MANIFEST_FILE, manifestOf, type PartManifest } from './part-manifest.ts';
import { FILES_MAX, inArchive, pathFault, pathsFault } from './part-paths.ts';
import { type Refused, refused } from './refusal.ts';
import { shippedDigest } from './shipped-digest.ts';

/** One bundle, packed to travel. */
export interface PackedPart {
  readonly name: string;
  readonly manifest: PartManifest;
  /** The files as the archive has them, OPA’s manifest among them and no signature. */
  readonly files: BundleFiles;
  /** `bundle.tar.gz`: the same files always give the same bytes. */
  readonly bytes: Uint8Array;
}

/**
 * Packs the files of a bundle’s folder as an OPA bundle. `author` is who answers for the change and may not approve it; who is
 * not known yet is empty. Signatures among the files are left out, because they are of other files. What the bundle takes from the
 * library is packed with it, so that it is the same wherever it arrives.
 */
export async function packPart(
  files: BundleFiles,
  { name, author }: { readonly name: string; readonly author: string },
): Promise<Reading<PackedPart>> {
  const lying = withoutHidden(files);
  const folder = await readPart(name, lying);
  if (folder.kind === 'refused') return folder;
  const own = writtenOut(lying, folder.value);
  const source = own === lying ? folder : await readPart(name, own);
  if (source.kind === 'refused') return source;
  const {
    root,
    digest,
    manifest: { version, owner },
  } = source.value;
  const manifest = manifestOf({ name, root, version, owner, author, digest });
  const bytes = new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`);
  const placed = inArchive(root, new Map([...own, [MANIFEST_FILE, bytes]]));
  return { kind: 'read', value: { name, manifest, files: placed, bytes: await archiveOf(placed) } };
}

/** Reads a part’s files strictly, in the order of its folder: names, `bundle.yaml`, data and what does not belong. */
export async function readPart(name: string, files: BundleFiles): Promise<Reading<BundleSource>> {
  const subject = bundleSubjectOf(name);
  if (subject === undefined) {
    const detail = `No bundle may be called \`${name}\`.`;
    return refused('bundle.yaml', 'bundle_name_invalid', { detail, mend: `Use ${BUNDLE_NAMES}.` });
  }
  const fault = filesFault(files);
  if (fault !== undefined)
    return refused(name, 'file_refused', { detail: fault, mend: 'Rename or remove it.' });
  const digest = shippedDigest(files);
  if (digest === undefined) {
    const detail = 'A file is not text in UTF-8, or begins with a byte-order mark.';
    return refused(name, 'file_unreadable', { detail, mend: 'Save it as UTF-8 without a mark.' });
  }
  // Its registration says nothing of its content; it is read as any.
  const registration = { ...NOTHING_REGISTERED, path: name };
  const place = { tree: new HeldFiles(files, name), path: '' };
  try {
    return (await readBundle({ name, subject, registration }, place)) ?? missing(name);
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    // The stack ends before the nesting does.
    const detail = 'A document in it is nested too deep.';
    return refused(name, 'document_invalid', { detail, mend: 'Nest less.' });
  }
}

/** The root of a bundle of this name; undefined when no bundle may have the name. */
export function partRootOf(name: string): readonly string[] | undefined {
  const subject = bundleSubjectOf(name);
  return subject && bundleRootOf(subject);
}

/** A tar of the files in their order, compressed, with nothing in it of who made it, when and where. */
export async function archiveOf(files: BundleFiles): Promise<Uint8Array> {
  const tar = pack();
  for (const [name, bytes] of files) tar.entry({ name, size: bytes.length, ...NOBODY }, Buffer.from(bytes));
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
  const bytes = new Uint8Array(gzipSync(Buffer.concat(chunks), { level: 9 }));
  bytes[GZIP_SYSTEM_OFFSET] = GZIP_SYSTEM_UNKNOWN;
  return bytes;
}

const NOBODY = { mtime: new Date(0), mode: 0o644, uid: 0, gid: 0, type: 'file' } as const;

/** @see https://www.rfc-editor.org/rfc/rfc1952#page-8 the byte that names the system it was made on */
const GZIP_SYSTEM_OFFSET = 9;
const GZIP_SYSTEM_UNKNOWN = 255;

const NOTHING_REGISTERED = {
  owners: [],
  signing_keys: [],
  approvals: 0,
  required: true,
  may_grant: false,
  may_read: [],
  overrides_max: 0,
};

function filesFault(files: BundleFiles): string | undefined {
  if (files.size > FILES_MAX) return `There are more than ${FILES_MAX} files.`;
  for (const path of files.keys()) {
    const fault = pathFault(path);
    if (fault !== undefined) return fault;
  }
  return pathsFault(files.keys());
}

function missing(name: string): Refused {
  return refused(name, 'bundle_missing', { detail: 'There is no such bundle.', mend: 'Add its files.' });
}
