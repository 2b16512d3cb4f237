import { isDeepStrictEqual } from 'node:util';
import type { CallContext, Input, Json, JsonObject, Release, Suggestion } from '@bailiff/contract';

type Action = Input['action'];

/**
 * The input as it would be after a suggested change; undefined where the change does not apply or changes nothing, and
 * where it cannot be told what the changed call would be. Only what an agent can change is changed: arguments and the model,
 * whose provider and region come from the catalogue again.
 */
export function changedInput(
  { input }: CallContext,
  change: Suggestion['change'],
  release: Release,
): Input | undefined {
  let action: Action | undefined = input.action;
  for (const [path, value] of Object.entries(change)) {
    action = changed(action, { path: path.split('.'), value }, release);
    if (action === undefined) return undefined;
  }
  return isDeepStrictEqual(action, input.action) ? undefined : { ...input, action };
}

interface Step {
  /** Below the input, as `['action', 'args', 'rows']`. */
  readonly path: readonly string[];
  readonly value: Json;
}

function changed(action: Action, { path, value }: Step, release: Release): Action | undefined {
  const [root, field, ...rest] = path;
  if (root !== 'action') return undefined;
  if (field === 'model' && rest.length === 0) return withModel(action, value, release);
  if (field !== 'args' || namesClasses(action, rest[0], release)) return undefined;
  const args = withValue(action.args, rest, value);
  return args === undefined ? undefined : { ...action, args };
}

/** What a call to a listed model does; the catalogue leaves it to us. */
const MODEL_EFFECTS: Action['effects'] = ['external'];

function withModel(action: Action, model: Json, { catalogue }: Release): Action | undefined {
  if (action.type !== 'model_call' || typeof model !== 'string') return undefined;
  const entry = Object.hasOwn(catalogue.models, model) ? catalogue.models[model] : undefined;
  if (entry === undefined) return undefined;
  const { provider, region, blast_radius } = entry;
  const target = action.target.kind === 'model' ? { ...action.target, id: model } : action.target;
  return { ...action, target, model, provider, region, blast_radius, effects: MODEL_EFFECTS };
}

/** Whether the values of an argument name data classes: then another value may be another class, which is not known here. */
function namesClasses(action: Action, argument: string | undefined, { catalogue }: Release): boolean {
  if (argument === undefined || !Object.hasOwn(catalogue.servers, action.server)) return false;
  const tools = catalogue.servers[action.server]?.tools ?? {};
  const tool = Object.hasOwn(tools, action.tool_name) ? tools[action.tool_name] : undefined;
  return tool !== undefined && Object.hasOwn(tool.argument_classes, argument);
}

/** A copy with the value at a path of keys; undefined where something that is no object stands in the way. */
function withValue(object: JsonObject, path: readonly string[], value: Json): JsonObject | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return undefined;
  const before = Object.hasOwn(object, key) ? object[key] : undefined;
  const after = rest.length === 0 ? value : withValueBelow(before, rest, value);
  // From entries, because assigning to a key like `__proto__` would not make an own property.
  return after === undefined
    ? undefined
    : Object.fromEntries([...Object.entries(object).filter(([name]) => name !== key), [key, after]]);
}

function withValueBelow(
  before: Json | undefined,
  path: readonly string[],
  value: Json,
): JsonObject | undefined {
  if (before === undefined) return withValue({}, path, value);
  if (before === null || typeof before !== 'object' || Array.isArray(before)) return undefined;
  return withValue(before as JsonObject, path, value);
}
