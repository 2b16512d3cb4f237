import { hash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { type Served, serve } from '../../../packages/gateway/src/stores/bundle-sources/testing/serve.ts';

/** A bundle service over HTTP, as OPA knows them, whose content tests change and which they make hang. */
export interface BundleServer extends AsyncDisposable {
  /** Address of a bundle. */
  url(name: string): string;
  publish(name: string, bytes: Uint8Array): void;
  /** From now on every request is taken and none is answered. */
  hang(): void;
  /** Answers again; what hung until now is broken off. */
  answer(): void;
}

export async function bundleServer(): Promise<BundleServer> {
  const bundles = new Map<string, Uint8Array>();
  let hangs = false;
  const held = new Set<ServerResponse>();
  const served: Served = await serve(({ url = '', headers }, response) => {
    if (hangs) return held.add(response);
    const bytes = bundles.get(url);
    if (bytes === undefined) return response.writeHead(404).end();
    const etag = `"${hash('sha256', bytes)}"`;
    if (headers['if-none-match'] === etag) return response.writeHead(304, { etag }).end();
    return response.writeHead(200, { etag, 'content-type': 'application/gzip' }).end(bytes);
  });
  return {
    url: (name) => `http://${served.host}/${name}`,
    publish: (name, bytes) => void bundles.set(`/${name}`, bytes),
    hang: () => {
      hangs = true;
    },
    answer: () => {
      hangs = false;
      for (const response of held) response.destroy();
      held.clear();
    },
    [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
  };
}
