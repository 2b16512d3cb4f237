import type { BundleRegistration } from '@bailiff/contract';
import type { FetchedContent } from '../delivery/bundle-fetcher.ts';
import type { BundleFiles } from '../sources/bundle-files.ts';
import { withoutHidden } from '../sources/bundle-files.ts';
import { BUNDLE_NAMES } from '../sources/bundle-name.ts';
import type { Reading } from '../sources/document.ts';
import { partRootOf, readPart } from './pack-part.ts';
import { manifestFault, type PartManifest, readManifest } from './part-manifest.ts';
import { inFolder } from './part-paths.ts';
import { type Refused, refused } from './refusal.ts';
import { countApprovals } from './signing/approvals.ts';
import { readToken, SIGNATURES_FILE, type Signature, verifySignature } from './signing/signature.ts';
import { signedFilesFault } from './signing/signed-files.ts';
import type { PartKeys } from './signing/trusted-keys.ts';
import { unpackPart } from './unpack-part.ts';

/** A bundle whose signature, content and approvals are what its registration asks for. */
export interface VerifiedPart {
  readonly name: string;
  /** As its folder has them, without OPA’s manifest and signature. */
  readonly files: BundleFiles;
  /** SHA-256 of what ships, in hexadecimal. */
  readonly digest: string;
  /** `<version>+<12 hex of the digest>`. */
  readonly revision: string;
  readonly version: string;
  /** Empty where nobody says. */
  readonly author: string;
  /** Id of the key; undefined for what local development takes unsigned. */
  readonly signedBy: string | undefined;
  /** Owners whose approvals count. */
  readonly approvedBy: readonly string[];
}

