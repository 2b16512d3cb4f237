import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ClientPlaces } from './client-formats.ts';
import { type ConnectOptions, connect, connectCommand } from './connect.ts';

const SECRET = 'ghp_0123456789abcdef0123456789abcdef';

let root: string;
let places: ClientPlaces;

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'bailiff-connect-')));
  places = { home: join(root, 'home'), project: join(root, 'project'), platform: 'linux', environment: {} };
  await put(
    'gateway/bailiff.yaml',
    'policy: { directory: . }\nservers:\n  crm: { transport: http, url: "http://c/" }\n',
  );
  await mkdir(places.home);
  await mkdir(places.project);
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function put(path: string, text: string): Promise<string> {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}
const read = (path: string) => readFile(join(root, path), 'utf8');
const json = async (path: string) => JSON.parse(await read(path));

function run(client: string, options: Partial<ConnectOptions> = {}) {
  const config = join(root, 'gateway/bailiff.yaml');
  return connect(client, { config, ...options }, { places, now: new Date('2026-11-22T12:00:00Z') });
}

const reference = (name: string) => `\${${name}}`;
const bearer = (name: string) => `Bearer ${reference(name)}`;
const HTTP = 'http://127.0.0.1:7070/mcp/crm';

describe('what is written', () => {
  test.each<[string, Partial<ConnectOptions>, string, object]>([
    [
      'claude-code',
      {},
      'project/.mcp.json',
      {
        mcpServers: {
          crm: { type: 'http', url: HTTP, headers: { Authorization: bearer('BAILIFF_TOKEN') } },
        },
      },
    ],
    [
      'claude-code',
      { global: true, keyEnv: 'MY_KEY' },
      'home/.claude.json',
      { mcpServers: { crm: { type: 'http', url: HTTP, headers: { Authorization: bearer('MY_KEY') } } } },
    ],
    [
      'cursor',
      {},
      'project/.cursor/mcp.json',
      { mcpServers: { crm: { url: HTTP, headers: { Authorization: bearer('env:BAILIFF_TOKEN') } } } },
    ],
    [
      'vscode',
      {},
      'project/.vscode/mcp.json',
      {
        servers: {
          crm: { type: 'http', url: HTTP, headers: { Authorization: bearer('input:bailiff-token') } },
        },
        inputs: [
          {
            type: 'promptString',
            id: 'bailiff-token',
            description: 'Credential for the Bailiff gateway',
            password: true,
          },
        ],
      },
    ],
    [
      'vscode',
      { global: true, keyEnv: 'MY_KEY' },
      'home/.config/Code/User/mcp.json',
      { servers: { crm: { type: 'http', url: HTTP, headers: { Authorization: bearer('env:MY_KEY') } } } },
    ],
    [
      'windsurf',
      {},
      'home/.codeium/windsurf/mcp_config.json',
      { mcpServers: { crm: { serverUrl: HTTP, headers: { Authorization: bearer('env:BAILIFF_TOKEN') } } } },
    ],
    ['inspector', {}, 'home/.mcp-inspector/mcp.json', { mcpServers: { crm: { type: 'http', url: HTTP } } }],
  ])('for %s with %j is its own format in its own place, and the credential is named and not there', async (client, options, path, expected) => {
    const { exitCode, out } = await run(client, { server: 'crm', write: true, ...options });
    expect([exitCode, out]).toEqual([0, expect.stringContaining(`+++ ${join(root, path)}`)]);
    expect(await json(path)).toEqual(expected);
  });

  test('all servers are reached at one address, under one name', async () => {
    await run('cursor', { write: true });
    expect(await json('project/.cursor/mcp.json')).toMatchObject({
      mcpServers: { bailiff: { url: 'http://127.0.0.1:7070/mcp' } },
    });
  });

  test('over stdio the launcher is started with an absolute configuration, whatever folder the client is in', async () => {
    await run('claude-code', { server: 'crm', stdio: true, write: true });
    expect(await json('project/.mcp.json')).toEqual({
      mcpServers: {
        crm: {
          type: 'stdio',
          command: expect.stringMatching(/^\/.*\/bailiff$/),
          args: ['stdio', '--server', 'crm', '--config', join(root, 'gateway/bailiff.yaml')],
          env: { BAILIFF_TOKEN: reference('BAILIFF_TOKEN') },
        },
      },
    });
  });

  test('a second time nothing is written', async () => {
    for (const client of ['claude-code', 'cursor', 'vscode', 'windsurf', 'inspector']) {
      expect((await run(client, { server: 'crm', write: true })).exitCode).toBe(0);
      const again = await run(client, { server: 'crm', write: true });
      expect([again.exitCode, again.out]).toEqual([0, '']);
      expect(again.error).toContain('already says so');
    }
    expect((await readdir(root, { recursive: true })).filter((path) => path.endsWith('.bak'))).toEqual([]);
  });

  test('other servers, comments and settings of the entry stay, and the file as it was is kept for its user alone', async () => {
    const text = `{
  // what I use
  "servers": {
    "github": { "command": "npx", "env": { "GITHUB_TOKEN": "${SECRET}" } }, // mine
    "crm": { "type": "http", "url": "http://localhost:7070/mcp/crm", "disabled": true },
  },
  "inputs": [{ "id": "mine", "type": "promptString" }],
}
`;
    const file = await put('project/.vscode/mcp.json', text);
    await chmod(file, 0o640);
    const { exitCode, out, error } = await run('vscode', { server: 'crm', write: true });
    expect(exitCode).toBe(0);
    const after = await readFile(file, 'utf8');
    for (const kept of ['// what I use', '// mine', SECRET, '"disabled": true', '"id": "mine"'])
      expect(after).toContain(kept);
    expect(out).toContain('- "crm"');
    expect(out + error).not.toContain(SECRET);
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    const backup = join(root, 'project/.vscode/mcp.json.2026-11-22T120000.000Z.bak');
    expect(error).toContain(backup);
    expect(await readFile(backup, 'utf8')).toBe(text);
    expect((await stat(backup)).mode & 0o777).toBe(0o600);
  });

  test('a file for the user alone is made for the user alone', async () => {
    await run('windsurf', { write: true });
    expect((await stat(join(root, 'home/.codeium/windsurf/mcp_config.json'))).mode & 0o777).toBe(0o600);
  });

  test('a link in the home folder stays a link, and what it leads to is edited', async () => {
    const target = await put('dotfiles/cursor.json', '{}');
    await mkdir(join(root, 'home/.cursor'));
    await symlink(target, join(root, 'home/.cursor/mcp.json'));
    await run('cursor', { server: 'crm', global: true, write: true });
    expect(await json('dotfiles/cursor.json')).toMatchObject({ mcpServers: { crm: { url: HTTP } } });
    expect(await realpath(join(root, 'home/.cursor/mcp.json'))).toBe(target);
  });
});

