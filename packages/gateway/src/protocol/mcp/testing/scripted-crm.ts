import { ServerConfiguration } from '@bailiff/contract';
import { createEnforce } from '../../../enforcement/enforce.ts';
import { openUpstreams, type Upstreams } from '../../../enforcement/upstream/open-upstreams.ts';
import {
  type RawHttpOptions,
  type RawHttpServer,
  startRawHttpServer,
} from '../../../enforcement/upstream/testing/raw-http-server.ts';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from './test-gateway.ts';

/** Exactly what the upstream writes as a result: spaces, spellings and numbers that no serialiser would choose. */
export const RESULT =
  '{ "content" : [ {"type":"text","text":"caf\\u00e9"} ], "n": 1.0, "big": 12345678901234567890 }';

/** One scripted server under two names, and gateways in front of it. */
export interface ScriptedCrm extends AsyncDisposable {
  readonly upstream: RawHttpServer;
  readonly upstreams: Upstreams;
  /** Calls of `hang` that the server has not seen the end of. */
  readonly hanging: number;
  start(options?: Partial<TestGatewayOptions>): Promise<TestGateway>;
  /** The bodies that the server got under one method. */
  bodiesOf(method: string): readonly string[];
}

export async function startScriptedCrm(onCall?: RawHttpOptions['onCall']): Promise<ScriptedCrm> {
  let hanging = 0;
  const upstream = await startRawHttpServer({
    tools: ['call', 'hang', 'fail'].map((name) => ({ name, inputSchema: {} })),
    capabilities: { tools: {}, resources: {}, prompts: {} },
    onCall:
      onCall ??
      (({ id, params }, response) => {
        if (params.name === 'hang') {
          hanging += 1;
          response.once('close', () => {
            hanging -= 1;
          });
          return;
        }
        response.writeHead(200, { 'content-type': 'application/json' });
        if (params.name === 'fail') {
          response.end(
            `{"jsonrpc":"2.0","id":"${id}","error":{"code":-32000, "message":"no","data":[ 1.0 ]}}`,
          );
        } else {
          response.end(`{"result":${RESULT},"jsonrpc":"2.0","id":"${id}"}`);
        }
      }),
  });
  const server = ServerConfiguration.parse({
    transport: 'http',
    url: upstream.url,
    provider: 'x',
    region: 'x',
  });
  const upstreams = openUpstreams(
    { crm: server, desk: server },
    { environment: {}, directory: '.', log: () => undefined },
  );
  const enforce = createEnforce({
    upstreams: upstreams.byName,
    upstreamTimeoutMs: 10_000,
    regionOf: () => 'x',
    notify: async () => undefined,
  });
  return {
    upstream,
    upstreams,
    get hanging() {
      return hanging;
    },
    start: (options = {}) => startTestGateway({ servers: upstreams.byName, enforce, ...options }),
    bodiesOf: (method) => upstream.of(method).map(({ body }) => body),
    [Symbol.asyncDispose]: async () => {
      await upstreams[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

/** A `tools/call` as a client writes it. */
export function callOf(name: string, args: unknown = {}, id: unknown = 1) {
  return { jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } };
}
