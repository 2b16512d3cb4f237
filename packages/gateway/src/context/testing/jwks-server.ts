import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK } from 'jose';

/** A signing key pair and the public half as it stands in a key set. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

export async function signingKey(kid: string, alg = 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg);
  return { kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** An issuer’s key set over real HTTP, whose answer a test can change at any time. */
export interface JwksServer extends AsyncDisposable {
  readonly url: string;
  /** What it answers; text is sent as it is. */
  answer: { status: number; body: unknown };
  requests(): number;
}

export async function openJwksServer(...keys: readonly SigningKey[]): Promise<JwksServer> {
  let requests = 0;
  const server: Server = createServer((_request, response) => {
    requests += 1;
    const { status, body } = jwks.answer;
    const headers = status === 302 ? { location: String(body) } : { 'content-type': 'application/json' };
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const jwks: JwksServer = {
    url: `http://127.0.0.1:${port}/jwks`,
    answer: { status: 200, body: { keys: keys.map(({ publicJwk }) => publicJwk) } },
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      if (server.listening) await once(server, 'close');
    },
  };
  return jwks;
}
