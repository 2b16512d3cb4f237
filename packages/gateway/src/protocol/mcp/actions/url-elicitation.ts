import { Failure, type Json, type JsonObject, type ServerReply } from '@bailiff/contract';
import { decideQuestion } from '../asks.ts';
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
  if (reply.member !== 'error' || !reply.json.includes(String(VISIT_REQUIRED))) return reply;
  const error: JsonObject = JSON.parse(reply.json);
  if (error.code !== VISIT_REQUIRED) return reply;
  const addresses = addressesOf(error.data);
  if (addresses === undefined) return told('upstream_invalid', undefined, context);
  for (const params of addresses) {
    const question = { method: 'elicitation/create', params, json: JSON.stringify(params) } as const;
    const carryOut = async () => ({ member: 'result', json: '{}' }) as const; // It goes out with the others, or not at all.
    const decided = await decideQuestion(question, { ...context, toolName, carryOut }, context.signal);
    if (decided.member === 'error') {
      return told('forbidden', 'The server sends its user to an address that was refused.', context);
    }
  }
  return reply;
}

function addressesOf(data: Json | undefined): readonly JsonObject[] | undefined {
  const listed = isObject(data) ? data.elicitations : undefined;
  if (!Array.isArray(listed) || listed.length > ADDRESSES_MAX) return undefined;
  return listed.every(isObject) ? listed : undefined;
}

function told(
  code: 'forbidden' | 'upstream_invalid',
  detail: string | undefined,
  context: RequestContext,
): Reply {
  const failure = new Failure(code, detail);
  return { ...errorOf(failure, context.decisionId), failure };
}
