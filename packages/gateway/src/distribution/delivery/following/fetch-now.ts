import {
  type BundleOrigin,
  type BundleRegistration,
  Failure,
  failureOf,
  ReleaseManifest,
} from '@bailiff/contract';
import { BundleFailure, type Finding } from '../../finding.ts';
import { inParallel } from '../../opa.ts';
import { readRegisteredBundles } from '../../packages/read-registered-bundles.ts';
import { type PartKeys, readTrustedKeys } from '../../parts/signing/trusted-keys.ts';
import { verifyPart } from '../../parts/verify-part.ts';
import { type Absence, absenceText, mayBeAbsent } from '../../sources/absence.ts';
import { bundleSubjectOf } from '../../sources/bundle-name.ts';
import type { SourceTree } from '../../sources/folder.ts';
import type { HeldBundle, SourcePlaces } from '../../sources/read-sources.ts';
import type { BundleFetcher, FoundBundle } from '../bundle-fetcher.ts';
import { deadlineOf, untilAborted } from './deadline.ts';
import type { LastGood } from './last-good.ts';

/** How the sources of a release are asked once, by whoever follows none. */
export interface FetchNowOptions {
  readonly openFetcher: (name: string, origin: BundleOrigin) => BundleFetcher;
  /** What a gateway of that release keeps; undefined where none is known. */
  readonly lastGood: Pick<LastGood, 'find'> | undefined;
  /** Leaves out all bundles that come from a source. */
  readonly isWithout: boolean;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly signal: AbortSignal;
}

/** What the sources have, verified as a gateway does. */
export interface FetchedNow extends Required<Pick<SourcePlaces, 'fetched' | 'absent'>> {
  /** Bundles that are not there and need not be, and those of which an older copy was taken. */
  readonly warnings: readonly Finding[];
}

/** Longest that one source is waited for. */
const FETCH_TIMEOUT_MS = 30_000;
/** Sources that are asked at once. */
const AT_ONCE = 16;

const NOTHING: FetchedNow = { fetched: new Map(), absent: new Map(), warnings: [] };

/**
 * Fetches once what a release takes from sources: the newest that verifies, else the copy that the gateway keeps. A bundle of
 * which neither can be used is absent, with the reason. Nothing of `release.yaml` is refused here: whoever reads the sources does.
 * @throws BundleFailure where a key cannot be read; the signal’s reason.
 */
export async function fetchNow(tree: SourceTree, options: FetchNowOptions): Promise<FetchedNow> {
  const read = await tree.valid('release.yaml', ReleaseManifest);
  if (read.kind === 'refused') return NOTHING;
  const registered = await readRegisteredBundles(read.value, { tree });
  const wanted = Object.entries(registered.bundles).flatMap(([name, registration]) =>
    registration.source === undefined ? [] : [{ name, registration, origin: registration.source }],
  );
  if (wanted.length === 0) return NOTHING;
  const keys = await readTrustedKeys(read.value.value.keys, tree);
  if (keys.kind === 'refused') throw new BundleFailure(keys.findings);
  const outcomes = await inParallel(wanted, (one) => outcomeOf(one, keys.value, options), AT_ONCE);
  const fetched = new Map<string, HeldBundle>();
  const absent = new Map<string, Absence>();
  const warnings: Finding[] = [];
  for (const outcome of outcomes) {
    const { name, bundle, absence } = outcome;
    if (bundle !== undefined) fetched.set(name, bundle);
    else if (absence !== undefined) absent.set(name, absence);
    const words = doubtOf(outcome);
    if (words === undefined) continue;
    const said = registered.said.get(name) ?? { document: read.value.document, path: ['bundles', name] };
    warnings.push({ file: said.document.file, row: said.document.rowOf(said.path), ...words });
  }
  return { fetched, absent, warnings };
}

interface Wanted {
  readonly name: string;
  readonly registration: BundleRegistration;
  readonly origin: BundleOrigin;
}

