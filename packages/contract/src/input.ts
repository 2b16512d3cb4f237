import { z } from 'zod';
import { BlastRadius, Count, Effect, JsonValue, Timestamp } from './values.ts';

/** The version of the input document. Fields are only ever added within a version. */
export const INPUT_SCHEMA = 'bailiff/input/v1';

export const ActionType = z.enum([
  'tool_call',
  'model_call',
  'resource_read',
  'resource_subscribe',
  'prompt_get',
  'completion',
  'subagent_call',
  'task',
  'sampling',
  'elicitation',
  'roots',
]);
export type ActionType = z.infer<typeof ActionType>;

export const Phase = z.enum(['request', 'result', 'list']);
export type Phase = z.infer<typeof Phase>;

export const TargetKind = z.enum(['tool', 'resource', 'prompt', 'model', 'subagent']);
export type TargetKind = z.infer<typeof TargetKind>;

/** Most agents in a chain of delegation. */
export const CHAIN_MAX = 16;

export const Agent = z.strictObject({
  id: z.string().min(1).describe('The agent that acts, from its credential.'),
  scope: z.string().describe('What the agent is for; `unknown` when it is not registered.'),
  owner_team: z.string().describe('The team that owns it; `unknown` when it is not registered.'),
  version: z.string().describe('The version its credential names; `unknown` when it names none.'),
  chain: z
    .array(z.string().min(1))
    .max(CHAIN_MAX)
    .describe('Agents that delegated to this one, outermost first; from the credential.'),
});
export type Agent = z.infer<typeof Agent>;

export const User = z.strictObject({
  id: z.string().describe('The user on whose behalf the agent acts; empty when there is none.'),
  kind: z.enum(['human', 'service', 'none']),
  groups: z.array(z.string()),
  data_classifications_authorized: z.array(z.string()).describe('Data classes the user is cleared for.'),
});
export type User = z.infer<typeof User>;

export const NO_USER: User = { id: '', kind: 'none', groups: [], data_classifications_authorized: [] };

export const Target = z.strictObject({
  kind: TargetKind,
  id: z
    .string()
    .min(1)
    .describe('What is acted on: `<server>.<tool>`, a resource URI, a prompt, a model or a subagent.'),
});
export type Target = z.infer<typeof Target>;

export const Action = z.strictObject({
  type: ActionType,
  phase: Phase,
  target: Target,
  server: z.string().describe('The MCP server; empty where there is none.'),
  tool: z.string().describe('`<server>.<name as the server lists it>`; empty where there is none.'),
  tool_name: z.string().describe('The name as the server lists it; empty where there is none.'),
  model: z.string().describe('Empty where there is none.'),
  subagent: z.string().describe('Empty where there is none.'),
  provider: z.string().describe('Who runs the upstream, from configuration; `unknown` if not configured.'),
  region: z.string().describe('Where the upstream runs, from configuration; `unknown` if not configured.'),
  args: z
    .record(z.string(), JsonValue)
    .describe('The caller’s arguments: the only part whose shape is not ours.'),
  effects: z.array(Effect).describe('From the catalogue; an unlisted target has all of them.'),
  blast_radius: BlastRadius.describe('From the catalogue; an unlisted target is `high`.'),
  estimated_tokens: Count.describe('Tokens the request is estimated to cost.'),
  data_classes_referenced: z
    .array(z.string())
    .describe('Computed by the gateway; in phase `list` the declared classes only.'),
});
export type Action = z.infer<typeof Action>;

export const Result = z.strictObject({
  bytes: Count,
  content_type: z.string(),
  text: z.string(),
  structured: JsonValue,
});

export const Context = z.strictObject({
  conversation_id: z.string(),
  turn_count: Count,
  cumulative_tokens: Count,
  tokens_source: z.enum(['reported', 'estimated']),
  session_age_seconds: Count,
  tool_calls_in_a_row: Count.describe('Tool calls since the last other action, this one included.'),
  identical_calls: Count.describe(
    'How often this call was made in this conversation with the same arguments, this one included.',
  ),
  recent_tools: z.array(z.string()).max(32).describe('Latest tools of this conversation, oldest first.'),
  data_classes_seen: z
    .array(z.string())
    .describe('Classes that earlier calls of this conversation are declared to return.'),
});
export type Context = z.infer<typeof Context>;

export const Session = z.strictObject({
  protocol: z.string().describe('As `mcp/2025-11-25` or `decision_api/v1`.'),
  transport: z.enum(['http', 'stdio']),
  client_name: z.string().describe('The client’s own claim; empty when it made none.'),
  client_version: z.string().describe('The client’s own claim; empty when it made none.'),
  auth_method: z.enum(['jwt', 'api_key', 'none']),
});
export type Session = z.infer<typeof Session>;

export const Weekday = z.enum(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']);

export const Environment = z.strictObject({
  region: z.string(),
  time: Timestamp,
  time_s: Count.describe('The same instant in seconds since 1970.'),
  weekday: Weekday.describe('In UTC.'),
  minute_of_day: z.int().min(0).max(1439).describe('In UTC.'),
  is_production: z.boolean(),
  flags: z.record(z.string(), z.boolean()).describe('Set by operators, audited.'),
});
export type Environment = z.infer<typeof Environment>;

export const BudgetUsage = z.strictObject({
  window: z.string(),
  limit: Count,
  used: Count,
  reserved: Count,
  remaining: Count,
  resets_at: Timestamp,
});

export const InputApproval = z.strictObject({
  id: z.string().min(1),
  rules: z.array(z.string()).min(1),
  approved_by: z.array(z.string()).min(1),
  expires_at: Timestamp,
});

/**
 * The document that policy sees. Every field is always present and only `result` and `approval` may be null,
 * because a missing key makes a Rego expression undefined and the rule silently not fire.
 */
export const Input = z.strictObject({
  schema: z.literal(INPUT_SCHEMA),
  agent: Agent,
  user: User,
  action: Action,
  result: Result.nullable().describe('Null but in phase `result`.'),
  context: Context,
  session: Session,
  environment: Environment,
  usage: z.record(z.string(), BudgetUsage),
  approval: InputApproval.nullable().describe('Null when nobody approved exactly this call.'),
});
export type Input = z.infer<typeof Input>;

/** What differs between the candidates of a list: each is laid over `action` and decided with phase `list`. */
export const Candidate = Action.pick({
  target: true,
  server: true,
  tool: true,
  tool_name: true,
  effects: true,
  blast_radius: true,
  data_classes_referenced: true,
});
export type Candidate = z.infer<typeof Candidate>;

/** The input of the entrypoint `bailiff/visible`. */
export const ListInput = z.strictObject({ ...Input.shape, candidates: z.array(Candidate).max(2_000) });
export type ListInput = z.infer<typeof ListInput>;
