import { type Call, Failure, type ServerReply } from '@bailiff/contract';
import type { RefusedAnswer } from '../ports.ts';
import { disclosureOf, refusalError } from '../refusal.ts';
import { errorOf, statusOf } from '../reply.ts';
import type { Reply, RequestContext } from '../request-context.ts';

/** How the answer for what does not exist is told, and for what the caller cannot see: the same, but for the decision’s id. */
export type AbsentReply = (decisionId: string) => ServerReply;

/** What the caller may learn of a refused request that is no tool call: an error, since it has no result to carry it. */
export async function refusedOrAbsent(
  call: Call,
  answer: RefusedAnswer,
  { context, absent }: { readonly context: RequestContext; readonly absent: AbsentReply },
): Promise<Reply> {
  if (answer.outcome !== 'deny') return refusalError(answer);
  const disclosure = await disclosureOf(call, answer, context);
  if (disclosure instanceof Failure) {
    return { ...errorOf(disclosure, call.decisionId), status: statusOf(disclosure, call.decisionId) };
  }
  if (disclosure.kind === 'hidden') return absent(call.decisionId);
  return refusalError(disclosure.kind === 'principal' ? disclosure.answer : answer);
}

/** Whether a server says by its code that there is no such thing; it must read like what the caller cannot see. */
export function saysAbsent({ member, json }: ServerReply, codes: ReadonlySet<unknown>): boolean {
  if (member !== 'error') return false;
  const error: { readonly code?: unknown } | null = JSON.parse(json);
  return codes.has(error?.code);
}
