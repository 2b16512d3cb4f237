import { randomUUID, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Configuration, Failure, toProblem } from '@bailiff/contract';
import { controlListener, createControlApi } from '../control/api.ts';
import type { ReadinessCheck, Refusal } from '../control/ports.ts';
import { createBundleEndpoint, waitSecondsOf } from '../distribution/bundle-endpoint.ts';
import { govern, type Stages } from '../govern.ts';
import type { Handle } from '../listener.ts';
import { parseStrict } from '../protocol/json/strict-parse.ts';
import { createMcpEndpoint } from '../protocol/mcp/endpoint.ts';
import type { McpEndpoint } from '../protocol/mcp/ports.ts';

import type { Parts } from './parts.ts';
import { stagesOf } from './stages.ts';

export const BUNDLE_PATH = '/v1/bundles/release.tar.gz';
/** Time that a client has for sending its whole body. */
const BODY_TIMEOUT_MS = 15_000;

export function mcpOf(parts: Parts): McpEndpoint {
  const { configuration, metrics, upstreams, authenticate } = parts;
  const { limits } = configuration;
  const { stages, disclose, governList } = stagesOf(parts);
  return createMcpEndpoint({
    ...edgeOf(parts),
    servers: upstreams.byName,
    authenticate,
    async govern(call, signal) {
      using _ = metrics.trackCall();
      return await govern(call, stages, signal); // else it would no longer be tracked while it is under way
    },
    governList,
    disclose,
    monotonicMs: () => performance.now(),
    limits: {
      bodyBytesMax: limits.body_bytes,
      bodyTimeoutMs: BODY_TIMEOUT_MS,
      depthMax: limits.depth,
      inFlightMax: limits.in_flight,
      sessionsMax: limits.sessions,
      sessionIdleMs: limits.session_idle_seconds * 1_000,
    },
  });
}

function controlOf(parts: Parts): Handle {
  const { configuration, metrics, reader, releases, authenticate } = parts;
  const { limits } = configuration;
  const { stages } = stagesOf(parts);
  const answering: Stages<never> = {
    ...stages,
    enforce: async ({ answer }) => ({
      kind: answer.outcome === 'allow' ? 'answered' : answer.outcome === 'deny' ? 'refused' : 'held',
    }),
    remember: stages.remember,
  };
  const api = createControlApi({
    ...edgeOf(parts),
    authenticate,
    govern: (call, signal) => govern(call, answering, signal),
    parseJson: (bytes) => parseStrict(bytes, { bytesMax: limits.body_bytes, depthMax: limits.depth }),
    reader,
    release: () => releases.current(),
    readiness: () => readinessOf(parts),
    metrics: () => metrics.expose(),
    bodyBytesMax: limits.body_bytes,
    inFlightMax: limits.in_flight,
  });
  return controlListener(api);
}

/** What both edges share: who is served, how refusals are kept, and where defects are told. */
function edgeOf({ configuration, recorder, metrics, logger, hosts }: Parts) {
  const origins = configuration.listen.allowed_origins.map((origin) => origin.toLowerCase());
  return {
    hosts: () => hosts,
    origins: () => origins,
    newDecisionId: () => randomUUID(),
    async recordRefusal(refusal: Refusal): Promise<void> {
      metrics.observeRefusal(refusal.failure.code);
      await recorder.recordRefusal(refusal);
    },
    report: (failure: Failure) => logger.error({ err: failure.cause, code: failure.code }, failure.detail),
  };
}

export function routesOf(parts: Parts, mcp: McpEndpoint): Handle {
  const control = controlOf(parts);
  const bundle = bundleOf(parts);
  return (request, response) => {
    const path = request.url ?? '/';
    if (path.startsWith('/mcp/'))
      void mcp.handle(request, response, path.slice('/mcp/'.length)); // never rejects
    else if (path === BUNDLE_PATH)
      void bundle(request, response); // never rejects
    else control(request, response);
  };
}

/** OPA’s bundle API, for the OPA of this gateway and for others whose credential permits it. */
function bundleOf({ releases, bundleToken, authenticate }: Parts) {
  const endpoint = createBundleEndpoint(releases);
  const expected = Buffer.from(`Bearer ${bundleToken}`);
  const mayPull = async (request: IncomingMessage): Promise<boolean> => {
    const given = Buffer.from(request.headers.authorization ?? '');
    if (given.length === expected.length && timingSafeEqual(given, expected)) return true;
    const principal = await authenticate(request.headersDistinct).catch(() => undefined);
    return principal?.permissions.has('pull_bundle') === true;
  };
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const left = new AbortController();
    response.once('close', () => left.abort(new Failure('client_gone')));
    const allowed = request.method === 'GET' && (await mayPull(request));
    if (!allowed) {
      response.writeHead(request.method === 'GET' ? 401 : 405, { 'content-length': '0' }).end();
      return;
    }
    const asked = {
      ifNoneMatch: request.headers['if-none-match'],
      waitSeconds: waitSecondsOf(request.headersDistinct.prefer?.join(',')),
    };
    const { status, headers, body } = await endpoint(asked, left.signal);
    response.writeHead(status, headers).end(body);
  };
}

export function readinessOf({
  releases,
  engine,
  log,
}: Pick<Parts, 'releases' | 'engine' | 'log'>): readonly ReadinessCheck[] {
  const release = releases.current();
  const { ready, detail, revision } = engine.status();
  const store = log.status();
  const follows = release !== undefined && revision === release.policyVersion;
  return [
    {
      name: 'policy',
      ready: release !== undefined,
      detail: release === undefined ? 'No release is active.' : release.policyVersion,
    },
    {
      name: 'engine',
      ready: ready && follows,
      detail: ready && !follows ? `It decides by ${revision === '' ? 'no release' : revision}.` : detail,
    },
    { name: 'store', ready: store.writable, detail: store.detail },
  ];
}

/** Values of `Host` that name this gateway. Nothing else reaches it, so that no web page can by a name of its own. */
export function hostsOf({ listen: { host, allowed_hosts } }: Configuration, port: number): readonly string[] {
  const names = ['127.0.0.1', 'localhost', '[::1]', ...(host === '0.0.0.0' || host === '::' ? [] : [host])];
  return [...names.map((name) => `${name}:${port}`), ...allowed_hosts].map((value) => value.toLowerCase());
}

export function refuseUntilReady(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '1' });
  response.end(JSON.stringify(toProblem(new Failure('not_ready'))));
}
