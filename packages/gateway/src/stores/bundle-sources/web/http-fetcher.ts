import { createHash } from 'node:crypto';
import type { BundleOrigin } from '@bailiff/contract';
import type { BundleFetcher, Fetched } from '../../../distribution/delivery/bundle-fetcher.ts';
import { APPROVALS_BYTES_MAX, APPROVALS_SUFFIX, approvalsFrom } from '../approvals.ts';
import { type Environment, secretOf } from '../secret-of.ts';
import { failureFrom, unavailable } from '../unavailable.ts';
import { type OriginAnswer, OriginClient, type OriginClientOptions } from './origin-client.ts';

export type HttpOrigin = Extract<BundleOrigin, { kind: 'http' }>;

/** A service that holds requests says so by this type, as OPA’s bundle API has it. */
const BUNDLE_TYPE = 'application/vnd.openpolicyagent.bundles';

/** A held request that is answered sooner than this share of what was asked for was not held, and is not repeated at once. */
const HELD_SHARE = 0.5;

/** What stands for an entity tag where a service gives none. It is shown to nobody. */
const DIGEST = 'sha256:';

/** How an absent list of approvals is told, by stores that tell nobody what they do not have too. */
const ABSENT: readonly number[] = [401, 403, 404, 410];

/**
 * A bundle from a service that speaks OPA’s bundle API: entity tags, and requests that it holds until there is something new.
 * Approvals are in a file beside it.
 * @see https://www.openpolicyagent.org/docs/management-bundles#bundle-service-api
 */
export class HttpFetcher implements BundleFetcher {
  readonly described: string;
  readonly #origin: HttpOrigin;
  readonly #url: URL;
  readonly #environment: Environment;
  readonly #client: OriginClient;
  #etag: string | undefined;
  #holds = false;
  /** What a held request was answered with, for the look that follows it. */
  #arrived: OriginAnswer | undefined;

  constructor(origin: HttpOrigin, environment: Environment, options: OriginClientOptions = {}) {
    this.#origin = origin;
    this.#url = new URL(origin.url);
    this.#environment = environment;
    this.described = `${this.#url.origin}${this.#url.pathname}`;
    this.#client = new OriginClient(this.#url, options);
  }

  async fetch(known: string | undefined, signal: AbortSignal): Promise<Fetched> {
    const approvals = await this.#approvals(signal);
    const seen = known === undefined ? undefined : versionParts(known);
    // The tag is shown only where the approvals are as they were: with others, the bundle is wanted again.
    const isSame = seen?.approvals === digestOf(approvals ?? '') && !seen.etag.startsWith(DIGEST);
    const etag = isSame ? seen.etag : undefined;
    const arrived = this.#arrived;
    this.#arrived = undefined;
    const answer = arrived ?? (await this.#ask(etag, { signal }));
    const isUnchanged = answer.status === 304 && etag !== undefined;
    if (!isUnchanged && answer.status !== 200) throw this.#refused(answer.status);
    this.#etag = isUnchanged ? etag : answer.header('etag');
    this.#holds = (answer.header('content-type') ?? '').startsWith(BUNDLE_TYPE);
    if (isUnchanged) return { kind: 'unchanged' };
    const version = versionOf(this.#etag ?? digestOf(answer.bytes), approvals);
    if (version === known) return { kind: 'unchanged' };
    return {
      kind: 'found',
      content: { kind: 'archive', bytes: answer.bytes },
      version,
      approvals: approvals === undefined ? [] : approvalsFrom(approvals, 'The list of approvals'),
    };
  }

  async whenChanged(signal: AbortSignal): Promise<void> {
    const { long_polling_seconds: seconds } = this.#origin;
    const never = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    never.catch(() => undefined); // it is not always waited for
    try {
      for (;;) {
        signal.throwIfAborted();
        if (seconds === undefined || !this.#holds || this.#etag === undefined) return await never;
        const began = performance.now();
        const answer = await this.#ask(this.#etag, { signal, waitSeconds: seconds });
        if (answer.status === 200 && answer.header('etag') !== this.#etag) {
          this.#arrived = answer;
          return;
        }
        const wasHeld = performance.now() - began >= seconds * 1_000 * HELD_SHARE;
        if (answer.status !== 304 || !wasHeld) return await never;
      }
    } catch {
      if (signal.aborted) throw signal.reason;
      // The next look tells what is wrong; asking again at once would be all that a broken service hears.
      return await never;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
  }

  #ask(
    etag: string | undefined,
    { signal, waitSeconds }: { readonly signal: AbortSignal; readonly waitSeconds?: number },
  ): Promise<OriginAnswer> {
    const wait = waitSeconds === undefined ? '' : `;wait=${waitSeconds}`;
    return this.#client.ask({
      url: this.#url,
      headers: {
        prefer: `modes=snapshot${wait}`,
        ...(etag === undefined ? {} : { 'if-none-match': etag }),
      },
      authorization: this.#authorization(),
      bytesMax: this.#origin.size_limit_bytes,
      signal,
    });
  }

  /** Text of the list of approvals; undefined when there is none. */
  async #approvals(signal: AbortSignal): Promise<string | undefined> {
    const url = new URL(this.#url);
    url.pathname += APPROVALS_SUFFIX;
    const answer = await this.#client.ask({
      url,
      authorization: this.#authorization(),
      bytesMax: APPROVALS_BYTES_MAX,
      signal,
    });
    if (ABSENT.includes(answer.status)) return undefined;
    if (answer.status !== 200) throw this.#refused(answer.status);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(answer.bytes);
    } catch (thrown) {
      throw failureFrom(thrown, signal, () =>
        unavailable('The list of approvals is not in UTF-8.', 'Serve it as JSON.'),
      );
    }
  }

  #authorization(): string | undefined {
    const token = secretOf(this.#origin.token, this.#environment);
    return token === undefined ? undefined : `Bearer ${token}`;
  }

  #refused(status: number) {
    const { host } = this.#url;
    if (status === 401 || status === 403)
      return unavailable(
        `${host} does not give the bundle out (${status}).`,
        'Set the source’s `token` to one that it accepts.',
      );
    if (status === 404)
      return unavailable(`${host} has no such bundle (404).`, 'Correct the url, or publish the bundle.');
    return unavailable(`${host} answered ${status}.`, 'Ask whoever runs it; it is tried again.');
  }
}

/** The tag and what the approvals are, in one version: another approval is another version. */
function versionOf(etag: string, approvals: string | undefined): string {
  return `${etag} ${digestOf(approvals ?? '')}`;
}

function versionParts(version: string): { readonly etag: string; readonly approvals: string } {
  const space = version.lastIndexOf(' ');
  return { etag: version.slice(0, space), approvals: version.slice(space + 1) };
}

function digestOf(content: string | Uint8Array): string {
  return `${DIGEST}${createHash('sha256').update(content).digest('hex')}`;
}
