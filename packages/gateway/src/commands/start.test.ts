import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { OPA, sampleRelease } from '../distribution/testing/sample-release.ts';

const CLI = fileURLToPath(new URL('../cli.ts', import.meta.url));

test('a configured server that the release does not register is warned of at the start, once, with its row', async () => {
  const configuration = [
    'policy: { directory: policy }',
    'listen: { port: 0 }',
    'engine: { kind: sidecar }',
    'servers:',
    '  everything: { transport: http, url: "http://127.0.0.1:1" }',
    '  ghost: { transport: stdio, command: node }',
  ].join('\n');
  await using sample = await sampleRelease({ '../bailiff.yaml': configuration });
  const file = join(sample.directory, '../bailiff.yaml');
  const child = spawn(process.execPath, [CLI, 'start', '--config', file], {
    env: { ...process.env, BAILIFF_OPA: OPA },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let logged = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    logged += text;
  });
  const ended = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), ended]); // It listens.
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  const warnings = logged.split('\n').filter((line) => line.includes('server_unregistered'));
  expect(warnings.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ level: 40, server: 'ghost', file, row: 6, mend: expect.any(String) }),
  ]);
});
