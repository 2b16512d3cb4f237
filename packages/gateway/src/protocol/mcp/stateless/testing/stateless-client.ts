import { type JsonObject, META_KEYS } from '@bailiff/contract';
import type { SendOptions, Sent, TestGateway } from '../../testing/test-gateway.ts';

const VERSION = '2026-07-28';

export interface Asking {
  readonly capabilities?: JsonObject;
  readonly meta?: JsonObject;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly who?: string;
  readonly id?: string | number;
  readonly signal?: AbortSignal;
}

/** A request as a client of 2026-07-28 sends it: its envelope, and the headers that repeat its body. */
export function statelessRequest(method: string, params: JsonObject = {}, asking: Asking = {}): SendOptions {
  const { capabilities = {}, meta, headers, who, id = 1, signal } = asking;
  const name = params.name ?? params.uri ?? params.taskId;
  const _meta = {
    [META_KEYS.protocolVersion]: VERSION,
    [META_KEYS.clientInfo]: { name: 'raw', version: '3' },
    [META_KEYS.clientCapabilities]: capabilities,
    ...meta,
  };
  return {
    body: { jsonrpc: '2.0', id, method, params: { ...params, _meta } },
    headers: {
      'mcp-protocol-version': VERSION,
      'mcp-method': method,
      ...(typeof name === 'string' && method !== 'completion/complete' ? { 'mcp-name': name } : {}),
      ...headers,
    },
    ...(who === undefined ? {} : { who }),
    ...(signal === undefined ? {} : { signal }),
  };
}

/** Sends it, and reads the answer where that is JSON. */
export function ask(
  gateway: TestGateway,
  server: string,
  ...asked: Parameters<typeof statelessRequest>
): Promise<Sent> {
  return gateway.send(server, statelessRequest(...asked));
}

/** A stream of events as it comes in. */
export interface OpenStream extends AsyncDisposable {
  readonly response: Response;
  /** The next message; undefined once the stream has ended. */
  next(): Promise<JsonObject | undefined>;
}

/** Sends it, and reads the answer as a stream of events. Disposing of it closes the connection. */
export async function openStream(
  gateway: TestGateway,
  server: string,
  ...asked: Parameters<typeof statelessRequest>
): Promise<OpenStream> {
  const { body, headers, who = 'bot' } = statelessRequest(...asked);
  const leaving = new AbortController();
  const response = await fetch(gateway.url(server), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${who}`,
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      ...(headers as Record<string, string>),
    },
    body: JSON.stringify(body),
    signal: leaving.signal,
  });
  const messages = messagesOf(response);
  return {
    response,
    next: async () => (await messages.next()).value ?? undefined,
    [Symbol.asyncDispose]: async () => leaving.abort(),
  };
}

async function* messagesOf(response: Response): AsyncGenerator<JsonObject, undefined> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const data = event
        .split('\n')
        .filter((line) => line.startsWith('data: '))
        .map((line) => line.slice(6));
      if (data.length > 0) yield JSON.parse(data.join('\n'));
    }
  }
  return undefined;
}
