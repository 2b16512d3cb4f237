import type { BundleFiles } from '../sources/bundle-files.ts';

/** A bundle as it was fetched, before anything in it was looked at. */
export type FetchedContent =
  /** A `bundle.tar.gz`, packed. */
  | { readonly kind: 'archive'; readonly bytes: Uint8Array }
  | { readonly kind: 'files'; readonly files: BundleFiles };

/** What a source has. */
export interface FoundBundle {
  readonly content: FetchedContent;
  /** Entity tag, commit or digest: what is shown to `fetch` next time. Another set of approvals is another version. */
  readonly version: string;
  /** Compact JWS, as they came: nobody has looked whose they are. */
  readonly approvals: readonly string[];
}

/** What one look at a source gave. */
export type Fetched = { readonly kind: 'unchanged' } | ({ readonly kind: 'found' } & FoundBundle);

/** One place that a bundle is fetched from. It has limits of size; those of time are the caller’s. */
export interface BundleFetcher extends AsyncDisposable {
  /** For people, without secrets. */
  readonly described: string;
  /**
   * What the source has now; `unchanged` where that is the version `known`. One call at a time.
   * @throws Failure `bundle_unavailable` that says what to do, or what aborted the signal.
   */
  readonly fetch: (known: string | undefined, signal: AbortSignal) => Promise<Fetched>;
  /**
   * Resolves once there may be something new since `fetch` was last called: a folder is watched, a service holds a request.
   * Absent where that cannot be told. It may never resolve, so looks are needed all the same. Rejects on abort.
   */
  whenChanged?(signal: AbortSignal): Promise<void>;
}
