import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ALLOWED, bearer, print, REFUSED, url } from './moves.mjs';

const client = new Client({ name: 'journey', version: '1.0.0' });
const transport = new StreamableHTTPClientTransport(url, { requestInit: { headers: bearer } });
await client.connect(transport);
const { tools } = await client.listTools();
print({
  protocol: transport.protocolVersion,
  tools: tools.map(({ name }) => name),
  allowed: await client.callTool(ALLOWED),
  refused: await client.callTool(REFUSED),
});
await client.close();
