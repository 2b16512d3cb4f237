import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InMemoryEventStore } from '@modelcontextprotocol/sdk/examples/shared/inMemoryEventStore.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import {
  CreateMessageResultSchema,
  ElicitResultSchema,
  ListRootsResultSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';

export interface SdkAskingServer extends AsyncDisposable {
  readonly url: string;
  readonly servers: ReadonlyMap<string, McpServer>;
  /** HTTP methods of all requests, `GET` with whether it takes up a stream again. */
  readonly seen: readonly string[];
}

/** How soon a client whose stream was closed should come back. */
const RETRY_MS = 50;

/**
 * A server made with the official SDK that keeps sessions and asks its clients, over streamable HTTP with streams that can be
 * resumed, or over the transport before that.
 */
export async function startSdkAskingServer(over: 'streamable' | 'sse'): Promise<SdkAskingServer> {
  const servers = new Map<string, McpServer>();
  const streamable = new Map<string, StreamableHTTPServerTransport>();
  const sse = new Map<string, SSEServerTransport>();
  const seen: string[] = [];
  const overStreamable = async (request: IncomingMessage, response: ServerResponse) => {
    const known = streamable.get(String(request.headers['mcp-session-id']));
    if (known !== undefined) return known.handleRequest(request, response);
    const server = makeServer();
    const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: new InMemoryEventStore(),
      retryInterval: RETRY_MS,
      onsessioninitialized: (id) => {
        streamable.set(id, transport);
        servers.set(id, server);
      },
      onsessionclosed: (id) => void servers.delete(id),
    });
    await server.connect(transport);
    return transport.handleRequest(request, response);
  };
  const overSse = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '', 'http://x');
    if (request.method === 'POST' && url.pathname === '/messages') {
      const transport = sse.get(url.searchParams.get('sessionId') ?? '');
      if (transport !== undefined) return transport.handlePostMessage(request, response);
    } else if (request.method === 'GET') {
      const transport = new SSEServerTransport('/messages', response);
      sse.set(transport.sessionId, transport);
      const server = makeServer();
      servers.set(transport.sessionId, server);
      response.once('close', () => servers.delete(transport.sessionId));
      return server.connect(transport);
    }
    response.writeHead(404).end();
    return undefined;
  };
  const http = createServer((request, response) => {
    seen.push(request.headers['last-event-id'] === undefined ? (request.method ?? '') : 'resumed');
    (over === 'sse' ? overSse : overStreamable)(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    servers,
    seen,
    [Symbol.asyncDispose]: async () => {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

function makeServer(): McpServer {
  const capabilities = {
    tools: { listChanged: true },
    resources: { subscribe: true, listChanged: true },
    logging: {},
  };
  const server = new McpServer({ name: 'asking', version: '1.0.0' }, { capabilities });
  const subscribed = new Set<string>();
  server.server.setRequestHandler(SubscribeRequestSchema, async ({ params }) => {
    subscribed.add(params.uri);
    return {};
  });
  server.server.setRequestHandler(UnsubscribeRequestSchema, async ({ params }) => {
    subscribed.delete(params.uri);
    return {};
  });
  server.registerTool('subscriptions', {}, async () => text([...subscribed]));
  const text = (value: unknown) => ({ content: [{ type: 'text' as const, text: JSON.stringify(value) }] });
  server.registerTool('ask', {}, async ({ sendRequest }) => {
    const params = {
      message: 'Who?',
      requestedSchema: { type: 'object' as const, properties: { name: { type: 'string' as const } } },
    };
    return text(await sendRequest({ method: 'elicitation/create', params }, ElicitResultSchema));
  });
  server.registerTool('sample', {}, async ({ sendRequest }) => {
    const params = {
      messages: [{ role: 'user' as const, content: { type: 'text' as const, text: 'ping' } }],
      maxTokens: 5,
    };
    return text(await sendRequest({ method: 'sampling/createMessage', params }, CreateMessageResultSchema));
  });
  server.registerTool('roots', {}, async ({ sendRequest }) =>
    text(await sendRequest({ method: 'roots/list' }, ListRootsResultSchema)),
  );
  server.registerTool('capabilities', {}, async () => text(server.server.getClientCapabilities()));
  server.registerTool('steps', {}, async ({ _meta, sendNotification }) => {
    const { progressToken } = _meta ?? {};
    for (const progress of progressToken === undefined ? [] : [1, 2, 3]) {
      await sendNotification({
        method: 'notifications/progress',
        params: { progressToken, progress },
      } as never);
    }
    await sendNotification({ method: 'notifications/message', params: { level: 'info', data: 'quiet' } });
    await sendNotification({ method: 'notifications/message', params: { level: 'error', data: 'loud' } });
    return text('done');
  });
  server.registerTool('interrupted', {}, async ({ closeSSEStream }) => {
    closeSSEStream?.();
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS / 2));
    return text('after the interruption');
  });
  server.registerResource('note', 'note://one', {}, async (uri) => ({
    contents: [{ uri: uri.href, text: 'a note' }],
  }));
  return server;
}
