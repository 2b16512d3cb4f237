import {
  Action,
  BudgetUsage,
  Context,
  Effect,
  Environment,
  INPUT_SCHEMA,
  Session,
  TargetKind,
  User,
} from '@bailiff/contract';

type Check = (value: unknown) => boolean;
type Fields = Readonly<Record<string, Check>>;

/**
 * Whether an input has no approval and the kernel finds nothing wrong with it, whose answer to any other quotes what is wrong.
 * Looks at what the kernel looks at, which costs a fraction of the whole schema.
 */
export function isWhole(input: unknown): boolean {
  return (
    isObject(input) &&
    input.schema === INPUT_SCHEMA &&
    input.approval === null &&
    (input.result === null || isObject(input.result)) &&
    SECTIONS.every(([name, fields]) => hasFields(input[name], fields)) &&
    isObject(input.usage) &&
    Object.values(input.usage).every((budget) => hasFields(budget, BUDGET_FIELDS))
  );
}

const isString: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => typeof value === 'number';
const isBoolean: Check = (value) => typeof value === 'boolean';
const isStrings: Check = (value) => Array.isArray(value) && value.every(isString);

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function oneOf(words: readonly string[]): Check {
  const known = new Set<unknown>(words);
  return (value) => known.has(value);
}

function hasFields(value: unknown, fields: readonly (readonly [string, Check])[]): boolean {
  return isObject(value) && fields.every(([name, isRight]) => isRight(value[name]));
}

const isEffect = oneOf(Effect.options);
const isTargetKind = oneOf(TargetKind.options);

const agent: Fields = {
  id: isString,
  scope: isString,
  owner_team: isString,
  version: isString,
  chain: isStrings,
};

const user: Fields = {
  id: isString,
  kind: oneOf(User.shape.kind.options),
  groups: isStrings,
  data_classifications_authorized: isStrings,
};

const action: Fields = {
  type: oneOf(Action.shape.type.options),
  phase: oneOf(Action.shape.phase.options),
  target: (value) =>
    isObject(value) && isTargetKind(value.kind) && typeof value.id === 'string' && value.id !== '',
  server: isString,
  tool: isString,
  tool_name: isString,
  model: isString,
  subagent: isString,
  provider: isString,
  region: isString,
  args: isObject,
  effects: (value) => Array.isArray(value) && value.every(isEffect),
  blast_radius: oneOf(Action.shape.blast_radius.options),
  estimated_tokens: isNumber,
  data_classes_referenced: isStrings,
};

const context: Fields = {
  conversation_id: isString,
  turn_count: isNumber,
  cumulative_tokens: isNumber,
  tokens_source: oneOf(Context.shape.tokens_source.options),
  session_age_seconds: isNumber,
  tool_calls_in_a_row: isNumber,
  identical_calls: isNumber,
  recent_tools: isStrings,
  data_classes_seen: isStrings,
};

const session: Fields = {
  protocol: isString,
  transport: oneOf(Session.shape.transport.options),
  client_name: isString,
  client_version: isString,
  auth_method: oneOf(Session.shape.auth_method.options),
};

const environment: Fields = {
  region: isString,
  time: isString,
  time_s: isNumber,
  weekday: oneOf(Environment.shape.weekday.options),
  minute_of_day: isNumber,
  is_production: isBoolean,
  flags: (value) => isObject(value) && Object.values(value).every(isBoolean),
};

const SECTIONS = Object.entries({ agent, user, action, context, session, environment }).map(
  ([name, fields]) => [name, Object.entries(fields)] as const,
);

const NUMBERS: ReadonlySet<string> = new Set(['limit', 'used', 'reserved', 'remaining']);

const BUDGET_FIELDS = Object.keys(BudgetUsage.shape).map(
  (name) => [name, NUMBERS.has(name) ? isNumber : isString] as const,
);
