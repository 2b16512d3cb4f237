import { SPAN_DEPTH_MAX } from './json-text.ts';
import type { Json, JsonObject } from './values.ts';

/** An argument that a tool wants to see in a header of its calls too. */
export interface ParameterHeader {
  /** As the schema writes it, without `Mcp-Param-`. */
  readonly name: string;
  /** Properties that lead to it from the arguments. */
  readonly path: readonly string[];
  readonly isInteger: boolean;
}

/** What a tool’s schema says of headers (2026-07-28, streamable HTTP, “Custom Headers from Tool Parameters”). */
export type ParameterHeaders =
  | { readonly kind: 'valid'; readonly parameters: readonly ParameterHeader[] }
  | { readonly kind: 'invalid'; readonly because: string };

const ANNOTATION = 'x-mcp-header';

/** A field name of HTTP (RFC 9110, section 5.1). */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

const TYPES: readonly unknown[] = ['string', 'integer', 'boolean'];

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

/** The arguments that a tool’s `inputSchema` wants repeated in headers, or why nothing can be: one misplaced wish spoils all. */
export function parameterHeadersOf(inputSchema: unknown): ParameterHeaders {
  const walk = new Walk();
  const because = walk.schema(inputSchema, [], 0);
  return because === undefined
    ? { kind: 'valid', parameters: walk.parameters }
    : { kind: 'invalid', because };
}

/** The argument to which a path leads; undefined where there is none. */
export function argumentAt(args: JsonObject, path: readonly string[]): Json | undefined {
  let value: Json | undefined = args;
  for (const name of path) {
    if (!isObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/** One walk over a schema. Each step gives what is wrong there; undefined where nothing is. */
class Walk {
  readonly parameters: ParameterHeader[] = [];
  readonly #names = new Set<string>();

  /** `path` is undefined where no argument can be reached any more. */
  schema(value: unknown, path: readonly string[] | undefined, depth: number): string | undefined {
    if (depth > SPAN_DEPTH_MAX) return 'it is nested too deeply';
    if (Array.isArray(value)) return firstOf(value, (item) => this.schema(item, undefined, depth + 1));
    if (!isObject(value)) return undefined;
    const because = Object.hasOwn(value, ANNOTATION) ? this.#annotation(value, path) : undefined;
    if (because !== undefined) return because;
    return firstOf(Object.entries(value), ([keyword, child]) => {
      if (DATA_KEYWORDS.has(keyword)) return undefined;
      if (keyword === 'properties' && isObject(child)) {
        return firstOf(Object.entries(child), ([name, schema]) =>
          this.schema(schema, path === undefined ? undefined : [...path, name], depth + 1),
        );
      }
      const named = SCHEMAS_BY_NAME.has(keyword) && isObject(child) ? Object.values(child) : child;
      return this.schema(named, undefined, depth + 1);
    });
  }

  #annotation(schema: JsonObject, path: readonly string[] | undefined): string | undefined {
    const { [ANNOTATION]: name, type } = schema;
    if (path === undefined || path.length === 0) return 'it is not on a property that can be reached';
    if (typeof name !== 'string' || !TOKEN.test(name)) return 'its value is no name of a header';
    if (!TYPES.includes(type)) return 'its property is no string, integer or boolean';
    if (this.#names.has(name.toLowerCase())) return 'its value is given twice';
    this.#names.add(name.toLowerCase());
    this.parameters.push({ name, path, isInteger: type === 'integer' });
    return undefined;
  }
}

function firstOf<Item>(items: readonly Item[], find: (item: Item) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
