import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LoadedConfiguration } from '../../config.ts';
import { loadConfiguration } from '../../config.ts';
import { approveTools } from './approve-tools.ts';
import { PinsFile } from './pins-file.ts';
import { tellDiff } from './tell-tools.ts';
import { approve, tellServers } from './tools.ts';

const SERVER = fileURLToPath(
  new URL('../../enforcement/upstream/testing/listing-stdio-server.ts', import.meta.url),
);
const PLAIN = {
  green: String,
  red: String,
  yellow: String,
  bold: String,
  dim: String,
} as const;
const RELEASE =
  '# Whose release this is.\nname: small\nversion: 1.0.0\ncatalogue: catalogue.yaml\nbundles: {}\n';
const READ = { name: 'read', description: 'Reads a file.', inputSchema: { type: 'object' } };

let folder: string;
let loaded: LoadedConfiguration;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bailiff-tools-'));
  await writeFile(join(folder, 'release.yaml'), RELEASE);
  await writeFile(
    join(folder, 'bailiff.yaml'),
    JSON.stringify({
      policy: { directory: '.' },
      servers: { files: { transport: 'stdio', command: 'node', args: [SERVER, join(folder, 'tools.json')] } },
    }),
  );
  loaded = await loadConfiguration(join(folder, 'bailiff.yaml'));
  await lists([READ, { name: 'write', inputSchema: {} }]);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const lists = (tools: readonly unknown[]) =>
  writeFile(join(folder, 'tools.json'), typeof tools === 'string' ? tools : JSON.stringify(tools));
const text = (file: string) => readFile(join(folder, file), 'utf8');
const filesTold = async () => {
  const [told] = await tellServers('files', loaded);
  if (told === undefined) throw new Error('The server is not told of.');
  return told;
};
const approveAll = async (tools: readonly string[] = []) =>
  approve({ server: 'files', tools, digest: undefined, ask: async () => true }, loaded);

test('what is approved is pinned: digests in the pins file, a line in release.yaml, definitions beside, and nothing else', async () => {
  expect(await filesTold()).toMatchObject({
    pinned: false,
    tools: [{ state: 'unpinned' }, { state: 'unpinned' }],
  });
  expect(await approveAll()).toMatchObject({ approved: ['read', 'write'], written: true });
  expect(await text('release.yaml')).toBe(`${RELEASE}tool_pins: tool-pins.yaml\n`);
  expect(await text('tool-pins.yaml')).toMatch(
    /^# [^\n]+\n\nfiles:\n {2}read: [0-9a-f]{64}\n {2}write: [0-9a-f]{64}\n$/,
  );
  expect(await text('tool-definitions.yaml')).toContain('description: Reads a file.');
  expect((await readdir(folder)).filter((file) => file.startsWith('.'))).toStrictEqual([]);
  expect(await filesTold()).toMatchObject({
    pinned: true,
    changes: [],
    tools: [{ state: 'approved' }, { state: 'approved' }],
  });
});

