import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { opaPath } from '../../packages/gateway/src/commands/places.ts';
import { loadConfiguration } from '../../packages/gateway/src/config.ts';
import { openGateway } from '../../packages/gateway/src/main.ts';
import { ROOT } from '../../tools/tree.ts';
import { COMPANY } from './start-options.ts';
import { type Started, whatNext } from './what-next.ts';

const said = (started: Started) => stripVTControlCharacters(whatNext(started));

test('commands name neither address nor configuration where both are the usual ones', () => {
  const text = said({ url: 'http://127.0.0.1:7070', config: COMPANY });
  expect(text).toMatch(/^ {2}\.\/bailiff decisions +what/m);
  expect(text).not.toMatch(/--url|--config/);
});

test('an odd path is one word for the shell', () => {
  expect(said({ url: 'http://127.0.0.1:7070', config: "/srv/it's here/b.yaml" })).toContain(
    `./bailiff stats --config '/srv/it'\\''s here/b.yaml'`,
  );
});

test('every command that is printed works as it stands, whatever port and configuration the gateway has', async () => {
  await using opened = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'bailiff next-'));
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  const { configuration } = await loadConfiguration(COMPANY);
  const servers = Object.entries(configuration.servers).map(([name, server]) => [
    name,
    { ...server, cwd: dirname(COMPANY) },
  ]);
  const file = join(directory, 'bailiff.yaml');
  const listen = { ...configuration.listen, port: 0 };
  // Absolute paths, and JSON is YAML.
  const engine = { ...configuration.engine, kind: 'sidecar' as const }; // What it is compared with at a first start is slow.
  const own = { ...configuration, engine, listen, data_dir: directory, servers: Object.fromEntries(servers) };
  await writeFile(file, JSON.stringify(own));
  const gateway = opened.use(
    await openGateway(await loadConfiguration(file), { opa: opaPath(), logLevel: 'silent' }),
  );
  await gateway.whenReady(AbortSignal.timeout(60_000));

  const text = said({ url: gateway.url, config: file });
  const commands = [...text.matchAll(/^ {2}(\.\/bailiff .*?|curl .*?)(?: {2,}.*)?$/gm)].map(
    ([, command = '']) => command,
  );
  expect(commands).toHaveLength(5);
  const env = { ...process.env, BAILIFF_INSTALL: 'never' };
  const run = (command: string) => promisify(execFile)('sh', ['-c', command], { cwd: ROOT, env });
  const [decisions = '', show = '', stats = '', ready = '', ask = ''] = commands;
  const asked = ask
    .replace('FILE', 'examples/acme/ask.json')
    .replace('AGENT', 'support-bot')
    .replace('USER', 'mara');
  expect((await run(ready)).stdout).toContain('ready');
  const answer = await run(asked).catch((refused: { stdout: string }) => refused); // A refusal is an answer.
  expect(answer.stdout).toMatch(/^ {2}decision /m);
  const listed = (await run(`${decisions} --json`)).stdout;
  const [{ decision_id: id }] = JSON.parse(listed).decisions;
  expect((await run(show.replace('ID', id))).stdout).toContain(id);
  expect((await run(stats)).stdout).not.toBe('');
  expect(text).toContain(`${gateway.url}/mcp/`);
}, 180_000);
