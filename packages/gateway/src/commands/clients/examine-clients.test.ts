import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfiguration } from '../../config.ts';
import type { ClientPlaces } from './client-formats.ts';
import { type ExamineOptions, examineClients } from './examine-clients.ts';

const [SECRET, OTHER] = ['ghp_0123456789abcdef0123456789abcdef', 'hunter2'];
const reference = (name: string) => `\${${name}}`;

const CONFIGURATION = `# The gateway of the team.
policy: { directory: . } # here
servers:
  # What sales uses.
  crm: { transport: http, url: "http://crm.example/mcp" }
record: { mode: strict }
`;

let root: string;
let places: ClientPlaces;
/** What the release registers. */
let registered: ReadonlySet<string> | undefined;

beforeEach(async () => {
  registered = new Set();
  root = await realpath(await mkdtemp(join(tmpdir(), 'bailiff-clients-')));
  const environment = Object.fromEntries(
    ['GITHUB_TOKEN', 'GITHUB_PASSWORD', 'GITHUB_X_TEAM', 'REGION', 'GH'].map((name) => [name, 'x']),
  );
  places = { home: join(root, 'home'), project: join(root, 'project'), platform: 'linux', environment };
  await put('gateway/bailiff.yaml', CONFIGURATION);
  await mkdir(places.home);
  await mkdir(places.project);
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function put(path: string, content: string | object): Promise<string> {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`);
  return file;
}
const read = (path: string) => readFile(join(root, path), 'utf8');
const configuration = () => join(root, 'gateway/bailiff.yaml');

async function run(options: Partial<ExamineOptions> = {}) {
  const outcome = await examineClients(
    { config: configuration(), isOwnConfiguration: true, ...options },
    { places, now: new Date('2026-11-22T12:00:00Z'), registeredServers: async () => registered },
  );
  for (const secret of [SECRET, OTHER]) expect(outcome.out + outcome.error).not.toContain(secret);
  return outcome;
}
const listed = async () => JSON.parse((await run({ json: true })).out);

/** Files as each client’s own documentation has them. */
async function everyClient(): Promise<void> {
  await put('home/.claude.json', {
    numStartups: 12,
    mcpServers: { github: { type: 'http', url: `https://api.example/mcp?key=${SECRET}` } },
    projects: {
      [join(root, 'elsewhere')]: {
        mcpServers: { local: { type: 'stdio', command: 'node', args: ['s.js'] } },
      },
    },
  });
  await put('project/.mcp.json', {
    mcpServers: { bailiff: { type: 'http', url: 'http://localhost:7070/mcp/crm' } },
  });
  await put(
    'home/.cursor/mcp.json',
    '{\n  // mine\n  "mcpServers": { "db": { "command": "db-server" }, },\n}',
  );
  await put('project/.vscode/mcp.json', {
    servers: {
      fetch: { type: 'stdio', command: 'uvx', args: ['mcp-server-fetch'], env: { T: reference('input:t') } },
    },
  });
  await put('home/.codeium/windsurf/mcp_config.json', {
    mcpServers: { w: { serverUrl: 'https://w.example/mcp' } },
  });
  await put('home/.config/Claude/claude_desktop_config.json', { mcpServers: { fs: { command: 'fs' } } });
  await put('home/.gemini/settings.json', { mcpServers: { g: { httpUrl: 'http://127.0.0.1:7070/mcp' } } });
  await put('home/.mcp-inspector/mcp.json', {
    mcpServers: { i: { type: 'http', url: 'https://i.example/mcp' } },
  });
  await put(
    'home/.codex/config.toml',
    `model = "x"\n[mcp_servers.ours]\nurl = "http://127.0.0.1:7070/mcp/crm"\nbearer_token_env_var = "B"\n\n[mcp_servers."the docs"] # two\ncommand = 'npx'\nargs = [\n  "-y", "docs", # yes\n]\n[mcp_servers."the docs".env]\nKEY = "${OTHER}"\n`,
  );
}