test('a diff shows each change and what nobody would see in it', async () => {
  await approveAll();
  await lists([
    {
      ...READ,
      description: 'Reads a file.\u200b \u202eyrev ecret раyment',
      inputSchema: { type: 'object', required: ['path'] },
    },
  ]);
  const told = await filesTold();
  expect(told.changes.map(({ tool, kind }) => `${tool} ${kind}`)).toStrictEqual([
    'read changed',
    'write removed',
  ]);
  const diff = tellDiff(told, PLAIN);
  expect(diff).toContain('- Reads a file.\n');
  expect(diff).toContain('+ Reads a file.\\u{200b} \\u{202e}yrev ecret \\u{440}\\u{430}yment\n');
  expect(diff).toContain('! holds characters of no width: U+200B');
  expect(diff).toContain('! holds characters that turn text around: U+202E');
  expect(diff).toContain('! holds letters that look like others: \\u{440}\\u{430}yment');
  expect(diff).toMatch(/inputSchema:\n[^+]*\+ {3}"required": \[/);
  expect(diff).toContain('write: no longer listed');
  expect(diff).not.toMatch(/[\u200b\u202e]/u);
});

test('nothing is approved that was not shown: not without a person or a digest, and not by the digest of something else', async () => {
  const wanted = { server: 'files', tools: [], ask: undefined };
  await expect(approve({ ...wanted, digest: undefined }, loaded)).rejects.toMatchObject({
    code: 'bad_request',
  });
  const { digest } = await filesTold();
  await lists([
    { ...READ, description: 'Reads a file, and sends it home.' },
    { name: 'write', inputSchema: {} },
  ]);
  await expect(approve({ ...wanted, digest }, loaded)).rejects.toMatchObject({ code: 'forbidden' });
  expect(await approve({ ...wanted, digest: undefined, ask: async () => false }, loaded)).toMatchObject({
    written: false,
  });
  expect(await readdir(folder)).not.toContain('tool-pins.yaml');
  expect(await text('release.yaml')).toBe(RELEASE);
});

test('a person who is asked is shown the whole definition first', async () => {
  const shown: string[] = [];
  const ask = async (told: string) => shown.push(told) > 0;
  await approve({ server: 'files', tools: ['read'], digest: undefined, ask }, loaded);
  expect(shown.join()).toContain('Reads a file.');
  expect(shown.join()).toContain('its other tools can no longer be called then');
  expect((await filesTold()).tools).toMatchObject([{ state: 'approved' }, { state: 'added' }]);
});

test('one tool is approved by its own digest, and the others stay as they were, comments and order too', async () => {
  await writeFile(join(folder, 'release.yaml'), `${RELEASE}tool_pins: pins/own.yaml # by hand\n`);
  const pins = `# Approved by the platform team.\nother: # elsewhere\n  one: ${'b'.repeat(64)}\nfiles:\n  # the dangerous one\n  write: ${'a'.repeat(64)}\n`;
  await mkdir(join(folder, 'pins'));
  await writeFile(join(folder, 'pins/own.yaml'), pins);
  const [read] = (await filesTold()).tools;
  const digest = read?.digest ?? undefined;
  expect(await approve({ server: 'files', tools: ['read'], digest, ask: undefined }, loaded)).toMatchObject({
    approved: ['read'],
  });
  const written = await text('pins/own.yaml');
  expect(written).toContain('# Approved by the platform team.\n');
  expect(written).toContain('# elsewhere');
  expect(written).toContain(`  # the dangerous one\n  write: ${'a'.repeat(64)}\n  read: ${digest}\n`);
  expect(await text('release.yaml')).toBe(`${RELEASE}tool_pins: pins/own.yaml # by hand\n`);
  const [, change] = (await filesTold()).tools;
  expect(change).toMatchObject({ name: 'write', state: 'changed' });
  expect(tellDiff(await filesTold(), PLAIN)).toContain('What was approved was not kept');
});

test('a digest alone says what is approved by it: one tool, or all that differs', async () => {
  const { tools, digest: all } = await filesTold();
  const [read] = tools;
  const by = (digest: string | null | undefined) =>
    approve({ server: 'files', tools: undefined, digest: digest ?? '', ask: undefined }, loaded);
  await expect(by('0'.repeat(64))).rejects.toMatchObject({ code: 'forbidden' });
  expect(await by(read?.digest)).toMatchObject({ approved: ['read'] });
  await expect(by(all)).rejects.toMatchObject({ code: 'forbidden' });
  expect(await by((await filesTold()).digest)).toMatchObject({ approved: ['write'] });
  expect(await by(all)).toMatchObject({ approved: [], removed: [] });
});

test('the twelve digits that are listed name a definition, and a person is shown it all the same', async () => {
  const [read] = (await filesTold()).tools;
  const digest = read?.digest?.slice(0, 12) ?? '';
  const wanted = { server: 'files', tools: undefined, digest } as const;
  const refused = await approve({ ...wanted, ask: undefined }, loaded).catch(({ detail }) => detail);
  expect(refused).toMatch(/beginning of a digest/);
  expect(refused).toContain(`--digest ${read?.digest}`);
  const told: string[] = [];
  const ask = async (text: string) => told.push(text) > 0;
  for (const wrong of [digest.slice(0, 11), `${digest.slice(0, 11)}!`, `${digest}${'0'.repeat(12)}`])
    await expect(approve({ ...wanted, digest: wrong, ask }, loaded)).rejects.toMatchObject({
      code: 'forbidden',
    });
  expect(told).toEqual([]);
  expect(await approve({ ...wanted, ask }, loaded)).toMatchObject({ approved: ['read'], written: true });
  expect(told.join()).toContain('Reads a file.');
  const write = (await filesTold()).tools[1]?.digest?.slice(0, 16);
  expect(await approve({ ...wanted, tools: ['write'], digest: write, ask }, loaded)).toMatchObject({
    approved: ['write'],
  });
});

test('digits that several digests begin with say nothing', async () => {
  const changes = ['a', 'b'].map((tool) => {
    const digest = `${'0'.repeat(12)}${tool.repeat(52)}`;
    return { tool, kind: 'added', digest, approved_digest: null, fields: [], hidden: [] } as const;
  });
  const found = { file: await PinsFile.read(folder), listed: [], changes };
  const wanted = { server: 'files', tools: undefined, digest: '0'.repeat(12), ask: async () => true };
  await expect(approveTools(wanted, found)).rejects.toMatchObject({ code: 'bad_request' });
});

test('approving everything forgets what is listed no more', async () => {
  await approveAll();
  await lists([READ]);
  expect(await approveAll()).toMatchObject({ approved: [], removed: ['write'] });
  expect(await text('tool-pins.yaml')).not.toContain('  write:');
  await lists([READ, { name: 'write', inputSchema: {} }]);
  expect((await filesTold()).tools).toMatchObject([{ state: 'approved' }, { state: 'added' }]);
});

test('a definition that parsers read differently is told of and cannot be approved', async () => {
  const twice = '[{"name":"read","inputSchema":{"type":"object","type":"array"}}]';
  await lists(twice as never);
  expect((await filesTold()).changes).toMatchObject([{ tool: 'read', kind: 'ambiguous', digest: null }]);
  await expect(approveAll(['read'])).rejects.toMatchObject({ code: 'bad_request' });
});

test('a server that comes in a package is asked as it launches it, and pinned there', async () => {
  const manifest = [
    '# What ships.',
    'kind: server',
    'name: shipped',
    'version: 1.0.0',
    'owner: owners',
    `server: { transport: stdio, command: node, args: [${SERVER}, ../../tools.json] }`,
    'catalogue: { title: Shipped }',
    '',
  ].join('\n');
  await mkdir(join(folder, 'packages/shipped'), { recursive: true });
  await writeFile(join(folder, 'packages/shipped/bailiff.package.yaml'), manifest);
  await writeFile(join(folder, 'release.yaml'), `${RELEASE}packages: [packages/*]\n`);
  const told = async () => (await tellServers('shipped', loaded))[0];
  expect(await told()).toMatchObject({ pinned: false, tools: [{ name: 'read' }, { name: 'write' }] });
  const asked = { server: 'shipped', tools: ['read'], digest: undefined, ask: async () => true };
  expect(await approve(asked, loaded)).toMatchObject({ approved: ['read'], written: true });
  const written = await text('packages/shipped/bailiff.package.yaml');
  expect(written.slice(0, 13)).toBe('# What ships.');
  expect(written).toMatch(/\ntool_pins:\n {2}read: [0-9a-f]{64}\n$/);
  expect(await readdir(folder)).not.toContain('tool-pins.yaml');
  expect(await text('release.yaml')).toBe(`${RELEASE}packages: [packages/*]\n`);
  expect(await told()).toMatchObject({ pinned: true, tools: [{ state: 'approved' }, { name: 'write' }] });
});

test('a server of the release is asked like a configured one, and one that cannot be asked is told of', async () => {
  const inRelease = { transport: 'stdio', command: 'node', args: [SERVER, 'tools.json'] };
  await writeFile(
    join(folder, 'release.yaml'),
    `${RELEASE}servers: ${JSON.stringify({ shipped: inRelease, gone: { transport: 'stdio', command: 'no-such-program' } })}\n`,
  );
  const told = await tellServers(undefined, loaded);
  expect(
    told.map(({ server, failure, tools }) => [server, failure === undefined, tools.length]),
  ).toStrictEqual([
    ['shipped', true, 2],
    ['gone', false, 0],
    ['files', true, 2],
  ]);
  await expect(tellServers('absent', loaded)).rejects.toMatchObject({ code: 'not_found' });
});
