import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Answer,
  type Call,
  type Decision,
  type EnforcementResult,
  Failure,
  type ListCall,
  type Principal,
  type Refusal,
  type ServerReply,
} from '@bailiff/contract';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CONNECTIONS_MAX, HTTP_SERVER_OPTIONS } from '../../http/server-options.ts';
import { createMcpEndpoint } from '../endpoint.ts';
import type { Disclosure, McpLimits, McpServer } from '../ports.ts';
import { allow } from './answers.ts';

type Enforce = (
  decision: Decision,
  call: Call,
  signal: AbortSignal,
) => Promise<EnforcementResult<ServerReply>>;

export interface TestGatewayOptions {
  readonly servers: ReadonlyMap<string, McpServer>;
  readonly enforce: Enforce;
  /** Stands in for policy. Default: everything is allowed. */
  decide?(call: Call, signal: AbortSignal): Answer | Promise<Answer>;
  /** Which tools and resources are in the caller’s lists. Default: all. */
  sees?(id: string, principal: Principal): boolean;
  disclose?(call: Call): Disclosure;
  /** What a principal is told that wants a list. Default: it may have it. */
  lists?(call: ListCall): Answer;
  /** What a principal is told that wants to open a session. Default: it may. */
  opens?(call: ListCall): Answer;
  /** What a credential says beyond its agent’s name. */
  readonly principals?: Readonly<Record<string, Partial<Principal>>>;
  readonly limits?: Partial<McpLimits>;
  monotonicMs?(): number;
  /** Names the active release. */
  release?(): string;
}

export interface TestGateway extends AsyncDisposable {
  readonly port: number;
  readonly refusals: Refusal[];
  readonly reported: Failure[];
  /** What was said for the log of servers that come and go, as `warn crm: …`. */
  readonly noted: string[];
  readonly calls: Call[];
  readonly lists: ListCall[];
  readonly openings: ListCall[];
  readonly results: EnforcementResult<ServerReply>[];
  readonly sessions: number;
  /** Of one server, or of all where it is empty. */
  url(server: string): URL;
  /** The official client, connected. `who` is the credential: an agent’s name. */
  client(server: string, who?: string): Promise<Client>;
  /** One HTTP request as the arguments say, with a credential and the usual headers unless they say otherwise. */
  send(server: string, options?: SendOptions): Promise<Sent>;
  /** Ends what the endpoint keeps open, as a gateway that stops does before it closes connections. */
  stop(): Promise<void>;
  /** The id of a new session. */
  open(server: string, who?: string): Promise<string>;
}

export interface SendOptions {
  readonly method?: string;
  readonly body?: unknown;
  /** Sent as it is, in place of `body`. */
  readonly raw?: Uint8Array | string;
  readonly who?: string;
  readonly session?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

export interface Sent {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined when it is empty. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly json: any;
}

export const INITIALIZE = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
};

const LIMITS: McpLimits = {
  bodyBytesMax: 4_194_304,
  bodyTimeoutMs: 10_000,
  depthMax: 64,
  inFlightMax: 1_000,
  sessionsMax: 10_000,
  sessionIdleMs: 1_800_000,
  resumeMs: 30_000,
};

