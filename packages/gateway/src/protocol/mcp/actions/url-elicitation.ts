import {
  Failure,
  type FailureCode,
  type Json,
  type JsonObject,
  memberSpans,
  type ServerReply,
} from '@bailiff/contract';
import { missingFor } from '../asks.ts';
import { onlyReadingOf } from '../input-required.ts';
import { refusalOfAny } from '../joint-questions.ts';
import { isObject } from '../message.ts';
import { errorOf } from '../reply.ts';
import type { Reply, RequestContext } from '../request-context.ts';

/** The code with which a server says that its user has to visit addresses before the call can be made (2025-11-25). */
const VISIT_REQUIRED = -32042;

/** Addresses that one answer may name. */
const ADDRESSES_MAX = 16;

/**
 * An error that sends the user somewhere asks something of the client like any question, so it is decided like one, for each
 * address. Every other reply is what it was.
 */
export async function decidedAddresses(
  reply: ServerReply,
  context: RequestContext,
  toolName: string,
): Promise<Reply> {
  if (reply.member !== 'error' || !maySendSomewhere(reply.json)) return reply;
  const error = onlyReadingOf(reply.json);
  const addresses = error?.code === VISIT_REQUIRED ? addressesOf(error.data) : undefined;
  if (addresses === undefined) return told('upstream_invalid', undefined, context);
  const questions = addresses.map(
    (params) => ({ method: 'elicitation/create', params, json: JSON.stringify(params) }) as const,
  );
  const unable = missingFor(questions, context.channel?.capabilities ?? {});
  if (unable !== undefined) return told('capability_missing', undefined, context);
  const refusal = await refusalOfAny(questions, { ...context, toolName }, context.signal);
  if (refusal === undefined) return { member: 'error', json: JSON.stringify(error) };
  return told('forbidden', 'The server sends its user to an address that was refused.', context);
}

function addressesOf(data: Json | undefined): readonly JsonObject[] | undefined {
  const listed = isObject(data) ? data.elicitations : undefined;
  if (!Array.isArray(listed) || listed.length > ADDRESSES_MAX) return undefined;
  return listed.every((one) => isObject(one) && one.mode === 'url') ? listed : undefined;
}

/** Whether any reader may find the code in an error, however the number and its key are written, and however often. */
function maySendSomewhere(json: string): boolean {
  try {
    return memberSpans(json).some(
      ({ key, start, end }) =>
        key.toLowerCase() === 'code' && Number(JSON.parse(json.slice(start, end))) === VISIT_REQUIRED,
    );
  } catch {
    return true; // Nested too deeply to tell.
  }
}

function told(code: FailureCode, detail: string | undefined, context: RequestContext): Reply {
  const failure = new Failure(code, detail);
  return { ...errorOf(failure, context.decisionId), failure };
}
