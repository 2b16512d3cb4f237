import {
  type Conversation,
  type Failure,
  failureOf,
  type JsonObject,
  type Listening,
  type ListKind,
  type ServerDescription,
  type ServerNotification,
  type Subscription,
} from '@bailiff/contract';
import type { Admitted, Opening } from '../actions/opening.ts';
import { isObject } from '../message.ts';
import type { ListedEntry, McpPorts, McpServer, McpServers } from '../ports.ts';
import type { Reply, RequestContext } from '../request-context.ts';
import type { Front } from '../servers/front.ts';
import { describeSoon, LIST_PATIENCE_MS, listSoon } from '../servers/patience.ts';
import type { TaskOwners } from '../session/tasks.ts';
import { ListeningToAll } from './listening-to-all.ts';
import { listOfAll } from './lists.ts';
import { ALL_SERVERS, ownNameOf, prefixedName, prefixedUri } from './names.ts';
import { admitToAll } from './opening.ts';
import { Presence } from './presence.ts';
import { renamedEntry } from './renamed.ts';
import { listTasksOfAll } from './tasks.ts';

/** Servers that are asked at once. */
const AT_ONCE_MAX = 16;

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
export class AllServers implements McpServer, Front {
  readonly front = this;
  readonly #byName: McpServers;
  readonly #presence: Presence;

  constructor(servers: McpServers, presence: Presence) {
    this.#byName = servers;
    this.#presence = presence;
  }

  /** The servers that there are now. */
  get members(): readonly Member[] {
    return Array.from(this.#byName, ([name, server]) => ({ name, server }));
  }

  find(name: string): McpServer | undefined {
    return this.#byName.get(name);
  }

  /** These of the servers as one, and no others. */
  only(members: readonly Member[]): AllServers {
    return new AllServers(new Map(members.map(({ name, server }) => [name, server])), this.#presence);
  }

  answerList(kind: ListKind, context: RequestContext): Promise<Reply> {
    return listOfAll(kind, this, context);
  }

  answerTasks(context: RequestContext, owners: TaskOwners): Promise<Reply> {
    return listTasksOfAll(this, context, owners);
  }

  admit(opening: Opening): Promise<Admitted> {
    return admitToAll(this, opening);
  }

  /** What the servers can do together, as the gateway’s own. @throws Failure that of the first server when none can be asked. */
  async describe(signal: AbortSignal): Promise<ServerDescription> {
    const asked = await this.ask(this.members, signal, ({ server }) =>
      describeSoon(server, { signal, patienceMs: LIST_PATIENCE_MS }),
    );
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
    const asked = await this.ask(this.members, signal, ({ server }) =>
      listSoon(server, kind, { signal, patienceMs: LIST_PATIENCE_MS }),
    );
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

  /** Asks each of these servers, in their order, and notes which can be asked. @throws Failure when `signal` aborts. */
  ask<Value>(
    members: readonly Member[],
    signal: AbortSignal,
    question: (member: Member) => Promise<Value>,
  ): Promise<readonly Asked<Value>[]> {
    return this.each(members, signal, async (member) => {
      const value = await question(member);
      this.#presence.isThere(member.name);
      return value;
    });
  }

  /** Does the same for each of these servers, several at once. @throws Failure when `signal` aborts. */
  async each<Value>(
    members: readonly Member[],
    signal: AbortSignal,
    work: (member: Member) => Promise<Value>,
  ): Promise<readonly Asked<Value>[]> {
    const came: Asked<Value>[] = [];
    const waiting = [...members.entries()];
    const workNext = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [index, { name, server }] = next;
        const member = { name, server };
        try {
          came[index] = { ...member, value: await work(member) };
        } catch (thrown) {
          signal.throwIfAborted();
          const failure = failureOf(thrown);
          this.leftOut(member, failure);
          came[index] = { ...member, failure };
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE_MAX, members.length) }, workNext));
    return came;
  }

  /** For the log: that a server is not among all of them. */
  leftOut({ name }: Member, failure: Failure): void {
    this.#presence.isMissing(name, failure);
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

/** The same ports, with all servers under the name that none has; while there is no server, there is nothing to be all of. */
export function withAllServers(ports: McpPorts): McpPorts {
  const { servers } = ports;
  const all = new AllServers(servers, new Presence(ports));
  const get = (name: string) => (name === ALL_SERVERS && servers.size > 0 ? all : servers.get(name));
  return {
    ...ports,
    servers: {
      get,
      has: (name) => get(name) !== undefined,
      get size() {
        return servers.size;
      },
      [Symbol.iterator]: () => servers[Symbol.iterator](),
    },
  };
}
