import { INPUT_SCHEMA, type Input, type Json, type JsonObject } from '@bailiff/contract';

/** A support agent reads one customer on behalf of a user who is cleared for it. What a case does not say is this. */
export const DEFAULT_INPUT: Input = {
  schema: INPUT_SCHEMA,
  agent: { id: 'support-bot', scope: 'support', owner_team: 'cx', version: '3.2.0', chain: [] },
  user: {
    id: 'mara',
    kind: 'human',
    groups: ['support-tier-2'],
    data_classifications_authorized: ['public', 'internal', 'customer_data'],
  },
  action: {
    type: 'tool_call',
    phase: 'request',
    target: { kind: 'tool', id: 'crm.read' },
    server: 'crm',
    tool: 'crm.read',
    tool_name: 'read',
    model: '',
    subagent: '',
    provider: 'acme-crm',
    region: 'eu-west',
    args: { id: 7 },
    effects: ['read'],
    blast_radius: 'low',
    estimated_tokens: 40,
    data_classes_referenced: ['customer_data'],
  },
  result: null,
  context: {
    conversation_id: 'c-81',
    turn_count: 1,
    cumulative_tokens: 40,
    tokens_source: 'estimated',
    session_age_seconds: 10,
    tool_calls_in_a_row: 1,
    identical_calls: 1,
    recent_tools: [],
    data_classes_seen: [],
  },
  session: {
    protocol: 'mcp/2025-11-25',
    transport: 'http',
    client_name: '',
    client_version: '',
    auth_method: 'jwt',
  },
  environment: {
    region: 'us-east',
    time: '2026-11-22T13:45:00Z',
    time_s: 1_795_355_100,
    weekday: 'sunday',
    minute_of_day: 825,
    is_production: true,
    flags: {},
  },
  usage: {},
  approval: null,
};

/**
 * `short` laid over the default input. Objects merge, everything else replaces. A tool that is named brings server, name and
 * target with it.
 */
export function completeInput(short: JsonObject): JsonObject {
  const action = objectIn(short, 'action');
  const named = typeof action.tool === 'string' ? factsOfTool(action.tool) : {};
  return merged(merged(DEFAULT_INPUT as unknown as JsonObject, { action: named }), short);
}

/** The object at a key, or an empty one. */
export function objectIn(value: JsonObject, key: string): JsonObject {
  const inner = value[key];
  return isObject(inner) ? inner : {};
}

/** `over` laid over `base`. `args`, `flags` and `usage` hold names of others and are replaced whole. */
export function merged(base: JsonObject, over: JsonObject): JsonObject {
  const result: Record<string, Json> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = result[key];
    const isOpen = key === 'args' || key === 'flags' || key === 'usage';
    result[key] = isObject(below) && isObject(value) && !isOpen ? merged(below, value) : value;
  }
  return result;
}

function factsOfTool(tool: string): JsonObject {
  const dot = tool.indexOf('.');
  return {
    server: tool.slice(0, dot),
    tool_name: tool.slice(dot + 1),
    target: { kind: 'tool', id: tool },
  };
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
