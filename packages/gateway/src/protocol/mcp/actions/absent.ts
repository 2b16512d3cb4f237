import { type Call, Failure, type ServerReply } from '@bailiff/contract';
import type { RefusedAnswer } from '../ports.ts';
import { disclosureOf, refusalError } from '../refusal.ts';
import { errorOf, statusOf } from '../reply.ts';
import type { Reply, RequestContext } from '../request-context.ts';
import type { Plan } from './act.ts';

/** What names something that does not exist fails with. */
export type AbsenceCode = 'unknown_prompt' | 'unknown_resource';

/**
 * How a request is answered that names what may not exist, for the plan of its action. It is decided like any other: an allow of
 * what does not exist fails, and a refusal tells of it only to those who may know what does.
 */
export function existence(
  { exists, code }: { readonly exists: boolean; readonly code: AbsenceCode },
  context: RequestContext,
): Pick<Plan, 'missing' | 'refused' | 'failed'> {
  const absent = ({ decisionId }: Call): ServerReply => errorOf(new Failure(code), decisionId);
  return {
    ...(exists ? {} : { missing: code }),
    refused: async (call, answer) => {
      const told = await refusedOrAbsent(call, answer, { context, code });
      return !exists && told.kind === 'refusal' ? absent(call) : told.reply;
    },
    ...(exists ? {} : { failed: absent }),
  };
}

/** What the caller is told, and whether it is the refusal as one who sees the target has it. */
export interface Told {
  readonly kind: 'refusal' | 'other';
  readonly reply: Reply;
}

/** What the caller may learn of a refused request that is no tool call: an error, since it has no result to carry it. */
export async function refusedOrAbsent(
  call: Call,
  answer: RefusedAnswer,
  { context, code }: { readonly context: RequestContext; readonly code: AbsenceCode },
): Promise<Told> {
  if (answer.outcome !== 'deny') return { kind: 'refusal', reply: refusalError(answer) };
  const disclosure = await disclosureOf(call, answer, context);
  const { decisionId } = call;
  if (disclosure instanceof Failure) {
    const reply = { ...errorOf(disclosure, decisionId), status: statusOf(disclosure, decisionId) };
    return { kind: 'other', reply };
  }
  switch (disclosure.kind) {
    case 'hidden':
      return { kind: 'other', reply: errorOf(new Failure(code), decisionId) };
    case 'principal':
      return { kind: 'other', reply: refusalError(disclosure.answer) };
    case 'shown':
      return { kind: 'refusal', reply: refusalError(answer) };
  }
}

/** Whether a server says by its code that there is no such thing; it must read like what the caller cannot see. */
export function saysAbsent({ member, json }: ServerReply, codes: ReadonlySet<unknown>): boolean {
  if (member !== 'error') return false;
  const error: { readonly code?: unknown } | null = JSON.parse(json);
  return codes.has(error?.code);
}
