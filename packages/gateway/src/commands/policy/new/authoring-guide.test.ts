import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OPA } from '../../../distribution/testing/sample-release.ts';

const ROOT = fileURLToPath(new URL('../../../../../../', import.meta.url));
const GUIDE = 'docs/guides/authoring.md';
const START = './bailiff start --config ~/first/bailiff.yaml';
const EVERYTHING = join(ROOT, 'node_modules/@modelcontextprotocol/server-everything/dist/index.js');

let home = '';
let environment: NodeJS.ProcessEnv = {};
let gateway: ChildProcess | undefined;
let url = '';

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'bailiff-authoring-'));
  // What `npx` would fetch is installed here.
  const npx = join(home, 'npx');
  await writeFile(npx, `#!/bin/sh\nexec '${process.execPath}' '${EVERYTHING}' stdio\n`);
  await chmod(npx, 0o755);
  environment = {
    ...process.env,
    ...{ HOME: home, BAILIFF_OPA: OPA, BAILIFF_INSTALL: 'never', NO_COLOR: '1' },
    PATH: `${home}${delimiter}${process.env.PATH ?? ''}`,
  };
});
afterAll(async () => {
  await stop();
  await rm(home, { recursive: true, force: true });
});

async function stop(): Promise<void> {
  if (gateway === undefined || gateway.exitCode !== null) return;
  const ended = once(gateway, 'close');
  gateway.kill('SIGTERM');
  await ended;
  gateway = undefined;
}

interface Block {
  readonly language: string;
  readonly file: string;
  readonly text: string;
}

function blocksOf(text: string): Block[] {
  return [...text.matchAll(/^```(\w*) ?(\S*)\n(.*?)^```$/gms)].map(
    ([, language = '', file = '', body = '']) => ({ language, file, text: body }),
  );
}

/** Commands of a console, each with what the guide says that it prints. */
function commandsOf(text: string): { readonly command: string; readonly prints: readonly string[] }[] {
  return text
    .split(/^\$ /m)
    .filter((part) => part !== '')
    .map((part) => {
      const [command = '', ...prints] = part.trimEnd().split('\n');
      return { command, prints };
    });
}

/** Runs a command as the reader does: in the checkout, in one shell after another, with the variables of the last. */
async function run(command: string): Promise<string> {
  const asked = /\.\/bailiff (?:decide|release) /.test(command) ? `${command} --url ${url}` : command;
  const script = `${asked}\nresult=$?\nprintf '\\n%s' "$BAILIFF_TOKEN" > '${home}/token'\nexit $result`;
  const child = spawn('sh', ['-c', script], {
    cwd: ROOT,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
  await once(child, 'close');
  environment.BAILIFF_TOKEN = (await readFile(join(home, 'token'), 'utf8')).trim();
  return out
    .replaceAll(join(home, 'first'), '~/first')
    .replaceAll(relative(ROOT, join(home, 'first')), '~/first');
}

/** Starts the gateway of the guide, on a port that is free, and with one engine, so that its start is a short one. */
async function start(): Promise<void> {
  await appendFile(join(home, 'first/bailiff.yaml'), 'listen: { port: 0 }\nengine: { kind: sidecar }\n');
  gateway = spawn('sh', ['-c', `exec ${START}`], {
    cwd: ROOT,
    env: environment,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let out = '';
  for await (const text of gateway.stdout ?? []) {
    out += String(text);
    url = /listens on (http:\S+)/.exec(out)?.[1] ?? '';
    if (url !== '') return;
  }
  throw new Error(`The gateway did not start: ${out}`);
}

test('every command of the guide does what the guide says, in its order', async () => {
  const blocks = blocksOf(await readFile(join(ROOT, GUIDE), 'utf8'));
  expect(blocks.filter(({ language }) => language === 'console').length).toBeGreaterThan(5);
  for (const { language, file, text } of blocks) {
    if (file !== '') await writeFile(join(home, 'first', file), text);
    else if (text.trim() === START) await start();
    else
      for (const { command, prints } of commandsOf(text)) {
        const out = await run(command);
        for (const line of prints) expect(`${command}\n${out}`).toContain(line);
      }
    if (text.includes('./bailiff release status')) await stop();
    expect(['console', 'rego', 'yaml', '']).toContain(language);
  }
}, 300_000);
