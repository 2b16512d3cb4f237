import { createHash } from 'node:crypto';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { type Children, ROOT } from './children.ts';
import { processTree, type Revision, type Target } from './driver.ts';

/** Limits of the example company that a benchmark would run into, and is not about. */
const NO_LIMIT = 1_000_000_000;

/** Whose policy decides, who calls, and which upstream is called. */
export interface Company {
  readonly folder: string;
  readonly key: string;
  readonly url: string;
  readonly revision: Revision;
}

/** The example company’s policy, without the limits that stop a client which repeats itself. */
export async function prepareCompany(
  folder: string,
  { url, key }: { url: string; key: string },
): Promise<Company> {
  await cp(join(ROOT, 'examples/acme/policy'), join(folder, 'policy'), { recursive: true });
  const file = join(folder, 'policy/workflow/data.yaml');
  const limits = Object.entries(parse(await readFile(file, 'utf8')) as Record<string, unknown>).map(
    ([name, limit]) => [
      name,
      name.includes('_max') ? (typeof limit === 'number' ? NO_LIMIT : { default: NO_LIMIT }) : limit,
    ],
  );
  await writeFile(file, stringify(Object.fromEntries(limits)));
  // The rules’ own tests are about the limits; what is measured is what ships.
  return { folder, key, url, revision: '2025-11-25' };
}

export interface GatewayKind {
  readonly name: string;
  readonly mode: 'strict' | 'buffered';
  readonly trivial?: string;
}

/** Starts a gateway in front of the company’s upstream, spoken to in the company’s revision. */
export async function gateway(
  children: Children,
  { folder, key, url, revision }: Company,
  { name, mode, trivial }: GatewayKind,
): Promise<Target> {
  const file = join(folder, `${name.replaceAll(/\W+/g, '-')}.yaml`);
  const sha256 = createHash('sha256').update(key).digest('hex');
  const configuration = {
    listen: { port: 0 },
    data_dir: `${file}.data`,
    policy: { directory: 'policy' },
    environment: { region: 'eu-west' },
    engine: { deadline_ms: 5_000 },
    identity: {
      api_keys: [
        {
          id: 'bench',
          sha256,
          agent: 'support-bot',
          agent_version: '3.2.0',
          user: 'mara',
          permissions: ['operator'],
        },
      ],
    },
    servers: { everything: { transport: 'http', url, region: 'us-east' } },
    record: { mode },
  };
  await writeFile(file, stringify(configuration));
  const { pid, port } = await children.node([
    'bench/gateway.ts',
    '--config',
    file,
    ...(trivial === undefined ? [] : ['--trivial', trivial]),
  ]);
  const authorization = `Bearer ${key}`;
  const target = { name, port, path: '/mcp/everything', revision, pids: () => processTree(pid) };
  const session = revision === '2025-11-25' ? await openSession(target, authorization) : {};
  return { ...target, headers: { authorization, ...session } };
}

/** The headers of a session of 2025-11-25. @throws when the target opens none. */
export async function openSession(
  { port, path }: Pick<Target, 'port' | 'path'>,
  authorization: string,
): Promise<Record<string, string>> {
  const headers = {
    authorization,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  };
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'bench', version: '1' },
  };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params });
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body });
  const session = response.headers.get('mcp-session-id');
  if (session === null) throw new Error(`no session: ${response.status} ${await response.text()}`);
  return { 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' };
}
