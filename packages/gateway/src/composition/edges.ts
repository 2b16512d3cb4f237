import { type Configuration, Failure, failureOf, type Refusal, toProblem } from '@bailiff/contract';
import { controlListener, createControlApi } from '../control/api.ts';
import type { ReadinessCheck } from '../control/ports.ts';
import { newDecisionId } from '../decision-id.ts';
import type { DeliveryStatus } from '../distribution/delivery/delivery-status.ts';
import { firstLines, TOLD_MAX } from '../distribution/finding.ts';
import { govern } from '../govern.ts';
import type { Handle, ListenOptions } from '../listener.ts';
import { RESOURCE_METADATA_PATH } from '../protocol/http/resource-metadata.ts';
import { parseStrict } from '../protocol/json/strict-parse.ts';
import { ALL_SERVERS } from '../protocol/mcp/all-servers/names.ts';
import { createMcpEndpoint } from '../protocol/mcp/endpoint.ts';
import type { McpEndpoint } from '../protocol/mcp/ports.ts';
import { bundleOf, isBundleTarget } from './bundle-route.ts';

import { protectedResourceOf } from './identity.ts';
import type { Parts } from './parts.ts';
import { type CallStages, stagesOf } from './stages.ts';

/** Time that a client has for sending its whole body. */
const BODY_TIMEOUT_MS = 15_000;

/** What a listener does with requests, and with what is none. */
export type Edges = Pick<ListenOptions, 'handle' | 'refused'>;

/** Everything that is served, by stages that all edges share. What is opened for it closes with `opened`. */
export function edgesOf(parts: Parts, opened: AsyncDisposableStack): Edges {
  const stages = stagesOf(parts);
  const mcp = opened.use(mcpOf(parts, stages));
  return { handle: routesOf(parts, mcp, stages), refused: refusedOf(parts) };
}

/** Keeps what was refused before its route, or anything else of it, could be read. Never throws. */
function refusedOf(parts: Parts): Edges['refused'] {
  const { recordRefusal, report, newDecisionId: newId } = edgeOf(parts);
  return (failure) => {
    const decisionId = newId();
    recordRefusal({ decisionId, principal: undefined, failure, route: '*' }).catch((thrown: unknown) =>
      report(failureOf(thrown)),
    );
    return decisionId;
  };
}

function mcpOf(parts: Parts, { stages, disclose, governList, governOpening }: CallStages): McpEndpoint {
  const { configuration, metrics, releases, upstreams, authenticate, logger } = parts;
  const { limits } = configuration;
  return createMcpEndpoint({
    ...edgeOf(parts),
    servers: upstreams.byName,
    authenticate,
    challenge: protectedResourceOf(configuration, edgeOf(parts)).challenge,
    async govern(call, signal) {
      using _ = metrics.trackCall();
      return await govern(call, stages, signal); // else it would no longer be tracked while it is under way
    },
    governList,
    governOpening,
    disclose,
    noted: (level, server, message) => logger[level]({ server }, message),
    release: () => releases.current()?.digest ?? '',
    monotonicMs: () => performance.now(),
    limits: {
      bodyBytesMax: limits.body_bytes,
      bodyTimeoutMs: BODY_TIMEOUT_MS,
      depthMax: limits.depth,
      inFlightMax: limits.in_flight,
      sessionsMax: limits.sessions,
      sessionIdleMs: limits.session_idle_seconds * 1_000,
      resumeMs: limits.resume_seconds * 1_000,
    },
  });
}

function controlOf(parts: Parts, { stages }: CallStages): Handle {
  const { configuration, metrics, reader, releases, authenticate } = parts;
  const { limits } = configuration;
  const api = createControlApi({
    ...edgeOf(parts),
    authenticate,
    govern: (call, signal) => govern(call, stages, signal),
    parseJson: (bytes) => parseStrict(bytes, { bytesMax: limits.body_bytes, depthMax: limits.depth }),
    reader,
    release: () => releases.current(),
    delivery: parts.delivery,
    readiness: () => readinessOf(parts),
    metrics: () => metrics.expose(),
    bodyBytesMax: limits.body_bytes,
    inFlightMax: limits.in_flight,
  });
  return controlListener(api);
}

