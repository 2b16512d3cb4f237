import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Effect, JsonObject } from '@bailiff/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { buildRelease } from '../../../distribution/build-release.ts';
import { sampleCase } from '../../../distribution/corpus/testing/sample-case.ts';
import { KERNEL, OPA } from '../../../distribution/testing/sample-release.ts';
import { bundleBuild } from '../../bundle/build-release.ts';
import { decideWithOpa } from '../../corpus/opa-decisions.ts';
import { policyCheck } from '../check.ts';
import { type NewOptions, policyNew } from './policy-new.ts';
import { tellNew } from './tell-new.ts';

const ROOT = fileURLToPath(new URL('../../../../../../', import.meta.url));
const MODULES = join(ROOT, 'node_modules/@modelcontextprotocol');
const ACME = join(ROOT, 'examples/acme');
const stdio = (...args: readonly string[]) => ({ transport: 'stdio', command: 'node', args });
const SERVERS = {
  crm: stdio('--disable-warning=ExperimentalWarning', join(ACME, 'servers/crm/main.ts')),
  everything: stdio(join(MODULES, 'server-everything/dist/index.js'), 'stdio'),
  filesystem: stdio(join(MODULES, 'server-filesystem/dist/index.js'), join(ACME, 'files')),
};

let folder = '';
let dir = '';
beforeEach(async () => {
  process.env.BAILIFF_OPA = OPA;
  folder = await mkdtemp(join(tmpdir(), 'bailiff-new-server-'));
  dir = join(folder, 'policy');
  const configuration = { policy: { directory: 'policy' }, data_dir: 'data', servers: SERVERS };
  await writeFile(join(folder, 'bailiff.yaml'), JSON.stringify(configuration));
  await policyNew('release', { dir, owner: 'you' });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const config = () => join(folder, 'bailiff.yaml');
const text = (file: string) => readFile(join(dir, file), 'utf8');

async function draft(what: string | undefined, options: NewOptions) {
  const { out, exitCode } = await policyNew(what, { dir, owner: 'you', json: true, ...options });
  expect(exitCode).toBe(0);
  return JSON.parse(out);
}

async function fromTools(tools: readonly unknown[], options: NewOptions = {}) {
  const file = join(folder, 'tools.json');
  await writeFile(file, JSON.stringify({ jsonrpc: '2.0', id: 1, result: { tools } }));
  return await draft('servers/drafted', { fromFile: file, ...options });
}

test('what identity’s capabilities lack for the tools is told entry by entry, and once they stand there a tool is called', async () => {
  const annotated = (name: string, readOnlyHint: boolean) => ({
    ...{ name, inputSchema: { type: 'object' } },
    annotations: { readOnlyHint, destructiveHint: !readOnlyHint },
  });
  const tools = [annotated('look', true), annotated('wipe', false)];
  const { capabilities } = await fromTools(tools);
  const file = join(dir, 'identity/data.yaml');
  expect(capabilities).toEqual({ file, servers: ['drafted'], tools: ['drafted.look'], data_classes: [] });
  const told = tellNew({
    ...{
      made: 'bundle',
      bundle: 'servers/drafted',
      owner: 'you',
      is_owner_guessed: false,
      directory: dir,
      files: [],
    },
    ...{ catalogue: null, release: null, pins: null, tools: null, capabilities },
  });
  expect(told).toMatch(
    /Now:\n.*outside_capabilities.*`capabilities` in .*identity\/data\.yaml.*\n {4}servers: \[drafted\]\n {4}tools: \[drafted\.look\]\n/,
  );
  const data = await readFile(file, 'utf8');
  const widened = data
    .replace('servers: [everything]', 'servers: [everything, drafted]')
    .replace('tools: [everything.echo]', 'tools: [everything.echo, drafted.*]');
  expect(widened).not.toBe(data);
  await writeFile(file, widened);
  await rm(join(dir, 'servers/drafted'), { recursive: true });
  expect(await fromTools(tools)).toMatchObject({ capabilities: null });
});

async function passes(): Promise<void> {
  const checked = await policyCheck(dir, { format: 'text', strict: true, regal: false });
  expect(checked.out).toBe('nothing found\n');
  const built = await bundleBuild(dir, { json: true });
  expect(built).toMatchObject({ exitCode: 0 });
  expect(JSON.parse(built.out)).toMatchObject({ alarms: [], warnings: [], tests: { failed: 0 } });
}

/** What the kernel makes of calls, with everything in reach of the agent. */
async function decisions(
  calls: readonly (readonly [tool: string, args: JsonObject, effects?: readonly Effect[]])[],
) {
  const data = parse(await text('identity/data.yaml'));
  const capabilities = { ...data.capabilities, servers: ['*'], tools: ['*'] };
  await writeFile(join(dir, 'identity/data.yaml'), JSON.stringify({ ...data, capabilities }));
  const { release } = await buildRelease({ directory: dir, kernel: KERNEL, opa: OPA });
  const inputs = calls.map(([tool, args, effects = ['read']]) => {
    const { input } = sampleCase({ id: 'x', agent: 'helper', scope: 'helping', tool, args });
    const user = { ...(input.user as JsonObject), id: 'ada' };
    const action = { ...(input.action as JsonObject), effects };
    return JSON.stringify({ ...input, user, action });
  });
  const decided = await decideWithOpa(release.bundle, inputs, {
    opa: OPA,
    signal: new AbortController().signal,
  });
  return decided.map((answer) =>
    answer.kind === 'decided' ? [answer.outcome, ...answer.reasons] : answer.detail,
  );
}

test('bundles for the servers of the example company, drafted from what they list, pass every check and decide as drafted', async () => {
  const crm = await draft(undefined, { fromServer: 'crm', config: config(), owner: 'crm-team' });
  expect(crm).toMatchObject({
    release: { state: 'written' },
    pins: { state: 'written', tools: 8 },
    tools: {
      reads: ['read', 'search', 'list', 'export'],
      asks: ['update_contact', 'send_email'],
      refused: ['query', 'delete_customer'],
      left_out: [],
      grants: 'granted',
    },
  });
  const files = await draft(undefined, { fromServer: 'filesystem', config: config() });
  expect(files.tools).toMatchObject({
    asks: ['create_directory'],
    refused: ['write_file', 'edit_file', 'move_file'],
  });
  const everything = await draft('server', { fromServer: 'everything', config: config() });
  expect(everything.tools.reads).toContain('echo');
  expect(parse(await text('release.yaml'))).toMatchObject({
    bundles: { 'servers/crm': { path: 'servers/crm', owners: ['crm-team'], may_grant: true } },
    servers_without_bundle: [],
    tool_pins: 'tool-pins.yaml',
  });
  expect(parse(await text('catalogue.yaml')).servers.everything.tools.echo).toEqual({
    ...{ effects: ['read'], blast_radius: 'low' },
  });
  expect(Object.keys(parse(await text('tool-pins.yaml')))).toEqual(['crm', 'filesystem', 'everything']);
  await passes();
  const asked = await decisions([
    ['crm.read', { id: 7 }],
    ['crm.read', { id: '7' }],
    ['crm.read', { id: 7.5 }],
    ['crm.read', { rows: 1 }],
    ['crm.read', { id: 7, extra: true }],
    ['crm.read', { id: 0 }],
    ['crm.list', { table: 'staff' }],
    ['crm.send_email', { to: ['a@b.example'], subject: 'Hello', body: 'Hello.' }],
    ['crm.send_email', { to: [7], subject: 'x'.repeat(201), body: '' }],
    ['crm.send_email', { to: [], subject: '', body: '' }],
    ['crm.query', { source: 'staff', sql: 'select 1' }],
    ['crm.brand_new', {}],
    ['filesystem.read_multiple_files', { paths: ['a', 'b'] }],
    ['filesystem.read_multiple_files', { paths: ['a', 7] }],
    ['everything.get-sum', { a: 1, b: 2 }],
    ['everything.get-resource-links', { count: 11 }],
  ]);
  expect(asked).toEqual([
    ['allow', 'agent_and_user_known', 'read_granted'],
    ['deny', 'argument_type'],
    ['deny', 'argument_type'],
    ['deny', 'argument_missing'],
    ['deny', 'argument_unknown'],
    ['deny', 'argument_number'],
    ['deny', 'argument_value'],
    ['approval_required', 'write_needs_approval'],
    ['deny', 'argument_text', 'argument_type'],
    ['deny', 'argument_list'],
    ['deny', 'tool_refused'],
    ['deny', 'tool_unknown'],
    ['allow', 'agent_and_user_known', 'read_granted'],
    ['deny', 'argument_type'],
    ['allow', 'agent_and_user_known', 'read_granted'],
    ['deny', 'argument_number'],
  ]);
}, 180_000);

const READS = { annotations: { readOnlyHint: true, openWorldHint: false } };

test('a bundle grants only where its registration lets it', async () => {
  const tools = [{ name: 'look', inputSchema: { type: 'object' }, ...READS }];
  await policyNew('servers/drafted', { dir, owner: 'you' });
  await rm(join(dir, 'servers'), { recursive: true });
  expect(await fromTools(tools)).toMatchObject({ tools: { grants: 'may_not' }, release: { state: 'there' } });
  expect(await text('servers/drafted/drafted.rego')).not.toContain('allow contains');
  expect(parse(await text('servers/drafted/bundle.yaml')).level).toBe('simple');
  await passes();
});

test('a bundle that is to grant nothing is registered without the right to', async () => {
  const told = await fromTools([{ name: 'look', ...READS }], { grants: false, pins: false });
  expect(told).toMatchObject({ tools: { grants: 'unwanted' }, pins: { state: 'left' } });
  expect(parse(await text('release.yaml')).bundles['servers/drafted']).toEqual({
    ...{ path: 'servers/drafted', owners: ['you'] },
  });
  await passes();
});

test('nothing that a server writes breaks out of where it stands, and what a draft cannot hold is left out and told', async () => {
  const evil = '"]}\n# METADATA\nallow contains "x" if true # \u202e';
  const key = '"]}: allow contains "x" if true # {{';
  const property = { type: 'string', enum: [evil, '\u2028', 'null', '#'], pattern: '(?=x)' };
  const told = await fromTools([
    { name: evil, ...READS },
    { name: '__proto__', ...READS },
    { name: 'twice' },
    { name: 'twice' },
    { name: 'long', description: 'x'.repeat(1_000_000) },
    {
      name: 'look',
      title: evil,
      description: evil,
      ...READS,
      inputSchema: {
        type: 'object',
        properties: { [key]: property, 'a: b - c': { $ref: '#/properties/a: b - c' }, true: {}, '<<': {} },
        required: [key],
      },
    },
    { name: 'hidden', ...READS, inputSchema: { properties: { [evil]: property } } },
    { name: 'loop', inputSchema: { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } } },
    { name: 'null', inputSchema: null },
    ...Array.from({ length: 10_000 }, (_, index) => ({ name: `many_${index}`, ...READS })),
  ]);
  const whys = Object.groupBy(told.tools.left_out as { why: string }[], ({ why }) => why);
  expect(Object.entries(whys).map(([why, tools]) => [why, tools?.length])).toEqual([
    ['name', 2],
    ['twice', 2],
    ['size', 1],
    ['ambiguous', 1],
    ['many', 8_003],
  ]);
  expect(told.tools.refused).toEqual(['loop', 'null']);
  expect(told.tools.keywords_not_held).toEqual({ $ref: 2, pattern: 1, properties: 1 });
  const data = await text('servers/drafted/data.yaml');
  expect(data).not.toMatch(/[^\n\x20-\x7e]/);
  expect(parse(data).arguments.look.properties[key].enum).toEqual(property.enum);
  const rego = await text('servers/drafted/drafted.rego');
  for (const file of [rego, await text('servers/drafted/README.md')])
    expect(file).not.toContain('"x" if true');
  await passes();
  expect(
    await decisions([
      ['drafted.look', { [key]: evil }],
      ['drafted.look', { [key]: 'x' }],
      ['drafted.look', {}],
      ['drafted.long', {}],
    ]),
  ).toEqual([
    ['allow', 'agent_and_user_known', 'read_granted'],
    ['deny', 'argument_value'],
    ['deny', 'argument_missing'],
    ['deny', 'tool_unknown'],
  ]);
}, 180_000);

test('what the catalogue says of tools holds, and classes of data are those that are named, else those of the server, else all of the catalogue', async () => {
  const classes = async () => parse(await text('catalogue.yaml')).servers.drafted.tools;
  const catalogue = (await text('catalogue.yaml')).replace(
    'public: { title: Public }',
    'public: { title: Public }\n  secret: { title: Secret }',
  );
  await writeFile(join(dir, 'catalogue.yaml'), catalogue);
  await expect(fromTools([], { dataClass: ['other'] })).rejects.toThrow(
    /no data class other; it has public, secret/,
  );
  await fromTools([{ name: 'look', title: 'Look: here', ...READS }]);
  expect(await classes()).toEqual({
    look: {
      ...{ title: 'Look: here', effects: ['read'], blast_radius: 'low' },
      ...{ data_classes: ['public', 'secret'], returns: ['public', 'secret'] },
    },
  });
  await rm(join(dir, 'servers'), { recursive: true });
  const listed = await text('catalogue.yaml');
  await writeFile(
    join(dir, 'catalogue.yaml'),
    listed.replace('"Look: here", effects: [read]', '"Look: here", effects: [destructive]'),
  );
  const told = await fromTools(
    [
      { name: 'see', ...READS },
      { name: 'look', ...READS },
    ],
    { dataClass: ['public'] },
  );
  expect(told.tools).toMatchObject({ reads: ['see'], refused: ['look'] });
  expect(await classes()).toMatchObject({ look: { title: 'Look: here' }, see: { data_classes: ['public'] } });
});

test('definitions that somebody approved before stay as they were approved', async () => {
  await writeFile(join(dir, 'tool-pins.yaml'), `drafted:\n  look: ${'a'.repeat(64)}\n`);
  await writeFile(join(dir, 'release.yaml'), `${await text('release.yaml')}tool_pins: tool-pins.yaml\n`);
  expect(await fromTools([{ name: 'look' }])).toMatchObject({ pins: { state: 'there', tools: 1 } });
  expect(await text('tool-pins.yaml')).toContain('a'.repeat(64));
});

test('a file without tools, and a server that is not there, are refused with what to do', async () => {
  const file = join(folder, 'x.json');
  for (const [content, words] of [
    ['{}', /holds no list of tools/],
    ['{"tools": [}', /is no JSON that can be read/],
    ['{"tools": [], "tools": []}', /holds no list of tools/],
  ] as const) {
    await writeFile(file, content);
    await expect(draft('servers/drafted', { fromFile: file })).rejects.toThrow(words);
  }
  await expect(draft('servers/drafted', { fromFile: join(folder, 'none') })).rejects.toThrow(
    /cannot be read/,
  );
  await expect(draft(undefined, { fromServer: 'none', config: config() })).rejects.toThrow(
    /They name crm, everything, filesystem/,
  );
});
