import { spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { opaExecutable } from '../../../packages/gateway/src/decision/testing/opa.ts';
import { verifies } from '../../requirements.ts';
import { CountingUpstream } from './counting-upstream.ts';
import { openDesk } from './desk.ts';
import { copyOfPolicy, GatewayProcess, KEYS, POLICY, temporaryFolder } from './gateway-process.ts';
import { envelope, post, toldBy } from './mcp-client.ts';
import { readRecord } from './record.ts';

const LAUNCHER = fileURLToPath(new URL('../../../bailiff', import.meta.url));
const CLI = fileURLToPath(new URL('../../../packages/gateway/src/cli.ts', import.meta.url));

/** Runs a command to its end; none of these may stay up. */
async function run(program: string, args: readonly string[], cwd: string) {
  const env = { ...process.env, BAILIFF_OPA: opaExecutable() };
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 50_000 });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout, stderr };
}

const start = (folder: string) =>
  run(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', CLI, 'start', '--port', '0', '--config', 'bailiff.yaml'],
    folder,
  );

const policy = `policy: { directory: ${POLICY} }`;
const keys = (...entries: string[]) => [
  'identity:',
  '  api_keys:',
  ...entries.map((entry) => `    - ${entry}`),
];
const entry = (id: string, key: string) => `{ id: ${id}, agent: clerk, sha256: ${hash('sha256', key)} }`;
const GOOD = `blf_${'g'.repeat(43)}`;

/** What is wrong, the file, and how the refusal begins after the file’s name: `row: key: ` and some of the mend. */
const REFUSED: readonly (readonly [string, readonly string[], string, RegExp])[] = [
  ['an empty file', [], '1: ', /empty\. Name at least policy\.directory/],
  ['a file of comments', ['# policy: x'], '1: ', /empty/],
  ['no policy', ['listen: { port: 0 }'], '1: policy: ', /missing/],
  ['an unknown key', [policy, 'listen:', '  prot: 1'], '3: listen.prot: ', /not known.*correct its spelling/],
  ['a key twice', [policy, policy], '2: ', /unique/],
  ['a value of the wrong type', [policy, 'limits:', '  depth: deep'], '3: limits.depth: ', /number/],
  ['no YAML', ['policy: {'], '1: ', /./],
  [
    'a word for a hash',
    [policy, ...keys('{ id: a, agent: clerk, sha256: secret }')],
    '4: identity.api_keys.0.sha256: ',
    /./,
  ],
  [
    'the hash of a default secret',
    [policy, ...keys(entry('a', 'changeme'))],
    '4: identity.api_keys.0.sha256: ',
    /\.\/bailiff key/,
  ],
  [
    'a placeholder for a hash',
    [policy, ...keys(`{ id: a, agent: clerk, sha256: "${'0'.repeat(64)}" }`)],
    '4: identity.api_keys.0.sha256: ',
    /\.\/bailiff key/,
  ],
  [
    'one key for two',
    [policy, ...keys(entry('a', GOOD), entry('b', GOOD))],
    '5: identity.api_keys.1.sha256: ',
    /same key/,
  ],
  [
    'a secret that is not in the environment',
    [
      policy,
      'servers:',
      '  desk:',
      '    transport: http',
      '    url: http://127.0.0.1:9/',
      '    headers: { x-key: { env: NOT_SET_ANYWHERE } }',
    ],
    '3: servers.desk: ',
    /NOT_SET_ANYWHERE, which is not set/,
  ],
  [
    'a policy folder that is not there',
    ['listen: { port: 0 }', 'policy:', '  directory: nowhere'],
    '3: policy.directory: ',
    /no release\.yaml in .*nowhere/,
  ],
];

describe('a configuration with', () => {
  test.each(REFUSED)('%s is refused with file, row, key and the mend', async (_what, lines, where, mend) => {
    verifies('matrix-19');
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'bailiff.yaml');
    await writeFile(file, lines.join('\n'));
    const { code, stdout, stderr } = await start(folder.path);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const said = stderr.split('\n').find((line) => line.startsWith(`${file}:${where}`));
    expect(said, stderr).toMatch(mend);
    expect(stderr, 'words, not a stack').not.toMatch(/\n\s+at /);
  });
});

test('a configuration that is not there is refused, by the launcher too', async () => {
  verifies('matrix-19');
  await using folder = await temporaryFolder();
  const { code, stdout, stderr } = await run(LAUNCHER, ['start', '--config', 'missing.yaml'], folder.path);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/missing\.yaml:1: .*no such file.*--config FILE/);
});

describe('nothing that entitles:', () => {
  test('without a credential in the configuration nobody gets in', async () => {
    verifies('hole-empty-configuration', 'nobody-gets-in');
    await using upstream = await CountingUpstream.open();
    await using gateway = await GatewayProcess.start({
      upstream: upstream.url,
      configuration: { identity: {} },
    });
    await gateway.whenReady();
    for (const headers of [{}, { authorization: `Bearer ${KEYS.clerk}` }, { 'x-api-key': KEYS.operator }]) {
      const path = `${gateway.url}/mcp/desk`;
      const told = await toldBy(await post(path, headers, envelope('tools/call', { name: 'lookup' })));
      expect(told).toMatchObject({ status: 401, reasons: ['unauthenticated'] });
      expect((await fetch(`${gateway.url}/v1/decisions`, { headers })).status).toBe(401);
    }
    expect(upstream.requests).toEqual([]);
  });

  test.each<[string, Parameters<typeof copyOfPolicy>[1], string]>([
    ['no rule', { 'identity/identity.rego': noRules, 'resource/resource.rego': noRules }, 'no_grant_who'],
    ['no grant of the tool', { 'resource/resource.rego': noRules }, 'no_grant_what'],
    ['no capabilities', { 'identity/identity.rego': noCapabilities }, 'outside_capabilities'],
  ])('a release with %s denies every call', async (_what, changes, reason) => {
    verifies('hole-empty-configuration');
    await using upstream = await CountingUpstream.open();
    await using folder = await temporaryFolder();
    const directory = await copyOfPolicy(folder.path, changes);
    await using desk = await openDesk(upstream, { configuration: { policy: { directory } } });
    const told = await desk.call();
    expect(told).toMatchObject({ kind: 'failed', text: expect.stringContaining('Unknown tool') });
    await desk.closed();
    const { answer } = readRecord(desk.gateway.record).decisions.get(told.decisionId) ?? {};
    expect(answer).toMatchObject({ outcome: 'deny', metadata: { resolution: 4 } });
    expect(answer?.reasons).toContain(reason);
    expect((await desk.client.request('tools/list')).text).toContain('"tools":[]');
    expect(upstream.calls).toEqual([]);
  });
});

function noRules(text: string): string {
  return `${text.split('\n')[0]}\n`;
}

function noCapabilities(text: string): string {
  return text.replace(/\["desk(?:\.\*)?"\]/g, '[]');
}
