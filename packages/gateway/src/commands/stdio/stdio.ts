import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { type Configuration, Failure } from '@bailiff/contract';
import { Command } from 'commander';
import { loadConfiguration } from '../../config.ts';
import { LineReader } from '../../enforcement/upstream/stdio/line-reader.ts';
import { defaultConfigurationFile } from '../places.ts';
import { secondsOf, stopRequested } from '../start.ts';
import { Bridge } from './bridge.ts';
import { findGateway } from './find-gateway.ts';

/** After the client closed its end, a call that is under way is waited for so long from the last answer on. */
const END_PATIENCE_MS = 1_000;
/** How long a client that does not read may keep what was written for it. */
const WRITE_PATIENCE_MS = 500;
/** What the client sent and the gateway has not taken yet; beyond it nothing more is read for a while. */
const BYTES_UNDER_WAY_MAX = 67_108_864;
const IDLE_EXIT_SECONDS = 600;

interface StdioOptions {
  readonly server?: string;
  readonly config: string;
  readonly idleExit: number;
}

/** `bailiff stdio`: what an MCP client starts as its server. Messages alone go to standard output. */
export function stdioCommand(): Command {
  return new Command('stdio')
    .description(
      'Be the MCP server that a client starts: carry its messages to the gateway of the configuration, or start one when none runs. The credential is taken from BAILIFF_TOKEN or BAILIFF_KEY.',
    )
    .option(
      '--server <name>',
      'only this server of the configuration; all of them, in one, where it is left out',
    )
    .option('--config <file>', 'configuration', defaultConfigurationFile())
    .option(
      '--idle-exit <seconds>',
      'a gateway that has to be started ends once nobody has used it for so long',
      secondsOf,
      IDLE_EXIT_SECONDS,
    )
    .action(async ({ server, config, idleExit }: StdioOptions) => {
      const log = (line: string) => void process.stderr.write(`bailiff stdio: ${line}\n`);
      const loaded = await loadConfiguration(config);
      const { configuration } = loaded;
      const bridge = new Bridge({
        path: pathOf(server, configuration),
        authorization: authorizationOf(process.env),
        findGateway: (signal) => findGateway({ loaded, idleExitSeconds: idleExit, log }, signal),
        write: writeLine,
        log,
      });
      const answered = inputEnds(bridge, configuration.limits.body_bytes).then(() =>
        bridge.answered(END_PATIENCE_MS),
      );
      await Promise.race([stopRequested(), outputEnds().then(() => delay(END_PATIENCE_MS)), answered]);
      await bridge.end();
      await Promise.race([written(), delay(WRITE_PATIENCE_MS)]);
      process.exit(0); // Neither input nor output can be waited for any more.
    });
}

/** @throws Failure `configuration_invalid` */
function pathOf(server: string | undefined, { servers }: Configuration): string {
  if (server === undefined) return '/mcp';
  if (Object.hasOwn(servers, server)) return `/mcp/${server}`;
  const names = Object.keys(servers).join(', ');
  throw new Failure('configuration_invalid', `There is no server ${server}. There are: ${names}.`);
}

/** @throws Failure `unauthenticated` */
function authorizationOf({ BAILIFF_TOKEN: token = '', BAILIFF_KEY: key = '' }: NodeJS.ProcessEnv): string {
  const credential = token === '' ? key : token;
  if (credential === '')
    throw new Failure(
      'unauthenticated',
      'There is no credential. Set BAILIFF_TOKEN to a token (./bailiff token makes one for trying things out) or BAILIFF_KEY to a key (./bailiff key) in the environment of this command, which the client’s configuration can name.',
    );
  if (!/^[\x21-\x7e]+$/.test(credential))
    throw new Failure('unauthenticated', 'The credential in the environment holds characters that none has.');
  return `Bearer ${credential}`;
}

/** Carries lines until the client closes its end. */
async function inputEnds(bridge: Bridge, bytesMax: number): Promise<void> {
  const { stdin } = process;
  const resume = () => {
    if (bridge.bytesUnderWay <= BYTES_UNDER_WAY_MAX) stdin.resume();
  };
  const lines = new LineReader(bytesMax, {
    line: (bytes) => {
      void bridge.received(Buffer.from(bytes)).then(resume);
      if (bridge.bytesUnderWay > BYTES_UNDER_WAY_MAX) stdin.pause();
    },
    oversized: (edges) => void bridge.oversized(edges, bytesMax),
  });
  stdin.on('data', (chunk: Buffer) => lines.push(chunk));
  await Promise.race([once(stdin, 'end'), once(stdin, 'close')]);
  lines.end();
}

/** Resolves when nobody reads any more what is written. */
function outputEnds(): Promise<void> {
  return new Promise((resolve) => process.stdout.on('error', () => resolve()));
}

/** Resolves once the client has all that was written for it. */
function written(): Promise<void> {
  return new Promise((resolve) => process.stdout.write('', () => resolve()));
}

async function writeLine(text: string): Promise<void> {
  if (!process.stdout.write(`${inOneLine(text)}\n`)) await once(process.stdout, 'drain');
}

/** Outside of strings, line breaks mean nothing in JSON, and inside there are none. */
function inOneLine(text: string): string {
  return /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, ' ') : text;
}
