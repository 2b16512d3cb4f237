import type { CallChannel, JsonObject } from '@bailiff/contract';
import { toolCall } from '../../testing/calls.ts';
import { openUpstreams, type UpstreamsOptions } from '../open-upstreams.ts';
import type { Upstream } from '../upstream.ts';
import { type RawHttpOptions, startRawHttpServer } from './raw-http-server.ts';

export const NEVER = new AbortController().signal;

interface ForwardOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** The key of the conversation that the call belongs to. */
  readonly conversation?: string;
  readonly args?: JsonObject;
  readonly channel?: CallChannel;
  /** `params._meta`; none where it is left out. */
  readonly meta?: JsonObject;
}

/** One server over HTTP as the gateway reaches it. */
export function openHttp(
  url: string,
  options: Partial<UpstreamsOptions> & {
    headers?: Record<string, string | { env: string }>;
    protocol?: 'auto' | 'session' | 'stateless' | 'sse';
  } = {},
) {
  const logged: string[] = [];
  const { headers = {}, protocol = 'auto' } = options;
  const upstreams = openUpstreams(
    { raw: { transport: 'http', url, headers, protocol, provider: 'unknown', region: 'unknown' } },
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
    {
      timeoutMs = 10_000,
      signal = NEVER,
      conversation = 'one',
      args = {},
      channel,
      meta,
    }: ForwardOptions = {},
  ) => {
    calls += 1;
    const id = `call-${calls}`;
    const { principal } = toolCall(tool);
    const params = { name: tool, arguments: args, ...(meta === undefined ? {} : { _meta: meta }) };
    const bytes = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params }));
    const capabilities = channel?.capabilities ?? {};
    const spokenIn = { key: conversation, capabilities, principal };
    return raw.forward({ id, bytes, conversation: spokenIn, channel, timeoutMs }, signal);
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