/** A part as it came, and what it is held against. */
export interface VerifyOptions {
  /** The name that it is registered under. */
  readonly name: string;
  readonly registration: BundleRegistration;
  readonly keys: PartKeys;
  readonly content: FetchedContent;
  /** Compact JWS, as they came. */
  readonly approvals: readonly string[];
  readonly sizeLimitBytes: number;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/**
 * Verifies a part: within its limits, signed by a registered key, every file as it was signed, named and numbered as it says, and
 * approved by as many owners as its registration asks for. Policy and data are parsed only after the signature holds.
 */
export async function verifyPart(options: VerifyOptions): Promise<Reading<VerifiedPart>> {
  const { name } = options;
  const root = partRootOf(name);
  if (root === undefined) {
    const detail = `No bundle may be called \`${name}\`.`;
    return refused(name, 'bundle_name_invalid', { detail, mend: `Use ${BUNDLE_NAMES}.` });
  }
  const unpacked = await filesOf(options);
  if (unpacked.kind === 'refused') return unpacked;
  const files = inFolder(root, unpacked.value);
  if (files === undefined) {
    const detail = 'Its data lies at two places.';
    return refused(name, 'data_ambiguous', { detail, mend: 'Keep one of the two files.' });
  }
  const signature = await signatureOf(options, files);
  if (signature.kind === 'refused') return signature;
  if (signature.value !== undefined) {
    const fault = signedFilesFault({ name, root, files, signature: signature.value });
    if (fault !== undefined) return fault;
  }
  const part = await readContent(options, files, signature.value);
  return part.kind === 'refused' ? part : await approved(part.value, options);
}

async function filesOf({ name, content, sizeLimitBytes }: VerifyOptions): Promise<Reading<BundleFiles>> {
  if (content.kind === 'archive') return await unpackPart(content.bytes, { sizeLimitBytes, name });
  const sizeBytes = content.files.values().reduce((sum, { length }) => sum + length, 0);
  if (sizeBytes <= sizeLimitBytes) return { kind: 'read', value: content.files };
  const detail = `The bundle has ${sizeBytes} bytes, more than ${sizeLimitBytes}.`;
  const mend = 'Make it smaller, or raise `size_limit_bytes` of its source.';
  return refused(name, 'archive_too_large', { detail, mend });
}

/** The signature; undefined where local development takes the part as unsigned. */
async function signatureOf(
  { name, registration, keys, clock }: VerifyOptions,
  files: BundleFiles,
): Promise<Reading<Signature | undefined>> {
  const { signing_keys: signingKeys, path, source } = registration;
  const mayBeUnsigned = path !== undefined || source?.local_development === true;
  const bytes = files.get(SIGNATURES_FILE);
  // Where nobody's key is registered, a signature says nothing, and stripping it would change nothing.
  if (mayBeUnsigned && (bytes === undefined || signingKeys.length === 0))
    return { kind: 'read', value: undefined };
  if (bytes === undefined) {
    const detail = 'The bundle is not signed.';
    const mend =
      'Sign it with `./bailiff bundle sign`, or mark its source with `local_development: true` where that is what it is.';
    return refused(name, 'signature_missing', { detail, mend });
  }
  const token = readToken(bytes, name);
  if (token.kind === 'refused') return token;
  return await verifySignature(token.value, { keys, signingKeys, nowMs: clock(), name });
}

type PartBeforeApproval = Omit<VerifiedPart, 'approvedBy'>;

/** What the files say, held against the name, the manifest and the signature. */
async function readContent(
  { name, registration }: VerifyOptions,
  files: BundleFiles,
  signature: Signature | undefined,
): Promise<Reading<PartBeforeApproval>> {
  const own = withoutHidden(files);
  const read = await readPart(name, own);
  if (read.kind === 'refused') return read;
  const {
    digest,
    revision,
    root,
    manifest: { version, owner, library },
  } = read.value;
  if (Object.keys(library).length > 0 && (signature !== undefined || registration.approvals > 0))
    return takesByName(name);
  const manifest = readManifest(files, name);
  if (manifest?.kind === 'refused') return manifest;
  if (manifest === undefined && signature !== undefined) {
    const detail = 'The signed bundle has no manifest, which states its digest.';
    return refused(name, 'part_manifest_missing', { detail, mend: 'Make it with `./bailiff bundle build`.' });
  }
  const author = authorOf(manifest?.value, signature);
  if (manifest !== undefined) {
    const fault = manifestFault(manifest.value, { name, root, version, owner, author, digest }, name);
    if (fault !== undefined) return fault;
  }
  return {
    kind: 'read',
    value: { name, files: own, digest, revision, version, author, signedBy: signature?.keyId },
  };
}

/** What was signed or approved is what decides: a name says other rules when the library changes. */
export function takesByName(name: string): Refused {
  const detail =
    'The bundle takes rules of the library by name, so that its files are not all that a signature or an approval would be for.';
  const mend =
    'Pack it with `./bailiff bundle build -o FILE`, which puts them in, and sign that; or copy the rules into its folder.';
  return refused(name, 'library_by_name', { detail, mend });
}

/** The signature’s word for the author, where it has one: the manifest then has to say the same. */
function authorOf(manifest: PartManifest | undefined, signature: Signature | undefined): string {
  const claimed = signature?.author ?? '';
  return claimed === '' ? (manifest?.metadata.author ?? '') : claimed;
}

async function approved(
  part: PartBeforeApproval,
  { name, registration, keys, approvals, clock }: VerifyOptions,
): Promise<Reading<VerifiedPart>> {
  const { owners, approvals: wanted } = registration;
  const { digest, author, signedBy } = part;
  const signer = signedBy === undefined ? undefined : keys.get(signedBy)?.person;
  const rules = { bundle: name, digest, author, signer, owners, keys, nowMs: clock() };
  const counted = await countApprovals(approvals, rules);
  const { approvedBy } = counted;
  if (wanted > 0 && author === '' && signedBy !== undefined) {
    const detail = 'The bundle does not name its author, who may not be among its approvers.';
    return refused(name, 'author_missing', { detail, mend: 'Sign it with `--author`.' });
  }
  if (approvedBy.length >= wanted) return { kind: 'read', value: { ...part, approvedBy } };
  return tooFew(name, { wanted, digest, owners, ...counted });
}

function tooFew(
  name: string,
  given: {
    readonly wanted: number;
    readonly digest: string;
    readonly owners: readonly string[];
    readonly approvedBy: readonly string[];
    readonly refused: readonly string[];
  },
): Refused {
  const { wanted, approvedBy, digest, owners } = given;
  const counted = approvedBy.length === 0 ? 'none counts' : `counted ${approvedBy.join(', ')}`;
  const reasons = given.refused.length === 0 ? '' : `; not counted: ${given.refused.slice(0, 10).join('; ')}`;
  const detail = `It has ${approvedBy.length} of ${wanted} approvals over ${digest.slice(0, 12)}: ${counted}${reasons}.`;
  const mend = `Let its owners (${owners.join(', ') || 'none are registered'}) approve it with \`./bailiff bundle approve\`; its author and who signed it do not count.`;
  return refused(name, 'approvals_missing', { detail, mend });
}
