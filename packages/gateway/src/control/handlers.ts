import { Failure } from '@bailiff/contract';
import { authenticated } from './access.ts';
import { askDecision, listDecisions, showDecision } from './decisions/decisions.ts';
import { openApiDocument } from './openapi.ts';
import type { ControlPorts } from './ports.ts';
import type { ControlContext } from './problem.ts';
import {
  diffReleases,
  listReleases,
  promote,
  pullReleases,
  rollBack,
  showReleaseStatus,
  showStoredRelease,
  stopTrial,
} from './releases/releases.ts';
import type { RouteName } from './routes.ts';

export type Handler = (context: ControlContext) => Response | Promise<Response>;

/** What each route does once its checks have passed. */
export function handlersOf(ports: ControlPorts): Readonly<Record<RouteName, Handler>> {
  const openApi = JSON.stringify(openApiDocument());
  return {
    askDecision: (context) => askDecision(context, ports),
    listDecisions: (context) => listDecisions(context, ports),
    showDecision: (context) => showDecision(context, ports),
    showRelease: (context) => context.json(releaseDocument(ports)),
    listReleases: (context) => listReleases(context, ports),
    showReleaseStatus: (context) => showReleaseStatus(context, ports),
    rollBack: (context) => rollBack(context, ports),
    promote: (context) => promote(context, ports),
    stopTrial: (context) => stopTrial(context, ports),
    pullReleases: (context) => pullReleases(context, ports),
    showStoredRelease: (context) => showStoredRelease(context, ports),
    diffReleases: (context) => diffReleases(context, ports),
    showHealth: (context) => context.json({ status: 'alive' }),
    showReadiness: (context) => showReadiness(context, ports),
    showMetrics: async (context) => {
      const { contentType, text } = await ports.metrics();
      return context.body(text, 200, { 'content-type': contentType });
    },
    showOpenApi: (context) => context.body(openApi, 200, { 'content-type': 'application/json' }),
  };
}

function releaseDocument(ports: ControlPorts) {
  const release = ports.release();
  if (release === undefined) throw new Failure('not_ready', 'No release is active.');
  const agents = Object.entries(release.directory.agents).map(
    ([id, { status, versions }]) => [id, { status, versions }] as const,
  );
  return {
    policy_version: release.policyVersion,
    digest: release.digest,
    bundles: release.data.bundles,
    required: release.data.required,
    agents: Object.fromEntries(agents),
    rules: release.rules.size,
  };
}

/** 200 or 503 for everyone; what is not ready for operators. A bad credential learns no more than none. */
async function showReadiness(context: ControlContext, ports: ControlPorts): Promise<Response> {
  const checks = ports.readiness();
  const isReady = checks.length > 0 && checks.every(({ ready, spare }) => ready || spare === true);
  const isWhole = checks.every(({ ready }) => ready);
  const isOperator = await authenticated(context, ports).then(
    (principal) => principal.permissions.has('operator'),
    () => false,
  );
  return context.json(
    { status: isReady ? (isWhole ? 'ready' : 'degraded') : 'not_ready', ...(isOperator ? { checks } : {}) },
    isReady ? 200 : 503,
  );
}
