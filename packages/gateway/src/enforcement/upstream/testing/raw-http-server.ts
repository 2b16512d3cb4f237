import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as it reached the server. */
export interface Seen {
  readonly httpMethod: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The JSON-RPC method; empty where there is none. */
  readonly method: string;
}

export interface RawHttpServer extends AsyncDisposable {
  readonly url: string;
  readonly seen: Seen[];
  /** Requests of one JSON-RPC method. */
  of(method: string): readonly Seen[];
  stop(): Promise<void>;
}

export interface RawHttpOptions {
  /** What to do with `tools/call`; the message and the text that came. */
  onCall(message: { id: string; params: { name: string } }, response: ServerResponse, body: string): void;
  readonly tools?: readonly unknown[];
  /** Whether sessions are kept, and asked for. */
  readonly hasSessions?: boolean;
  readonly capabilities?: object;
  /** What to do with a GET; refused unless a test serves it. */
  onGet?(request: IncomingMessage, response: ServerResponse): void;
  /** Answers a method otherwise than the server would; true when it did. */
  override?(message: { id: string; method: string }, response: ServerResponse): boolean;
}

/** Answers with a JSON-RPC result. */
export function answer(response: ServerResponse, id: unknown, result: unknown, headers: object = {}): void {
  response.writeHead(200, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
}

/** An MCP server over streamable HTTP whose answers to calls a test decides byte by byte. */
export async function startRawHttpServer(options: RawHttpOptions): Promise<RawHttpServer> {
  const seen: Seen[] = [];
  let sessions = 0;
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    const message = body === '' ? { method: '' } : JSON.parse(body);
    seen.push({
      httpMethod: request.method ?? '',
      headers: request.headers,
      body,
      method: message.method ?? '',
    });
    if (options.override?.(message, response)) return;
    if (message.method === 'server/discover') {
      response.writeHead(400).end();
    } else if (request.method === 'GET') {
      if (options.onGet === undefined) response.writeHead(405).end();
      else options.onGet(request, response);
    } else if (request.method === 'DELETE') {
      response.writeHead(200).end();
    } else if (message.method === 'initialize') {
      sessions += 1;
      const result = {
        protocolVersion: '2025-11-25',
        capabilities: options.capabilities ?? { tools: {} },
        serverInfo: { name: 'raw', version: '1' },
      };
      answer(
        response,
        message.id,
        result,
        options.hasSessions ? { 'mcp-session-id': `session-${sessions}` } : {},
      );
    } else if (message.id === undefined || message.method === undefined) {
      response.writeHead(202).end();
    } else if (message.method === 'tools/list') {
      answer(response, message.id, { tools: options.tools ?? [{ name: 'call', inputSchema: {} }] });
    } else {
      options.onCall(message, response, body);
    }
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    seen,
    of: (method) => seen.filter((one) => one.method === method),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
