import { Failure, failureOf, type JsonObject } from '@bailiff/contract';
import { transportOf } from '../../http/local-request.ts';
import { acceptsEvents } from '../../http/request-gate.ts';
import { admit } from '../actions/opening.ts';
import { taskAt } from '../all-servers/names.ts';
import { type Place, placeOf } from '../all-servers/place.ts';
import type { HeldTask, TaskShares } from '../client/task-shares.ts';
import type { Arrival, Door } from '../door.ts';
import { isObject, type Message, type RequestId } from '../message.ts';
import type { McpPorts } from '../ports.ts';
import { envelope, resultOf } from '../reply.ts';
import type { Asker, RequestContext, RequestMeta } from '../request-context.ts';
import { Announcements } from './announcements.ts';
import { initialize, SESSION_VERSIONS } from './initialize.ts';
import { answersFor } from './input-answers.ts';
import { Questions } from './questions.ts';
import { answerRequest, conversationOf } from './session-actions.ts';
import { SessionChannel } from './session-channel.ts';
import { type McpSession, SessionStore } from './sessions.ts';
import { PostAnswer } from './streams/post-answer.ts';
import { ReplayBudget } from './streams/replay-budget.ts';
import { SessionStreams } from './streams/session-streams.ts';
import { TaskOwners } from './tasks.ts';

type Request = Extract<Message, { kind: 'request' }>;
type Notification = Extract<Message, { kind: 'notification' }>;
type Response = Extract<Message, { kind: 'response' }>;

/** What all sessions together keep for clients that resume streams. */
export const REPLAY_BYTES_MAX = 67_108_864;

/**
 * Revisions that a request’s header may name beside its session’s own: it changes nothing, and clients are known that go on naming
 * the first revision with this header whatever they agreed upon.
 */
const ACCEPTED_VERSIONS: ReadonlySet<unknown> = new Set([...SESSION_VERSIONS, '2025-03-26']);

/** What clients are told when another release may show other entries. */
const LIST_CHANGES = ['tools', 'prompts', 'resources'].map((list) => `notifications/${list}/list_changed`);

/** How often a connection without events is tried. */
const KEEP_ALIVE_MS = 15_000;

/**
 * What each notification of a client does here. None leaves the gateway as it came; progress and changed roots tell of what only
 * this gateway asked for, and servers ask for roots when they need them.
 */
const LISTENERS: ReadonlyMap<string, (session: McpSession, message: Notification) => void> = new Map([
  ['notifications/initialized', () => undefined],
  ['notifications/progress', () => undefined],
  ['notifications/roots/list_changed', () => undefined],
  [
    'notifications/cancelled',
    (session: McpSession, { params: { requestId } }: Notification) => {
      if (typeof requestId !== 'string' && typeof requestId !== 'number') return;
      session.running.get(requestId)?.abort(new Failure('client_gone', 'The client cancelled the request.'));
    },
  ],
]);

/** The way of the 2025 revisions: `initialize` opens a session, and every other message names it. */
export class SessionDoor implements Door {
  readonly #ports: McpPorts;
  readonly #sessions: SessionStore;
  readonly #tasks: TaskOwners;
  readonly #budget = new ReplayBudget(REPLAY_BYTES_MAX);
  readonly #keepAlive: NodeJS.Timeout;

