import type { Release } from '@bailiff/contract';
import type { ActiveRelease } from './active-release.ts';

/** What an OPA asks of the bundle endpoint. */
export interface BundleRequest {
  /** `If-None-Match`, as it came; undefined when the engine has nothing yet. */
  readonly ifNoneMatch: string | undefined;
  /** How long the engine is willing to wait, from `waitSecondsOf`. 0 asks for an answer at once. */
  readonly waitSeconds: number;
}

/** An HTTP answer. `body` is empty but on 200. */
export interface BundleResponse {
  readonly status: 200 | 304 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Answers one request for the bundle. Never throws: abort answers 503. */
export type BundleEndpoint = (request: BundleRequest, signal: AbortSignal) => Promise<BundleResponse>;

export interface BundleEndpointOptions {
  /** Engines that may wait at once; beyond that an engine is told to come back. */
  readonly waitingMax?: number;
  /** For so long a request is held at least while there is no release at all, in seconds. */
  readonly firstWaitSeconds?: number;
}

/** Longest that a request is held, in seconds, whatever it asks for. */
export const WAIT_SECONDS_MAX = 120;

const FIRST_WAIT_SECONDS = 10;
const WAITING_MAX = 64;
const RETRY_AFTER_SECONDS = 1;

/**
 * OPA goes on long-polling only while answers carry this type; one without makes it fall back to a poll every minute or two.
 * @see https://www.openpolicyagent.org/docs/management-bundles#http-long-polling
 */
const BUNDLE_TYPE = 'application/vnd.openpolicyagent.bundles';

/**
 * Serves the active release as OPA’s bundle API has it: 200 with the bundle when the engine has another or none, 304 when
 * nothing changed within the wait, 503 when there is no release yet.
 */
export function createBundleEndpoint(
  active: ActiveRelease,
  { waitingMax = WAITING_MAX, firstWaitSeconds = FIRST_WAIT_SECONDS }: BundleEndpointOptions = {},
): BundleEndpoint {
  let waiting = 0;
  return async ({ ifNoneMatch, waitSeconds }, signal) => {
    const now = active.current();
    if (now !== undefined && !matches(ifNoneMatch, now)) return served(now);
    // An engine that is told that there is nothing yet comes back late: the first release is on its way.
    const asked = now === undefined ? Math.max(waitSeconds, firstWaitSeconds) : waitSeconds;
    const waitMs = Math.min(asked, WAIT_SECONDS_MAX) * 1_000;
    if (waitMs > 0 && waiting < waitingMax) {
      waiting += 1;
      try {
        const over = AbortSignal.any([signal, AbortSignal.timeout(waitMs)]);
        return served(await active.changedFrom(now, over));
      } catch {
        // The wait is over, or the engine left: what follows is the answer to both.
      } finally {
        waiting -= 1;
      }
    } else if (waitMs > 0) {
      return unavailable();
    }
    return now === undefined || signal.aborted ? unavailable() : unchanged(now);
  };
}

/** Seconds of `wait` in a `Prefer` header (RFC 7240), as `modes=snapshot,delta;wait=30`; 0 when it names none. */
export function waitSecondsOf(prefer: string | undefined): number {
  const wait = /(?:^|[;,\s])wait\s*=\s*"?(\d{1,6})"?\s*(?:$|[;,])/i.exec(prefer ?? '')?.[1];
  return Math.min(Number(wait ?? 0), WAIT_SECONDS_MAX);
}

function matches(ifNoneMatch: string | undefined, release: Release): boolean {
  const tags = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etagOf(release));
}

function etagOf({ digest, policyVersion }: Release): string {
  // The version is part of what ships, and the digest is made without it.
  return `"${policyVersion}.${digest}"`;
}

function served(release: Release): BundleResponse {
  const { bundle } = release;
  const headers = { ...headersOf(release), 'content-length': String(bundle.length) };
  return { status: 200, headers, body: bundle };
}

function unchanged(release: Release): BundleResponse {
  return { status: 304, headers: headersOf(release), body: new Uint8Array() };
}

function unavailable(): BundleResponse {
  const headers = {
    'retry-after': String(RETRY_AFTER_SECONDS),
    'cache-control': 'no-store',
    'content-length': '0',
  };
  return { status: 503, headers, body: new Uint8Array() };
}

function headersOf(release: Release): Record<string, string> {
  return { 'content-type': BUNDLE_TYPE, etag: etagOf(release), 'cache-control': 'no-store' };
}
