import { nameHeaderOf } from '@bailiff/contract';

/** One line of a client, as far as it has to be understood to be passed on. The line itself passes as it is. */
export interface ClientMessage {
  readonly line: Buffer;
  /** `other`: whatever is no message at all, for the gateway to refuse. */
  readonly kind: 'request' | 'notification' | 'response' | 'other';
  readonly id: string | number | undefined;
  readonly method: string;
  /** The revision that the message itself names, as every one of the era without sessions does; empty for none. */
  readonly version: string;
  /** What is acted on, mirrored into a header in that era; undefined for none. */
  readonly name: string | undefined;
  /** The request that is cancelled, where this says so. */
  readonly cancels: string | number | undefined;
}

const VERSION_KEY = 'io.modelcontextprotocol/protocolVersion';

export function readClientMessage(line: Buffer): ClientMessage {
  const value = parsed(line);
  const { id, method } = value;
  const params = recordOf(value.params);
  const version = recordOf(params._meta)[VERSION_KEY];
  return {
    line,
    kind: kindOf(value),
    id: idOf(id),
    method: typeof method === 'string' ? method : '',
    version: typeof version === 'string' ? version : '',
    name: typeof method === 'string' ? nameHeaderOf(method, params) : undefined,
    cancels: method === 'notifications/cancelled' ? idOf(params.requestId) : undefined,
  };
}

/** The headers that repeat what the body of a request without a session says. */
export function mirroredHeaders({ version, method, name }: ClientMessage): Record<string, string> {
  return {
    'mcp-protocol-version': headerValue(version),
    'mcp-method': headerValue(method),
    ...(name === undefined ? {} : { 'mcp-name': headerValue(name) }),
  };
}

/** As the text is where a header can hold it, else in the form that the 2026-07-28 revision gives for that. */
function headerValue(text: string): string {
  const isPlain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !/^=\?base64\?.*\?=$/i.test(text);
  return isPlain ? text : `=?base64?${Buffer.from(text).toString('base64')}?=`;
}

function kindOf(value: Record<string, unknown>): ClientMessage['kind'] {
  if (typeof value.method === 'string') return idOf(value.id) === undefined ? 'notification' : 'request';
  return idOf(value.id) !== undefined && ('result' in value || 'error' in value) ? 'response' : 'other';
}

function idOf(value: unknown): string | number | undefined {
  return typeof value === 'string' || typeof value === 'number' ? value : undefined;
}

function parsed(line: Buffer): Record<string, unknown> {
  try {
    return recordOf(JSON.parse(line.toString('utf8')));
  } catch {
    return {};
  }
}

export function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
