import type { IncomingHttpHeaders } from 'node:http';
import { type Era, Failure, META_KEYS } from '@bailiff/contract';
import type { Message as AnyMessage } from '../message.ts';
import { claimsEnvelope, isStatelessVersion, metaOf, objectionToEnvelope, readEnvelope } from './envelope.ts';

type Message = Exclude<AnyMessage, { kind: 'response' }>;

/**
 * Which of the two ways of MCP a posted message speaks, by the rules of the official SDK (`classifyInboundRequest`): the body
 * says it, and a header that says otherwise is refused instead of believed.
 * @throws Failure `header_mismatch`, or `invalid_params` for a message that speaks the newer way and says too little of itself.
 */
export function eraOf(message: AnyMessage, headers: IncomingHttpHeaders): Era {
  if (message.kind === 'response') return 'session'; // Nothing is asked of clients of the newer way in requests of their own.
  const { params } = message;
  const version = headerOf(headers, 'mcp-protocol-version');
  const headerIsStateless = saysStateless(headers);
  if (message.kind === 'request' && message.method === 'initialize' && !claimsStateless(message)) {
    if (headerIsStateless) {
      throw mismatch('MCP-Protocol-Version', 'names a revision that has no initialize');
    }
    return 'session';
  }
  if (claimsEnvelope(params)) return eraOfClaim(message, headers, version);
  if (!headerIsStateless) return 'session';
  if (message.kind === 'request') readEnvelope(params); // It throws: the claim is what is missing.
  checkMethodHeader(message, headers);
  return 'stateless';
}

/** Whether a request without a body is of the newer way, which sends none: there are no sessions to open streams in, or to end. */
export function saysStateless(headers: IncomingHttpHeaders): boolean {
  const version = headerOf(headers, 'mcp-protocol-version');
  return version !== undefined && isStatelessVersion(version);
}

/** A header that does not say what the body says. */
export function mismatch(header: string, because: string): Failure {
  return new Failure('header_mismatch', `The header ${header} ${because}.`, { facts: { header } });
}

/** A header as it stands between optional blanks, which HTTP does not count. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value.replace(/^[\t ]+|[\t ]+$/g, '') : undefined;
}

function eraOfClaim(message: Message, headers: IncomingHttpHeaders, version: string | undefined): Era {
  const { params } = message;
  const claimed = metaOf(params)?.[META_KEYS.protocolVersion];
  if (message.kind === 'request') readEnvelope(params);
  if (typeof claimed !== 'string') {
    throw new Failure('invalid_params', `The member ${META_KEYS.protocolVersion} is not a string.`);
  }
  if (version !== undefined && version !== claimed) {
    throw mismatch('MCP-Protocol-Version', 'names another revision than the body');
  }
  if (message.kind === 'request' || isStatelessVersion(claimed)) checkMethodHeader(message, headers);
  // A claim of an older revision is not a session’s message: nobody served by sessions writes one.
  return 'stateless';
}

function checkMethodHeader({ method }: Message, headers: IncomingHttpHeaders): void {
  const named = headerOf(headers, 'mcp-method');
  if (named !== undefined && named !== method) {
    throw mismatch('Mcp-Method', 'names another method than the body');
  }
}

/** Only a whole claim of a revision without sessions takes `initialize` away from those with them. */
function claimsStateless({ params }: Message): boolean {
  const meta = metaOf(params);
  const claimed = meta?.[META_KEYS.protocolVersion];
  if (meta === undefined || typeof claimed !== 'string' || !isStatelessVersion(claimed)) return false;
  return objectionToEnvelope(meta) === undefined;
}
