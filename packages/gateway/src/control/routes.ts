/** Who may use a route: anyone, any verified principal, or one whose credential has the permission `operator`. */
export type Access = 'open' | 'caller' | 'operator';

/** One method on one path. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** As hono and OpenAPI’s own braces both derive it: `:name` is one segment. */
  readonly path: string;
  readonly access: Access;
  readonly summary: string;
}

/** Every route there is. The app, its access checks and the OpenAPI document are all made from this table. */
export const ROUTES = {
  askDecision: {
    method: 'POST',
    path: '/v1/decisions',
    access: 'caller',
    summary: 'Ask for a decision, which the asker then enforces itself.',
  },
  listDecisions: {
    method: 'GET',
    path: '/v1/decisions',
    access: 'operator',
    summary: 'Recorded decisions that match every given filter, newest first.',
  },
  showDecision: {
    method: 'GET',
    path: '/v1/decisions/:decision_id',
    access: 'caller',
    summary: 'One recorded decision: in full for operators, the short form for those it was about.',
  },
  showRelease: {
    method: 'GET',
    path: '/v1/release',
    access: 'operator',
    summary: 'The active release: its version and the revision of every bundle in it.',
  },
  listReleases: {
    method: 'GET',
    path: '/v1/releases',
    access: 'operator',
    summary: 'The releases that are kept, newest first, and which decides.',
  },
  showReleaseStatus: {
    method: 'GET',
    path: '/v1/releases/status',
    access: 'operator',
    summary:
      'How policy stands: the active release, the one on trial, every bundle’s source, and what is held back.',
  },
  rollBack: {
    method: 'POST',
    path: '/v1/releases/rollback',
    access: 'operator',
    summary: 'Go back to a release that decided before.',
  },
  promote: {
    method: 'POST',
    path: '/v1/releases/promote',
    access: 'operator',
    summary: 'Take the release on trial further, or bring one that is kept into force.',
  },
  stopTrial: {
    method: 'POST',
    path: '/v1/releases/stop',
    access: 'operator',
    summary: 'End the trial of a release.',
  },
  pullReleases: {
    method: 'POST',
    path: '/v1/releases/pull',
    access: 'operator',
    summary: 'Look at every source and at the policy folder now.',
  },
  showStoredRelease: {
    method: 'GET',
    path: '/v1/releases/:policy_version',
    access: 'operator',
    summary: 'One release: what it is made of, who brought it and why, and what came of trying it.',
  },
  diffReleases: {
    method: 'GET',
    path: '/v1/releases/:policy_version/diff',
    access: 'operator',
    summary: 'What changes when a release takes the place of another.',
  },
  showHealth: {
    method: 'GET',
    path: '/healthz',
    access: 'open',
    summary: 'Whether the process is alive.',
  },
  showReadiness: {
    method: 'GET',
    path: '/readyz',
    access: 'open',
    summary: 'Whether decisions can be made and recorded. What is not ready is told to operators only.',
  },
  showMetrics: {
    method: 'GET',
    path: '/metrics',
    access: 'operator',
    summary: 'Metrics in the text format of Prometheus.',
  },
  showOpenApi: {
    method: 'GET',
    path: '/openapi.json',
    access: 'open',
    summary: 'This document.',
  },
} as const satisfies Readonly<Record<string, Route>>;

export type RouteName = keyof typeof ROUTES;