/** What both edges share: who is served, how refusals are kept, and where defects are told. */
function edgeOf({ configuration, recorder, metrics, logger, hosts, clock }: Parts) {
  const origins = configuration.listen.allowed_origins.map((origin) => origin.toLowerCase());
  return {
    hosts: () => hosts,
    origins: () => origins,
    newDecisionId: () => newDecisionId(clock()),
    async recordRefusal(refusal: Refusal): Promise<void> {
      metrics.observeRefusal(refusal.failure.code);
      await recorder.recordRefusal(refusal);
    },
    report: (failure: Failure) => logger.error({ err: failure.cause, code: failure.code }, failure.detail),
  };
}

export function routesOf(parts: Parts, mcp: McpEndpoint, stages: CallStages): Handle {
  const control = controlOf(parts, stages);
  const bundle = bundleOf(parts, edgeOf(parts));
  const resource = protectedResourceOf(parts.configuration, edgeOf(parts));
  return (request, response) => {
    const path = request.url ?? '/';
    const server = serverNamedIn(path);
    if (server !== undefined)
      void mcp.handle(request, response, server); // never rejects
    else if (isBundleTarget(path))
      void bundle(request, response); // never rejects
    else if (path.startsWith(RESOURCE_METADATA_PATH)) resource.handle(request, response);
    else control(request, response);
  };
}

/** Where MCP is spoken with one server or, as with one that has no name, with all; undefined for every other path. */
function serverNamedIn(path: string): string | undefined {
  const [route = ''] = path.split('?', 1);
  if (route === '/mcp') return ALL_SERVERS;
  if (!route.startsWith('/mcp/')) return undefined;
  return route.slice('/mcp/'.length) || NO_SERVER;
}

/** What no server is called. */
const NO_SERVER = '/';

export function readinessOf({
  releases,
  engine,
  log,
  delivery,
}: Pick<Parts, 'releases' | 'engine' | 'log' | 'delivery'>): readonly ReadinessCheck[] {
  const release = releases.current();
  const { ready, detail, revision, standby } = engine.status();
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
    ...(standby === undefined ? [] : [{ name: 'opa', ...standby, spare: true } as const]),
    { name: 'store', ready: store.writable, detail: store.detail },
    ...(delivery === undefined ? [] : [bundlesCheck(delivery.status(), releases.withheld())]),
  ];
}

/** Whether every bundle is as its owner published it last. Decisions are made by what was last good all the same. */
function bundlesCheck({ held }: DeliveryStatus, withheld: ReadonlySet<string>): ReadinessCheck {
  const told = [
    ...Object.entries(held).map(([part, { check, findings }]) => {
      const { lines, rest } = firstLines(findings, TOLD_MAX);
      if (rest > 0) lines.push(`and ${rest} more: \`./bailiff release status --json\``);
      return `${part} is left as it was last good (${check})${lines.length === 0 ? '' : `: ${lines.join(', ')}`}`;
    }),
    ...[...withheld].map((bundle) => `${bundle} counts as missing: its source did not answer for too long`),
  ];
  return { name: 'bundles', ready: told.length === 0, detail: told.join('; '), spare: true };
}

/** Values of `Host` that name this gateway. Nothing else reaches it, so that no web page can by a name of its own. */
export function hostsOf({ listen: { host, allowed_hosts } }: Configuration, port: number): readonly string[] {
  const names = ['127.0.0.1', 'localhost', '[::1]', ...(host === '0.0.0.0' || host === '::' ? [] : [host])];
  // Clients leave out the port where it is the one of the scheme.
  const own = names.flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`]));
  return [...own, ...allowed_hosts].map((value) => value.toLowerCase());
}

/** What is done while there is nothing to decide or record with. */
export const UNTIL_READY: Edges = {
  handle(_request, response) {
    response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '1' });
    response.end(JSON.stringify(toProblem(new Failure('not_ready'))));
  },
  refused: () => newDecisionId(Date.now()),
};