describe('nothing is written', () => {
  test('without --write, and what is printed can be used as it is', async () => {
    const { exitCode, out, error } = await run('claude-code', { server: 'crm', agent: 'a', user: 'u' });
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ mcpServers: { crm: { url: HTTP } } });
    expect(error).toContain(`export BAILIFF_TOKEN="$(./bailiff token --agent a --user u --ttl 12h`);
    expect(error).toContain("claude mcp add-json --scope project crm '{");
    expect(await readdir(places.project)).toEqual([]);
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ['is broken', () => put('project/.mcp.json', `{"mcpServers": {"x": "${SECRET}"`), 'it is not JSON'],
    ['names a key twice', () => put('project/.mcp.json', '{"a": 1, "a": 2}'), 'names a key twice'],
    ['has no object of servers', () => put('project/.mcp.json', '{"mcpServers": []}'), 'is no object'],
    ['is a folder', () => mkdir(join(root, 'project/.mcp.json')), 'is no file'],
    [
      'is a link that leads nowhere',
      () => symlink('nowhere', join(root, 'project/.mcp.json')),
      'leads nowhere',
    ],
    [
      'is a link to itself',
      () => symlink('.mcp.json', join(root, 'project/.mcp.json')),
      'cannot be read (ELOOP)',
    ],
    [
      'is a link out of the project',
      async () => symlink(await put('home/.claude.json', '{}'), join(root, 'project/.mcp.json')),
      'leads out of the project',
    ],
    [
      'has another server of the name',
      () =>
        put(
          'project/.mcp.json',
          `{"mcpServers": {"crm": {"command": "crm-server", "args": ["--api-key", "${SECRET}"]}}}`,
        ),
      'is not the gateway: crm-server --api-key …',
    ],
  ])('into a file that %s, and the refusal says why without repeating it', async (_what, arrange, why) => {
    await arrange();
    const before = await readFile(join(root, 'project/.mcp.json'), 'utf8').catch(() => undefined);
    const { exitCode, out, error } = await run('claude-code', { server: 'crm', write: true });
    expect([exitCode, out]).toEqual([2, '']);
    expect(error).toContain(why);
    expect(error).not.toContain(SECRET);
    expect(await readFile(join(root, 'project/.mcp.json'), 'utf8').catch(() => undefined)).toBe(before);
    expect((await readdir(places.project)).length).toBe(1);
  });

  test('into a folder of the project that leads out of it', async () => {
    await symlink(places.home, join(root, 'project/.cursor'));
    const { exitCode, error } = await run('cursor', { server: 'crm', write: true });
    expect([exitCode, error]).toEqual([2, expect.stringContaining('outside the project')]);
    expect(await readdir(places.home)).toEqual([]);
  });

  test.skipIf(process.getuid?.() === 0)('into a file that cannot be read', async () => {
    await chmod(await put('project/.mcp.json', '{}'), 0o000);
    expect((await run('claude-code', { write: true })).error).toContain('cannot be read (EACCES)');
  });

  test('for a client whose file could only hold the credential itself', async () => {
    const { exitCode, error } = await run('inspector', { stdio: true, write: true });
    expect([exitCode, error]).toEqual([2, expect.stringContaining('cannot name an environment variable')]);
    expect(await readdir(places.home)).toEqual([]);
  });

  test('for a project where the client has no file of one', async () => {
    const { exitCode, error } = await run('windsurf', { project: true, write: true });
    expect([exitCode, error]).toEqual([2, expect.stringContaining('has no file of a project')]);
  });
});

