import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Failure } from '@bailiff/contract';
import type { LoadedConfiguration } from '../../config.ts';
import { makeDataFolder } from '../../stores/data-folder.ts';
import { isPrivateSocket, localSocketPath } from '../../stores/local-socket.ts';
import { opaPath } from '../places.ts';
import { GatewayGone, LocalGateway } from './local-gateway.ts';

const CLI = fileURLToPath(new URL('../../cli.ts', import.meta.url));

/** How long a gateway that was started may take until it listens; building a large release takes a while. */
const START_TIMEOUT_MS = 120_000;
/** How long it may take to be ready after that. One that is not then says why to whoever asks. */
const READY_TIMEOUT_MS = 30_000;
/** How long the one that was first is waited for when ours could not be one beside it: it listens at once. */
const OTHER_STARTS_MS = 5_000;
const POLL_MS = 50;
/** A log that is longer is begun anew. */
const LOG_BYTES_MAX = 16_777_216;
/** What of its log is told when it does not start. */
const LAST_WORDS = 5;

export interface FindOptions {
  readonly loaded: LoadedConfiguration;
  /** After so many seconds without use, a gateway that has to be started ends. */
  readonly idleExitSeconds: number;
  readonly log: (line: string) => void;
}

/**
 * The gateway that runs for a configuration, or one that is started for it and stays after this process. Where several are
 * started at once, the first takes the store’s lock and all connect to it. @throws Failure when there is none.
 */
export async function findGateway(options: FindOptions, signal: AbortSignal): Promise<LocalGateway> {
  const { data_dir } = options.loaded.configuration;
  const path = localSocketPath(data_dir);
  const running = await tryOpen(path);
  if (running !== undefined) return whenReady(running, signal);
  await makeDataFolder(data_dir);
  const logFile = join(data_dir, 'gateway.log');
  options.log(`No gateway runs for ${options.loaded.file}: starting one, which logs to ${logFile}.`);
  const { child, begins } = await start(options, logFile);
  const until = performance.now() + START_TIMEOUT_MS;
  let endedMs = 0;
  while (performance.now() < until) {
    await pause(POLL_MS, undefined, { signal });
    const gateway = await tryOpen(path);
    if (gateway !== undefined) return whenReady(gateway, signal);
    // It may have ended because another was first, which then listens before long.
    if (child.exitCode === null && child.signalCode === null) continue;
    endedMs ||= performance.now();
    if (performance.now() - endedMs > OTHER_STARTS_MS) break;
  }
  // For the person who looks after it; the client, whose agent reads the failure, is told no more than that.
  for (const line of await saidSince(logFile, begins)) options.log(line);
  throw new Failure(
    'not_ready',
    'The gateway did not start. What it said is in gateway.log in its data folder.',
  );
}

async function tryOpen(path: string): Promise<LocalGateway | undefined> {
  if (!(await isPrivateSocket(path))) return undefined;
  return LocalGateway.open(path).catch(() => undefined);
}

async function whenReady(gateway: LocalGateway, signal: AbortSignal): Promise<LocalGateway> {
  const until = performance.now() + READY_TIMEOUT_MS;
  try {
    while (performance.now() < until) {
      const { status, body } = await gateway.ask({ method: 'GET', path: '/readyz', headers: {} }, signal);
      body.resume();
      if (status === 200) break;
      await pause(POLL_MS, undefined, { signal });
    }
    return gateway;
  } catch (thrown) {
    gateway[Symbol.dispose]();
    // Whether it is ready may be asked of the next one as well.
    throw thrown instanceof GatewayGone ? new GatewayGone(false, thrown) : thrown;
  }
}

/** Starts a gateway that nothing binds to this process, its terminal or its client. */
async function start({ loaded, idleExitSeconds }: FindOptions, logFile: string): Promise<Started> {
  const { BAILIFF_KEY: _key, BAILIFF_TOKEN: _token, ...env } = process.env; // The client’s, not the gateway’s.
  const { size } = await stat(logFile).catch(() => ({ size: 0 }));
  const isFull = size > LOG_BYTES_MAX;
  await using log = await open(logFile, isFull ? 'w' : 'a', 0o600);
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      CLI,
      'start',
      '--config',
      loaded.file,
      '--idle-exit',
      String(idleExitSeconds),
    ],
    { detached: true, stdio: ['ignore', log.fd, log.fd], env: { ...env, BAILIFF_OPA: opaPath() } },
  );
  child.once('error', () => undefined); // It has no exit code then either; the time-out says so.
  child.unref();
  return { child, begins: isFull ? 0 : size };
}

interface Started {
  readonly child: ChildProcess;
  /** Bytes of the log that others wrote before. */
  readonly begins: number;
}

/** The last lines of what was written behind the first `begins` bytes. */
async function saidSince(logFile: string, begins: number): Promise<string[]> {
  const log = await readFile(logFile).catch(() => Buffer.alloc(0));
  return log.subarray(begins).toString('utf8').trimEnd().split('\n').slice(-LAST_WORDS);
}
