import { hash } from 'node:crypto';
import { type JsonObject, parseStrictText } from '@bailiff/contract';
import canonicalize from 'canonicalize';

/** Objects and arrays within each other in a definition that can be approved. */
const DEPTH_MAX = 64;

/**
 * A tool’s definition as it is approved: everything that the server says of it, and so all that a model or a client sees, but for
 * `_meta`, which clients use among themselves. Undefined where two parsers could read the text differently, so that what a
 * person approves might not be what a client reads.
 */
export function definitionOf(json: string): JsonObject | undefined {
  let value: unknown;
  try {
    value = parseStrictText(json, { depthMax: DEPTH_MAX });
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { _meta: _, ...definition } = value as JsonObject;
  return definition;
}

/**
 * SHA-256, in lower-case hexadecimal, of a definition in canonical JSON (RFC 8785): the order of members and the spelling of
 * numbers and texts make no difference, and everything else does. Undefined where there is no such form.
 */
export function digestOfDefinition(definition: JsonObject): string | undefined {
  try {
    const text = canonicalize(definition);
    return text === undefined ? undefined : hash('sha256', text);
  } catch {
    return undefined; // a text in it is no valid Unicode
  }
}

/** The same of a tool as its server wrote it; undefined where nobody could approve it. */
export function digestOfTool({ json }: { readonly json: string }): string | undefined {
  const definition = definitionOf(json);
  return definition === undefined ? undefined : digestOfDefinition(definition);
}
