import {
  type Conversation,
  Failure,
  failureOf,
  type JsonObject,
  type Listening,
  type ListKind,
  type ServerDescription,
  type ServerNotification,
  type Subscription,
} from '@bailiff/contract';
import { isObject } from '../message.ts';
import type { ListedEntry, McpPorts, McpServer } from '../ports.ts';
import { ListeningToAll } from './listening-to-all.ts';
import { ALL_SERVERS, ownNameOf, prefixedName, prefixedUri } from './names.ts';
import { renamedEntry } from './renamed.ts';

/** Servers that are asked at once. */
const AT_ONCE_MAX = 16;

/** How long one server may keep the answer of all others waiting. What it is still about to say is kept for the next time. */
export const PATIENCE_MS = 10_000;

/** The revision of which the union of what all servers can do is told. */
const VERSION = '2025-11-25';

export interface Member {
  readonly name: string;
  readonly server: McpServer;
}

/** What came of asking one server. */
export type Asked<Value> = Member & ({ readonly value: Value } | { readonly failure: Failure });

/**
 * All servers behind the gateway as one. It is only a front: what names one of them is routed there, and nothing is decided about
 * the whole. A server that cannot be asked is left out.
 */
export class AllServers implements McpServer {
  readonly members: readonly Member[];
  readonly #byName: ReadonlyMap<string, McpServer>;
  readonly #report: McpPorts['report'];

  constructor(servers: ReadonlyMap<string, McpServer>, report: McpPorts['report']) {
    this.#byName = servers;
    this.#report = report;
    this.members = [...servers].map(([name, server]) => ({ name, server }));
  }

  find(name: string): McpServer | undefined {
    return this.#byName.get(name);
  }

  /** These of the servers as one, and no others. */
  only(members: readonly Member[]): AllServers {
    return new AllServers(new Map(members.map(({ name, server }) => [name, server])), this.#report);
  }

  /** What the servers can do together, as the gateway’s own. @throws Failure that of the first server when none can be asked. */
  async describe(signal: AbortSignal): Promise<ServerDescription> {
    const asked = await this.ask(this.members, signal, ({ server }, asking) => server.describe(asking));
    const described = asked.flatMap((one) => ('value' in one ? [one.value] : []));
    const [first] = asked;
    if (described.length === 0 && first !== undefined && 'failure' in first) throw first.failure;
    return {
      era: 'session',
      version: VERSION,
      capabilities: unionOf(described),
      serverInfo: { name: 'bailiff', version: '1', title: 'Bailiff' },
    };
  }

  async list(kind: ListKind, signal: AbortSignal): Promise<readonly ListedEntry[]> {
    const prefixed = kind === 'tools' || kind === 'prompts' ? prefixedName : prefixedUri;
    const asked = await this.ask(this.members, signal, ({ server }, asking) => server.list(kind, asking));
    return asked.flatMap((one) =>
      'failure' in one
        ? []
        : one.value.map((entry) => ({
            id: prefixed(one.name, entry.id),
            json: renamedEntry(entry, kind, one.name),
            hasOutputSchema: entry.hasOutputSchema,
          })),
    );
  }

  async findTool(name: string, signal: AbortSignal): Promise<ListedEntry | undefined> {
    const { serverName, own } = ownNameOf(name);
    const entry = await this.find(serverName)?.findTool(own, signal);
    return entry === undefined
      ? undefined
      : { ...entry, id: name, json: renamedEntry(entry, 'tools', serverName) };
  }

  async listen(
    conversation: Conversation,
    wanted: Subscription,
    heard: (notification: ServerNotification) => void,
  ): Promise<Listening> {
    const listening = new ListeningToAll(this.members, {
      conversation,
      heard,
      leftOut: (member, failure) => this.leftOut(member, failure),
    });
    try {
      await listening.update(wanted, new AbortController().signal);
    } catch (thrown) {
      await listening[Symbol.asyncDispose]();
      throw thrown;
    }
    return listening;
  }

  endConversation(conversationKey: string): void {
    for (const { server } of this.members) server.endConversation(conversationKey);
  }

  /** Asks each of these servers, several at once, in their order; each has only so much time. @throws Failure when `signal` aborts. */
  async ask<Value>(
    members: readonly Member[],
    signal: AbortSignal,
    question: (member: Member, asking: AbortSignal) => Promise<Value>,
  ): Promise<readonly Asked<Value>[]> {
    const answers: Asked<Value>[] = [];
    const waiting = [...members.entries()];
    const askNext = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [index, member] = next;
        answers[index] = await this.#askOne(member, signal, question);
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE_MAX, members.length) }, askNext));
    return answers;
  }

  /** For the log: that a server is not among all of them. */
  leftOut({ name }: Member, { code, detail, cause }: Failure): void {
    this.#report(new Failure(code, `The server ${name} was left out at /mcp: ${detail}`, { cause }));
  }

  async #askOne<Value>(
    { name, server }: Member,
    signal: AbortSignal,
    question: (member: Member, asking: AbortSignal) => Promise<Value>,
  ): Promise<Asked<Value>> {
    const member = { name, server };
    const late = new AbortController();
    const tooLate = new Failure('upstream_timeout', 'The server takes too long.');
    const timer = setTimeout(() => late.abort(tooLate), PATIENCE_MS).unref();
    try {
      return { ...member, value: await question(member, AbortSignal.any([signal, late.signal])) };
    } catch (thrown) {
      signal.throwIfAborted();
      const failure = failureOf(thrown);
      this.leftOut(member, failure);
      return { ...member, failure };
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Each ability that one of the servers has, in the era in which it has it. */
function unionOf(described: readonly ServerDescription[]): JsonObject {
  const union = new Map<string, JsonObject>();
  for (const { capabilities, era } of described) {
    for (const [name, capability] of Object.entries(capabilities)) {
      // What either era calls tasks is another thing in the other one.
      if (!isObject(capability) || (name === 'tasks' && era !== 'session')) continue;
      if (name === 'extensions' && era !== 'stateless') continue;
      union.set(name, { ...union.get(name), ...trueOf(capability) });
    }
  }
  return Object.fromEntries(union);
}

/** A flag that one server does not set must not undo what another one can. */
function trueOf(capability: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(capability).filter(([, value]) => value !== false));
}

/** The same ports, with all servers under the name that none has; without any server there is nothing to be all of. */
export function withAllServers(ports: McpPorts): McpPorts {
  if (ports.servers.size === 0) return ports;
  const all = new AllServers(ports.servers, (failure) => ports.report(failure));
  return { ...ports, servers: new Map([...ports.servers, [ALL_SERVERS, all]]) };
}
