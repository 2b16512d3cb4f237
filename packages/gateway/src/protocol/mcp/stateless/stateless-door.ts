import {
  type Call,
  type CallChannel,
  FAILURES,
  Failure,
  failureOf,
  type JsonObject,
  META_KEYS,
  toRpcError,
} from '@bailiff/contract';
import { transportOf } from '../../http/local-request.ts';
import { failureReply } from '../actions/act.ts';
import { type Place, placeOf } from '../all-servers/place.ts';
import type { HeldTask, TaskShares } from '../client/task-shares.ts';
import type { Arrival, Door } from '../door.ts';
import { isObject, type Message } from '../message.ts';
import { ACTIONS } from '../methods.ts';
import type { McpPorts } from '../ports.ts';
import { errorOf } from '../reply.ts';
import type { Action, Asker, ClientFacts, Continued, Reply, RequestContext } from '../request-context.ts';
import { discover, supportedVersions } from './discover.ts';
import { type Envelope, metaOf, readEnvelope, STATELESS_VERSIONS, TASKS_EXTENSION } from './envelope.ts';
import { checkMirroredHeaders } from './headers/mirrored-headers.ts';
import { objectionToParamHeaders, paramHeadersOf } from './headers/param-headers.ts';
import { askThrough, Interruptions, isInterruptible, type Retry, stateOwnerOf } from './interruptions.ts';
import { Listeners } from './listen/listeners.ts';
import { InterruptibleCall, ParkedCalls } from './parked-calls.ts';
import { type Caching, told } from './results.ts';
import { type StateOwner, StateSeal } from './sealed-state.ts';
import { StreamedAnswer } from './streamed-answer.ts';
import { isTaskMethod, servesTasks, Tasks } from './tasks.ts';

type Request = Extract<Message, { kind: 'request' }>;

/** What clients may keep of the answer to a method. */
const CACHING: ReadonlyMap<string, Caching> = new Map([
  ['tools/list', 'list'],
  ['prompts/list', 'list'],
  ['resources/list', 'list'],
  ['resources/templates/list', 'list'],
  ['resources/read', 'read'],
]);

/** One request on its way through this door. */
interface Passage extends Asker, Pick<Place, 'told' | 'channel'> {
  readonly arrival: Arrival;
  readonly message: Request;
  readonly envelope: Envelope;
  readonly answer: StreamedAnswer;
  /** Where the request arrived, as `Exchange.server`. */
  readonly route: string;
}

/** The way of 2026-07-28: no session; every request says everything about itself, and its headers repeat its body. */
export class StatelessDoor implements Door {
  readonly #ports: McpPorts;
  readonly #sessionVersions: readonly string[];
  readonly #parked = new ParkedCalls();
  readonly #interruptions: Interruptions;
  readonly #listeners: Listeners;
  readonly #tasks: Tasks;

  /** `sessionVersions`: what clients may speak at the other door. */
  constructor(ports: McpPorts, tasks: TaskShares<HeldTask>, sessionVersions: readonly string[]) {
    this.#ports = ports;
    this.#sessionVersions = sessionVersions;
    const monotonicMs = () => ports.monotonicMs();
    this.#interruptions = new Interruptions(new StateSeal(monotonicMs), this.#parked, monotonicMs);
    this.#listeners = new Listeners(ports);
    this.#tasks = new Tasks(tasks, this.#interruptions);
  }

