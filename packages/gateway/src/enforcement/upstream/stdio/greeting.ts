import { setTimeout as delay } from 'node:timers/promises';
import {
  type ClientCapabilities,
  Failure,
  type ServerDescription,
  type ServerReply,
} from '@bailiff/contract';
import { INITIALIZED_NOTIFICATION, initializeRequest, readHandshake } from '../handshake.ts';
import { discoverRequest, readDiscovery } from '../stateless/discovery.ts';
import type { ServerProcess } from './server-process.ts';

/** How a server is to be spoken to; `auto` finds out. */
export type WantedEra = 'auto' | 'session' | 'stateless';

export interface GreetingOptions {
  readonly era: WantedEra;
  /** What the server is told that its client can do. */
  readonly capabilities: ClientCapabilities;
  /** For the whole greeting. */
  readonly timeoutMs: number;
  /** Called before the server is asked what may confuse one that keeps sessions, and once it took that. */
  onProbe(isOver: boolean): void;
}

/** A server that keeps sessions may leave the question of the other era unanswered. */
const PROBE_TIMEOUT_MS = 3_000;

/** Unique on their connection: each is sent once. */
const DISCOVER_ID = 'bailiff-discover';
const INITIALIZE_ID = 'bailiff-initialize';

const NEVER = new AbortController().signal;

/**
 * Learns what a process that was just started is, and which of the two eras it speaks. @throws Failure `upstream_timeout`,
 * `upstream_invalid` or `upstream_unavailable`.
 */
export async function greet(process: ServerProcess, options: GreetingOptions): Promise<ServerDescription> {
  switch (options.era) {
    case 'session':
      return shakeHands(process, options, options.timeoutMs);
    case 'stateless': {
      const description = readDiscovery(await discover(process, options));
      options.onProbe(true);
      if (description === undefined)
        throw new Failure('upstream_invalid', 'The server does not speak 2026-07-28.');
      return description;
    }
    case 'auto':
      return findOut(process, options);
  }
}

/** Asks in the newer era first, and in the other one too where there is no answer in time. What answers first, counts. */
async function findOut(process: ServerProcess, options: GreetingOptions): Promise<ServerDescription> {
  const startedMs = performance.now();
  // A server that is slow to start may know both eras, and has settled on this one by the question.
  const discovered = discover(process, options)
    .then(readDiscovery)
    .then((description) => description ?? Promise.reject(NO_ANSWER));
  discovered.catch(() => {});
  const patience = new AbortController();
  const patienceMs = Math.min(PROBE_TIMEOUT_MS, options.timeoutMs / 2);
  const isOver = delay(patienceMs, undefined, { signal: patience.signal, ref: false });
  isOver.catch(() => {});
  try {
    const description = await Promise.race([
      discovered.catch((thrown) => (thrown === NO_ANSWER ? undefined : Promise.reject(thrown))),
      isOver,
    ]);
    options.onProbe(true);
    if (description !== undefined) return description;
  } finally {
    patience.abort();
  }
  const remainingMs = options.timeoutMs - (performance.now() - startedMs);
  const shaken = shakeHands(process, options, remainingMs);
  shaken.catch(() => {});
  try {
    return await Promise.any([shaken, discovered]);
  } catch {
    return await shaken;
  }
}

const NO_ANSWER = new Failure('upstream_invalid', 'The server does not speak 2026-07-28.');

function discover(process: ServerProcess, { timeoutMs, onProbe }: GreetingOptions): Promise<ServerReply> {
  onProbe(false);
  const request = { id: DISCOVER_ID, bytes: discoverRequest(DISCOVER_ID) };
  return process.ask(request, { timeoutMs, isCancelled: false }, NEVER);
}

async function shakeHands(
  process: ServerProcess,
  { capabilities }: GreetingOptions,
  timeoutMs: number,
): Promise<ServerDescription> {
  const bytes = initializeRequest(INITIALIZE_ID, capabilities);
  const description = readHandshake(await process.ask({ id: INITIALIZE_ID, bytes }, { timeoutMs }, NEVER));
  process.write(INITIALIZED_NOTIFICATION);
  return description;
}
