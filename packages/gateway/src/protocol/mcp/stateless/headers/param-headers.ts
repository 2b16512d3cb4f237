import type { IncomingHttpHeaders } from 'node:http';
import type { Failure, Json, JsonObject } from '@bailiff/contract';
import { isObject } from '../../message.ts';
import type { ListedEntry } from '../../ports.ts';
import { headerOf, mismatch } from '../classify.ts';
import { decodeHeader, PARAM_PREFIX } from './mirrored-headers.ts';

/** An argument that clients repeat in a header, because the tool’s schema asks for it. */
export interface ParamHeader {
  /** As the schema writes it, without the prefix. */
  readonly name: string;
  /** Where the argument stands. */
  readonly path: readonly string[];
  readonly isInteger: boolean;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const TYPES: ReadonlySet<Json | undefined> = new Set(['string', 'integer', 'boolean']);
const DECIMAL = /^-?\d+(?:\.\d+)?$/;
/** How deep annotations are looked for; deeper ones are of arguments that no client mirrors. */
const DEPTH_MAX = 16;

const KNOWN = new WeakMap<ListedEntry, readonly ParamHeader[]>();

/**
 * The headers that a tool’s `inputSchema` asks for with `x-mcp-header`. None where one of the annotations breaks the protocol’s
 * rules: clients leave such a tool out.
 */
export function paramHeadersOf(tool: ListedEntry): readonly ParamHeader[] {
  const known = KNOWN.get(tool);
  if (known !== undefined) return known;
  const found = tool.json.includes('x-mcp-header') ? declaredIn(tool.json) : [];
  KNOWN.set(tool, found);
  return found;
}

/** How the headers differ from the arguments that they repeat; undefined where they do not. */
export function objectionToParamHeaders(
  declared: readonly ParamHeader[],
  args: JsonObject,
  headers: IncomingHttpHeaders,
): Failure | undefined {
  for (const one of declared) {
    const objection = objectionTo(one, valueAt(args, one.path), headers);
    if (objection !== undefined) return mismatch(`Mcp-Param-${one.name}`, objection);
  }
  return undefined;
}

function objectionTo(
  { name, isInteger }: ParamHeader,
  value: Json | undefined,
  headers: IncomingHttpHeaders,
): string | undefined {
  const header = headerOf(headers, `${PARAM_PREFIX}${name.toLowerCase()}`);
  // An intermediary that believes a header of which the body knows nothing routes another call than the one decided about.
  if (value === undefined || value === null) return header === undefined ? undefined : 'repeats no argument';
  if (typeof value === 'object') return undefined; // Of another type than the schema allows, which the server says.
  if (header === undefined) return 'is missing';
  const decoded = decodeHeader(header);
  if (decoded === undefined) return 'cannot be read';
  const isSame =
    isInteger && typeof value === 'number' && DECIMAL.test(decoded)
      ? Number(decoded) === value
      : decoded === String(value);
  return isSame ? undefined : 'differs from the argument that it repeats';
}

function declaredIn(json: string): readonly ParamHeader[] {
  const tool: Json = JSON.parse(json);
  const schema = isObject(tool) ? tool.inputSchema : undefined;
  if (!isObject(schema)) return [];
  const found: ParamHeader[] = [];
  collect(schema, [], found);
  const names = new Set(found.map(({ name }) => name.toLowerCase()));
  // One that stands elsewhere, or is unfit, makes the whole definition invalid.
  const written = countOf(schema);
  return names.size === found.length && written === found.length ? found : [];
}

function collect(schema: JsonObject, path: readonly string[], found: ParamHeader[]): void {
  const name = schema['x-mcp-header'];
  if (typeof name === 'string' && path.length > 0 && TOKEN.test(name) && TYPES.has(schema.type)) {
    found.push({ name, path, isInteger: schema.type === 'integer' });
  }
  if (!isObject(schema.properties) || path.length >= DEPTH_MAX) return;
  for (const [key, child] of Object.entries(schema.properties)) {
    if (isObject(child)) collect(child, [...path, key], found);
  }
}

/** How often the annotation is written anywhere in a schema; properties that are called like it are not counted. */
function countOf(value: Json, isProperties = false): number {
  if (Array.isArray(value)) return value.reduce((sum: number, item: Json) => sum + countOf(item), 0);
  if (!isObject(value)) return 0;
  let count = 0;
  for (const [key, child] of Object.entries(value)) {
    if (key === 'x-mcp-header' && !isProperties) count += 1;
    else count += countOf(child, key === 'properties' && !isProperties);
  }
  return count;
}

function valueAt(args: JsonObject, path: readonly string[]): Json | undefined {
  let value: Json | undefined = args;
  for (const key of path) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}
