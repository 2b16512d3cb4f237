import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { ALLOWED, bearer, mode, print, REFUSED, url } from './moves.mjs';

const options =
  mode === undefined ? {} : { versionNegotiation: { mode: mode === 'auto' ? mode : { pin: mode } } };
const client = new Client({ name: 'journey', version: '1.0.0' }, options);
await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers: bearer } }));
const { tools } = await client.listTools();
print({
  protocol: client.getNegotiatedProtocolVersion(),
  tools: tools.map(({ name }) => name),
  allowed: await client.callTool(ALLOWED),
  refused: await client.callTool(REFUSED),
});
await client.close();
