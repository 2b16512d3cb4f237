import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRemoteJWKSet, jwtVerify } from 'jose';

/** An MCP server that wants a token of its issuer for itself, and keeps all that it is sent. */
export interface DemandingServer extends AsyncDisposable {
  readonly url: string;
  /** Every byte of every request: request line, headers, body. */
  readonly seen: readonly string[];
  /** Tokens that are refused though their issuer says that they are good. */
  readonly refused: Set<string>;
  /** What protected-resource metadata say. */
  metadata: Record<string, unknown>;
  /** Whether a request with these headers is let in. */
  accepts(headers: Readonly<Record<string, string>>): Promise<boolean>;
}

export async function openDemandingServer(issuer: string): Promise<DemandingServer> {
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
  const seen: string[] = [];
  const refused = new Set<string>();
  const http = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    seen.push([`${request.method} ${request.url}`, ...request.rawHeaders, body].join('\n'));
    const answer = (status: number, value: unknown, headers: Record<string, string> = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(value));
    };
    if (request.url === '/.well-known/oauth-protected-resource/mcp') return answer(200, server.metadata);
    if (request.url !== '/mcp') return answer(404, {});
    const [, token = ''] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    try {
      if (refused.has(token)) throw new Error('it is refused here');
      await jwtVerify(token, keys, { issuer, audience: server.url });
      const { id, method }: { readonly id?: unknown; readonly method?: string } = JSON.parse(body || '{}');
      if (id === undefined) return answer(method === undefined ? 200 : 202, {});
      answer(200, { jsonrpc: '2.0', id, result: resultOf(method) });
    } catch {
      const metadata = `${origin}/.well-known/oauth-protected-resource/mcp`;
      const error = token === '' ? '' : 'error="invalid_token", ';
      answer(
        401,
        {},
        { 'www-authenticate': `Bearer ${error}resource_metadata="${metadata}", scope="tools:read"` },
      );
    }
  });
  await new Promise<void>((listening) => http.listen(0, '127.0.0.1', listening));
  const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const url = `${origin}/mcp`;
  const server: DemandingServer = {
    url,
    seen,
    refused,
    metadata: {
      resource: url,
      authorization_servers: [issuer],
      scopes_supported: ['tools:read', 'tools:write'],
    },
    async accepts(headers) {
      const response = await fetch(url, { method: 'POST', headers, body: '{}' });
      await response.text();
      return response.status === 200;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((done) => http.close(() => done()));
      http.closeAllConnections();
      await closed;
    },
  };
  return server;
}

/** As much of MCP as a client of one tool needs, without sessions. */
function resultOf(method: string | undefined): object {
  switch (method) {
    case 'initialize':
      return {
        protocolVersion: '2025-11-25',
        capabilities: { tools: {} },
        serverInfo: { name: 'demanding', version: '1' },
      };
    case 'tools/list':
      return { tools: [{ name: 'call', inputSchema: { type: 'object' } }] };
    default:
      return { content: [{ type: 'text', text: 'let in' }] };
  }
}
