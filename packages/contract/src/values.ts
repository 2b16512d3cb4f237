import { z } from 'zod';

/** Names of teams, servers, subagents, bundles and rules: no dots, so that full ids cannot collide. */
export const NAME_PATTERN = /^[a-z][a-z0-9_]*$/;

/** Stable codes on the wire: reasons, remediations, failures. */
export const CODE_PATTERN = /^[a-z][a-z0-9_]{0,79}$/;

/** A name of one segment, at most 64 characters. */
export const Name = z.string().max(64).regex(NAME_PATTERN);

/** An instant in UTC, RFC 3339, as it appears on the wire. */
export const Timestamp = z.iso.datetime({ offset: false });

/** A count that is never negative and always exact. */
export const Count = z.int().min(0);

/** SHA-256 as 64 lower-case hexadecimal digits. */
export const Digest = z.string().regex(/^[0-9a-f]{64}$/);

/** A parsed JSON value. `undefined`, functions and non-finite numbers are not JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A parsed JSON object. */
export type JsonObject = { readonly [key: string]: Json };

/**
 * Any JSON value. Strictness about keys and depth belongs to the parser at the edge. A walk of our own, because a recursive
 * schema costs more for the arguments of one call than all the rest of its input.
 */
export const JsonValue = z.unknown().refine(isJson, 'is not a JSON value') as unknown as z.ZodType<Json>;

function isJson(value: unknown): value is Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value);
    case 'object':
      if (value === null) return true;
      if (Array.isArray(value)) return value.every(isJson);
      return isPlain(value) && Object.values(value).every(isJson);
    default:
      return false;
  }
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** What a call does to the world. */
export const Effect = z.enum(['read', 'write', 'destructive', 'external']);
export type Effect = z.infer<typeof Effect>;

/** How much damage a mistaken call can do. */
export const BlastRadius = z.enum(['low', 'medium', 'high']);
export type BlastRadius = z.infer<typeof BlastRadius>;

/** Rising order; the most severe denial names the remediation. */
export const Severity = z.enum(['low', 'medium', 'high', 'critical']);
export type Severity = z.infer<typeof Severity>;
