import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Failure } from '@bailiff/contract';
import { runOpa } from '../../opa.ts';
import type { BundleFiles } from '../../sources/bundle-files.ts';
import type { Reading } from '../../sources/document.ts';
import { openStage } from '../../stage.ts';
import { archiveOf, type PackedPart, packPart, partRootOf } from '../pack-part.ts';
import { readManifest } from '../part-manifest.ts';
import { inArchive, inFolder } from '../part-paths.ts';
import { refused } from '../refusal.ts';
import { unpackPart } from '../unpack-part.ts';
import { privateKeyOf, type SigningKey } from './private-key.ts';
import { SIGNATURES_FILE } from './signature.ts';
import { signedFilesFault } from './signed-files.ts';

/** Who signs, with what and for how long. */
export interface SignOptions {
  readonly key: SigningKey;
  /** Who made the change. Default: whom the bundle names. */
  readonly author?: string;
  readonly expiresInSeconds: number;
  /** Path of the `opa` executable, or a name that PATH resolves. */
  readonly opa: string;
  readonly clock: () => number;
  readonly signal: AbortSignal;
  readonly sizeLimitBytes: number;
}

/** A part that was signed. */
export interface SignedPart extends PackedPart {
  readonly expiresAtMs: number;
}

/**
 * Signs a packed part by running `opa sign`, so that any OPA verifies it: claims `keyid`, `author`, `digest`, `iat` and `exp`. A signature
 * that it has is replaced.
 * @throws Failure `bad_request` when the private key cannot be used, `configuration_invalid` when `opa` cannot be run.
 */
export async function signPart(archive: Uint8Array, options: SignOptions): Promise<Reading<SignedPart>> {
  const unpacked = await unpackPart(archive, { sizeLimitBytes: options.sizeLimitBytes, name: 'bundle' });
  if (unpacked.kind === 'refused') return unpacked;
  return await signFiles(unpacked.value, options);
}

/** Signs a bundle’s files as {@link signPart} does, be they as an archive has them or as its folder. */
export async function signFiles(files: BundleFiles, options: SignOptions): Promise<Reading<SignedPart>> {
  const manifest = readManifest(files, 'bundle');
  if (manifest?.kind === 'refused') return manifest;
  const { name = '', author: named = '' } = manifest?.value.metadata ?? {};
  const root = partRootOf(name);
  const placed = root && inFolder(root, files);
  if (placed === undefined) {
    const detail = 'The archive is no bundle: its manifest does not name one.';
    return refused('.manifest', 'part_manifest_invalid', {
      detail,
      mend: 'Make it with `./bailiff bundle build`.',
    });
  }
  const author = options.author ?? named;
  if (author === '') {
    const detail = 'Nobody is named as the author, who may not approve the bundle.';
    return refused(name, 'author_missing', { detail, mend: 'Name whoever made the change with `--author`.' });
  }
  const packed = await packPart(placed, { name, author });
  return packed.kind === 'refused' ? packed : await signed(packed.value, { ...options, author });
}

async function signed(
  part: PackedPart,
  options: SignOptions & { readonly author: string },
): Promise<Reading<SignedPart>> {
  const { key, author, expiresInSeconds, clock } = options;
  await privateKeyOf(key);
  const issuedAt = Math.floor(clock() / 1_000);
  const { digest } = part.manifest.metadata;
  const claims = { keyid: key.id, author, digest, iat: issuedAt, exp: issuedAt + expiresInSeconds };
  const signatures = await opaSign(part, claims, options);
  const root = partRootOf(part.name) ?? [];
  const files = inArchive(root, new Map([...part.files, [SIGNATURES_FILE, signatures]]));
  const fault = selfCheck(part, signatures, claims);
  if (fault !== undefined) return fault;
  return {
    kind: 'read',
    value: { ...part, files, bytes: await archiveOf(files), expiresAtMs: claims.exp * 1_000 },
  };
}

async function opaSign(
  part: PackedPart,
  claims: object,
  { key, opa, signal }: SignOptions,
): Promise<Uint8Array> {
  await using stage = await openStage();
  await writeFile(join(stage.path, 'bundle.tar.gz'), part.bytes);
  await writeFile(join(stage.path, 'claims.json'), JSON.stringify(claims));
  const run = { opa, cwd: stage.path, signal };
  const result = await runOpa(run, [
    'sign',
    '--bundle',
    'bundle.tar.gz',
    ...['--signing-key', resolve(key.file), '--signing-alg', key.algorithm],
    ...['--claims-file', 'claims.json', '--output-file-path', '.'],
  ]);
  if (result.status !== 0) {
    const said = (result.stderr || result.stdout).trim().slice(0, 500);
    throw new Failure('bad_request', `\`opa sign\` refused: ${said}`);
  }
  return new Uint8Array(await readFile(join(stage.path, SIGNATURES_FILE)));
}

/** What OPA hashed has to be what verifiers here will hash: some YAML means one thing to OPA and another here. */
function selfCheck(
  { name, files }: PackedPart,
  signatures: Uint8Array,
  { keyid, author, digest }: { readonly keyid: string; readonly author: string; readonly digest: string },
) {
  const [token = ''] = (JSON.parse(Buffer.from(signatures).toString()) as { signatures: string[] })
    .signatures;
  const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
    readonly files: readonly { readonly name: string; readonly hash: string }[];
  };
  const root = partRootOf(name) ?? [];
  const signature = {
    ...{ keyId: keyid, algorithm: '', author, digest, issuedAtMs: undefined, expiresAtMs: undefined },
    files: new Map(payload.files.map((file) => [file.name, file.hash])),
  };
  return signedFilesFault({ name, root, files: inFolder(root, files) ?? files, signature });
}
