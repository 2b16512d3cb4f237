/** Where OPA fetches our bundle, and how it learns of a new one. */
export interface BundleSource {
  /** The gateway's bundle endpoint, in full. */
  readonly url: string;
  /** Bearer token that the endpoint asks for. */
  readonly token: string;
  /**
   * `long`: OPA's request is held until there is another bundle, at most so many seconds. `cadence`: it asks every so
   * many seconds.
   */
  readonly polling: { readonly kind: 'long' | 'cadence'; readonly seconds: number };
}

/** Name under which OPA knows our bundle: key of its revision in every answer. */
export const BUNDLE_NAME = 'release';

/** Shortest and longest pause after a download that failed; OPA doubles in between, beginning at a tenth of a second. */
const RETRY_SECONDS = { min: 1, max: 5 } as const;
/** How much longer than a held request OPA waits for its headers. */
const HELD_SLACK_SECONDS = 10;
/** OPA reads a bundle into memory, so its size is bounded. */
const BUNDLE_BYTES_MAX = 256 * 1024 * 1024;

/** OPA's configuration file, as JSON. The token stands in a file of its own, which OPA reads at each request. */
export function opaConfiguration(source: BundleSource, tokenPath: string): string {
  const url = new URL(source.url);
  const { kind, seconds } = source.polling;
  const polling =
    kind === 'long'
      ? {
          long_polling_timeout_seconds: seconds,
          min_delay_seconds: RETRY_SECONDS.min,
          max_delay_seconds: RETRY_SECONDS.max,
        }
      : { min_delay_seconds: seconds, max_delay_seconds: seconds };
  return JSON.stringify({
    services: {
      gateway: {
        url: url.origin,
        response_header_timeout_seconds: (kind === 'long' ? seconds : 0) + HELD_SLACK_SECONDS,
        credentials: { bearer: { token_path: tokenPath } },
      },
    },
    bundles: {
      [BUNDLE_NAME]: {
        service: 'gateway',
        resource: `${url.pathname}${url.search}`.replace(/^\//, ''),
        polling,
        size_limit_bytes: BUNDLE_BYTES_MAX,
      },
    },
  });
}
