import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServerConfiguration } from '@bailiff/contract';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { listTools } from './server-tools.ts';
import { toolsCommand } from './tools.ts';

const RAW = fileURLToPath(new URL('../../enforcement/upstream/testing/raw-stdio-server.ts', import.meta.url));

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bailiff-server-tools-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

const asked = (command: string, ...args: readonly string[]) =>
  listTools('mute', ServerConfiguration.parse({ transport: 'stdio', command, args }), {
    ...{ dataDirectory: folder, policyDirectory: folder },
    limits: { startTimeoutMs: 2_000 },
  });

test('a server that does not answer is told of by name and command, with what it said last and what it is not given', async () => {
  await expect(asked('node', RAW, '--silent')).rejects.toMatchObject({
    code: 'upstream_timeout',
    detail: expect.stringMatching(
      /^The server `mute` \(`node .*`\) did not answer `initialize` in 2 s\. Its last lines on standard error: .*the raw server is here\. It gets only PATH, HOME, LANG, TMPDIR of this environment; pass more, .* with servers\.mute\.env\.$/,
    ),
  });
});

test('a server that ends is told of with what it said last, and one whose program is not there with that', async () => {
  await expect(
    asked('node', '-e', 'console.error("no \\u001b[31mkey"); process.exit(3)'),
  ).rejects.toMatchObject({
    code: 'upstream_unavailable',
    detail: expect.stringMatching(/cannot be asked: .*exit code 3.*no \\u\{1b\}\[31mkey.*servers\.mute\.env/),
  });
  await expect(asked('no-such-program')).rejects.toMatchObject({
    code: 'upstream_unavailable',
    detail: expect.stringContaining('no-such-program'),
  });
});

test('`tools list` ends with 1 where a server cannot be asked', async () => {
  const config = join(folder, 'bailiff.yaml');
  const servers = { gone: { transport: 'stdio', command: 'no-such-program' } };
  await writeFile(config, JSON.stringify({ policy: { directory: '.' }, servers }));
  await writeFile(
    join(folder, 'release.yaml'),
    'name: small\nversion: 1.0.0\ncatalogue: catalogue.yaml\nbundles: {}\n',
  );
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const before = process.exitCode;
  try {
    await toolsCommand().parseAsync(['list', 'gone', '--config', config], { from: 'user' });
    expect(process.exitCode).toBe(1);
  } finally {
    process.exitCode = before;
  }
});
