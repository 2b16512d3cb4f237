import { Failure, type ListKind, type ServerDescription } from '@bailiff/contract';
import type { ListedEntry, McpServer } from '../ports.ts';

/** How long one server may keep a list of all servers waiting. What it is still about to say is kept for the next time. */
export const LIST_PATIENCE_MS = 5_000;

/** How long a server may keep waiting what it has no say in: a decision, or how a refusal is told. */
export const ASIDE_PATIENCE_MS = 2_000;

/** What a server is asked about itself. */
type Topic = 'description' | ListKind;

/** Since when servers have owed an answer, in milliseconds of `performance.now`: who asks later waits that much less. */
const SILENT_SINCE = new WeakMap<McpServer, Map<Topic, number>>();

interface Waiting {
  readonly signal: AbortSignal;
  /** Milliseconds that the server has for its answer, counted from the first question that it left open. */
  readonly patienceMs: number;
}

/** What a server is. @throws Failure `upstream_timeout` when it takes too long, or did so before and has not answered since. */
export function describeSoon(server: McpServer, waiting: Waiting): Promise<ServerDescription> {
  return soon(server, 'description', waiting, (signal) => server.describe(signal));
}

/** A server’s list. @throws Failure as `describeSoon`. */
export async function listSoon(
  server: McpServer,
  kind: ListKind,
  waiting: Waiting,
): Promise<readonly ListedEntry[]> {
  return soon(server, kind, await described(server, waiting), (signal) => server.list(kind, signal));
}

/** A server’s tool, as `McpServer.findTool`. @throws Failure as `describeSoon`. */
export async function findToolSoon(
  server: McpServer,
  name: string,
  waiting: Waiting,
): Promise<ListedEntry | undefined> {
  return soon(server, 'tools', await described(server, waiting), (signal) => server.findTool(name, signal));
}

/** What is left to wait for a list, once the server has said what it is: one that says nothing is silent about all its lists. */
async function described(server: McpServer, { signal, patienceMs }: Waiting): Promise<Waiting> {
  const begunMs = performance.now();
  await describeSoon(server, { signal, patienceMs });
  return { signal, patienceMs: patienceMs - (performance.now() - begunMs) };
}

/**
 * A server’s answer, if it comes in time. Each question is put to it however long it has been silent, since what it has said
 * meanwhile is there at once; and what is under way there goes on without whoever asked.
 */
async function soon<Value>(
  server: McpServer,
  topic: Topic,
  { signal, patienceMs }: Waiting,
  question: (asking: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const silent = SILENT_SINCE.get(server);
  const nowMs = performance.now();
  const sinceMs = silent?.get(topic) ?? nowMs;
  const late = new AbortController();
  const tooLate = new Failure('upstream_timeout', 'The server takes too long.');
  const timer = setTimeout(() => late.abort(tooLate), Math.max(0, patienceMs - (nowMs - sinceMs)));
  timer.unref();
  try {
    const value = await question(AbortSignal.any([signal, late.signal]));
    silent?.delete(topic);
    return value;
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    if (!late.signal.aborted)
      silent?.delete(topic); // Whatever it is, it is not silent.
    else if (silent === undefined) SILENT_SINCE.set(server, new Map([[topic, nowMs]]));
    else if (!silent.has(topic)) silent.set(topic, nowMs);
    throw late.signal.aborted ? tooLate : thrown;
  } finally {
    clearTimeout(timer);
  }
}
