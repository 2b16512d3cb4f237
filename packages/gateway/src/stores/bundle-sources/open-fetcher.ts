import { join } from 'node:path';
import type { BundleOrigin } from '@bailiff/contract';
import type { BundleFetcher } from '../../distribution/delivery/bundle-fetcher.ts';
import { DirectoryFetcher } from './folder/directory-fetcher.ts';
import { GitFetcher } from './git/git-fetcher.ts';
import { OciFetcher } from './oci/oci-fetcher.ts';
import { ServerJsonFetcher } from './server-json/server-json-fetcher.ts';
import { HttpFetcher } from './web/http-fetcher.ts';

export interface FetcherOptions {
  /** Of the bundle, as `servers/crm`: what is kept for it on disk is named after it. */
  readonly name: string;
  /** Folder of `release.yaml`, which paths are relative to. */
  readonly directory: string;
  /** `data_dir`. What sources keep there is below `sources`. */
  readonly dataDirectory: string;
  /** Where credentials are taken from. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What fetches from an origin. Opens nothing yet and never throws: an origin that cannot be used says so at each look. */
export function openFetcher(origin: BundleOrigin, options: FetcherOptions): BundleFetcher {
  const { directory, environment, dataDirectory, name } = options;
  switch (origin.kind) {
    case 'directory':
      return new DirectoryFetcher(origin, directory);
    case 'git': {
      const mirror = join(dataDirectory, SOURCES_FOLDER, `${encodeURIComponent(name)}.git`);
      return new GitFetcher(origin, { directory, mirror, environment });
    }
    case 'oci':
      return new OciFetcher(origin, environment);
    case 'http':
      return new HttpFetcher(origin, environment);
    case 'server_json':
      return new ServerJsonFetcher(origin, { directory, environment });
  }
}

const SOURCES_FOLDER = 'sources';
