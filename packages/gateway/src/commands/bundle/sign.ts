import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure, type TrustedKey } from '@bailiff/contract';
import { nameOf } from '../../distribution/parts/inspect-part.ts';
import { packPart, readPart } from '../../distribution/parts/pack-part.ts';
import { usualAlgorithm } from '../../distribution/parts/signing/private-key.ts';
import { signFiles } from '../../distribution/parts/signing/sign-part.ts';
import { takesByName } from '../../distribution/parts/verify-part.ts';
import { type BundleFiles, HIDDEN_FILES, withoutHidden } from '../../distribution/sources/bundle-files.ts';
import { opaPath } from '../places.ts';
import { type BundleOutcome, done, type JsonOption, partOutcomeOf, taken } from './outcome.ts';
import { filesAt, readPlace, SIZE_LIMIT_BYTES } from './part-place.ts';

export interface SignOptions extends JsonOption {
  readonly key: string;
  readonly keyId: string;
  readonly algorithm?: TrustedKey['algorithm'];
  readonly author?: string;
  readonly expiresInDays: number;
  /** Where the signed bundle is written. Default: where it was. */
  readonly output?: string;
}

const DAY_SECONDS = 86_400;

/** Signs a bundle’s file, or its folder: there OPA’s manifest and signature are written beside the others. */
export function bundleSign(word: string, options: SignOptions): Promise<BundleOutcome> {
  const { key, keyId, author, expiresInDays, output = word, json } = options;
  return partOutcomeOf(json, async () => {
    const part = await readPlace(word, {});
    if (part.place.kind === 'registry')
      throw new Failure('bad_request', 'Pull the bundle first: a file is signed, and pushed again.');
    const isFolder = part.place.kind === 'folder';
    const files = await filesAt(part);
    // A folder has no manifest yet, or one of what it held before.
    const own = isFolder ? await packedFolder(files, author) : files;
    const algorithm = options.algorithm ?? (await usualAlgorithm(key));
    const signed = taken(
      await signFiles(own, {
        key: { id: keyId, algorithm, file: key },
        ...(author !== undefined && { author }),
        expiresInSeconds: expiresInDays * DAY_SECONDS,
        opa: opaPath(),
        clock: Date.now,
        signal: new AbortController().signal,
        sizeLimitBytes: SIZE_LIMIT_BYTES,
      }),
    );
    if (isFolder) {
      for (const path of HIDDEN_FILES) {
        const file = join(output, path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, signed.files.get(path) ?? '');
      }
    } else await writeFile(output, signed.bytes);
    const { name, manifest } = signed;
    const expires = new Date(signed.expiresAtMs).toISOString();
    return done(
      json,
      {
        ...{ name, revision: manifest.revision, digest: manifest.metadata.digest },
        ...{ author: manifest.metadata.author, key_id: keyId, algorithm, expires_at: expires, output },
      },
      `signed ${name} ${manifest.revision} as ${keyId} (${algorithm}), author ${manifest.metadata.author}, until ${expires}\nwritten to ${output}\n`,
    );
  });
}

/** A folder’s files as they lie there, with a manifest. */
async function packedFolder(files: BundleFiles, author = ''): Promise<BundleFiles> {
  const name = taken(nameOf(files));
  const { library } = taken(await readPart(name, withoutHidden(files))).manifest;
  if (Object.keys(library).length > 0) taken(takesByName(name));
  return taken(await packPart(files, { name, author })).files;
}
