import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { createMcpHandler, inputRequired, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';

export interface SdkStatelessServer extends AsyncDisposable {
  readonly url: string;
  /** Headers and JSON-RPC method of every request. */
  readonly seen: readonly { readonly method: string; readonly headers: IncomingMessage['headers'] }[];
  /** Calls that were given up by closing their connection. */
  readonly cancelled: () => number;
  toolsChanged(): void;
  resourceUpdated(uri: string): void;
}

/** A server of 2026-07-28 made with the official SDK; those of the session era are refused. */
export async function startSdkStatelessServer(): Promise<SdkStatelessServer> {
  const seen: { method: string; headers: IncomingMessage['headers'] }[] = [];
  let cancelled = 0;
  const onCancelled = () => {
    cancelled += 1;
  };
  const handler = createMcpHandler(() => makeServer(onCancelled), { legacy: 'reject' });
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    seen.push({
      method: body.length > 0 ? JSON.parse(body.toString()).method : '',
      headers: request.headers,
    });
    const closed = new AbortController();
    response.once('close', () => closed.abort());
    const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
    const answer = await handler.fetch(
      new Request(`http://${request.headers.host}${request.url}`, {
        method: request.method ?? 'GET',
        headers: headers as [string, string][],
        ...(body.length > 0 ? { body } : {}),
        signal: closed.signal,
      }),
    );
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    if (answer.body === null) response.end();
    else await pipeline(Readable.fromWeb(answer.body as ReadableStream), response);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    seen,
    cancelled: () => cancelled,
    toolsChanged: () => handler.notify.toolsChanged(),
    resourceUpdated: (uri) => handler.notify.resourceUpdated(uri),
    [Symbol.asyncDispose]: async () => {
      await handler.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function makeServer(onCancelled: () => void): McpServer {
  const capabilities = {
    tools: { listChanged: true },
    resources: { subscribe: true, listChanged: true },
    logging: {},
  };
  const server = new McpServer({ name: 'stateless', version: '2.0.0' }, { capabilities });
  const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });
  server.registerTool('echo', { inputSchema: z.object({ text: z.string() }) }, async ({ text: value }) =>
    text(value),
  );
  server.registerTool(
    'query',
    {
      inputSchema: z.object({
        region: z.string().meta({ 'x-mcp-header': 'Region' }),
        rows: z.int().optional().meta({ 'x-mcp-header': 'Rows' }),
      }),
    },
    async ({ region }) => text(region),
  );
  server.registerTool('ask', { inputSchema: z.object({}) }, async () =>
    inputRequired({
      inputRequests: {
        name: inputRequired.elicit({
          message: 'Who?',
          requestedSchema: { type: 'object', properties: { name: { type: 'string' } } },
        }),
      },
    }),
  );
  server.registerTool('steps', { inputSchema: z.object({}) }, async (_args, { mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken;
    for (const progress of progressToken === undefined ? [] : [1, 2, 3]) {
      await mcpReq.notify({
        method: 'notifications/progress',
        params: { progressToken, progress, total: 3 },
      });
    }
    await mcpReq.log('info', 'a step was taken');
    return text('done');
  });
  server.registerTool('slow', { inputSchema: z.object({}) }, async (_args, { mcpReq }) => {
    await new Promise((resolve) => mcpReq.signal.addEventListener('abort', resolve, { once: true }));
    onCancelled();
    return text('');
  });
  server.registerResource('note', 'note://one', {}, async (uri) => ({
    contents: [{ uri: uri.href, text: 'a note' }],
  }));
  return server;
}
