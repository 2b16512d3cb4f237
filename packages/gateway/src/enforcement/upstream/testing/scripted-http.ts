import { toolCall } from '../../testing/calls.ts';
import { openUpstreams, type UpstreamsOptions } from '../open-upstreams.ts';
import type { Upstream } from '../upstream.ts';
import { type RawHttpOptions, startRawHttpServer } from './raw-http-server.ts';

export const NEVER = new AbortController().signal;

/** One server over HTTP as the gateway reaches it. */
export function openHttp(
  url: string,
  options: Partial<UpstreamsOptions> & { headers?: Record<string, string | { env: string }> } = {},
) {
  const logged: string[] = [];
  const { headers = {} } = options;
  const upstreams = openUpstreams(
    { raw: { transport: 'http', url, headers, provider: 'unknown', region: 'unknown' } },
    {
      environment: { UPSTREAM_KEY: 'of-the-gateway' },
      directory: '.',
      log: (_level, _server, message) => void logged.push(message),
      ...options,
    },
  );
  const raw = upstreams.byName.get('raw') as Upstream;
  let calls = 0;
  const forward = (
    tool: string,
    { timeoutMs = 10_000, signal = NEVER, conversation = 'one', args = {} } = {},
  ) => {
    calls += 1;
    const id = `call-${calls}`;
    const { bytes = Buffer.alloc(0) } = toolCall(tool, { decisionId: id, args });
    return raw.forward({ id, bytes, conversationKey: conversation, timeoutMs }, signal);
  };
  return { raw, forward, logged, [Symbol.asyncDispose]: () => upstreams[Symbol.asyncDispose]() };
}

/** A server whose answers to calls are scripted, and the gateway in front of it. */
export async function scripted(
  onCall: RawHttpOptions['onCall'],
  options: Partial<RawHttpOptions> = {},
  own: Parameters<typeof openHttp>[1] = {},
) {
  const server = await startRawHttpServer({ onCall, ...options });
  const gateway = openHttp(server.url, own);
  return {
    ...gateway,
    server,
    [Symbol.asyncDispose]: async () => {
      await gateway[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** A tool’s result with one text. */
export const text = (value: string) => ({ content: [{ type: 'text', text: value }] });

/** One event of a stream. */
export const event = (message: unknown, before = '') => `${before}data: ${JSON.stringify(message)}\n\n`;
