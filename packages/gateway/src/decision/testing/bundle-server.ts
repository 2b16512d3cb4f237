import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Serves one bundle to OPA with long polling, for whoever has the token. */
export class BundleServer implements AsyncDisposable {
  readonly token = 'a-token-for-tests';
  readonly #server: Server;
  readonly #held = new Set<() => void>();
  #bundle: Uint8Array | undefined;
  #version = 0;
  /** How many downloads were answered with a bundle. */
  downloads = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(bundle: Uint8Array | undefined): Promise<BundleServer> {
    const server = createServer();
    const bundles = new BundleServer(server);
    bundles.#bundle = bundle;
    server.on('request', (request, response) => bundles.#answer(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return bundles;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/bundles/release.tar.gz`;
  }

  publish(bundle: Uint8Array): void {
    this.#bundle = bundle;
    this.#version += 1;
    for (const release of [...this.#held]) release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    if (request.headers.authorization !== `Bearer ${this.token}`) {
      response.writeHead(401).end();
      return;
    }
    if (this.#bundle === undefined) {
      response.writeHead(404).end();
      return;
    }
    const etag = `"${this.#version}"`;
    if (request.headers['if-none-match'] !== etag) {
      this.downloads += 1;
      response.writeHead(200, { etag, 'content-type': 'application/vnd.openpolicyagent.bundles' });
      response.end(this.#bundle);
      return;
    }
    const again = () => {
      this.#held.delete(again);
      this.#answer(request, response);
    };
    this.#held.add(again);
    response.on('close', () => this.#held.delete(again));
  }
}
