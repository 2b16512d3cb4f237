import {
  ByteText,
  type Era,
  FAILURES,
  type Failure,
  type FailureCode,
  LargeResult,
  type ServerReply,
  toRpcError,
} from '@bailiff/contract';
import type { RequestId } from './message.ts';

/**
 * One JSON-RPC answer under the client’s own id. The reply’s text goes in as it is: what a server wrote reaches the client
 * byte for byte, in an envelope of ours.
 */
export function envelope(id: RequestId | null, reply: ServerReply): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"${reply.member}":${reply.json}}`;
}

/** The same, where it may be large: then in the bytes that the server wrote. */
export function answerOf(id: RequestId | null, reply: ServerReply): string | ByteText {
  if (!(reply instanceof LargeResult)) return envelope(id, reply);
  const head = Buffer.from(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":`);
  return new ByteText([head, ...reply.text.pieces, END]);
}

const END = Buffer.from('}');

export function resultOf(result: object): ServerReply {
  return { member: 'result', json: JSON.stringify(result) };
}

/** A failure as every client reads it: stable code, public detail, decision id. */
export function errorOf(failure: Failure, decisionId: string): ServerReply {
  return { member: 'error', json: JSON.stringify(toRpcError(failure, decisionId)) };
}

/**
 * Failures that concern one request only. JSON-RPC tells them under HTTP 200, because clients take another status for a
 * broken connection (404 for an ended session) and lose the reason.
 */
const TOLD_IN_BAND: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'method_refused',
  'invalid_params',
  'unknown_tool',
  'unknown_prompt',
  'unknown_resource',
  'upstream_unavailable',
  'upstream_timeout',
  'upstream_invalid',
  'obligation_unmet',
  'client_gone',
]);

/** Clients without sessions lose none by a status, and their revision prescribes it for these. */
const TOLD_BY_STATUS: ReadonlySet<FailureCode> = new Set<FailureCode>(['method_refused', 'invalid_params']);

/** The HTTP status of a refusal; `id` is null where no request could be made out, or nobody waits for an answer. */
export function statusOf(failure: Failure, id: RequestId | null, era: Era = 'session'): number {
  const isByStatus = era === 'stateless' && TOLD_BY_STATUS.has(failure.code);
  if (TOLD_IN_BAND.has(failure.code) && !isByStatus) return id === null ? 400 : 200;
  return FAILURES[failure.code].status;
}
