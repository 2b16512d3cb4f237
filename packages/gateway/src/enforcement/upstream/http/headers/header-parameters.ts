import { argumentAt, type JsonObject, parameterHeadersOf } from '@bailiff/contract';

/** An argument that a server wants to see in a header of the call too. */
export interface HeaderParameter {
  /** Properties that lead to it from the arguments. */
  readonly path: readonly string[];
  /** Name of the header, `Mcp-Param-` included. */
  readonly header: string;
}

/** What a tool’s schema says of headers, and whether they fit into a request. */
export type HeaderParameters =
  | { readonly kind: 'valid'; readonly parameters: readonly HeaderParameter[] }
  | { readonly kind: 'invalid'; readonly because: string };

/** Longest name of a header, without `Mcp-Param-`. */
const NAME_LENGTH_MAX = 128;

/** Headers of one call. */
const PARAMETERS_MAX = 64;

/** A value goes into a header as it is when it is visible ASCII with blanks only inside, and no encoded one itself. */
const PLAIN = /^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/;

/** Longest value of a header, so that a call never fails for the size of its headers. */
const VALUE_BYTES_MAX = 4_096;

/** The parameters of a tool that are repeated in headers, or why they cannot be. */
export function headerParameters(inputSchema: unknown): HeaderParameters {
  const declared = parameterHeadersOf(inputSchema);
  if (declared.kind === 'invalid') return declared;
  const { parameters } = declared;
  if (parameters.length > PARAMETERS_MAX) return { kind: 'invalid', because: 'it is on too many properties' };
  if (parameters.some(({ name }) => name.length > NAME_LENGTH_MAX)) {
    return { kind: 'invalid', because: 'its value is no name of a header' };
  }
  return {
    kind: 'valid',
    parameters: parameters.map(({ name, path }) => ({ path, header: `Mcp-Param-${name}` })),
  };
}

/**
 * The headers in which the arguments of a call are repeated; undefined where one is too long. An argument of a type that no header
 * holds is left for the server to refuse.
 */
export function parameterHeaders(
  parameters: readonly HeaderParameter[],
  args: JsonObject,
): Record<string, string> | undefined {
  const headers: Record<string, string> = {};
  for (const { path, header } of parameters) {
    const value = argumentAt(args, path);
    if (value === undefined || typeof value === 'object') continue;
    if (typeof value === 'number' && !Number.isSafeInteger(value)) continue;
    const text = headerValue(String(value));
    if (text === undefined) return undefined;
    headers[header] = text;
  }
  return headers;
}

/** A text as the value of a header, encoded where it could not stand there; undefined where it is too long. */
export function headerValue(text: string): string | undefined {
  const isEncoded = text.startsWith('=?base64?') && text.endsWith('?=');
  const isPlain = PLAIN.test(text) && !isEncoded;
  const value = isPlain ? text : `=?base64?${Buffer.from(text, 'utf8').toString('base64')}?=`;
  return value.length <= VALUE_BYTES_MAX ? value : undefined;
}
