import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { z } from 'zod';

export interface SdkHttpServer extends AsyncDisposable {
  readonly url: string;
  /** Sessions that were opened and not ended. */
  readonly sessions: ReadonlyMap<string, unknown>;
  /** Forgets every session, as a restarted server would. */
  forget(): void;
}

/** A server made with the official SDK: sessions, and answers as JSON or as a stream of events. */
export async function startSdkHttpServer(options: { readonly json: boolean }): Promise<SdkHttpServer> {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const open = async () => {
    const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      enableJsonResponse: options.json,
      onsessioninitialized: (id) => void sessions.set(id, transport),
      onsessionclosed: (id) => void sessions.delete(id),
    });
    await makeServer().connect(transport);
    return transport;
  };
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const id = request.headers['mcp-session-id'];
    const known = typeof id === 'string' ? sessions.get(id) : undefined;
    if (id !== undefined && known === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end('{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":null}');
      return;
    }
    await (known ?? (await open())).handleRequest(request, response);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    sessions,
    forget: () => sessions.clear(),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function makeServer(): McpServer {
  const server = new McpServer({ name: 'fixture', version: '1.0.0' }, { instructions: 'Made for tests.' });
  server.registerTool('echo', { inputSchema: { text: z.string() } }, ({ text }) => ({
    content: [{ type: 'text', text }],
  }));
  const weather = { inputSchema: { city: z.string() }, outputSchema: { degrees: z.number() } };
  server.registerTool('weather', weather, () => ({
    content: [{ type: 'text', text: '{"degrees":21}' }],
    structuredContent: { degrees: 21 },
  }));
  server.registerTool('secret', { description: 'Not for everyone.' }, () => ({
    content: [{ type: 'text', text: 'the secret' }],
  }));
  server.registerTool('slow', {}, async ({ signal }) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    return { content: [] };
  });
  server.registerResource('notes', 'note://one', { mimeType: 'text/plain' }, (uri) => ({
    contents: [{ uri: uri.href, text: 'a note' }],
  }));
  server.registerResource('diary', 'note://two', { mimeType: 'text/plain' }, (uri) => ({
    contents: [{ uri: uri.href, text: 'a diary' }],
  }));
  return server;
}