describe('the list', () => {
  test('has every server of every client, what it runs, and whether it goes through the gateway', async () => {
    await everyClient();
    const { servers, unread } = await listed();
    expect(unread).toEqual([]);
    const told = servers.map((server: Record<string, unknown>) => [
      server.client,
      server.name,
      server.through_gateway,
      server.runs,
    ]);
    expect(told).toEqual([
      ['claude-code', 'bailiff', true, 'http://localhost:7070/mcp/crm'],
      ['claude-code', 'github', false, 'https://api.example/mcp?…'],
      ['claude-code', 'local', false, 'node s.js'],
      ['cursor', 'db', false, 'db-server'],
      ['vscode', 'fetch', false, 'uvx mcp-server-fetch (with T)'],
      ['windsurf', 'w', false, 'https://w.example/mcp'],
      ['inspector', 'i', false, 'https://i.example/mcp'],
      ['claude-desktop', 'fs', false, 'fs'],
      ['gemini-cli', 'g', true, 'http://127.0.0.1:7070/mcp'],
      ['codex', 'ours', true, 'http://127.0.0.1:7070/mcp/crm (with Authorization)'],
      ['codex', 'the docs', false, 'npx -y docs (with KEY)'],
    ]);
    expect((await run()).exitCode).toBe(1);
  });

  test('is empty where no client has a server, and that is well', async () => {
    expect(await run()).toMatchObject({ exitCode: 0, out: 'No client around has an MCP server.\n' });
  });

  test.each([
    ['another port', { url: 'http://127.0.0.1:7071/mcp/crm' }],
    ['another path', { url: 'http://127.0.0.1:7070/mcp/../other' }],
    ['the gateway as its user name', { url: 'http://127.0.0.1:7070@evil.example/mcp/crm' }],
    ['a host that begins like it', { url: 'http://127.0.0.1.evil.example:7070/mcp' }],
    ['a program that only names it', { command: 'evil', args: ['http://127.0.0.1:7070/mcp/crm'] }],
    ['the launcher with another command', { command: '/opt/bailiff', args: ['start'] }],
    ['no address that can be read', { url: 'http://[' }],
    ['nothing that can be read', 7],
  ])('does not take %s for the gateway', async (_what, entry) => {
    await put('home/.cursor/mcp.json', { mcpServers: { x: entry } });
    expect((await listed()).servers).toMatchObject([{ name: 'x', through_gateway: false }]);
  });

  test.each([
    ['its address by another name', { url: 'http://localhost:7070/mcp' }],
    ['the launcher', { command: '/opt/bailiff/bailiff', args: ['stdio', '--server', 'crm'] }],
    ['mcp-remote', { command: 'npx', args: ['-y', 'mcp-remote@0.1.29', 'http://127.0.0.1:7070/mcp/crm'] }],
  ])('knows %s as the gateway', async (_what, entry) => {
    await put('home/.cursor/mcp.json', { mcpServers: { x: entry } });
    expect((await listed()).servers).toMatchObject([{ name: 'x', through_gateway: true }]);
  });

  test('says which files could not be read and why, goes on, and is not well', async () => {
    await put('home/.cursor/mcp.json', `{"mcpServers": {"a": "${SECRET}`);
    await mkdir(join(root, 'home/.gemini/settings.json'), { recursive: true });
    await symlink('nowhere', join(root, 'home/.claude.json'));
    await put('outside.json', { mcpServers: { stolen: { command: 'x' } } });
    await symlink(join(root, 'outside.json'), join(root, 'project/.mcp.json'));
    await put('home/.codex/config.toml', 'mcp_servers.x = { command = "y" }\n');
    await put('home/.mcp-inspector/mcp.json', { mcpServers: { i: { command: 'i' } } });
    const { servers, unread } = await listed();
    expect(servers).toMatchObject([{ name: 'i' }]);
    expect(
      unread.map(({ file, detail }: { file: string; detail: string }) => [file.slice(root.length), detail]),
    ).toEqual([
      ['/project/.mcp.json', 'is a link that leads out of the project'],
      ['/home/.claude.json', 'is a link that leads nowhere'],
      ['/home/.cursor/mcp.json', expect.stringMatching(/^cannot be read: it is not JSON/)],
      ['/home/.gemini/settings.json', 'is no file'],
      ['/home/.codex/config.toml', 'holds servers in a form that is not understood here'],
    ]);
    expect((await run()).exitCode).toBe(1);
  });

  test.skipIf(process.getuid?.() === 0)('says that a file may not be read', async () => {
    await chmod(await put('home/.cursor/mcp.json', '{}'), 0o000);
    expect((await listed()).unread).toMatchObject([{ detail: 'cannot be read (EACCES)' }]);
  });

  test('shows names from a project without what steers a terminal', async () => {
    await put('project/.mcp.json', { mcpServers: { 'a\u{1b}[2J\u{202e}': { command: 'x\u{1b}]0;t\u{7}' } } });
    const { out, error } = await run();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    expect(out.replace(/\u{1b}\[\d+m/gu, '') + error).not.toMatch(/[\u{1b}\u{202e}\u{7}]/u);
  });

  test('in the home folder names each file once', async () => {
    places = { ...places, project: places.home };
    await put('home/.cursor/mcp.json', { mcpServers: { a: { command: 'a' } } });
    expect((await listed()).servers).toHaveLength(1);
  });
});

const GITHUB = {
  command: 'npx',
  args: ['-y', 'server-github'],
  env: { GITHUB_TOKEN: SECRET, PASSWORD: OTHER, LOG_LEVEL: 'debug', REGION: reference('env:REGION') },
};

describe('putting servers behind the gateway', () => {
  test('is told as the two edits, and nothing is written', async () => {
    await put('home/.cursor/mcp.json', { mcpServers: { GitHub: GITHUB } });
    const before = await read('home/.cursor/mcp.json');
    const { out, error } = await run();
    expect(out).toContain('  github:\n    transport: stdio\n    command: npx\n');
    expect(out).toContain('PASSWORD:\n        env: GITHUB_PASSWORD');
    expect(out).toContain('-     "GITHUB_TOKEN": "…"');
    expect(out).toContain('+   "url": "http://127.0.0.1:7070/mcp/github"');
    expect(error).toContain('./bailiff doctor');
    expect(await read('home/.cursor/mcp.json')).toBe(before);
    expect(await read('gateway/bailiff.yaml')).toBe(CONFIGURATION);
  });

  test('writes both files, secrets into neither, and every line that was there stays', async () => {
    await put('home/.cursor/mcp.json', {
      mcpServers: { GitHub: GITHUB, ours: { url: 'http://127.0.0.1:7070/mcp/crm' } },
    });
    const { exitCode, out } = await run({ write: true });
    expect(exitCode).toBe(0);
    const written = await read('gateway/bailiff.yaml');
    for (const line of CONFIGURATION.split('\n')) expect(written.split('\n')).toContain(line);
    const { servers } = (await loadConfiguration(configuration())).configuration;
    expect(servers).toMatchObject({
      crm: { url: 'http://crm.example/mcp' },
      github: {
        command: 'npx',
        args: ['-y', 'server-github'],
        cwd: places.home,
        env: {
          GITHUB_TOKEN: { env: 'GITHUB_TOKEN' },
          PASSWORD: { env: 'GITHUB_PASSWORD' },
          LOG_LEVEL: 'debug',
          REGION: { env: 'REGION' },
        },
      },
    });
    const client = await read('home/.cursor/mcp.json');
    expect(JSON.parse(client).mcpServers).toEqual({
      GitHub: {
        url: 'http://127.0.0.1:7070/mcp/github',
        headers: { Authorization: `Bearer ${reference('env:BAILIFF_TOKEN')}` },
      },
      ours: { url: 'http://127.0.0.1:7070/mcp/crm' },
    });
    expect(written + client).not.toMatch(new RegExp(`${SECRET}|${OTHER}`));
    expect(out).toContain(
      'The gateway takes GITHUB_PASSWORD from its environment: it is what GitHub.env.PASSWORD has.',
    );
    expect(await read('home/.cursor/mcp.json.2026-11-22T120000.000Z.bak')).toContain(SECRET);
  });

  test.each([
    ['a reference', `Bearer ${reference('env:GH')}`, 'GH', false],
    ['the token itself', `Bearer ${SECRET}`, 'GITHUB_TOKEN', true],
  ])('a token behind Bearer that is %s becomes the credential of the server', async (_what, value, variable, isNeeded) => {
    const headers = { Authorization: value, 'X-Team': OTHER };
    await put('home/.cursor/mcp.json', { mcpServers: { github: { url: 'https://g.example/mcp', headers } } });
    const { out } = await run({ write: true });
    const { servers } = (await loadConfiguration(configuration())).configuration;
    expect(servers.github).toMatchObject({
      headers: { 'X-Team': { env: 'GITHUB_X_TEAM' } },
      credential: { from: 'environment', variable, header: 'authorization', scheme: 'Bearer' },
    });
    expect(out.includes(`The gateway takes ${variable} from its environment`)).toBe(isNeeded);
  });

  test('says that calls are refused only of servers that the release does not register', async () => {
    const mcpServers = { crm: { url: 'http://crm.example/mcp' }, b: { url: 'https://b.example/mcp' } };
    await put('home/.cursor/mcp.json', { mcpServers });
    for (const [names, told] of [
      [new Set(['crm']), /Calls to b are refused until/],
      [new Set(['crm', 'b']), /^(?!.*are refused)/s],
      [undefined, /Calls to crm, b are refused until .* No release builds/],
    ] as const) {
      registered = names;
      expect((await run()).error).toMatch(told);
    }
  });

  test('leaves a server whose variables are not set, says which, and moves the others', async () => {
    places = { ...places, environment: { GITHUB_TOKEN: 'x', REGION: '' } };
    await put('home/.cursor/mcp.json', { mcpServers: { GitHub: GITHUB, b: { url: 'https://b.example/' } } });
    await put('home/.codeium/windsurf/mcp_config.json', { mcpServers: { same: GITHUB } });
    expect((await run()).out).toContain('Not set here: GITHUB_PASSWORD, REGION. Set them first');
    const { exitCode, error } = await run({ write: true });
    expect(exitCode).toBe(1);
    expect(error).toContain('GitHub is left: the gateway would not start without GITHUB_PASSWORD, REGION,');
    expect(error).toContain('GITHUB_PASSWORD from its environment: it is what GitHub.env.PASSWORD has');
    const { servers } = (await loadConfiguration(configuration())).configuration;
    expect(Object.keys(servers).sort()).toEqual(['b', 'crm']);
    for (const path of ['home/.cursor/mcp.json', 'home/.codeium/windsurf/mcp_config.json'])
      expect(await read(path)).toContain('server-github');
  });

  test('writes nothing where the gateway would not start as it is', async () => {
    const text = `${CONFIGURATION}engine: { url: "http://127.0.0.1:8181", url_token: { env: OPA_TOKEN } }\n`;
    await put('gateway/bailiff.yaml', text);
    await put('home/.cursor/mcp.json', { mcpServers: { b: { url: 'https://b.example/mcp' } } });
    const { exitCode, error } = await run({ write: true });
    expect(error).toMatch(/bailiff\.yaml:7: engine\.url_token .* OPA_TOKEN, which is not set/);
    expect([exitCode, await read('gateway/bailiff.yaml')]).toEqual([2, text]);
    expect(await read('home/.cursor/mcp.json')).toContain('b.example');
  });

  test('a second time there is nothing to do', async () => {
    await put('home/.cursor/mcp.json', { mcpServers: { GitHub: GITHUB } });
    await run({ write: true });
    const written = await read('gateway/bailiff.yaml');
    expect(await run({ write: true })).toMatchObject({ exitCode: 0, error: '' });
    expect(await read('gateway/bailiff.yaml')).toBe(written);
    expect((await readdir(join(root, 'home/.cursor'))).length).toBe(2);
  });

  test('one server of two clients is one server of the gateway, and two of one name are two', async () => {
    await put('home/.cursor/mcp.json', { mcpServers: { crm: { url: 'https://one.example/mcp' } } });
    await put('home/.codeium/windsurf/mcp_config.json', {
      mcpServers: {
        crm: { serverUrl: 'https://one.example/mcp' },
        sales: { serverUrl: 'http://crm.example/mcp' },
      },
    });
    await run({ write: true });
    const { servers } = (await loadConfiguration(configuration())).configuration;
    expect(Object.keys(servers).sort()).toEqual(['crm', 'crm_2']);
    expect(JSON.parse(await read('home/.codeium/windsurf/mcp_config.json'))).toMatchObject({
      mcpServers: {
        crm: { serverUrl: 'http://127.0.0.1:7070/mcp/crm_2' },
        sales: { serverUrl: 'http://127.0.0.1:7070/mcp/crm' },
      },
    });
  });

  test('what a project runs is put behind only when it is named', async () => {
    await put('project/.mcp.json', { mcpServers: { 'run-me': { command: './evil', args: ['x'] } } });
    const refused = await run({ write: true });
    expect(refused).toMatchObject({ exitCode: 1, error: expect.stringContaining('--only run-me') });
    expect(await read('gateway/bailiff.yaml')).toBe(CONFIGURATION);
    expect((await run({ write: true, only: ['run-me'] })).exitCode).toBe(0);
    expect((await loadConfiguration(configuration())).configuration.servers.run_me).toMatchObject({
      command: join(places.project, 'evil'),
      cwd: places.project,
    });
  });

  test.each([
    ['its arguments hold a secret', { command: 'x', args: ['--api-key', OTHER] }, 'looks like a secret'],
    ['an argument looks like one', { command: 'x', args: [SECRET] }, 'looks like a secret'],
    ['its command has a variable', { command: `${reference('workspaceFolder')}/x` }, 'has a variable'],
    ['its address holds a password', { url: `https://u:${OTHER}@h.example/mcp` }, 'may be a secret'],
    ['its address has a query', { url: `https://h.example/mcp?k=${OTHER}` }, 'may be a secret'],
    ['it speaks HTTP+SSE', { type: 'sse', url: 'https://h.example/sse' }, 'HTTP+SSE'],
    ['its variables are in a file', { command: 'x', envFile: '.env' }, 'only the client knows'],
    ['it cannot be read', { command: ['x'] }, 'cannot be read'],
  ])('a server is left to be moved by hand when %s', async (_what, entry, why) => {
    await put('home/.cursor/mcp.json', { mcpServers: { x: entry } });
    const before = await read('home/.cursor/mcp.json');
    expect(await run({ write: true })).toMatchObject({ exitCode: 1, error: expect.stringContaining(why) });
    expect(await read('home/.cursor/mcp.json')).toBe(before);
    expect(await read('gateway/bailiff.yaml')).toBe(CONFIGURATION);
  });

  test('servers of clients whose files are not edited are left to be moved by hand', async () => {
    await everyClient();
    const { out } = await run();
    expect(out.match(/To be moved by hand/g)?.length).toBe(4); // github’s key, the Inspector’s, Claude Desktop’s, Codex’s
  });

  test.each([
    ['no servers', 'policy: { directory: . }\n'],
    ['an empty map', 'policy: { directory: . }\nservers: {} # none\nrecord: {}\n'],
    [
      'servers four columns in',
      'servers:\n    # first\n    a: { transport: http, url: "http://a/" }\npolicy: { directory: . }',
    ],
  ])('a configuration with %s gets them', async (_what, text) => {
    await put('gateway/bailiff.yaml', text);
    await put('home/.cursor/mcp.json', {
      mcpServers: { GitHub: GITHUB, b: { url: 'https://b.example/mcp' } },
    });
    expect((await run({ write: true })).error).toContain('are refused until');
    const { servers } = (await loadConfiguration(configuration())).configuration;
    expect(Object.keys(servers)).toEqual(expect.arrayContaining(['github', 'b']));
  });

  test('a configuration that leaves no place for them is not written, nor is the client’s file', async () => {
    await put(
      'gateway/bailiff.yaml',
      'policy: { directory: . }\nservers: { a: { transport: http, url: "http://a/" } }\n',
    );
    await put('home/.cursor/mcp.json', { mcpServers: { b: { url: 'https://b.example/mcp' } } });
    const before = await read('home/.cursor/mcp.json');
    expect(await run({ write: true })).toMatchObject({
      exitCode: 2,
      error: expect.stringContaining('cannot be added to'),
    });
    expect(await read('home/.cursor/mcp.json')).toBe(before);
  });

  test('the example company’s configuration is not written for want of another', async () => {
    await put('home/.cursor/mcp.json', { mcpServers: { b: { url: 'https://b.example/mcp' } } });
    const { exitCode, error } = await run({ write: true, isOwnConfiguration: false });
    expect([exitCode, error]).toEqual([2, expect.stringContaining('--config')]);
  });
});
