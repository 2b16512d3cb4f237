import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { namedParameterOf } from '@bailiff/contract';
import type { Message } from '../../message.ts';
import { headerOf, mismatch } from '../classify.ts';

const SENTINEL = /^=\?base64\?(.*)\?=$/s;
const CANONICAL_BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** What HTTP lets stand in a value; Node reads the rest of its bytes as Latin-1. */
const PLAIN_VALUE = /^[\t\x20-\x7e]*$/;

/** Prefix of headers that repeat arguments of a tool, in lower case. */
export const PARAM_PREFIX = 'mcp-param-';

/**
 * Holds the headers that intermediaries route by against the body that is decided about.
 * @throws Failure `header_mismatch` where one is missing, given twice, unreadable or different.
 */
export function checkMirroredHeaders(
  message: Message,
  request: Pick<IncomingMessage, 'headers' | 'rawHeaders'>,
): void {
  if (message.kind !== 'request') return;
  checkOnce(request.rawHeaders);
  const { headers } = request;
  for (const [header, name] of [
    ['MCP-Protocol-Version', 'mcp-protocol-version'],
    ['Mcp-Method', 'mcp-method'],
  ] as const) {
    if (headerOf(headers, name) === undefined) throw mismatch(header, 'is missing');
  }
  const source = namedParameterOf(message.method);
  if (source === undefined) return;
  const value = message.params[source];
  const header = headerOf(headers, 'mcp-name');
  if (header === undefined) {
    if (typeof value !== 'string') return; // What is wrong with the body is said by whoever reads it.
    throw mismatch('Mcp-Name', 'is missing');
  }
  const name = decodeHeader(header);
  if (name === undefined) throw mismatch('Mcp-Name', 'cannot be read');
  if (typeof value === 'string' && name !== value)
    throw mismatch('Mcp-Name', `differs from params.${source}`);
}

/** What a header’s value stands for: itself, or what its Base64 says. Undefined where it cannot be read. */
export function decodeHeader(value: string): string | undefined {
  if (!PLAIN_VALUE.test(value)) return undefined;
  const encoded = SENTINEL.exec(value)?.[1];
  if (encoded === undefined) return value;
  if (!CANONICAL_BASE64.test(encoded)) return undefined;
  const bytes = Buffer.from(encoded, 'base64');
  // Two spellings of the same bytes are two readings for whoever compares texts.
  if (bytes.toString('base64') !== encoded || !isUtf8(bytes)) return undefined;
  return bytes.toString('utf8');
}

/** A header given twice is joined here and may be the first or the last one elsewhere. */
function checkOnce(rawHeaders: readonly string[]): void {
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    if (name !== 'mcp-method' && name !== 'mcp-name' && !name.startsWith(PARAM_PREFIX)) continue;
    if (seen.has(name)) throw mismatch(name, 'is given twice');
    seen.add(name);
  }
}
