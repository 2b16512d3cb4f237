/** An MCP server over stdio that lists what stands in the file that its argument names, to the byte. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [file = ''] = process.argv.slice(2);

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method } = JSON.parse(line);
  const id_ = JSON.stringify(id);
  const say = (member: string, json: string) =>
    process.stdout.write(`{"jsonrpc":"2.0","id":${id_},"${member}":${json}}\n`);
  if (id === undefined) continue;
  if (method === 'initialize') {
    const serverInfo = { name: 'listing', version: '1' };
    say('result', JSON.stringify({ protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo }));
  } else if (method === 'tools/list') {
    say('result', `{"tools":${readFileSync(file, 'utf8').trim()}}`);
  } else {
    say('error', '{"code":-32601,"message":"Method not found"}');
  }
}
