import { type BundleOrigin, type BundleRegistration, failureOf } from '@bailiff/contract';
import { BundleFailure, type Finding } from '../finding.ts';
import { packageVersionFindings } from '../packages/package-versions.ts';
import { partOfBundle, type ReadPackage } from '../packages/read-packages.ts';
import { verifyPackages } from '../packages/verify-packages.ts';
import { type PartKeys, readTrustedKeys } from '../parts/signing/trusted-keys.ts';
import { type VerifiedPart, verifyPart } from '../parts/verify-part.ts';
import { versionFindings } from '../parts/version-findings.ts';
import type { ReleaseVector, StoredRelease, VectorPart } from '../releases/release-store.ts';
import type { Absence } from '../sources/absence.ts';
import { HeldFiles } from '../sources/folder.ts';
import { AgeInForce, type Looked } from './admission/age-in-force.ts';
import { registrationObjection } from './admission/other-registry.ts';
import { shortened, versionInForce } from './admission/version-in-force.ts';
import type { BundleFetcher } from './bundle-fetcher.ts';
import type { BundleStatus, HeldBack } from './delivery-status.ts';
import { FollowedSource, type Handed, type SourceBundle } from './followed-source.ts';
import type { LastGood } from './following/last-good.ts';
import type { Objection } from './hold-back.ts';
import { isSameRegistry, type PolicyFolder } from './target.ts';
import { heldBack } from './words.ts';

export interface FetchedPartsOptions {
  readonly openFetcher: (name: string, origin: BundleOrigin) => BundleFetcher;
  readonly lastGood: LastGood;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Evenly within [0, 1). */
  readonly random: () => number;
  /** There is another verified part, or one became or is no longer too old. Never throws. */
  readonly onChange: () => void;
  /** A bundle became too old, or no longer is: to be heeded at once, whatever else is under way. Never throws. */
  readonly onStale: () => void;
  /** Something beside a look goes wrong, for people. Never throws. */
  readonly onTrouble: (detail: string) => void;
}

/** A bundle that is followed, under one registration. */
interface Followed {
  readonly source: FollowedSource;
  /** What it was opened for: another registration or key is another one. */
  readonly opened: string;
  /** Whether its age is limited. */
  readonly hasLimit: boolean;
  part: VerifiedPart | undefined;
  /** What `part` was verified of. */
  found: SourceBundle | undefined;
  /** Whether whoever had it opened still waits for its first look. */
  isAwaited: boolean;
  refused: HeldBack | undefined;
}

/** What calls are decided by. */
export interface InUse {
  /** Undefined where nothing is in force. */
  readonly good: StoredRelease | undefined;
  /** Undefined where nothing is on trial. */
  readonly trial?: StoredRelease | undefined;
}

/** How long a bundle that is new is waited for. One that comes later is a change like any other. */
const FIRST_LOOK_MS = 10_000;

/** Follows the sources of all bundles that the registry has fetched, and holds the newest verified part of each. */
export class FetchedParts implements AsyncDisposable {
  readonly #options: FetchedPartsOptions;
  readonly #followed = new Map<string, Followed>();
  #registrations: Readonly<Record<string, BundleRegistration>> = {};
  #packages: readonly ReadPackage[] = [];
  readonly #age = new AgeInForce();

  constructor(options: FetchedPartsOptions) {
    this.#options = options;
  }

