/**
 * `node CLIENT URL TOKEN SDK [MODE]`: what a client of either TypeScript SDK finds at the one address of all servers, and what comes of
 * a call to each.
 */
const [address, token, sdk, mode] = process.argv.slice(2);
const { Client, StreamableHTTPClientTransport } =
  sdk === 'v1'
    ? {
        ...(await import('@modelcontextprotocol/sdk/client/index.js')),
        ...(await import('@modelcontextprotocol/sdk/client/streamableHttp.js')),
      }
    : await import('@modelcontextprotocol/client');

const options =
  mode === undefined ? {} : { versionNegotiation: { mode: mode === 'auto' ? mode : { pin: mode } } };
const client = new Client({ name: 'journey', version: '1.0.0' }, options);
const requestInit = { headers: { Authorization: `Bearer ${token}` } };
await client.connect(new StreamableHTTPClientTransport(new URL(address), { requestInit }));
const { tools } = await client.listTools();
const { resources } = await client.listResources();
const { prompts } = await client.listPrompts();
const call = async (name, args) => JSON.stringify(await client.callTool({ name, arguments: args }));
const [{ uri }] = resources.filter((resource) => resource.uri.startsWith('bailiff://crm/'));
const { contents } = await client.readResource({ uri });
const seen = {
  tools: tools.map(({ name }) => name),
  prompts: prompts.map(({ name }) => name),
  resources: resources.map((resource) => resource.uri),
  read: [uri, ...contents.map((content) => content.uri)],
  crm: await call('crm__read', { id: 7, rows: 20 }),
  payments: await call('payments__refund', { payment_id: 19, amount_cents: 1500, reason: 'Damaged parcel' }),
  filesystem: await call('filesystem__read_text_file', { path: 'handbook/refunds.md' }),
  everything: await call('everything__echo', { message: 'hello' }),
  refused: await call('crm__export', { table: 'interactions', rows: 5_000 }),
  absent: await client.callTool({ name: 'ghost__read', arguments: {} }).then(String, String),
  hidden: await client.callTool({ name: 'crm__delete_customer', arguments: { id: 8 } }).then(String, String),
};
process.stdout.write(`${JSON.stringify(seen)}\n`);
await client.close();
