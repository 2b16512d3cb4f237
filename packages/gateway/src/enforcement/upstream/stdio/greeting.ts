import { type ClientCapabilities, Failure, type ServerDescription } from '@bailiff/contract';
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
  const startedMs = performance.now();
  if (options.era !== 'session') {
    const description = await discover(process, options);
    if (description !== undefined) return description;
  }
  const timeoutMs = options.timeoutMs - (performance.now() - startedMs);
  const bytes = initializeRequest(INITIALIZE_ID, options.capabilities);
  const reply = await process.ask({ id: INITIALIZE_ID, bytes }, { timeoutMs }, NEVER);
  const description = readHandshake(reply);
  process.write(INITIALIZED_NOTIFICATION);
  return description;
}

/** Undefined for a server of the session era. */
async function discover(
  process: ServerProcess,
  { era, timeoutMs, onProbe }: GreetingOptions,
): Promise<ServerDescription | undefined> {
  const mustBe = era === 'stateless';
  const request = { id: DISCOVER_ID, bytes: discoverRequest(DISCOVER_ID) };
  const patienceMs = mustBe ? timeoutMs : Math.min(PROBE_TIMEOUT_MS, timeoutMs / 2);
  onProbe(false);
  try {
    const reply = await process.ask(request, { timeoutMs: patienceMs, isCancelled: false }, NEVER);
    onProbe(true);
    const description = readDiscovery(reply);
    if (description === undefined && mustBe)
      throw new Failure('upstream_invalid', 'The server does not speak 2026-07-28.');
    return description;
  } catch (thrown) {
    if (mustBe || !(thrown instanceof Failure) || thrown.code !== 'upstream_timeout') throw thrown;
    onProbe(true);
    return undefined;
  }
}
