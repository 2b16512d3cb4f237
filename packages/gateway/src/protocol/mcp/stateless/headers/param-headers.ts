import type { IncomingHttpHeaders } from 'node:http';
import {
  argumentAt,
  type Failure,
  type Json,
  type JsonObject,
  type ParameterHeader,
  parameterHeadersOf,
} from '@bailiff/contract';
import { isObject } from '../../message.ts';
import type { ListedEntry } from '../../ports.ts';
import { headerOf, mismatch } from '../classify.ts';
import { decodeHeader, PARAM_PREFIX } from './mirrored-headers.ts';

const DECIMAL = /^-?\d+(?:\.\d+)?$/;
const KNOWN = new WeakMap<ListedEntry, readonly ParameterHeader[]>();

/**
 * The headers that a tool’s `inputSchema` asks for with `x-mcp-header`. None where one of the annotations breaks the protocol’s
 * rules: clients leave such a tool out.
 */
export function paramHeadersOf(tool: ListedEntry): readonly ParameterHeader[] {
  const known = KNOWN.get(tool);
  if (known !== undefined) return known;
  const found = tool.json.includes('x-mcp-header') ? declaredIn(tool.json) : [];
  KNOWN.set(tool, found);
  return found;
}

/** How the headers differ from the arguments that they repeat; undefined where they do not. */
export function objectionToParamHeaders(
  declared: readonly ParameterHeader[],
  args: JsonObject,
  headers: IncomingHttpHeaders,
): Failure | undefined {
  for (const one of declared) {
    const objection = objectionTo(one, argumentAt(args, one.path), headers);
    if (objection !== undefined) return mismatch(`Mcp-Param-${one.name}`, objection);
  }
  return undefined;
}

function objectionTo(
  { name, isInteger }: ParameterHeader,
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

function declaredIn(json: string): readonly ParameterHeader[] {
  const tool: Json = JSON.parse(json);
  const declared = parameterHeadersOf(isObject(tool) ? tool.inputSchema : undefined);
  return declared.kind === 'valid' ? declared.parameters : [];
}
