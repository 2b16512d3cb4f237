/**
 * The fast upstream that every target forwards to: MCP over streamable HTTP, or over stdio with `--stdio`, with the tools
 * `echo`, `add` and `drop_table`; with `--stateless` of 2026-07-28. The argument `answer` asks `echo` for a large result or a
 * stream. It does as little as it can, so that what is measured is what stands before it.
 */
import { createServer, type ServerResponse } from 'node:http';
import { createInterface } from 'node:readline';
import { isLargeKind, largeResult, STREAM_EVENTS } from '../large-kinds.ts';

const SCHEMA = { type: 'object', additionalProperties: true };
const TOOLS = ['echo', 'add', 'drop_table'].map((name) => ({
  name,
  description: `The tool ${name}.`,
  inputSchema: SCHEMA,
}));
const IS_STATELESS = process.argv.includes('--stateless');
const DISCOVERED = {
  resultType: 'complete',
  supportedVersions: ['2026-07-28'],
  capabilities: { tools: {} },
  ttlMs: 0,
  cacheScope: 'public',
  _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'bench', version: '1.0.0' } },
};
const ABOUT = {
  protocolVersion: '2025-11-25',
  capabilities: { tools: {} },
  serverInfo: { name: 'bench', version: '1.0.0' },
};

interface Message {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: {
    readonly name?: string;
    readonly arguments?: { readonly answer?: string };
    readonly _meta?: { readonly progressToken?: string | number };
  };
}

function answerTo({ id, method, params }: Message): string | undefined {
  if (id === undefined) return undefined;
  return JSON.stringify({ jsonrpc: '2.0', id, result: resultOf(method, params) });
}

function resultOf(method: Message['method'], params: Message['params']) {
  const kind = IS_STATELESS ? { resultType: 'complete' } : {};
  switch (method) {
    case 'initialize':
      return ABOUT;
    case 'server/discover':
      return IS_STATELESS ? DISCOVERED : {};
    case 'tools/list':
      return { ...kind, tools: TOOLS, ...(IS_STATELESS ? { ttlMs: 0, cacheScope: 'public' } : {}) };
    default:
      return { ...kind, content: [{ type: 'text', text: JSON.stringify(params?.arguments ?? null) }] };
  }
}

/** One result of the kind that was asked for. */
function sendLarge(response: ServerResponse, id: Message['id'], result: Buffer): void {
  const head = Buffer.from(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":`);
  const length = head.byteLength + result.byteLength + 1;
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': length });
  response.write(head);
  response.write(result);
  response.end('}');
}

/** Progress as it comes, and then the answer. */
async function sendStream(response: ServerResponse, message: Message): Promise<void> {
  const { _meta: { progressToken } = {} } = message.params ?? {};
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (let progress = 1; progress <= STREAM_EVENTS; progress += 1) {
    const params = { progressToken, progress, total: STREAM_EVENTS, message: 'x'.repeat(80) };
    const text = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params });
    response.write(`event: message\ndata: ${text}\n\n`);
    await new Promise(setImmediate);
  }
  response.end(`event: message\ndata: ${answerTo(message)}\n\n`);
}

if (process.argv.includes('--stdio')) {
  createInterface({ input: process.stdin }).on('line', (line) => {
    const answer = answerTo(JSON.parse(line));
    if (answer !== undefined) process.stdout.write(`${answer}\n`);
  });
} else {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const message: Message = chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString('utf8'));
      const asked = message.params?.arguments?.answer;
      if (asked === 'stream') return void sendStream(response, message);
      if (isLargeKind(asked)) return sendLarge(response, message.id, largeResult(asked));
      const answer = answerTo(message);
      if (answer === undefined) response.writeHead(202).end();
      else
        response
          .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) })
          .end(answer);
    });
  });
  server.keepAliveTimeout = 600_000;
  server.listen(0, '127.0.0.1', () =>
    process.stdout.write(`listening ${JSON.stringify(server.address())}\n`),
  );
}
