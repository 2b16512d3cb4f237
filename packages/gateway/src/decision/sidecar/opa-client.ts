import { Pool } from 'undici';
import type { Entrypoint, Evaluation } from '../engine.ts';
import { failed, givenUp } from '../unevaluated.ts';
import { type Exchanged, exchange } from './exchange.ts';
import { readEvaluation } from './opa-answer.ts';

/** An answer to one decision is a few kilobytes; the largest honest one is a list of 2,000 positions. */
export const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
/** Far above any deadline: only there to free a connection whose request nobody aborts. */
const SILENCE_MAX_MS = 30_000;
const CONNECT_TIMEOUT_MS = 1_000;
const KEEP_ALIVE_MS = 60_000;

/** Where OPA listens. A URL may have a path, below which OPA's API lies. */
export type OpaAddress =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'url'; readonly url: string; readonly token: string | undefined };

export interface OpaClientOptions {
  readonly address: OpaAddress;
  /** Name under which OPA knows our bundle, whose revision an answer is read under. */
  readonly bundleName: string;
  /** Connections at most; idle ones are kept. */
  readonly connections: number;
}

/** OPA's REST API, as far as it is needed. Nothing here throws. */
export class OpaClient implements AsyncDisposable {
  readonly #pool: Pool;
  readonly #prefix: string;
  readonly #bundleName: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(options: OpaClientOptions) {
    const { address } = options;
    const base = new URL(address.kind === 'url' ? address.url : 'http://opa');
    this.#pool = new Pool(base.origin, {
      ...(address.kind === 'socket' ? { socketPath: address.path } : {}),
      connections: options.connections,
      pipelining: 1,
      allowH2: false,
      connectTimeout: CONNECT_TIMEOUT_MS,
      headersTimeout: SILENCE_MAX_MS,
      bodyTimeout: SILENCE_MAX_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxResponseSize: ANSWER_BYTES_MAX,
    });
    this.#prefix = base.pathname.replace(/\/+$/, '');
    this.#bundleName = options.bundleName;
    const token = address.kind === 'url' ? address.token : undefined;
    this.#headers = {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
  }

  /**
   * `inputText` goes into the body as it is, so that what OPA reads is what was recorded. `ended` is called once the
   * connection is free again, which after an abort may be later than the promise.
   */
  async evaluate(
    entrypoint: Entrypoint,
    inputText: string,
    options: { readonly signal: AbortSignal; readonly ended: () => void },
  ): Promise<Evaluation> {
    const request = {
      method: 'POST',
      path: `${this.#prefix}/v1/data/${entrypoint}?strict-builtin-errors=true&provenance=true`,
      headers: this.#headers,
      body: `{"input":${inputText}}`,
    } as const;
    return this.#read(await exchange(this.#pool, request, options));
  }

  /** Whether OPA listens and has activated every bundle it is configured for at least once; silent where `signal` aborts first. */
  async health(signal: AbortSignal): Promise<'well' | 'without_bundle' | 'silent' | 'unreachable'> {
    const exchanged = await this.#get('/health?bundles', signal);
    if (exchanged.kind === 'answered') return exchanged.status === 200 ? 'well' : 'without_bundle';
    return exchanged.kind === 'aborted' ? 'silent' : 'unreachable';
  }

  /** The revision that OPA answers with now; empty without one. It takes no policy to ask this. */
  async revision(signal: AbortSignal): Promise<string> {
    const evaluation = this.#read(await this.#get('/v1/data/release/digest?provenance=true', signal));
    return evaluation.kind === 'failed' ? '' : evaluation.revision;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.destroy();
  }

  #get(path: string, signal: AbortSignal): Promise<Exchanged> {
    const request = { method: 'GET', path: this.#prefix + path, headers: this.#headers } as const;
    return exchange(this.#pool, request, { signal, ended: () => {} });
  }

  #read(exchanged: Exchanged): Evaluation {
    switch (exchanged.kind) {
      case 'answered':
        return readEvaluation(exchanged.status, exchanged.body, this.#bundleName);
      case 'unreachable':
        return failed('policy_unavailable', exchanged.cause);
      case 'garbled':
        return failed('evaluation_malformed', exchanged.cause);
      case 'aborted':
        return givenUp(exchanged.cause);
    }
  }
}
