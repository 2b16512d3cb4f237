import type { IncomingMessage, ServerResponse } from 'node:http';
import { Failure, failureOf } from '@bailiff/contract';
import { Exchange } from '../http/exchange.ts';
import { readBody } from '../http/read-body.ts';
import { checkAccept, checkContentType, checkRequest } from '../http/request-gate.ts';
import { parseStrict } from '../json/strict-parse.ts';

import { initialize } from './initialize.ts';
import { answerList } from './lists.ts';
import { idOf, type Message, readMessage } from './message.ts';
import {
  isServedNotification,
  isServedRequest,
  type ServedNotification,
  type ServedRequest,
} from './methods.ts';
import type { McpEndpoint, McpPorts, McpServer } from './ports.ts';
import { envelope, errorOf, resultOf, statusOf } from './reply.ts';
import type { Reply, RequestContext } from './request-context.ts';
import { readResource } from './resources.ts';
import { type McpSession, SessionStore } from './sessions.ts';
import { callTool } from './tools.ts';

type Request = Extract<Message, { kind: 'request' }>;

/** What answers each method that needs a session. */
const HANDLERS: Record<Exclude<ServedRequest, 'initialize'>, (context: RequestContext) => Promise<Reply>> = {
  ping: async () => resultOf({}),
  'tools/call': callTool,
  'tools/list': (context) => answerList('tools', context),
  'resources/list': (context) => answerList('resources', context),
  'resources/templates/list': (context) => answerList('resource_templates', context),
  'resources/read': readResource,
};

/** What each notification does here. */
const LISTENERS: Record<ServedNotification, (session: McpSession, message: Message) => void> = {
  'notifications/initialized': () => undefined,
  'notifications/cancelled': (session, { params: { requestId } }) => {
    if (typeof requestId !== 'string' && typeof requestId !== 'number') return;
    session.running.get(requestId)?.abort(new Failure('client_gone', 'The client cancelled the request.'));
  },
};

/** MCP over streamable HTTP, revision 2025-11-25, for all servers behind the gateway. */
export function createMcpEndpoint(ports: McpPorts): McpEndpoint {
  return new Endpoint(ports);
}

class Endpoint implements McpEndpoint {
  readonly #ports: McpPorts;
  readonly #sessions: SessionStore;
  #inFlight = 0;