  constructor(ports: McpPorts, tasks: TaskShares<HeldTask>) {
    this.#ports = ports;
    this.#tasks = new TaskOwners(tasks);
    this.#sessions = new SessionStore({
      max: ports.limits.sessionsMax,
      idleMs: ports.limits.sessionIdleMs,
      monotonicMs: () => ports.monotonicMs(),
      equip: (session) => this.#equip(session),
      onEnd: ({ server, id }) => ports.servers.get(server)?.endConversation(id),
    });
    this.#keepAlive = setInterval(() => this.#keepUp(), KEEP_ALIVE_MS).unref();
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  async received(message: Message, arrival: Arrival): Promise<void> {
    switch (message.kind) {
      case 'notification':
        return this.#notified(message, arrival);
      case 'response':
        return this.#responded(message, arrival);
      case 'request':
        return message.method === 'initialize'
          ? this.#initialize(message, arrival)
          : this.#requested(message, arrival);
    }
  }

  /** Answers with the session’s own stream of events, or goes on with one that was cut. */
  async opened(arrival: Arrival): Promise<void> {
    const { exchange, principal } = arrival;
    const lastEventId = exchange.request.headers['last-event-id'];
    const session = await this.#admittedSession(arrival);
    if (!acceptsEvents(exchange.request.headers)) {
      throw new Failure('not_acceptable', 'The answer is text/event-stream; the Accept header excludes it.');
    }
    if (typeof lastEventId === 'string' && lastEventId !== '') {
      session.streams.resume(exchange, lastEventId);
      return;
    }
    session.streams.openStanding(exchange, () => session.announcements.pause());
    const { signal } = session.ended;
    session.announcements
      .listen(conversationOf(session, principal), signal)
      .catch((thrown: unknown) => this.#report(failureOf(thrown))); // The stream tells then what calls bring.
  }

  ended(arrival: Arrival): void {
    this.#sessions.end(this.#sessionOf(arrival));
    arrival.exchange.answer(204, '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#keepAlive);
    this.#sessions[Symbol.dispose]();
  }

  async #initialize(message: Request, { exchange, principal, server }: Arrival): Promise<void> {
    const { request, signal, decisionId, server: serverName } = exchange;
    if (request.headers['mcp-session-id'] !== undefined) {
      throw new Failure(
        'bad_request',
        'The session is initialised already; open another one without its id.',
      );
    }
    const release = this.#ports.release();
    const transport = transportOf(request);
    const opening = { ports: this.#ports, server, serverName, principal, decisionId, signal, transport };
    const initialized = await initialize(message.params, opening);
    signal.throwIfAborted();
    if (initialized.kind === 'refused') {
      return exchange.answer(200, envelope(message.id, initialized.reply));
    }
    const { client, capabilities, result, admittedTo } = initialized;
    const session = this.#sessions.open({
      server: serverName,
      admittedTo,
      release,
      owner: principal,
      client,
      capabilities,
    });
    exchange.answer(200, envelope(message.id, resultOf(result)), ['Mcp-Session-Id', session.id]);
  }

  async #requested(message: Request, arrival: Arrival): Promise<void> {
    const session = await this.#admittedSession(arrival);
    const { exchange } = arrival;
    const { id } = message;
    if (session.running.has(id)) {
      throw new Failure('bad_request', 'A request with this id is under way in this session.');
    }
    const answer = new PostAnswer(exchange, id, session.streams);
    session.running.set(id, exchange.controller);
    try {
      const { method, params } = message;
      const { server } = arrival;
      const place = placeOf({ ports: this.#ports, server, serverName: session.server, method, params });
      const context = this.#contextOf(message, { session, arrival, answer, place });
      answer.finish(place.told(await answerRequest(method, context, { session, tasks: this.#tasks })));
    } catch (thrown) {
      answer.failed(exchange.signal.aborted ? new Failure('client_gone') : failureOf(thrown));
      throw thrown;
    } finally {
      session.running.delete(id);
    }
  }

  #contextOf(
    { method, params }: Request,
    {
      session,
      arrival: { exchange, principal },
      answer,
      place: { ports, server, serverName, params: own, channel: channelAt },
    }: {
      readonly session: McpSession;
      readonly arrival: Arrival;
      readonly answer: PostAnswer;
      readonly place: Place;
    },
  ): RequestContext {
    const { client } = session;
    const asker: Asker = { ports, server, serverName, principal, client };
    const { decisionId, signal } = exchange;
    const meta = metaOf(params);
    const toolName = method === 'tools/call' && typeof own.name === 'string' ? own.name : '';
    const channel = channelAt(new SessionChannel({ session, asker, answer, meta, toolName }));
    const inputRequired: RequestContext['inputRequired'] = (required) =>
      answersFor(required, { channel, signal, decisionId });
    return { ...asker, decisionId, params: own, meta, signal, channel, inputRequired };
  }

  /** An answer to a question: bound to the session, and with it to its principal, and to the question’s id. */
  async #responded({ id, reply }: Response, arrival: Arrival): Promise<void> {
    const session = await this.#admittedSession(arrival);
    if (!session.questions.answered(id, reply)) {
      throw new Failure('bad_request', 'Nothing was asked under this id, or it was answered already.');
    }
    arrival.exchange.answer(202, '');
  }

  async #notified(message: Notification, arrival: Arrival): Promise<void> {
    const session = await this.#admittedSession(arrival);
    const listener = LISTENERS.get(message.method);
    if (listener === undefined) throw new Failure('method_refused');
    listener(session, message);
    arrival.exchange.answer(202, '');
  }

  /** The session that the request names and its principal opened on this route. Never a guess. */
  #sessionOf({ exchange, principal }: Pick<Arrival, 'exchange' | 'principal'>): McpSession {
    const { headers } = exchange.request;
    const id = headers['mcp-session-id'];
    if (id === undefined || id === '')
      throw new Failure('bad_request', 'The header Mcp-Session-Id is missing.');
    if (typeof id !== 'string') throw new Failure('session_unknown');
    const session = this.#sessions.find(id, { principal, server: exchange.server });
    if (session === undefined) throw new Failure('session_unknown');
    const version = headers['mcp-protocol-version'];
    const { protocolVersion } = session.client;
    if (version !== undefined && version !== protocolVersion && !ACCEPTED_VERSIONS.has(version)) {
      throw new Failure('bad_request', `This session speaks MCP ${protocolVersion}.`);
    }
    return session;
  }

  /** That session, once whatever release is active by now has admitted its principal. @throws Failure `session_unknown`. */
  async #admittedSession(arrival: Arrival): Promise<McpSession> {
    const session = this.#sessionOf(arrival);
    const { principal, server } = arrival;
    if (!(await this.#readmitted(session, { principal, server }))) throw new Failure('session_unknown');
    return session;
  }

  /** Decides the opening of a session anew where another release is active by now. False where the session ends instead. */
  async #readmitted(
    session: McpSession,
    { principal, server }: Pick<Arrival, 'principal' | 'server'>,
  ): Promise<boolean> {
    const release = this.#ports.release();
    if (session.release === release) return true;
    const { client, server: serverName, ended } = session;
    const { signal } = ended;
    const decisionId = this.#ports.newDecisionId();
    const asking = { ports: this.#ports, server, serverName, principal, client, decisionId, signal };
    const admitted = await admit(asking);
    if (signal.aborted) return false;
    if (admitted.kind === 'refused') {
      this.#sessions.end(session);
      return false;
    }
    const isOther = admitted.server !== session.admittedTo;
    session.admittedTo = admitted.server;
    session.release = release;
    if (isOther) await session.announcements.moved(conversationOf(session, principal), signal);
    // Another release may show other entries, whatever the server has.
    for (const method of LIST_CHANGES) session.announcements.heard({ method, params: {}, json: '{}' });
    return true;
  }

  /** Keeps connected sessions, and decides anew those that hear of a server under a release that is gone. */
  #keepUp(): void {
    for (const session of this.#sessions.keepAlive()) {
      const server = this.#ports.servers.get(session.server);
      if (server === undefined || session.release === this.#ports.release()) continue;
      // Where it cannot be decided now it hears of nothing, and whoever uses it is told.
      void this.#readmitted(session, { principal: session.owner, server }).catch(() => undefined);
    }
  }

  #equip(session: Pick<McpSession, 'client' | 'server' | 'admittedTo' | 'owner' | 'release'>) {
    const { client, server, owner } = session;
    const ports = this.#ports;
    const streams = new SessionStreams({
      protocolVersion: client.protocolVersion,
      resumeMs: ports.limits.resumeMs,
      budget: this.#budget,
    });
    const announcements = new Announcements({
      server: () => session.admittedTo,
      say: (text) => streams.announce(text),
      isCurrent: () => ports.release() === session.release,
      ownsTask: (taskId) => {
        if (typeof taskId !== 'string') return false;
        const { serverName, own } = taskAt(server, taskId);
        return this.#tasks.toolOf(own, { serverName, principal: owner }) !== undefined;
      },
    });
    return { streams, announcements, questions: new Questions() };
  }

  #report(failure: Failure): void {
    if (failure.code === 'internal') this.#ports.report(failure);
  }
}

/** Of `_meta` only what this era gives a meaning to; what is not valid is not there. */
function metaOf({ _meta: meta }: JsonObject): RequestMeta {
  const token = isObject(meta) ? meta.progressToken : undefined;
  return { progressToken: isProgressToken(token) ? token : undefined, logLevel: undefined };
}

/** Longest name of a client’s for the progress of a request, in UTF-16 units. */
const TOKEN_LENGTH_MAX = 256;

function isProgressToken(token: unknown): token is RequestId {
  if (typeof token === 'string') return token.length <= TOKEN_LENGTH_MAX;
  return typeof token === 'number' && Number.isFinite(token);
}
