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