/** The endpoint behind a real HTTP server, with policy and record scripted and everything else real. */
export async function startTestGateway(options: TestGatewayOptions): Promise<TestGateway> {
  const { decide = (call: Call) => allow(call.decisionId), sees = () => true } = options;
  const refusals: Refusal[] = [];
  const reported: Failure[] = [];
  const noted: string[] = [];
  const calls: Call[] = [];
  const lists: ListCall[] = [];
  const openings: ListCall[] = [];
  const results: EnforcementResult<ServerReply>[] = [];
  let decisions = 0;
  let port = 0;
  const around = (answer: Answer) => ({ answer, engine: 'none' as const, releaseDigest: '', decisionMs: 0 });
  const endpoint = createMcpEndpoint({
    servers: options.servers,
    authenticate: async (headers) => {
      const principal = principalOf(headers);
      return { ...principal, ...options.principals?.[principal.credentialId] };
    },
    govern: async (call, signal) => {
      calls.push(call);
      const decision = around(await decide(call, signal));
      if (decision.answer.outcome === 'allow') await call.prepare?.(signal);
      const result = await options.enforce(decision, call, signal);
      results.push(result);
      return { answer: decision.answer, result };
    },
    governList: async (call) => {
      lists.push(call);
      const visible = call.candidates.flatMap(({ target }, index) =>
        sees(target.id, call.principal) ? [index] : [],
      );
      return { ...around(options.lists?.(call) ?? allow(call.decisionId)), visible };
    },
    governOpening: async (call) => {
      openings.push(call);
      return { ...around(options.opens?.(call) ?? allow(call.decisionId)), visible: [] };
    },
    disclose: async (call) =>
      options.disclose?.(call) ?? { kind: sees(call.target.id, call.principal) ? 'shown' : 'hidden' },
    recordRefusal: async (refusal) => void refusals.push(refusal),
    report: (failure) => void reported.push(failure),
    noted: (level, server, message) => void noted.push(`${level} ${server}: ${message}`),
    newDecisionId: () => {
      decisions += 1;
      return `decision-${String(decisions).padStart(8, '0')}`;
    },
    release: () => options.release?.() ?? 'release-1',
    monotonicMs: () => options.monotonicMs?.() ?? performance.now(),
    hosts: () => [`127.0.0.1:${port}`],
    origins: () => ['https://console.example'],
    limits: { ...LIMITS, ...options.limits },
  });
  const server = createServer(HTTP_SERVER_OPTIONS, (request, response) => {
    const [route, name = ''] = /^\/mcp(?:\/([a-z_]+))?(?:\?|$)/.exec(request.url ?? '') ?? [];
    return endpoint.handle(request, response, route === undefined ? 'none' : name);
  });
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  const clients: Client[] = [];
  const url = (name: string) => new URL(`http://127.0.0.1:${port}/mcp${name === '' ? '' : `/${name}`}`);

  const send = async (name: string, sending: SendOptions = {}): Promise<Sent> => {
    const { method = 'POST', body, raw, who = 'bot', session, signal } = sending;
    const headers: Record<string, string | undefined> = {
      authorization: `Bearer ${who}`,
      accept: 'application/json, text/event-stream',
      'content-type': method === 'POST' ? 'application/json' : undefined,
      'mcp-session-id': session,
      ...sending.headers,
    };
    const response = await fetch(url(name), {
      method,
      headers: Object.entries(headers).flatMap(([key, value]): [string, string][] =>
        value === undefined ? [] : [[key, value]],
      ),
      ...(method === 'POST' ? { body: raw === undefined ? JSON.stringify(body) : Buffer.from(raw) } : {}),
      ...(signal === undefined ? {} : { signal }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: text === '' ? undefined : JSON.parse(text),
    };
  };

  return {
    refusals,
    reported,
    noted,
    calls,
    lists,
    openings,
    results,
    url,
    send,
    get port() {
      return port;
    },
    get sessions() {
      return endpoint.sessions;
    },
    client: async (name, who = 'bot') => {
      const client = new Client({ name: 'sdk-client', version: '1.32' });
      const requestInit = { headers: { authorization: `Bearer ${who}` } };
      // The SDK’s own types clash with exactOptionalPropertyTypes.
      await client.connect(new StreamableHTTPClientTransport(url(name), { requestInit }) as never);
      clients.push(client);
      return client;
    },
    open: async (name, who = 'bot') => {
      const { headers, status, text } = await send(name, { body: INITIALIZE, who });
      const id = headers.get('mcp-session-id');
      if (id === null) throw new Error(`initialize was refused with ${status}: ${text}`);
      return id;
    },
    stop: async () => endpoint[Symbol.asyncDispose](),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(clients.map((client) => client.close()));
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await endpoint[Symbol.asyncDispose]();
    },
  };
}

/** The credential names the agent; that is all there is to it in tests. */
function principalOf({ authorization }: IncomingHttpHeaders): Principal {
  const agentId = /^Bearer ([a-z-]+)$/.exec(authorization ?? '')?.[1];
  if (agentId === undefined) throw new Failure('unauthenticated');
  return {
    agentId,
    agentVersion: 'unknown',
    chain: [],
    userId: 'mara',
    authMethod: 'api_key',
    credentialId: agentId,
    issuer: 'tests',
    permissions: new Set(),
    conversation: '',
  };
}
