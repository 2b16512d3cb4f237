/**
 * The fast upstream that every target forwards to: MCP over streamable HTTP, or over stdio with `--stdio`, with the tools
 * `echo`, `add` and `drop_table`. It does as little as it can, so that what is measured is what stands before it.
 */
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

const SCHEMA = { type: 'object', additionalProperties: true };
const TOOLS = ['echo', 'add', 'drop_table'].map((name) => ({
  name,
  description: `The tool ${name}.`,
  inputSchema: SCHEMA,
}));
const ABOUT = {
  protocolVersion: '2025-11-25',
  capabilities: { tools: {} },
  serverInfo: { name: 'bench', version: '1.0.0' },
};

interface Message {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: { readonly name?: string; readonly arguments?: unknown };
}

function answerTo({ id, method, params }: Message): string | undefined {
  if (id === undefined) return undefined;
  const text = JSON.stringify(params?.arguments ?? null);
  const result =
    method === 'initialize'
      ? ABOUT
      : method === 'tools/list'
        ? { tools: TOOLS }
        : { content: [{ type: 'text', text }] };
  return JSON.stringify({ jsonrpc: '2.0', id, result });
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
      const answer =
        chunks.length === 0 ? undefined : answerTo(JSON.parse(Buffer.concat(chunks).toString('utf8')));
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
