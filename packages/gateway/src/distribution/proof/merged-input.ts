import type { Json, JsonObject } from '@bailiff/contract';
import { isObject } from '../sources/document.ts';

/** Parts of the input whose keys are names of others, so that they are replaced as a whole. */
const OPEN: ReadonlySet<string> = new Set(['args', 'flags', 'usage']);

/** Fields of `action` that say what is acted on. */
const NAMES: readonly string[] = ['type', 'target', 'server', 'tool', 'tool_name', 'model', 'subagent'];
const NAMING: readonly string[] = ['target', 'tool', 'tool_name', 'model', 'subagent', 'resource', 'prompt'];

/**
 * `over` laid over `base`: objects merge, everything else is replaced, `args`, `flags` and `usage` whole. An action that names what it
 * acts on keeps no name of the one below it.
 */
export function mergedInput(base: JsonObject, over: JsonObject): JsonObject {
  const { action } = over;
  const renames = isObject(action) && NAMING.some((name) => Object.hasOwn(action, name));
  if (!renames || !isObject(base.action)) return merged(base, over);
  const kept = Object.entries(base.action).filter(([key]) => ![...NAMES, ...NAMING].includes(key));
  return merged({ ...base, action: Object.fromEntries(kept) }, over);
}

function merged(base: JsonObject, over: JsonObject): JsonObject {
  const result: Record<string, Json> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = Object.hasOwn(result, key) ? result[key] : undefined;
    result[key] = isObject(below) && isObject(value) && !OPEN.has(key) ? merged(below, value) : value;
  }
  return result;
}
