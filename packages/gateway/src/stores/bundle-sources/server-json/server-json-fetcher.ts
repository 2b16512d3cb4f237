import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { BundleOrigin } from '@bailiff/contract';
import type { BundleFetcher, Fetched } from '../../../distribution/delivery/bundle-fetcher.ts';
import { readPlainFile } from '../folder/folder-files.ts';
import { OciFetcher, type OciOrigin } from '../oci/oci-fetcher.ts';
import type { Environment } from '../secret-of.ts';
import { failureFrom, unavailable } from '../unavailable.ts';
import { OriginClient, type OriginClientOptions } from '../web/origin-client.ts';
import { bundleReferenceIn } from './bundle-reference.ts';

export type ServerJsonOrigin = Extract<BundleOrigin, { kind: 'server_json' }>;

export interface ServerJsonOptions extends OriginClientOptions {
  /** Folder of `release.yaml`. */
  readonly directory: string;
  readonly environment: Environment;
}

/** Longest `server.json`. */
const METADATA_BYTES_MAX = 1_048_576;

/**
 * A bundle that the registry metadata of an MCP server names. The metadata names a reference and nothing else: registry and
 * credentials are those of the registration, and what is fetched is verified like any other bundle.
 */
export class ServerJsonFetcher implements BundleFetcher {
  readonly described: string;
  readonly #origin: ServerJsonOrigin;
  readonly #options: ServerJsonOptions;
  readonly #client: OriginClient | undefined;
  #bundle: { readonly reference: string; readonly fetcher: OciFetcher } | undefined;

  constructor(origin: ServerJsonOrigin, options: ServerJsonOptions) {
    this.#origin = origin;
    this.#options = options;
    const url = origin.url === undefined ? undefined : new URL(origin.url);
    this.#client = url && new OriginClient(url, options);
    this.described = `${url === undefined ? origin.file : `${url.origin}${url.pathname}`} in ${origin.registry}`;
  }

  async fetch(known: string | undefined, signal: AbortSignal): Promise<Fetched> {
    const metadata = this.#client === undefined ? await this.#file(signal) : await this.#asked(signal);
    const reference = bundleReferenceIn(metadata, this.#origin.registry);
    const prefix = `${reference} `;
    const fetcher = await this.#fetcherOf(reference);
    const knownThere = known?.startsWith(prefix) ? known.slice(prefix.length) : undefined;
    const fetched = await fetcher.fetch(knownThere, signal);
    return fetched.kind === 'unchanged' ? fetched : { ...fetched, version: prefix + fetched.version };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client?.[Symbol.asyncDispose]();
    await this.#bundle?.fetcher[Symbol.asyncDispose]();
  }

  async #fetcherOf(reference: string): Promise<OciFetcher> {
    if (this.#bundle?.reference === reference) return this.#bundle.fetcher;
    await this.#bundle?.fetcher[Symbol.asyncDispose]();
    const { kind: _kind, file: _file, url: _url, registry: _registry, ...every } = this.#origin;
    const origin = BundleOrigin.parse({ ...every, kind: 'oci', reference }) as OciOrigin;
    const fetcher = new OciFetcher(origin, this.#options.environment, this.#options);
    this.#bundle = { reference, fetcher };
    return fetcher;
  }

  async #asked(signal: AbortSignal): Promise<Uint8Array> {
    const client = this.#client;
    if (client === undefined) throw unavailable('There is no address.', 'Set `url` of the source.');
    const { status, bytes } = await client.ask({ url: client.base, bytesMax: METADATA_BYTES_MAX, signal });
    if (status === 200) return bytes;
    throw unavailable(
      `${client.base.host} answered ${status}.`,
      'Correct the url of the server’s metadata; it is tried again.',
    );
  }

  async #file(signal: AbortSignal): Promise<Uint8Array> {
    const { file = '' } = this.#origin;
    try {
      const path = await realpath(resolve(this.#options.directory, file));
      const bytes = await readPlainFile(path, { bytesMax: METADATA_BYTES_MAX, path: file });
      if (bytes !== undefined) return bytes;
    } catch (thrown) {
      throw failureFrom(thrown, signal, (reason) =>
        unavailable(`${file} cannot be read: ${reason}`, 'Add it, or correct `file` of the source.'),
      );
    }
    throw unavailable(
      `${file} is longer than ${METADATA_BYTES_MAX} bytes.`,
      'Name the server’s `server.json`.',
    );
  }
}
