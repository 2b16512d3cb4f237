import type { BundleOrigin, BundleRegistration } from '@bailiff/contract';
import { BundleFailure, type Finding } from '../../finding.ts';
import { PACKAGE_PARTS } from '../../packages/package-folders.ts';
import { packageVersionFindings } from '../../packages/package-versions.ts';
import type { ReadPackage } from '../../packages/read-packages.ts';
import { verifyPackages } from '../../packages/verify-packages.ts';
import { refused } from '../../parts/refusal.ts';
import { type PartKeys, readTrustedKeys } from '../../parts/signing/trusted-keys.ts';
import { type VerifiedPart, verifyPart } from '../../parts/verify-part.ts';
import { versionFindings } from '../../parts/version-findings.ts';
import type { ReleaseVector, StoredRelease, VectorPart } from '../../releases/release-store.ts';
import type { Reading } from '../../sources/document.ts';
import { HeldFiles } from '../../sources/folder.ts';
import type { FoundBundle } from '../bundle-fetcher.ts';
import type { Objection } from '../hold-back.ts';
import { digestsOf, isSameRegistry, type PolicyFolder, registryOf } from '../target.ts';
import { shortened, versionInForce } from './version-in-force.ts';

/** A registry, with what it takes to verify by it. */
export interface VerifyingRegistry {
  readonly bundles: Readonly<Record<string, BundleRegistration>>;
  readonly packages: readonly ReadPackage[];
  readonly keys: PartKeys;
}

/** A bundle as its source has it, and how the registry says that found it. */
export interface FoundBy {
  readonly found: FoundBundle | undefined;
  readonly registration: BundleRegistration | undefined;
}

export interface AdmissionOptions {
  /** Its parts were verified by its own registry, and no other. */
  readonly folder: Pick<PolicyFolder, 'manifest' | 'registry'>;
  readonly good: StoredRelease | undefined;
  readonly trial: StoredRelease | undefined;
  /** What a part was fetched as; undefined for one that no source has now. */
  readonly foundOf: (name: string, part: VectorPart) => FoundBundle | undefined;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** @throws BundleFailure where the registry or a key cannot be read. */
export async function verifyingRegistry(vector: ReleaseVector): Promise<VerifyingRegistry> {
  const { manifest, packages } = await registryOf(vector);
  const keys = await readTrustedKeys(manifest.keys, new HeldFiles(vector.registry));
  if (keys.kind === 'refused') throw new BundleFailure(keys.findings);
  return { bundles: manifest.bundles, packages, keys: keys.value };
}

/**
 * What stands against parts of a vector by the registry that they would be composed with. Where that is not the folder’s, which was
 * taken back or did not pass, the folder’s says nothing of whose signatures and approvals count, nor of where a bundle comes from.
 * Undefined where nothing does.
 * @throws BundleFailure where a key of that registry cannot be read.
 */
export async function registrationObjection(
  vector: ReleaseVector,
  { folder, good, trial, foundOf, clock }: AdmissionOptions,
): Promise<Objection | undefined> {
  if (good === undefined || isSameRegistry(vector, folder)) return undefined;
  const digests = digestsOf(vector);
  const composedSo = [good, trial].flatMap((one) =>
    one !== undefined && isSameRegistry(vector, one.vector) ? [digestsOf(one.vector)] : [],
  );
  const isKnown = (name: string) => composedSo.some((known) => known.get(name) === digests.get(name));
  const by = await verifyingRegistry(vector);
  const objections = new Map<string, readonly Finding[]>();
  for (const [name, part] of vector.parts) {
    const registration = registrationOf(name, by.bundles);
    if (name.startsWith(PACKAGE_PARTS) || registration === undefined || isKnown(name)) continue;
    const was = { found: foundOf(name, part), registration: registrationOf(name, folder.manifest.bundles) };
    const verified = await verifiedBy(by, { name, was, clock });
    const findings = verified.kind === 'refused' ? verified.findings : olderFindings(verified.value, good);
    if (findings.length > 0) objections.set(name, findings);
  }
  const packaged = { packages: by.packages.filter(({ part }) => !isKnown(part)), parts: vector.parts };
  const isSigned = (name: string) => (registrationOf(name, by.bundles)?.signing_keys ?? []).length > 0;
  const ofPackages = [
    await verifyPackages({ ...by, ...packaged, clock }),
    await packageVersionFindings({ ...packaged, active: good.vector, isSigned }),
  ];
  for (const [part, findings] of ofPackages.flatMap((found) => [...found])) objections.set(part, findings);
  if (objections.size === 0) return undefined;
  return { check: 'registration', findings: [...objections.values()].flat(), blamed: [...objections.keys()] };
}

/** The part as another registry takes it; undefined for a folder of this disk, for which nobody signs. */
export async function verifiedBy(
  { bundles, keys }: Pick<VerifyingRegistry, 'bundles' | 'keys'>,
  { name, was, clock }: { readonly name: string; readonly was: FoundBy; readonly clock: () => number },
): Promise<Reading<VerifiedPart | undefined>> {
  const registration = registrationOf(name, bundles);
  const isSame = registration !== undefined && placeIn(registration) === placeIn(was.registration);
  if (isSame && registration.source === undefined) return { kind: 'read', value: undefined };
  if (!isSame || registration.source === undefined || was.found === undefined)
    return refused(name, 'bundle_from_elsewhere', {
      detail: `It does not come from where the release.yaml in force has \`${name}\` come from.`,
      mend: 'Bring release.yaml into force first, or name the same place as before in it.',
    });
  const { content, approvals } = was.found;
  const { size_limit_bytes: sizeLimitBytes } = registration.source;
  return await verifyPart({ name, registration, keys, content, approvals, sizeLimitBytes, clock });
}

function olderFindings(part: VerifiedPart | undefined, good: StoredRelease): readonly Finding[] {
  return part === undefined ? [] : versionFindings(shortened(part), versionInForce(part.name, good));
}

function registrationOf(
  name: string,
  bundles: Readonly<Record<string, BundleRegistration>>,
): BundleRegistration | undefined {
  return Object.hasOwn(bundles, name) ? bundles[name] : undefined;
}

/** How often and how old says nothing of where. What nobody signs is asked for by the registration that verifies. */
const NO_PLACE: ReadonlySet<string> = new Set<keyof BundleOrigin>([
  'cadence_seconds',
  'size_limit_bytes',
  'max_staleness_seconds',
  'local_development',
]);

/** Where a bundle comes from, to be compared. */
function placeIn(registration: BundleRegistration | undefined): string {
  const source = Object.entries(registration?.source ?? {}).filter(([name]) => !NO_PLACE.has(name));
  return JSON.stringify([registration?.path ?? '', source.sort(([a], [b]) => (a < b ? -1 : 1))]);
}
