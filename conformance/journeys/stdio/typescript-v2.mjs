/** The TypeScript SDK v2 as a client of a server that it starts: `node typescript-v2.mjs MODE COMMAND ARG …`. */
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

const [mode, command, ...args] = process.argv.slice(2);
const client = new Client(
  { name: 'journey', version: '2.0.0' },
  { versionNegotiation: { mode: mode.startsWith('2') ? { pin: mode } : mode } },
);
const transport = new StdioClientTransport({ command, args, env: process.env });
await client.connect(transport);
const { tools } = await client.listTools();
const seen = {
  protocol: client.getNegotiatedProtocolVersion(),
  tools: tools.map(({ name }) => name),
  allowed: await client.callTool({ name: 'read', arguments: { id: 11, rows: 20 } }),
  refused: await client.callTool({ name: 'export', arguments: { table: 'interactions', rows: 5_011 } }),
};
await client.close();
process.stdout.write(`${JSON.stringify(seen)}\n`);
