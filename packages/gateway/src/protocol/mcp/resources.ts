import { type Call, Failure, type ServerReply } from '@bailiff/contract';
import { isObject } from './message.ts';
import type { RefusedAnswer } from './ports.ts';
import { disclosureOf, refusalError, unknownResource } from './refusal.ts';
import { errorOf, statusOf } from './reply.ts';
import { callFacts, forwardBytes, type Reply, type RequestContext } from './request-context.ts';

/** Longest URI of a resource, in UTF-16 units. */
const URI_LENGTH_MAX = 4_096;

/** Blanks, control and invisible characters, backslashes, and fragments, which servers drop. */
const UNFIT_IN_URI = /[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Z}\\#]/u;

/** A path segment that a server would resolve, and the empty ones that file systems skip. */
const RESOLVED_SEGMENT = /(?:^|[/:])\.{1,2}(?:[/?]|$)|^file:\/\/[^?]*\/\//;

/**
 * Escapes with a second spelling: of unreserved characters (RFC 3986, 2.3), in small letters, or of none. Escaped
 * separators and control characters are read as the plain ones by some servers.
 */
const UNFIT_ESCAPE = /%(?![0-9A-F]{2})|%(?:2[DEF]|3\d|4[1-9A-F]|5[\dACF]|6[1-9A-F]|7[\dAEF]|[01][\dA-F])/;

/** Codes with which servers say that a resource does not exist: the protocol’s own, and that of the official SDKs. */
const ABSENT_CODES: ReadonlySet<unknown> = new Set([-32002, -32602]);

const KNOWN_PARAMS = new Set(['uri', '_meta']);

/** `resources/read`: decided on its URI. Refusals are JSON-RPC errors, since a read has no result to carry them. */
export async function readResource(context: RequestContext): Promise<Reply> {
  const call = resourceReadOf(context);
  const { answer, result } = await context.ports.govern(call, context.signal);
  if (answer.outcome !== 'allow') return refusalOf(call, answer, context);
  switch (result.kind) {
    case 'forwarded':
      return saysAbsent(result.response) ? unknownResource(call.decisionId) : result.response;
    case 'failed':
      return errorOf(result.failure, call.decisionId);
    case 'answered':
    case 'refused':
    case 'held':
      throw new Failure('internal', undefined, { cause: `An allowed read was ${result.kind}.` });
  }
}

/** What a server says of a resource it does not have must be what is said of one that the caller cannot see. */
function saysAbsent({ member, json }: ServerReply): boolean {
  if (member !== 'error') return false;
  const error: { readonly code?: unknown } | null = JSON.parse(json);
  return ABSENT_CODES.has(error?.code);
}

async function refusalOf(call: Call, answer: RefusedAnswer, context: RequestContext): Promise<Reply> {
  if (answer.outcome !== 'deny') return refusalError(answer);
  const disclosure = await disclosureOf(call, answer, context);
  if (disclosure instanceof Failure) {
    return { ...errorOf(disclosure, call.decisionId), status: statusOf(disclosure, call.decisionId) };
  }
  if (disclosure.kind === 'hidden') return unknownResource(call.decisionId);
  return refusalError(disclosure.kind === 'principal' ? disclosure.answer : answer);
}

/** @throws Failure `invalid_params`. */
function resourceReadOf(context: RequestContext): Call {
  const { params, decisionId } = context;
  const { uri, _meta: meta = {} } = params;
  if (Object.keys(params).some((key) => !KNOWN_PARAMS.has(key)) || !isObject(meta)) {
    throw new Failure('invalid_params', 'resources/read takes uri and _meta.');
  }
  if (typeof uri !== 'string' || !isPlainUri(uri)) {
    throw new Failure(
      'invalid_params',
      'The URI is missing, too long, not absolute, or not in its plain form.',
    );
  }
  return {
    ...callFacts(context),
    type: 'resource_read',
    target: { kind: 'resource', id: uri },
    toolName: '',
    args: {},
    bytes: forwardBytes(decisionId, 'resources/read', { uri }),
    given: undefined,
  };
}

/** Whether a URI is spelled in the one way in which policy can compare it with what is listed. */
function isPlainUri(uri: string): boolean {
  if (uri.length > URI_LENGTH_MAX || UNFIT_IN_URI.test(uri)) return false;
  if (RESOLVED_SEGMENT.test(uri) || UNFIT_ESCAPE.test(uri)) return false;
  return URL.parse(uri)?.href === uri;
}
