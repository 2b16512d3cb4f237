import { type Call, Failure } from '@bailiff/contract';
import { isObject } from './message.ts';
import type { ServerReply } from './ports.ts';
import { refusalError } from './refusal.ts';
import { errorOf } from './reply.ts';
import { callFacts, forwardBytes, forwardMeta, type RequestContext } from './request-context.ts';

/** Longest URI of a resource, in UTF-16 units. */
const URI_LENGTH_MAX = 4_096;

const UNFIT_IN_URI = /[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Z}\\]/u;

/** A path segment that a server would resolve, so that the URI that policy reads is not the one that is opened. */
const DOT_SEGMENT = /(?:^|[/:])(?:\.|%2e){1,2}(?:[/?#]|$)|%2f|%5c/i;

const KNOWN_PARAMS = new Set(['uri', '_meta']);

/** `resources/read`: decided on its URI. Refusals are JSON-RPC errors, since a read has no result to carry them. */
export async function readResource(context: RequestContext): Promise<ServerReply> {
  const call = resourceReadOf(context);
  const { answer, result } = await context.ports.govern(call, context.signal);
  if (answer.outcome !== 'allow') return refusalError(answer);
  switch (result.kind) {
    case 'forwarded':
      return result.response;
    case 'failed':
      return errorOf(result.failure, call.decisionId);
    case 'answered':
    case 'refused':
    case 'held':
      throw new Failure('internal', undefined, { cause: `An allowed read was ${result.kind}.` });
  }
}

function resourceReadOf(context: RequestContext): Call {
  const { params, decisionId } = context;
  const { uri, _meta: meta = {} } = params;
  if (Object.keys(params).some((key) => !KNOWN_PARAMS.has(key)) || !isObject(meta)) {
    throw new Failure('invalid_params', 'resources/read takes uri and _meta.');
  }
  if (typeof uri !== 'string' || !isFitUri(uri)) {
    throw new Failure(
      'invalid_params',
      'The URI is missing, too long, not absolute, or not in its plain form.',
    );
  }
  const forwardedMeta = forwardMeta(meta);
  return {
    ...callFacts(context),
    type: 'resource_read',
    target: { kind: 'resource', id: uri },
    toolName: '',
    args: {},
    bytes: forwardBytes(decisionId, 'resources/read', {
      uri,
      ...(forwardedMeta === undefined ? {} : { _meta: forwardedMeta }),
    }),
    given: undefined,
  };
}

function isFitUri(uri: string): boolean {
  if (uri.length > URI_LENGTH_MAX || UNFIT_IN_URI.test(uri) || DOT_SEGMENT.test(uri)) return false;
  return URL.canParse(uri);
}
