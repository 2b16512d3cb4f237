import { Failure, type JsonObject, META_KEYS, nameHeaderOf } from '@bailiff/contract';
import { isJsonObject } from '../../handshake.ts';
import { revisionChanged, STATELESS_VERSION } from '../../stateless/discovery.ts';
import { type HeaderParameter, headerValue, parameterHeaders } from './header-parameters.ts';

/** The parts of a request that headers repeat. */
export interface MirroredRequest {
  readonly method: string;
  readonly params: JsonObject;
  /** Name of the tool that is called; undefined for everything else. */
  readonly tool: string | undefined;
}

/**
 * Reads the very bytes that will be sent. @throws Failure `upstream_unavailable` when they were not made for a server without
 * sessions: it was one with them when they were made.
 */
export function readMirrored(bytes: Uint8Array): MirroredRequest {
  const { method, params }: { readonly method: string; readonly params: unknown } = JSON.parse(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'),
  );
  const meta = isJsonObject(params) ? params._meta : undefined;
  if (!isJsonObject(params) || !isJsonObject(meta) || meta[META_KEYS.protocolVersion] !== STATELESS_VERSION) {
    throw revisionChanged();
  }
  const { name } = params;
  return { method, params, tool: method === 'tools/call' && typeof name === 'string' ? name : undefined };
}

/** @throws Failure `invalid_params` where an argument cannot be repeated in a header. */
export function mirroredHeaders(
  { method, params }: MirroredRequest,
  parameters: readonly HeaderParameter[],
): Record<string, string> {
  const named = nameHeaderOf(method, params);
  const name = named === undefined ? '' : headerValue(named);
  const args = isJsonObject(params.arguments) ? params.arguments : {};
  const repeated = parameterHeaders(parameters, args);
  if (repeated === undefined || name === undefined) {
    const detail = 'An argument that the server wants in a header does not fit into one.';
    throw new Failure('invalid_params', detail);
  }
  return {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': STATELESS_VERSION,
    'mcp-method': method,
    ...(named === undefined ? {} : { 'mcp-name': name }),
    ...repeated,
  };
}
