import type { IncomingMessage, ServerResponse } from 'node:http';
import { FAILURES, Failure, failureOf } from '@bailiff/contract';
import { Exchange } from '../http/exchange.ts';
import { readBody } from '../http/read-body.ts';
import { checkAccept, checkContentType, checkRequest } from '../http/request-gate.ts';
import { parseStrict } from '../json/strict-parse.ts';
import { withAllServers } from './all-servers/all-servers.ts';
import { ALL_SERVERS } from './all-servers/names.ts';
import { type HeldTask, TaskShares } from './client/task-shares.ts';
import type { Arrival } from './door.ts';
import { idOf, readMessage } from './message.ts';
import type { McpEndpoint, McpPorts } from './ports.ts';
import { envelope, errorOf, statusOf } from './reply.ts';
import { SESSION_VERSIONS } from './session/initialize.ts';
import { SessionDoor } from './session/session-door.ts';
import { eraOf, saysStateless } from './stateless/classify.ts';
import { StatelessDoor } from './stateless/stateless-door.ts';

const RETRY_AFTER_SECONDS = '1';
const NO_RELEASE =
  'No release is active yet, so that nothing can be decided: the gateway tries the first one. Send the same request again in a few seconds.';

/** MCP over streamable HTTP for all servers behind the gateway. */
export function createMcpEndpoint(ports: McpPorts): McpEndpoint {
  return new Endpoint(ports);
}

class Endpoint implements McpEndpoint {
  readonly #ports: McpPorts;
  readonly #session: SessionDoor;
  readonly #stateless: StatelessDoor;
  #inFlight = 0;

  constructor(ports: McpPorts) {
    this.#ports = withAllServers(ports);
    const tasks = new TaskShares<HeldTask>();
    this.#session = new SessionDoor(this.#ports, tasks);
    this.#stateless = new StatelessDoor(this.#ports, tasks, SESSION_VERSIONS);
  }

  get sessions(): number {
    return this.#session.sessions;
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
    await this.#session[Symbol.asyncDispose]();
    await this.#stateless[Symbol.asyncDispose]();
  }

  async #serve(exchange: Exchange): Promise<void> {
    const { request } = exchange;
    checkRequest(request, this.#ports);
    exchange.principal = await this.#ports.authenticate(request.headers, pathOf(exchange));
    if (request.url?.includes('?')) {
      throw new Failure(
        'bad_request',
        'The address takes no query: leave out the ? and all that follows it.',
      );
    }
    // The servers of a release are only known with it: nothing is answered as if there were none.
    if (this.#ports.release() === '') throw new Failure('not_ready', NO_RELEASE);
    const server = this.#ports.servers.get(exchange.server);
    if (server === undefined)
      throw new Failure('not_found', 'There is no such server here, or not any more.');
    const arrival = { exchange, principal: exchange.principal, server };
    if (request.method !== 'POST' && saysStateless(request.headers)) {
      throw new Failure('method_not_allowed', 'In this revision every message is sent with POST.');
    }
    switch (request.method) {
      case 'POST':
        return this.#post(arrival);
      case 'GET':
        return this.#session.opened(arrival);
      case 'DELETE':
        return this.#session.ended(arrival);
      default:
        throw new Failure(
          'method_not_allowed',
          'Send POST for a message, GET for a stream of events or DELETE to end the session.',
        );
    }
  }

  async #post(arrival: Arrival): Promise<void> {
    const { bodyBytesMax, bodyTimeoutMs, depthMax } = this.#ports.limits;
    const { exchange } = arrival;
    checkContentType(exchange.request.headers);
    checkAccept(exchange.request.headers);
    const body = await readBody(exchange.request, { bytesMax: bodyBytesMax, timeoutMs: bodyTimeoutMs });
    const value = parseStrict(body, { bytesMax: bodyBytesMax, depthMax });
    exchange.id = idOf(value);
    const message = readMessage(value);
    if (message.kind === 'request') exchange.id = message.id;
    exchange.era = 'stateless'; // What cannot be classified is refused as those who speak the newer way are.
    exchange.era = eraOf(message, exchange.request.headers);
    return (exchange.era === 'session' ? this.#session : this.#stateless).received(message, arrival);
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
    const challenge = this.#ports.challenge?.(request, failure, pathOf(exchange));
    if (challenge !== undefined) headers.push('WWW-Authenticate', challenge);
    else if (failure.code === 'unauthenticated') headers.push('WWW-Authenticate', 'Bearer');
    const { status, retry } = FAILURES[failure.code];
    if (status === 503 && retry) headers.push('Retry-After', RETRY_AFTER_SECONDS);
    if (failure.code === 'method_not_allowed') headers.push('Allow', 'POST, GET, DELETE');
    const text = request.method === 'HEAD' ? '' : envelope(id, errorOf(failure, decisionId));
    exchange.answer(statusOf(failure, id, exchange.era), text, headers);
  }

  /** Names only what we know ourselves: neither methods nor paths of a client’s making. */
  #routeOf(exchange: Exchange): string {
    const { request, server } = exchange;
    const method = ['POST', 'GET', 'DELETE'].includes(request.method ?? '') ? request.method : '*';
    return `${method} ${this.#ports.servers.has(server) ? pathOf(exchange) : '/mcp/*'}`;
  }
}

/** The part of the gateway that is called, without anything that a client put behind it. */
function pathOf({ server }: Exchange): string {
  return server === ALL_SERVERS ? '/mcp' : `/mcp/${server}`;
}

/** What a wait that was cut short threw is not the cause: the client’s leaving is. */
function reasonOf(thrown: unknown, signal: AbortSignal): Failure {
  if (thrown instanceof Failure || !signal.aborted) return failureOf(thrown);
  return signal.reason instanceof Failure ? signal.reason : new Failure('client_gone');
}
