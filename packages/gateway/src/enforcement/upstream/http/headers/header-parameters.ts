import type { Json, JsonObject } from '@bailiff/contract';
import { isJsonObject } from '../../handshake.ts';

/** An argument that a server wants to see in a header of the call too. */
export interface HeaderParameter {
  /** Properties that lead to it from the arguments. */
  readonly path: readonly string[];
  /** Name of the header, `Mcp-Param-` included. */
  readonly header: string;
}

/** What a tool’s schema says of headers (2026-07-28, streamable HTTP, “Custom Headers from Tool Parameters”). */
export type HeaderParameters =
  | { readonly kind: 'valid'; readonly parameters: readonly HeaderParameter[] }
  | { readonly kind: 'invalid'; readonly because: string };

const ANNOTATION = 'x-mcp-header';

/** A field name of HTTP (RFC 9110, section 5.1). */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/;

const TYPES: readonly unknown[] = ['string', 'integer', 'boolean'];

/** Headers of one call. */
const PARAMETERS_MAX = 64;

/** A value goes into a header as it is when it is visible ASCII with blanks only inside, and no encoded one itself. */
const PLAIN = /^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/;

/** Longest value of a header, so that a call never fails for the size of its headers. */
const VALUE_BYTES_MAX = 4_096;

/** The parameters of a tool that are repeated in headers, or why they cannot be. */
export function headerParameters(inputSchema: unknown): HeaderParameters {
  const parameters: HeaderParameter[] = [];
  const names = new Set<string>();
  const walk = (value: unknown, path: readonly string[] | undefined): string | undefined => {
    if (Array.isArray(value)) return firstOf(value, (item) => walk(item, undefined));
    if (!isJsonObject(value)) return undefined;
    if (Object.hasOwn(value, ANNOTATION)) {
      const name = value[ANNOTATION];
      if (path === undefined || path.length === 0) return 'it is not on a property that can be reached';
      if (typeof name !== 'string' || !TOKEN.test(name)) return 'its value is no name of a header';
      if (!TYPES.includes(value.type)) return 'its property is no string, integer or boolean';
      if (names.has(name.toLowerCase())) return 'its value is given twice';
      if (names.size >= PARAMETERS_MAX) return 'it is on too many properties';
      names.add(name.toLowerCase());
      parameters.push({ path, header: `Mcp-Param-${name}` });
    }
    return firstOf(Object.entries(value), ([keyword, child]) => {
      if (DATA_KEYWORDS.has(keyword)) return undefined;
      if (keyword !== 'properties' || !isJsonObject(child)) {
        return walk(
          SCHEMAS_BY_NAME.has(keyword) && isJsonObject(child) ? Object.values(child) : child,
          undefined,
        );
      }
      return firstOf(Object.entries(child), ([name, schema]) =>
        walk(schema, path === undefined ? undefined : [...path, name]),
      );
    });
  };
  const because = walk(inputSchema, []);
  return because === undefined ? { kind: 'valid', parameters } : { kind: 'invalid', because };
}

/** Keywords whose values are no schemas, so that what stands in them means nothing. */
const DATA_KEYWORDS: ReadonlySet<string> = new Set([
  'const',
  'default',
  'enum',
  'example',
  'examples',
  ANNOTATION,
]);

/** Keywords whose members have names of their own, which are no keywords. */
const SCHEMAS_BY_NAME: ReadonlySet<string> = new Set([
  '$defs',
  'definitions',
  'dependentSchemas',
  'patternProperties',
]);

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
    const value = valueAt(args, path);
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

function valueAt(args: JsonObject, path: readonly string[]): Json | undefined {
  let value: Json | undefined = args;
  for (const name of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

function firstOf<Item>(items: readonly Item[], find: (item: Item) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