test('a server that the gateway does not have is refused, with those it has', async () => {
  await expect(run('cursor', { server: 'crn' })).rejects.toThrow(/has no server crn\. It has: crm\./);
});

test('another gateway is named by its address', async () => {
  const { out } = await run('cursor', { server: 'hr', url: 'https://gateway.example', config: 'nowhere' });
  expect(JSON.parse(out).mcpServers.hr.url).toBe('https://gateway.example/mcp/hr');
  await expect(run('cursor', { server: '../x', url: 'https://gateway.example' })).rejects.toThrow('no name');
});

test('a gateway on any free port is at no address that could be written down', async () => {
  await put('gateway/bailiff.yaml', 'policy: { directory: . }\nlisten: { port: 0 }\n');
  await expect(run('cursor')).rejects.toThrow('listen.port: 0');
  expect((await run('cursor', { stdio: true })).exitCode).toBe(0);
});

test.each([
  ['a key instead of the name of a variable', ['--key-env', 'sk-1234']],
  ['both a key and an agent', ['--key-env', 'K', '--agent', 'a']],
  ['both a project’s file and the user’s', ['--project', '--global']],
  ['an address with a password', ['--url', 'http://u:p@h:1']],
  ['an address that is none', ['--url', 'h:1']],
  ['a name that a shell would read', ['--name', '$(x)']],
])('%s is refused', async (_what, words) => {
  const command = connectCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  await expect(command.parseAsync(['cursor', ...words], { from: 'user' })).rejects.toThrow();
});
