import { randomUUID } from 'node:crypto';

/** What a client was told about one request. */
export interface Told {
  readonly status: number;
  /** From the header that every answer has. */
  readonly decisionId: string;
  /** `done`: the server’s own result. `refused`: a tool result that tells a refusal. `failed`: a JSON-RPC error. */
  readonly kind: 'done' | 'refused' | 'failed' | 'other';
  /** Machine-readable reasons; empty for `done`. */
  readonly reasons: readonly string[];
  /** The decision id that the body names; empty where it names none. */
  readonly namedId: string;
  readonly text: string;
}

export interface ClientOptions {
  readonly key: string;
  readonly server?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A client that writes its requests by hand, so that it can be as bad as it likes. */
export class McpClient {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  private constructor(url: string, headers: Readonly<Record<string, string>>) {
    this.#url = url;
    this.#headers = headers;
  }

  /** @throws Error with what the gateway said when it opens no session. */
  static async open(
    gateway: string,
    { key, server = 'desk', headers = {} }: ClientOptions,
  ): Promise<McpClient> {
    const url = `${gateway}/mcp/${server}`;
    const own = { authorization: `Bearer ${key}`, ...headers };
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'faults', version: '1.0.0' },
    };
    const response = await post(url, own, envelope('initialize', params));
    const session = response.headers.get('mcp-session-id');
    const text = await response.text();
    if (session === null) throw new Error(`no session: ${response.status} ${text}`);
    return new McpClient(url, { ...own, 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' });
  }

  /** @throws when the gateway or the signal breaks the connection. */
  call(name: string, args: object, signal?: AbortSignal): Promise<Told> {
    return this.send(envelope('tools/call', { name, arguments: args }), {}, signal);
  }

  request(method: string, params: object = {}): Promise<Told> {
    return this.send(envelope(method, params));
  }

  /** Sends a body as it is. */
  async send(
    body: string | Uint8Array<ArrayBuffer>,
    headers: Readonly<Record<string, string>> = {},
    signal?: AbortSignal,
  ): Promise<Told> {
    return toldBy(await post(this.#url, { ...this.#headers, ...headers }, body, signal));
  }

  /** The id of the session, for whoever wants to steal it. */
  get session(): string {
    return this.#headers['mcp-session-id'] ?? '';
  }
}

export const envelope = (method: string, params: object): string =>
  JSON.stringify({ jsonrpc: '2.0', id: randomUUID(), method, params });

/** What is told to whoever wants to open a session. */
export async function initialize(gateway: string, key: string, server = 'desk'): Promise<Told> {
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'faults', version: '1.0.0' },
  };
  const authorization = { authorization: `Bearer ${key}` };
  return toldBy(await post(`${gateway}/mcp/${server}`, authorization, envelope('initialize', params)));
}

export function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array<ArrayBuffer>,
  signal?: AbortSignal,
): Promise<Response> {
  const own = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  return fetch(url, { method: 'POST', headers: { ...own, ...headers }, body, signal: signal ?? null });
}

export async function toldBy(response: Response): Promise<Told> {
  const text = await response.text();
  const told = {
    status: response.status,
    decisionId: response.headers.get('bailiff-decision-id') ?? '',
    text,
  };
  return { ...told, ...toldIn(jsonOf(text)) };
}

/** What a message itself tells, by whichever way it came. */
export function toldIn({ result, error }: Message): Pick<Told, 'kind' | 'reasons' | 'namedId'> {
  if (error !== undefined) {
    const { failure = '', reasons = [failure], decision_id: namedId = '' } = error.data ?? {};
    return { kind: 'failed', reasons, namedId };
  }
  const answer = result?.structuredContent ?? result?._meta?.['bailiff/answer'];
  if (result?.isError === true && answer !== undefined)
    return { kind: 'refused', reasons: answer.reasons, namedId: answer.decision_id };
  return { kind: result === undefined ? 'other' : 'done', reasons: [], namedId: '' };
}

export interface Message {
  readonly result?: {
    readonly isError?: boolean;
    readonly structuredContent?: AgentAnswer;
    readonly _meta?: Readonly<Record<string, AgentAnswer>>;
  };
  readonly error?: { readonly data?: Partial<AgentAnswer> & { readonly failure?: string } };
}

interface AgentAnswer {
  readonly reasons: readonly string[];
  readonly decision_id: string;
}

function jsonOf(text: string): Message {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