  async received(message: Message, arrival: Arrival): Promise<void> {
    if (message.kind === 'response')
      throw new Failure('bad_request', 'Nothing is asked in requests of its own.');
    this.#checkVersion(message);
    checkMirroredHeaders(message, arrival.exchange.request);
    // Closing the stream is what cancels here, and no other notification of a client means anything.
    if (message.kind === 'notification') throw new Failure('method_refused');
    const envelope = readEnvelope(message.params);
    const passage = this.#passage(message, arrival, envelope);
    if (message.method === 'subscriptions/listen') {
      return this.#listeners.listen({ ...passage, exchange: arrival.exchange });
    }
    const { decisionId, signal } = arrival.exchange;
    const caching = CACHING.get(message.method) ?? 'none';
    const { uri: named } = message.params;
    const uri = message.method === 'resources/read' && typeof named === 'string' ? named : undefined;
    const takesTask = envelope.takesTasks && message.method === 'tools/call';
    try {
      const came = await this.#reply(passage);
      if (takesTask) this.#tasks.created(came, passage, toolNameOf(passage.message));
      const reply = passage.told(came);
      if (signal.aborted) return; // What became of it stands in its record already.
      passage.answer.finish(told(reply, { caching, takesTask, decisionId, uri }));
    } catch (thrown) {
      const failure = withUri(failureOf(thrown), uri);
      if (passage.answer.isStream) passage.answer.finish(errorOf(failure, decisionId));
      throw failure;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#parked[Symbol.dispose]();
    await this.#listeners[Symbol.asyncDispose]();
  }

  #checkVersion({ params }: Exclude<Message, { kind: 'response' }>): void {
    const requested = metaOf(params)?.[META_KEYS.protocolVersion];
    // A notification without a claim goes by its header, which is known to name a revision of this way.
    if (requested === undefined) return;
    if (typeof requested === 'string' && STATELESS_VERSIONS.includes(requested)) return;
    throw new Failure('version_unsupported', FAILURES.version_unsupported.title, {
      facts: { supported: [...supportedVersions(this.#sessionVersions)], requested },
    });
  }

  #passage(message: Request, arrival: Arrival, envelope: Envelope): Passage {
    const { exchange, principal } = arrival;
    const client: ClientFacts = {
      protocolVersion: envelope.version,
      transport: transportOf(exchange.request),
      clientName: envelope.clientName,
      clientVersion: envelope.clientVersion,
      conversationKey: '',
    };
    const answer = new StreamedAnswer(exchange, message.id, envelope);
    const { method, params } = message;
    const { server } = arrival;
    const arrived = { ports: this.#ports, server, serverName: exchange.server, method, params };
    const { ports, serverName, told: toldHere, channel, ...place } = placeOf(arrived);
    const asker = { ports, server: place.server, serverName, principal, client };
    const own = { ...message, params: place.params };
    const route = exchange.server;
    return { ...asker, told: toldHere, channel, arrival, message: own, envelope, answer, route };
  }

  async #reply(passage: Passage): Promise<Reply> {
    const { message, arrival } = passage;
    const { decisionId, signal } = arrival.exchange;
    if (message.method === 'server/discover') {
      return discover({ ...passage, decisionId, signal }, this.#sessionVersions);
    }
    if (isTaskMethod(message.method)) {
      const owner = stateOwnerOf(passage, message.method, {});
      const questioned = { ...passage, owner, signal, ahead: new Map() };
      return this.#tasks.ask(message.method, contextOf(passage, message.params, signal), questioned);
    }
    const action = ACTIONS.get(message.method);
    if (action === undefined) throw new Failure('method_refused');
    if (!isInterruptible(message.method)) return action(contextOf(passage, message.params, signal));
    const { inputResponses = {}, requestState, ...params } = message.params;
    const owner = stateOwnerOf(passage, message.method, params);
    const retry = this.#interruptions.retryOf(
      { inputResponses, ...(requestState === undefined ? {} : { requestState }) },
      owner,
    );
    const asked = { passage, owner, action, params };
    return retry.kind === 'parked' ? this.#resume(retry, asked) : this.#begin(retry, asked);
  }

  /** Makes the call. It goes on beyond this request where its server asks something. */
  async #begin(retry: Exclude<Retry, { kind: 'parked' }>, asked: Asked): Promise<Reply> {
    const { passage, owner, action, params } = asked;
    const call = new InterruptibleCall();
    const { signal } = call;
    const ahead = retry.kind === 'none' ? retry.ahead : new Map();
    const questioned = { ...passage, owner, signal, ahead };
    const { ports } = passage;
    const context: RequestContext = {
      ...interruptible(passage, params, signal),
      ...(retry.kind === 'server'
        ? {
            answers: retry.answers,
            ports: { ...ports, govern: this.#interruptions.governOnce(retry, ports, owner) },
          }
        : {}),
      channel: passage.channel({
        ...channelOf(passage),
        notified: (notification) => call.notified(notification),
        asked: (question, asking) =>
          askThrough(call, question, { ...questioned, method: owner.method, params, signal: asking }),
      }),
      inputRequired: (required, made) => this.#interruptions.required(required, made, questioned),
    };
    using _attendance = call.attend(passage.arrival.exchange.signal, passage.answer);
    call.run(action(context));
    return this.#interruptions.replyTo(await call.next(), call, owner);
  }

  /** Gives a call that waits the answers of its client, which is a call of its own to decide, and tells what comes of it. */
  #resume(retry: Extract<Retry, { kind: 'parked' }>, asked: Asked): Promise<Reply> {
    const { passage, owner, action, params } = asked;
    const { exchange } = passage.arrival;
    let reply: Reply | undefined;
    const giveAnswers: NonNullable<Call['carryOut']> = async (signal) => {
      const call = this.#interruptions.resume(retry);
      using _attendance = call.attend(signal, passage.answer);
      call.give(retry.given);
      reply = this.#interruptions.replyTo(await call.next(), call, owner);
      if (reply.failure !== undefined) throw reply.failure;
      return reply;
    };
    return action({
      ...interruptible(passage, params, exchange.signal),
      answers: { inputResponses: retry.given, requestState: undefined },
      carryOut: giveAnswers,
      inputRequired: async (): Promise<Continued> => {
        if (reply === undefined) throw new Failure('internal');
        return { kind: 'reply', reply };
      },
    });
  }
}

/** A request that its server may interrupt. */
interface Asked {
  readonly passage: Passage;
  readonly owner: StateOwner;
  readonly action: Action;
  /** Without what belongs to a retry. */
  readonly params: JsonObject;
}

function contextOf(passage: Passage, params: JsonObject, signal: AbortSignal): RequestContext {
  const { ports, server, serverName, principal, client, envelope, arrival } = passage;
  const { progressToken, logLevel } = envelope;
  return {
    ...{ ports, server, serverName, principal, client, params, signal },
    decisionId: arrival.exchange.decisionId,
    meta: { progressToken, logLevel },
    channel: passage.channel(channelOf(passage)),
    inputRequired: async (_required, call) => ({
      kind: 'reply',
      reply: failureReply(call, new Failure('upstream_invalid', 'The server asks where it may not.')),
    }),
  };
}

/** With what a call of a tool needs of its server once it is allowed. */
function interruptible(passage: Passage, params: JsonObject, signal: AbortSignal): RequestContext {
  const context = contextOf(passage, params, signal);
  if (passage.message.method !== 'tools/call') return context;
  return {
    ...context,
    objection: (asking) => objectionToHeaders(passage, params, asking),
    // That a client takes tasks is told to servers that have them for clients like it, and to no others.
    extensionsFor: (description) =>
      passage.envelope.takesTasks && servesTasks(description)
        ? { extensions: { [TASKS_EXTENSION]: {} } }
        : {},
  };
}

function channelOf({ envelope, answer }: Passage): CallChannel {
  return {
    capabilities: envelope.capabilities,
    wantsProgress: envelope.progressToken !== undefined,
    logLevel: envelope.logLevel,
    notified: (notification) => answer.notified(notification),
    asked: async () => ({
      member: 'error',
      json: JSON.stringify(
        toRpcError(new Failure('method_refused', 'The client cannot be asked about this.')),
      ),
    }),
  };
}

/**
 * How the headers that repeat arguments differ from them. Only an allowed call comes to grief over it: what policy hides must
 * not be told by what is said of its headers.
 */
async function objectionToHeaders(
  passage: Passage,
  { name, arguments: args = {} }: JsonObject,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const { server, arrival } = passage;
  if (typeof name !== 'string' || !isObject(args)) return undefined;
  try {
    const tool = await server.findTool(name, signal);
    if (tool === undefined) return undefined;
    // Over stdio there are no headers in between that somebody could believe.
    if (transportOf(arrival.exchange.request) === 'stdio') return undefined;
    return objectionToParamHeaders(paramHeadersOf(tool), args, arrival.exchange.request.headers);
  } catch (thrown) {
    return failureOf(thrown);
  }
}

/** This revision wants the address with the error: of what is absent as of what is hidden. */
function withUri(failure: Failure, uri: string | undefined): Failure {
  if (failure.code !== 'unknown_resource' || uri === undefined) return failure;
  return new Failure(failure.code, failure.detail, { cause: failure, facts: { uri } });
}

function toolNameOf({ params: { name } }: Request): string {
  return typeof name === 'string' ? name : '';
}
