import type { BundleFiles } from '../../sources/bundle-files.ts';
import { readManifest } from '../part-manifest.ts';
import { folderPathOf, pathFault, quoted } from '../part-paths.ts';
import { type Refused, refused } from '../refusal.ts';
import { shippedDigest } from '../shipped-digest.ts';
import { SIGNATURES_FILE, type Signature } from './signature.ts';
import { isStructured, signedHashOf } from './structured-hash.ts';

/** Files beside the signature that they are held against. */
export interface SignedFiles {
  readonly name: string;
  readonly root: readonly string[];
  /** As the bundle’s folder has them. */
  readonly files: BundleFiles;
  readonly signature: Signature;
}

/**
 * What of a part is not what was signed; undefined where every file is, and no other is there. Data, of which OPA signs the meaning
 * and not the bytes, is parsed last, where the signature states the digest of its bytes.
 */
export function signedFilesFault(part: SignedFiles): Refused | undefined {
  const hashes = new Map(
    [...part.signature.files].map(([path, hash]) => [folderPathOf(part.root, path), hash]),
  );
  return listFault(part, hashes) ?? contentFault(part, hashes);
}

function listFault(
  { name, files, signature }: SignedFiles,
  hashes: ReadonlyMap<string, string>,
): Refused | undefined {
  const at = `${name}/${SIGNATURES_FILE}`;
  const mend = 'Sign the bundle as it is, or take back the change.';
  if (
    hashes.size !== signature.files.size ||
    [...hashes.keys()].some((path) => pathFault(path) !== undefined)
  )
    return refused(at, 'signature_invalid', { detail: 'The signature lists files that cannot be.', mend });
  const unsigned = [...files.keys()].filter((path) => path !== SIGNATURES_FILE && !hashes.has(path));
  if (unsigned.length > 0) {
    const detail = `${list(unsigned)} ${unsigned.length === 1 ? 'is' : 'are'} not in the signature.`;
    return refused(at, 'file_unsigned', { detail, mend });
  }
  const absent = [...hashes.keys()].filter((path) => path === SIGNATURES_FILE || !files.has(path));
  if (absent.length === 0) return undefined;
  const detail = `${list(absent)} ${absent.length === 1 ? 'is' : 'are'} signed and not in the bundle.`;
  return refused(at, 'file_missing', { detail, mend });
}

function contentFault(
  { name, files, signature }: SignedFiles,
  hashes: ReadonlyMap<string, string>,
): Refused | undefined {
  const changed = (path: string) => {
    const bytes = files.get(path);
    return bytes === undefined || signedHashOf(path, bytes) !== hashes.get(path);
  };
  const isData = (path: string) => isStructured(path) && path !== '.manifest';
  for (const path of [...hashes.keys()].filter((file) => !isData(file)))
    if (changed(path)) return fileChanged(name, path);
  const manifest = readManifest(files, name);
  if (manifest?.kind === 'read' && manifest.value.metadata.name !== name)
    return otherName(name, manifest.value.metadata.name);
  // Of data the signature holds the meaning; a signed digest holds its bytes, before anything parses them.
  const digests = [signature.digest, manifest?.kind === 'read' ? manifest.value.metadata.digest : undefined];
  const shipped = shippedDigest(files);
  const wanted = digests.find((digest) => digest !== undefined && digest !== shipped);
  if (wanted !== undefined) {
    const detail = `What ships is not what was signed, ${wanted.slice(0, 12)}.`;
    return refused(name, 'digest_mismatch', { detail, mend: 'Fetch it again, or sign it as it is.' });
  }
  for (const path of [...hashes.keys()].filter(isData)) if (changed(path)) return dataChanged(name, path);
  return undefined;
}

function otherName(name: string, signedAs: string): Refused {
  const detail = `The bundle was signed as ${quoted(signedAs)} and is registered as ${quoted(name)}.`;
  return refused(name, 'bundle_name_mismatch', {
    detail,
    mend: 'Correct its source, or the name in release.yaml.',
  });
}

function fileChanged(name: string, path: string): Refused {
  const detail = 'The file is not what was signed.';
  return refused(`${name}/${path}`, 'file_changed', { detail, mend: 'Fetch it again, or sign it as it is.' });
}

function dataChanged(name: string, path: string): Refused {
  const detail = 'The data is not what was signed, or OPA reads it differently than this gateway.';
  const mend =
    'Fetch it again; else put words like `017`, `0b1` and `1_000` in quotes and sign the bundle again.';
  return refused(`${name}/${path}`, 'file_changed', { detail, mend });
}

function list(paths: readonly string[]): string {
  const named = paths.slice(0, 5).map((path) => quoted(path));
  return paths.length > 5 ? `${named.join(', ')} and ${paths.length - 5} more` : named.join(', ');
}