interface Outcome extends Omit<Wanted, 'origin'> {
  /** Undefined where it is absent. */
  readonly bundle: HeldBundle | undefined;
  /** Why what the source has is not taken. */
  readonly absence: Absence | undefined;
  /** Since when the copy that was taken instead is known to be good, in milliseconds since 1970. */
  readonly copyOf: number | undefined;
}

async function outcomeOf(wanted: Wanted, keys: PartKeys, options: FetchNowOptions): Promise<Outcome> {
  const { name, registration } = wanted;
  const none = { name, registration, bundle: undefined, copyOf: undefined };
  if (options.isWithout) return { ...none, absence: { kind: 'left_out' } };
  const newest = await usable(wanted, { keys, options }, () => fetchedOnce(wanted, options));
  if (newest.kind === 'usable') return { ...none, bundle: newest.bundle, absence: undefined };
  let copiedAt: number | undefined;
  const kept = await usable(wanted, { keys, options }, async () => {
    const copy = await options.lastGood?.find(name);
    copiedAt = copy?.at;
    return copy;
  });
  return kept.kind === 'usable'
    ? { ...none, bundle: kept.bundle, absence: newest, copyOf: copiedAt }
    : { ...none, absence: newest };
}

/** What `find` gives, if it verifies; else why not. */
async function usable(
  { name, registration, origin }: Wanted,
  { keys, options }: { readonly keys: PartKeys; readonly options: FetchNowOptions },
  find: () => Promise<FoundBundle | undefined>,
): Promise<{ readonly kind: 'usable'; readonly bundle: HeldBundle } | Absence> {
  const { clock, signal } = options;
  try {
    const found = await find();
    if (found === undefined) return { kind: 'unavailable', detail: 'There is none.' };
    const { size_limit_bytes: sizeLimitBytes } = origin;
    const { content, approvals } = found;
    const verified = await verifyPart({
      ...{ name, registration, keys, content, approvals, sizeLimitBytes, clock },
    });
    return verified.kind === 'refused'
      ? verified
      : { kind: 'usable', bundle: { files: verified.value.files, place: name } };
  } catch (thrown) {
    signal.throwIfAborted();
    const failure = failureOf(thrown);
    const isForeseen = failure.code !== 'internal' || !(thrown instanceof Error);
    return { kind: 'unavailable', detail: isForeseen ? failure.detail : thrown.message };
  }
}

async function fetchedOnce(
  { name, origin }: Wanted,
  { openFetcher, signal }: FetchNowOptions,
): Promise<FoundBundle | undefined> {
  await using fetcher = openFetcher(name, origin);
  const late = new Failure(
    'bundle_unavailable',
    `${fetcher.described} did not answer within ${FETCH_TIMEOUT_MS / 1_000} s. See that it runs and can be reached from here.`,
  );
  using deadline = deadlineOf(signal, FETCH_TIMEOUT_MS, late);
  const found = await untilAborted(fetcher.fetch(undefined, deadline.signal), deadline.signal);
  return found.kind === 'found' ? found : undefined;
}

/** What people should know of a bundle that does not stop anybody; undefined where all is well, or a finding says it. */
function doubtOf({
  name,
  registration,
  absence,
  copyOf,
}: Outcome): Omit<Finding, 'file' | 'row'> | undefined {
  if (absence === undefined) return undefined;
  const reason = absenceText(name, absence);
  if (copyOf !== undefined)
    return {
      code: 'bundle_from_copy',
      detail: `The bundle \`${name}\` is the copy that the gateway keeps, of ${new Date(copyOf).toISOString()}. What its source has cannot be used: ${reason}`,
      mend: 'Mend its source, to have what it has now.',
    };
  const detail = `The bundle \`${name}\` is left out. ${reason}`;
  if (absence.kind === 'left_out')
    return { code: 'bundle_left_out', detail, mend: 'Leave `--without-sources` away, to have it fetched.' };
  const subject = bundleSubjectOf(name);
  return subject !== undefined && mayBeAbsent(subject, registration)
    ? { code: 'bundle_left_out', detail, mend: 'Mend its source, to have what a gateway would have.' }
    : undefined;
}
