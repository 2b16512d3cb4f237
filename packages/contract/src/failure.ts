import type { JsonObject } from './values.ts';

/** How each failure is told on every wire. `status` is HTTP, `rpc` JSON-RPC (MCP’s own range −32000…−32019). */
export const FAILURES = {
  bad_request: { status: 400, rpc: -32600, title: 'The request is not valid', retry: false },
  unparseable: { status: 400, rpc: -32700, title: 'The body is not acceptable JSON', retry: false },
  batch_refused: { status: 400, rpc: -32600, title: 'Batches are not accepted', retry: false },
  method_refused: { status: 404, rpc: -32601, title: 'The method is not served here', retry: false },
  invalid_params: { status: 400, rpc: -32602, title: 'The parameters are not valid', retry: false },
  input_invalid: { status: 422, rpc: -32602, title: 'The input document is not valid', retry: false },
  unauthenticated: { status: 401, rpc: -32001, title: 'A valid credential is required', retry: false },
  forbidden: { status: 403, rpc: -32003, title: 'The credential does not permit this', retry: false },
  insufficient_scope: { status: 403, rpc: -32016, title: 'The token lacks a scope', retry: false },
  origin_refused: { status: 403, rpc: -32004, title: 'Host or origin is not allowed', retry: false },
  not_found: { status: 404, rpc: -32005, title: 'There is nothing here', retry: false },
  method_not_allowed: {
    status: 405,
    rpc: -32600,
    title: 'The HTTP method is not allowed here',
    retry: false,
  },
  session_unknown: { status: 404, rpc: -32006, title: 'The session is unknown or has ended', retry: false },
  not_acceptable: {
    status: 406,
    rpc: -32600,
    title: 'The client does not accept what is served here',
    retry: false,
  },
  request_timeout: { status: 408, rpc: -32600, title: 'The request did not arrive in time', retry: true },
  headers_too_large: { status: 431, rpc: -32600, title: 'The headers are too large', retry: false },
  body_too_large: { status: 413, rpc: -32600, title: 'The body is too large', retry: false },
  media_type_refused: { status: 415, rpc: -32600, title: 'The content type is not accepted', retry: false },
  header_mismatch: { status: 400, rpc: -32020, title: 'A header differs from the body', retry: false },
  capability_missing: { status: 400, rpc: -32021, title: 'The client lacks a capability', retry: false },
  version_unsupported: { status: 400, rpc: -32022, title: 'Unsupported protocol version', retry: false },
  unknown_tool: { status: 404, rpc: -32602, title: 'Unknown tool', retry: false },
  unknown_prompt: { status: 404, rpc: -32602, title: 'Unknown prompt', retry: false },
  unknown_resource: { status: 404, rpc: -32602, title: 'Unknown resource', retry: false },
  overloaded: { status: 503, rpc: -32007, title: 'Too much work is waiting', retry: true },
  policy_unavailable: { status: 503, rpc: -32008, title: 'Policy could not be evaluated', retry: true },
  record_unavailable: { status: 503, rpc: -32009, title: 'The decision could not be recorded', retry: true },
  upstream_unavailable: {
    status: 502,
    rpc: -32010,
    title: 'The upstream server could not be reached',
    retry: true,
  },
  upstream_timeout: {
    status: 504,
    rpc: -32011,
    title: 'The upstream server did not answer in time',
    retry: true,
  },
  upstream_invalid: {
    status: 502,
    rpc: -32012,
    title: 'The upstream server answered with something unusable',
    retry: false,
  },
  client_gone: { status: 499, rpc: -32013, title: 'The client left before the answer', retry: true },
  obligation_unmet: {
    status: 403,
    rpc: -32014,
    title: 'A duty of the decision could not be discharged',
    retry: false,
  },
  not_ready: { status: 503, rpc: -32015, title: 'The gateway is not ready', retry: true },
  configuration_invalid: { status: 500, rpc: -32603, title: 'The configuration is not valid', retry: false },
  bundle_invalid: { status: 422, rpc: -32603, title: 'A bundle is not valid', retry: false },
  bundle_unavailable: { status: 502, rpc: -32603, title: 'A bundle could not be fetched', retry: true },
  internal: { status: 500, rpc: -32603, title: 'Something went wrong here', retry: false },
} as const satisfies Record<string, { status: number; rpc: number; title: string; retry: boolean }>;

export type FailureCode = keyof typeof FAILURES;

/**
 * We could not decide, or could not do what was decided. `detail` is public and never holds input values, secrets or
 * addresses; everything else goes into `cause` and the log.
 */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: FailureCode;
  readonly detail: string;
  /** What a protocol wants told of it by name, as public as `detail`; in JSON-RPC it stands among the error’s `data`. */
  readonly facts: JsonObject | undefined;

  constructor(
    code: FailureCode,
    detail: string = FAILURES[code].title,
    options?: { readonly cause?: unknown; readonly facts?: JsonObject },
  ) {
    super(`${code}: ${detail}`, options);
    this.code = code;
    this.detail = detail;
    this.facts = options?.facts;
  }
}

/** RFC 9457, `application/problem+json`. */
export interface Problem {
  readonly type: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly code: FailureCode;
  readonly decision_id?: string;
}

/**
 * RFC 9457. `type` names the failure; `docs/reference/failures.md` lists all of them. `detail` never repeats `title`: where
 * the failure says no more than that, it says whether trying again may help.
 */
export function toProblem(failure: Failure, decisionId?: string): Problem {
  const { status, title, retry } = FAILURES[failure.code];
  const prospect = retry
    ? 'The same request may succeed later.'
    : 'The same request, sent again, will be answered the same.';
  return {
    type: `urn:bailiff:failure:${failure.code}`,
    status,
    title,
    detail: failure.detail === title ? prospect : failure.detail,
    code: failure.code,
    ...(decisionId === undefined ? {} : { decision_id: decisionId }),
  };
}

/** JSON-RPC 2.0 error object. */
export function toRpcError(failure: Failure, decisionId?: string) {
  return {
    code: FAILURES[failure.code].rpc,
    message: failure.detail,
    data: {
      ...failure.facts,
      failure: failure.code,
      ...(decisionId === undefined ? {} : { decision_id: decisionId }),
    },
  };
}

/** Anything thrown, as a failure: ours stay what they are, defects become `internal` without details. */
export function failureOf(thrown: unknown): Failure {
  return thrown instanceof Failure ? thrown : new Failure('internal', undefined, { cause: thrown });
}