  /**
   * The parts that the registry asks for, those in its folder included, and those that were refused: of these the ones on trial, or
   * in force.
   * `absent` says why there is none of a bundle.
   * @throws BundleFailure where a key cannot be read.
   */
  async partsFor(
    folder: PolicyFolder,
    inUse: InUse,
    signal: AbortSignal,
  ): Promise<{
    readonly parts: ReadonlyMap<string, VectorPart>;
    readonly refused: ReadonlyMap<string, HeldBack>;
    readonly absent: ReadonlyMap<string, Absence>;
    /** What is fetched, where not the folder’s registry alone decides by which signatures and approvals. */
    readonly fetchedAs: readonly string[];
    /** What stands against parts of a vector by the registry that they would be composed with, where that is not the folder’s. */
    readonly objectionTo: (vector: ReleaseVector) => Promise<Objection | undefined>;
  }> {
    const { onTrouble } = this.#options;
    const { good } = inUse;
    // What is on trial by another registry was verified by that, and not by this one.
    const trial = inUse.trial && isSameRegistry(folder, inUse.trial.vector) ? inUse.trial : undefined;
    this.#age.note(this.#looked());
    const keys = await this.#follow(folder, signal);
    const parts = new Map(folder.parts);
    const refused = new Map<string, HeldBack>();
    const absent = new Map<string, Absence>();
    const unverified = await verifyPackages({
      packages: folder.packages,
      parts: folder.parts,
      bundles: folder.manifest.bundles,
      keys,
      clock: this.#options.clock,
    });
    const older = await packageVersionFindings({
      ...{ packages: folder.packages, parts: folder.parts, active: good?.vector },
      isSigned: (name) => (registrationOf(name, folder)?.signing_keys ?? []).length > 0,
    });
    const notTaken = [
      ...[...older].map((one) => ['version', ...one] as const),
      ...[...folder.refused].map((one) => ['read', ...one] as const),
      ...[...unverified].map((one) => ['verify', ...one] as const),
    ];
    for (const [check, name, findings] of notTaken) {
      const before = (check === 'version' ? good : (trial ?? good))?.vector.parts.get(name);
      refused.set(name, this.#heldBack(check, findings));
      if (before !== undefined) parts.set(name, before);
      else parts.delete(name);
    }
    for (const [name, { source, part, refused: why }] of this.#followed) {
      const before = (part === undefined ? (trial ?? good) : good)?.vector.parts.get(name);
      const older = part === undefined ? [] : versionFindings(shortened(part), versionInForce(name, good));
      if (older.length > 0) refused.set(name, this.#heldBack('version', older));
      // What the source has now is to be told of, not what it had before.
      if (why !== undefined) refused.set(name, why);
      // An older one is not what a start without network should begin with.
      if (part !== undefined && older.length === 0)
        await source.good().catch((thrown: unknown) => onTrouble(failureOf(thrown).detail));
      if (part !== undefined && older.length === 0)
        parts.set(name, { files: part.files, place: name, author: part.author });
      else if (before !== undefined) parts.set(name, before);
      else absent.set(name, absenceOf(refused.get(name), source));
    }
    await this.#age.heed({ folder, good, trial }, this.#looked(), this.#options.clock);
    const fetchedAs = good === undefined || isSameRegistry(folder, good.vector) ? [] : this.#fetchedAs();
    const objectionTo = (vector: ReleaseVector) => this.#objectionTo(vector, folder, inUse);
    return { parts, refused, absent, fetchedAs, objectionTo };
  }

  /** Names of required bundles whose last look is longer ago than their registration permits, the folder’s or that in force. */
  stale(): ReadonlySet<string> {
    const names = [...this.#followed].flatMap(([name, followed]) =>
      this.#registrations[name]?.required && isStale(followed) ? [name] : [],
    );
    this.#age.note(this.#looked());
    return new Set([...names, ...this.#age.stale(this.#options.clock())]);
  }

  /** Looks at every source at once, whatever their cadence. */
  async pullNow(): Promise<void> {
    // One that was dropped meanwhile is no reason to say nothing of the others.
    await Promise.allSettled([...this.#followed.values()].map(({ source }) => source.pullNow()));
  }

  /** How the bundles of the registry stand. */
  bundlesOf(good: StoredRelease | undefined, held: ReadonlyMap<string, HeldBack>): BundleStatus[] {
    return Object.entries(this.#registrations).map(([name, { owners, path }]) => {
      const followed = this.#followed.get(name);
      const status = followed?.source.status();
      const { name: _name, described, ...pull } = status ?? { name, described: path ?? '' };
      return {
        name,
        revision: good?.release.data.bundles[name] ?? null,
        owners,
        author: followed?.part?.author ?? '',
        source: described,
        signed_by: followed?.part?.signedBy ?? null,
        approved_by: followed?.part?.approvedBy ?? [],
        pull: status === undefined ? null : (pull as NonNullable<BundleStatus['pull']>),
        held: held.get(partOfBundle(name, this.#packages)) ?? null,
      };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const all = [...this.#followed.values()];
    this.#followed.clear();
    await Promise.all(all.map(({ source }) => source[Symbol.asyncDispose]()));
  }

  /** Follows what the registry names now, and gives its keys. */
  async #follow({ manifest, registry, packages }: PolicyFolder, signal: AbortSignal): Promise<PartKeys> {
    const keys = await readTrustedKeys(manifest.keys, new HeldFiles(registry));
    if (keys.kind === 'refused') throw new BundleFailure(keys.findings);
    this.#registrations = manifest.bundles;
    this.#packages = packages;
    const pems = Object.values(manifest.keys).map(({ file }) =>
      Buffer.from(registry.get(file) ?? '').toString(),
    );
    const keysText = JSON.stringify([manifest.keys, pems]);
    const wanted = Object.entries(manifest.bundles).flatMap(([name, registration]) =>
      registration.source === undefined ? [] : [{ name, registration, origin: registration.source }],
    );
    const names = new Set(wanted.map(({ name }) => name));
    const first: Promise<void>[] = [];
    for (const [name, followed] of this.#followed) if (!names.has(name)) await this.#drop(name, followed);
    for (const { name, registration, origin } of wanted) {
      const opened = JSON.stringify([registration, keysText]);
      const before = this.#followed.get(name);
      if (before?.opened === opened) continue;
      if (before !== undefined) await this.#drop(name, before);
      first.push(this.#open(name, { registration, origin, opened, keys: keys.value }));
    }
    if (first.length === 0) return keys.value;
    const tooLate = AbortSignal.any([signal, AbortSignal.timeout(FIRST_LOOK_MS)]);
    await Promise.race([
      Promise.all(first),
      new Promise<void>((resolve) => tooLate.addEventListener('abort', () => resolve(), { once: true })),
    ]);
    for (const followed of this.#followed.values()) followed.isAwaited = false;
    signal.throwIfAborted();
    return keys.value;
  }

  /** Resolves once the source was looked at, or its last good copy taken. */
  #open(
    name: string,
    {
      registration,
      origin,
      opened,
      keys,
    }: {
      readonly registration: BundleRegistration;
      readonly origin: BundleOrigin;
      readonly opened: string;
      readonly keys: PartKeys;
    },
  ): Promise<void> {
    const { openFetcher, onChange, onStale } = this.#options;
    const onFound = async (found: SourceBundle): Promise<Handed> => {
      const followed = this.#followed.get(name);
      if (followed === undefined || followed.source !== source) return 'refused';
      const verified = await verifyPart({
        name,
        registration,
        keys,
        ...found,
        sizeLimitBytes: origin.size_limit_bytes,
        clock: this.#options.clock,
      });
      followed.refused =
        verified.kind === 'refused' ? this.#heldBack('verify', verified.findings) : undefined;
      if (verified.kind === 'read') {
        followed.part = verified.value;
        followed.found = found;
      }
      if (!followed.isAwaited) onChange();
      return verified.kind === 'read' ? 'taken' : 'refused';
    };
    const source = new FollowedSource({
      ...this.#options,
      name,
      fetcher: openFetcher(name, origin),
      origin,
      onFound,
      onStale: () => {
        onStale();
        onChange();
      },
    });
    const hasLimit = origin.max_staleness_seconds !== undefined;
    this.#followed.set(name, {
      source,
      opened,
      hasLimit,
      part: undefined,
      found: undefined,
      refused: undefined,
      isAwaited: true,
    });
    return source.whenLooked();
  }

  #objectionTo(
    vector: ReleaseVector,
    folder: PolicyFolder,
    { good, trial }: InUse,
  ): Promise<Objection | undefined> {
    const { clock } = this.#options;
    const foundOf = (name: string, { files }: VectorPart) => {
      const followed = this.#followed.get(name);
      return followed?.part?.files === files ? followed.found : undefined;
    };
    return registrationObjection(vector, { folder, good, trial, foundOf, clock });
  }

  /** With other signatures or approvals the same files are another matter. */
  #fetchedAs(): readonly string[] {
    return [...this.#followed].map(([name, { found }]) => `${name} ${found?.version}`).sort();
  }

  #looked(): ReadonlyMap<string, Looked> {
    const now = this.#options.clock();
    return new Map(
      [...this.#followed].map(([name, { source, found }]) => {
        const age = source.status().age_seconds;
        return [name, { found, at: age === null ? undefined : now - age * 1_000 }] as const;
      }),
    );
  }

  async #drop(name: string, { source }: Followed): Promise<void> {
    this.#followed.delete(name);
    await source[Symbol.asyncDispose]();
  }

  #heldBack(check: string, findings: readonly Finding[]): HeldBack {
    return heldBack({ check, findings, blamed: [] }, new Date(this.#options.clock()).toISOString());
  }
}

/** Whether nobody knows for too long that what decides is current. What was never taken from its source is not known to be. */
function isStale({ source, part, hasLimit }: Followed): boolean {
  return source.status().stale || (hasLimit && part === undefined);
}

/** Why there is nothing of a source that could be taken. */
function absenceOf(refused: HeldBack | undefined, source: FollowedSource): Absence {
  if (refused !== undefined) return { kind: 'refused', findings: refused.findings };
  const { last_pull: pull } = source.status();
  const detail =
    pull?.detail ?? `Its source did not answer within ${FIRST_LOOK_MS / 1_000} s. It is tried again.`;
  return { kind: 'unavailable', detail };
}

function registrationOf(
  name: string,
  { manifest: { bundles } }: PolicyFolder,
): BundleRegistration | undefined {
  return Object.hasOwn(bundles, name) ? bundles[name] : undefined;
}