  constructor(ports: McpPorts) {
    this.#ports = ports;
    this.#sessions = new SessionStore({
      max: ports.limits.sessionsMax,
      idleMs: ports.limits.sessionIdleMs,
      monotonicMs: () => ports.monotonicMs(),
      onEnd: ({ server, id }) => ports.servers.get(server)?.endConversation(id),
    });
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  async handle(request: IncomingMessage, response: ServerResponse, server: string): Promise<void> {
    const exchange = new Exchange(request, response, { server, decisionId: this.#ports.newDecisionId() });
    this.#inFlight += 1;
    try {
      if (this.#inFlight > this.#ports.limits.inFlightMax) throw new Failure('overloaded');
      await this.#serve(exchange);
    } catch (thrown) {
      await this.#refuse(exchange, reasonOf(thrown, exchange.signal));
    } finally {
      this.#inFlight -= 1;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#sessions[Symbol.dispose]();
  }

  async #serve(exchange: Exchange): Promise<void> {
    const { request } = exchange;
    checkRequest(request, this.#ports);
    exchange.principal = await this.#ports.authenticate(request.headers);
    if (request.url?.includes('?')) {
      throw new Failure(
        'bad_request',
        'The address takes no query: leave out the ? and all that follows it.',
      );
    }
    const server = this.#ports.servers.get(exchange.server);
    if (server === undefined) throw new Failure('not_found', 'There is no such server here.');
    switch (request.method) {
      case 'POST':
        return this.#post(exchange, server);
      case 'DELETE':
        this.#sessions.end(this.#sessionOf(exchange));
        return exchange.answer(204, '');
      case 'GET':
        // Every client asks whether there is a stream of events; that there is none is an answer, not an incident.
        return this.#answerFailure(
          exchange,
          new Failure('method_not_allowed', 'There is no stream of events.'),
        );
      default:
        throw new Failure('method_not_allowed', 'Send POST for a message or DELETE to end the session.');
    }
  }

  async #post(exchange: Exchange, server: McpServer): Promise<void> {
    const { bodyBytesMax, bodyTimeoutMs, depthMax } = this.#ports.limits;
    checkContentType(exchange.request.headers);
    checkAccept(exchange.request.headers);
    const body = await readBody(exchange.request, { bytesMax: bodyBytesMax, timeoutMs: bodyTimeoutMs });
    const value = parseStrict(body, { bytesMax: bodyBytesMax, depthMax });
    exchange.id = idOf(value);
    const message = readMessage(value);
    if (message.kind === 'notification') return this.#notified(exchange, message);
    exchange.id = message.id;
    if (message.method === 'initialize') return this.#initialize(exchange, server, message);
    return this.#requested(exchange, server, message);
  }

  async #initialize(exchange: Exchange, server: McpServer, message: Request): Promise<void> {
    const { principal, request, signal } = exchange;
    if (principal === undefined) throw new Failure('internal');
    if (request.headers['mcp-session-id'] !== undefined) {
      throw new Failure(
        'bad_request',
        'The session is initialised already; open another one without its id.',
      );
    }
    const { decisionId, server: name } = exchange;
    const context = { ports: this.#ports, server, name, principal, decisionId, signal };
    const initialized = await initialize(message.params, context);
    signal.throwIfAborted();
    if (initialized.kind === 'refused') {
      return exchange.answer(200, envelope(message.id, initialized.reply));
    }
    const session = this.#sessions.open(initialized.session);
    exchange.answer(200, envelope(message.id, resultOf(initialized.result)), ['Mcp-Session-Id', session.id]);
  }

  async #requested(exchange: Exchange, server: McpServer, message: Request): Promise<void> {
    const session = this.#sessionOf(exchange);
    const { principal } = exchange;
    if (principal === undefined) throw new Failure('internal');
    const { method, params, id } = message;
    if (!isServedRequest(method) || method === 'initialize') throw new Failure('method_refused');
    if (session.running.has(id)) {
      throw new Failure('bad_request', 'A request with this id is under way in this session.');
    }
    session.running.set(id, exchange.controller);
    try {
      const { decisionId, signal } = exchange;
      const context = { ports: this.#ports, server, principal, session, decisionId, params, signal };
      const reply = await HANDLERS[method](context);
      exchange.answer(reply.status ?? 200, envelope(id, reply));
    } finally {
      session.running.delete(id);
    }
  }

  #notified(exchange: Exchange, message: Message): void {
    const session = this.#sessionOf(exchange);
    if (!isServedNotification(message.method)) throw new Failure('method_refused');
    LISTENERS[message.method](session, message);
    exchange.answer(202, '');
  }

  /** The session that the request names and its principal opened on this route. Never a guess. */
  #sessionOf({ request, principal, server }: Exchange): McpSession {
    const id = request.headers['mcp-session-id'];
    if (id === undefined || id === '')
      throw new Failure('bad_request', 'The header Mcp-Session-Id is missing.');
    if (typeof id !== 'string' || principal === undefined) throw new Failure('session_unknown');
    const session = this.#sessions.find(id, principal, server);
    if (session === undefined) throw new Failure('session_unknown');
    const version = request.headers['mcp-protocol-version'];
    if (version !== undefined && version !== session.protocolVersion) {
      throw new Failure('bad_request', `This session speaks MCP ${session.protocolVersion}.`);
    }
    return session;
  }

  async #refuse(exchange: Exchange, failure: Failure): Promise<void> {
    const { decisionId, principal } = exchange;
    if (failure.code === 'internal') this.#ports.report(failure);
    await this.#ports.recordRefusal({ decisionId, principal, failure, route: this.#routeOf(exchange) });
    if (!exchange.isAnswered) this.#answerFailure(exchange, failure);
  }

  #answerFailure(exchange: Exchange, failure: Failure): void {
    const { decisionId, id, request } = exchange;
    const headers: string[] = [];
    if (failure.code === 'unauthenticated') headers.push('WWW-Authenticate', 'Bearer');
    if (failure.code === 'method_not_allowed') headers.push('Allow', 'POST, DELETE');
    const text = request.method === 'HEAD' ? '' : envelope(id, errorOf(failure, decisionId));
    exchange.answer(statusOf(failure, id), text, headers);
  }

  /** Names only what we know ourselves: neither methods nor paths of a client’s making. */
  #routeOf({ request, server }: Exchange): string {
    const method = ['POST', 'GET', 'DELETE'].includes(request.method ?? '') ? request.method : '*';
    return `${method} /mcp/${this.#ports.servers.has(server) ? server : '*'}`;
  }
}

/** What a wait that was cut short threw is not the cause: the client’s leaving is. */
function reasonOf(thrown: unknown, signal: AbortSignal): Failure {
  if (thrown instanceof Failure || !signal.aborted) return failureOf(thrown);
  return signal.reason instanceof Failure ? signal.reason : new Failure('client_gone');
}
