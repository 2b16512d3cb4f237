import {
  type Call,
  type CallChannel,
  Failure,
  type FailureCode,
  type JsonObject,
  type ServerNotification,
  type Target,
} from '@bailiff/contract';
import { isObject } from '../message.ts';
import type { McpPorts, McpServer } from '../ports.ts';
import type { Asker, Reply } from '../request-context.ts';
import { ALL_SERVERS, type OwnName, ownNameOf, ownUriOf } from './names.ts';
import { renamedNotification, renamedReply } from './renamed.ts';

/** Which server a request is for, and what the request says in that server’s own names. */
export interface Place extends Pick<Asker, 'ports' | 'server' | 'serverName'> {
  readonly params: JsonObject;
  /** An answer of that server, as it is told where the request was made. */
  told(reply: Reply): Reply;
  /** The way back to the client of what that server says before its answer. */
  channel(channel: CallChannel): CallChannel;
}

/** Where a request arrived. */
interface Arrived extends Pick<Asker, 'ports' | 'server' | 'serverName'> {
  readonly method: string;
  readonly params: JsonObject;
}

/** By which of its parameters a request names one server; those of all other methods are for all servers. */
const NAMED_BY: ReadonlyMap<string, (params: JsonObject) => Named | undefined> = new Map([
  ['tools/call', named('name', ownNameOf)],
  ['prompts/get', named('name', ownNameOf)],
  ['resources/read', named('uri', ownUriOf)],
  ['resources/subscribe', named('uri', ownUriOf)],
  ['resources/unsubscribe', named('uri', ownUriOf)],
  ['tasks/get', named('taskId', ownNameOf)],
  ['tasks/result', named('taskId', ownNameOf)],
  ['tasks/update', named('taskId', ownNameOf)],
  ['tasks/cancel', named('taskId', ownNameOf)],
  ['completion/complete', namedByRef],
]);

interface Named {
  readonly serverName: string;
  readonly params: JsonObject;
}

/**
 * Which server a request is for. From there on it is the very request that it would be at that server’s own route: decided,
 * recorded, forwarded and refused like it.
 */
export function placeOf(arrived: Arrived): Place {
  const { server, method, params } = arrived;
  const nameIt = NAMED_BY.get(method);
  if (server.front === undefined || nameIt === undefined) return { ...arrived, ...AS_IT_IS };
  const { serverName, params: own } = nameIt(params) ?? { serverName: ALL_SERVERS, params };
  const found = server.front.find(serverName);
  if (found === undefined) return { ...nowhere(arrived.ports), params: own, ...AS_IT_IS };
  return {
    ports: arrived.ports,
    server: found,
    serverName,
    params: own,
    told: (reply) => renamedReply(reply, serverName),
    channel: (channel) => new RenamingChannel(channel, serverName),
  };
}

const AS_IT_IS = {
  told: (reply: Reply) => reply,
  channel: (channel: CallChannel) => channel,
};

/** Never a server’s name. */
const NO_SERVER = '?';

const ABSENT: Readonly<Record<Target['kind'], FailureCode>> = {
  tool: 'unknown_tool',
  prompt: 'unknown_prompt',
  resource: 'unknown_resource',
  model: 'unknown_tool',
  subagent: 'unknown_tool',
};

/**
 * A place where there is nothing: a request for it goes the way of any other until it would be decided, and is refused like one for
 * what does not exist, or what the caller cannot see. Names that clients make up reach neither policy nor the record.
 */
function nowhere(ports: McpPorts): Pick<Place, 'ports' | 'server' | 'serverName'> {
  const govern = ({ target }: Call) => Promise.reject(new Failure(ABSENT[target.kind]));
  return { ports: { ...ports, govern }, server: NOTHING, serverName: NO_SERVER };
}

const NOTHING: McpServer = {
  describe: async () => ({
    era: 'session',
    version: '2025-11-25',
    capabilities: { tasks: {} },
    serverInfo: {},
  }),
  list: async () => [],
  findTool: async () => undefined,
  listen: () => Promise.reject(new Failure('upstream_unavailable')),
  endConversation: () => undefined,
};

/** What a server says of a call, under the names that the client knows. Its questions are about nothing that has one. */
class RenamingChannel implements CallChannel {
  readonly #channel: CallChannel;
  readonly #serverName: string;

  constructor(channel: CallChannel, serverName: string) {
    this.#channel = channel;
    this.#serverName = serverName;
  }

  get capabilities() {
    return this.#channel.capabilities;
  }

  get wantsProgress() {
    return this.#channel.wantsProgress;
  }

  get logLevel() {
    return this.#channel.logLevel;
  }

  notified(notification: ServerNotification): void {
    this.#channel.notified(renamedNotification(notification, this.#serverName));
  }

  asked(...asked: Parameters<CallChannel['asked']>) {
    return this.#channel.asked(...asked);
  }
}

function named(member: string, ownOf: (name: string) => OwnName) {
  return (params: JsonObject): Named | undefined => {
    const value = params[member];
    if (typeof value !== 'string') return undefined;
    const { serverName, own } = ownOf(value);
    return { serverName, params: { ...params, [member]: own } };
  };
}

function namedByRef(params: JsonObject): Named | undefined {
  const { ref } = params;
  if (!isObject(ref)) return undefined;
  const of = ref.type === 'ref/resource' ? named('uri', ownUriOf) : named('name', ownNameOf);
  const found = of(ref);
  return found === undefined ? undefined : { ...found, params: { ...params, ref: found.params } };
}
