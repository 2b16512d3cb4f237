import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ALLOWED, bearer, print, REFUSED, url } from './moves.mjs';

const inspector = join(process.env.PEERS_FOLDER, 'node_modules', '.bin', 'mcp-inspector');
const server = [url.href, '--transport', 'http', '--header', `Authorization: ${bearer.Authorization}`];

async function inspect(method, ...args) {
  const options = ['--cli', ...server, '--method', method, ...args];
  // It ends with a code of its own when a tool says that it failed, and has printed the result all the same.
  const { stdout } = await promisify(execFile)(inspector, options).catch((thrown) => thrown);
  return JSON.parse(stdout);
}
const call = ({ name, arguments: args }) =>
  inspect(
    'tools/call',
    '--tool-name',
    name,
    ...Object.entries(args).flatMap(([key, value]) => ['--tool-arg', `${key}=${value}`]),
  );

const [{ tools }, allowed, refused] = await Promise.all([
  inspect('tools/list'),
  call(ALLOWED),
  call(REFUSED),
]);
print({ tools: tools.map(({ name }) => name), allowed, refused });
