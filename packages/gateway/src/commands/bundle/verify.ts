import { ReleaseManifest } from '@bailiff/contract';
import pc from 'picocolors';
import { nameOf } from '../../distribution/parts/inspect-part.ts';
import { refused } from '../../distribution/parts/refusal.ts';
import { readTrustedKeys } from '../../distribution/parts/signing/trusted-keys.ts';
import { type VerifiedPart, verifyPart } from '../../distribution/parts/verify-part.ts';
import { SourceFolder } from '../../distribution/sources/folder.ts';
import { type BundleOutcome, done, type JsonOption, partOutcomeOf, taken } from './outcome.ts';
import { filesAt, type PlacedPart, type RegistryOptions, readPlace, SIZE_LIMIT_BYTES } from './part-place.ts';

export interface VerifyOptions extends JsonOption, RegistryOptions {
  /** Folder with the `release.yaml` whose keys, owners and approvals it is held against. */
  readonly release: string;
  /** Name that it is registered under. Default: the one that it gives itself. */
  readonly bundle?: string;
}

/** Verifies a bundle as a gateway does that takes it from its source. */
export function bundleVerify(word: string, options: VerifyOptions): Promise<BundleOutcome> {
  const { json, release, bundle } = options;
  return partOutcomeOf(json, async () => {
    const part = await readPlace(word, options);
    const name = bundle ?? taken(nameOf(await filesAt(part)));
    const verified = await verifyPlaced(part, { name, release });
    const { version, revision, digest, author, signedBy, approvedBy } = verified;
    const facts = { name, version, revision, digest, author };
    return done(
      json,
      { ...facts, signed_by: signedBy ?? null, approved_by: approvedBy },
      verifiedText(verified),
    );
  });
}

/** The part, verified by the registry of bundles of a release. @throws BundleFailure with what it is refused for. */
export async function verifyPlaced(
  { content, approvals }: PlacedPart,
  { name, release }: { readonly name: string; readonly release: string },
): Promise<VerifiedPart> {
  const folder = new SourceFolder(release);
  const { value, document } = taken(await folder.valid('release.yaml', ReleaseManifest));
  const registration = Object.hasOwn(value.bundles, name) ? value.bundles[name] : undefined;
  if (registration === undefined) {
    const detail = `No bundle \`${name}\` is registered.`;
    const mend = 'Register it under `bundles`, or name with --bundle what it is registered as.';
    return taken(refused(document.file, 'bundle_unregistered', { detail, mend }));
  }
  const keys = taken(await readTrustedKeys(value.keys, folder));
  const sizeLimitBytes = registration.source?.size_limit_bytes ?? SIZE_LIMIT_BYTES;
  return taken(
    await verifyPart({ name, registration, keys, content, approvals, sizeLimitBytes, clock: Date.now }),
  );
}

function verifiedText({ name, revision, author, signedBy, approvedBy, digest }: VerifiedPart): string {
  const signed =
    signedBy === undefined ? pc.yellow('not signed: local development') : `signed by ${signedBy}`;
  return [
    `${pc.green('✓ verified')} ${name} ${revision}, ${signed}${author === '' ? '' : `, author ${author}`}\n`,
    `digest ${digest}\n`,
    `approved by ${approvedBy.length === 0 ? 'nobody' : approvedBy.join(', ')}\n`,
  ].join('');
}
