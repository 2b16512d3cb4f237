import {
  FAILURES,
  type Failure,
  type FailureCode,
  failureOf,
  type Principal,
  toProblem,
} from '@bailiff/contract';
import type { Context } from 'hono';
import type { Fault } from './fault.ts';
import type { ControlPorts } from './ports.ts';

/** What one request carries from its checks to its answer. */
export interface ControlVariables {
  /** Set once a credential was verified. */
  principal: Principal;
  /** Set where there is, or will be, something under this id in the record. */
  decisionId: string;
  faults: readonly Fault[];
}

export interface ControlEnvironment {
  Variables: ControlVariables;
}

export type ControlContext = Context<ControlEnvironment>;

/** Refusals that are recorded on every route; on `POST /v1/decisions` all are. */
const RECORDED: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'unauthenticated',
  'forbidden',
  'insufficient_scope',
  'origin_refused',
]);

/** How long a client should wait before it tries again what may then succeed. */
const RETRY_AFTER_SECONDS = '1';

/** The one place where this API turns what was thrown into an answer, RFC 9457, and records a refusal before it. */
export async function answerProblem(thrown: unknown, context: ControlContext, ports: ControlPorts) {
  const failure = failureOf(thrown);
  if (failure.code === 'internal') ports.report(failure);
  const decisionId =
    context.get('decisionId') ?? (RECORDED.has(failure.code) ? ports.newDecisionId() : undefined);
  if (decisionId !== undefined)
    await ports
      .recordRefusal({
        decisionId,
        principal: context.get('principal'),
        failure,
        route: `${context.req.method} ${servedPath(context)}`,
      })
      .catch((unrecorded: unknown) => ports.report(failureOf(unrecorded)));
  return problemResponse(failure, { decisionId, faults: context.get('faults') });
}

/** Unserved paths are a client’s own words and stay out of the record. */
function servedPath(context: ControlContext): string {
  const pattern = context.req.routePath;
  return pattern === '' || pattern.startsWith('/*') ? '*' : pattern;
}

export interface ProblemExtras {
  readonly decisionId?: string | undefined;
  readonly faults?: readonly Fault[] | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** `instance` is where the occurrence can be read afterwards, when it can. */
export function problemResponse(
  failure: Failure,
  { decisionId, faults, headers }: ProblemExtras = {},
): Response {
  const problem = {
    ...toProblem(failure, decisionId),
    ...(decisionId === undefined ? {} : { instance: `/v1/decisions/${decisionId}` }),
    ...(faults === undefined ? {} : { errors: faults }),
  };
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      'content-type': 'application/problem+json',
      ...(failure.code === 'unauthenticated' ? { 'www-authenticate': 'Bearer realm="bailiff"' } : {}),
      ...(problem.status === 503 && FAILURES[failure.code].retry
        ? { 'retry-after': RETRY_AFTER_SECONDS }
        : {}),
      ...headers,
    },
  });
}
