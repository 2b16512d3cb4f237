import { z } from 'zod';
import {
  Action,
  ActionType,
  Agent,
  BudgetUsage,
  Context,
  Environment,
  INPUT_SCHEMA,
  InputApproval,
  Result,
  Session,
  User,
} from './input.ts';

/** The action of a short document: a type, and whatever names its target. */
export const AskedAction = z.strictObject({
  ...Action.partial().shape,
  type: ActionType.describe('What kind of action it is.'),
  resource: z
    .string()
    .max(4_096)
    .optional()
    .describe('URI of the resource, for `resource_read`, `resource_subscribe` and `completion`.'),
  prompt: z
    .string()
    .max(512)
    .optional()
    .describe('Name of the prompt as the server lists it, for `prompt_get` and `completion`.'),
});
export type AskedAction = z.infer<typeof AskedAction>;

/**
 * The body of `POST /v1/decisions`: the input document, of which only `action` must be there. What is left out is
 * computed by the gateway or filled with stated defaults, listed in the answer’s `metadata.defaulted`.
 */
export const DecisionRequest = z.strictObject({
  schema: z.literal(INPUT_SCHEMA).optional(),
  simulate: z
    .boolean()
    .optional()
    .describe(
      'True decides about the document as it is written. It is recorded as simulated and grants nothing.',
    ),
  agent: Agent.partial().optional().describe('Default: the agent of the credential.'),
  user: User.partial().optional().describe('Default: the user of the credential.'),
  action: AskedAction.describe(
    'What is attempted, as `{"type": "tool_call", "tool": "crm.read", "args": {"id": 7}}`.',
  ),
  result: Result.nullable().optional().describe('Only with `simulate`.'),
  context: Context.partial()
    .optional()
    .describe('The caller’s own view of the conversation. `data_classes_seen` only with `simulate`.'),
  session: Session.partial()
    .optional()
    .describe('`client_name` and `client_version`; the others only with `simulate`.'),
  environment: Environment.partial()
    .optional()
    .describe('`region`, `is_production` and `flags` with the permission `decide_for`; all with `simulate`.'),
  usage: z.record(z.string(), BudgetUsage).optional().describe('Only with `simulate`.'),
  approval: InputApproval.nullable().optional().describe('Only with `simulate`.'),
});
export type DecisionRequest = z.infer<typeof DecisionRequest>;
