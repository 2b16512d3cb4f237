import type { ReleaseManifest } from '@bailiff/contract';
import type { Finding } from '../finding.ts';
import type { PartKeys } from '../parts/signing/trusted-keys.ts';
import { verifyPart } from '../parts/verify-part.ts';
import type { VectorPart } from '../releases/release-store.ts';
import { APPROVALS_FILE, filesBelow } from '../sources/bundle-files.ts';
import type { ReadPackage } from './read-packages.ts';

export interface VerifyPackagesOptions {
  readonly packages: readonly ReadPackage[];
  readonly parts: ReadonlyMap<string, VectorPart>;
  /** The registry of bundles, whole. */
  readonly bundles: ReleaseManifest['bundles'];
  readonly keys: PartKeys;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

const SIZE_LIMIT_BYTES = 33_554_432;

/**
 * Why packages are refused, by part: where `release.yaml` asks for signatures or approvals of a bundle, the package that brings it
 * has them too.
 */
export async function verifyPackages(
  options: VerifyPackagesOptions,
): Promise<ReadonlyMap<string, readonly Finding[]>> {
  const { packages, parts, bundles, keys, clock } = options;
  const refused = new Map<string, readonly Finding[]>();
  for (const { part, manifest, folder, bundle } of packages) {
    const files = parts.get(part)?.files;
    const registered = bundle && Object.hasOwn(bundles, bundle.name) ? bundles[bundle.name] : undefined;
    if (files === undefined || bundle === undefined || registered === undefined) continue;
    if (registered.signing_keys.length === 0 && registered.approvals === 0) continue;
    // It lies in a folder, and still nothing unsigned is taken.
    const { path: _path, ...registration } = registered;
    const verified = await verifyPart({
      name: bundle.name,
      registration,
      keys,
      content: { kind: 'files', files: filesBelow(files, manifest.bundle) },
      approvals: approvalsIn(files.get(APPROVALS_FILE)),
      sizeLimitBytes: SIZE_LIMIT_BYTES,
      clock,
    });
    if (verified.kind === 'refused')
      refused.set(
        part,
        verified.findings.map((finding) => ({
          ...finding,
          file: finding.file.replace(bundle.name, () => `${folder}/${manifest.bundle}`),
        })),
      );
  }
  return refused;
}

/** What is no list of approvals approves nothing. */
function approvalsIn(bytes: Uint8Array | undefined): readonly string[] {
  try {
    const read: unknown = JSON.parse(new TextDecoder().decode(bytes ?? new Uint8Array()));
    return Array.isArray(read) ? read.filter((one) => typeof one === 'string') : [];
  } catch {
    return [];
  }
}
