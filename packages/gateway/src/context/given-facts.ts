import {
  Action,
  Agent,
  Context,
  Environment,
  Failure,
  type GivenFacts,
  Input,
  type JsonObject,
  Session,
  User,
} from '@bailiff/contract';
import { z } from 'zod';

/** Most tools that a conversation’s context holds. */
const RECENT_TOOLS_MAX = 32;

/** Parts of the input as a caller may give them: every field on its own. */
const Given = z.strictObject({
  ...Input.partial().shape,
  agent: Agent.partial().optional(),
  user: User.partial().optional(),
  action: Action.partial().optional(),
  context: Context.partial().optional(),
  session: Session.partial().optional(),
  environment: Environment.partial().optional(),
});
export type Given = z.infer<typeof Given>;

/** What a caller gave, checked. @throws Failure `input_invalid` naming the field, never its value. */
export function givenOf(facts: GivenFacts | undefined): Given {
  return facts === undefined ? {} : checked(Given, facts.input);
}

/**
 * A real call’s input with what its caller knows better: counts of the conversation, where the higher one holds, so that a
 * caller cannot talk them down; tools it used besides ours; what it estimates; where it stands. Nothing that entitles is taken.
 */
export function withOwnView(input: Input, { action, context, environment }: Given): Input {
  const own = input.context;
  const higher = (field: CountedField): number => Math.max(own[field], context?.[field] ?? 0);
  const isReported = (context?.cumulative_tokens ?? 0) >= own.cumulative_tokens;
  return {
    ...input,
    action: {
      ...input.action,
      estimated_tokens: Math.max(input.action.estimated_tokens, action?.estimated_tokens ?? 0),
    },
    context: {
      ...own,
      turn_count: higher('turn_count'),
      cumulative_tokens: higher('cumulative_tokens'),
      tokens_source: (isReported ? context?.tokens_source : undefined) ?? own.tokens_source,
      session_age_seconds: higher('session_age_seconds'),
      tool_calls_in_a_row: higher('tool_calls_in_a_row'),
      identical_calls: higher('identical_calls'),
      recent_tools: withReported(own.recent_tools, context?.recent_tools ?? []),
    },
    environment: {
      ...input.environment,
      region: environment?.region ?? input.environment.region,
      is_production: environment?.is_production ?? input.environment.is_production,
      flags: { ...input.environment.flags, ...environment?.flags },
    },
  };
}

/** Every tool of our own, and after them the latest of the reported ones that there is room for: none can be pushed out. */
function withReported(own: readonly string[], reported: readonly string[]): string[] {
  const room = Math.max(0, RECENT_TOOLS_MAX - own.length);
  return [...own, ...reported.slice(Math.max(0, reported.length - room))];
}

type CountedField =
  | 'turn_count'
  | 'cumulative_tokens'
  | 'session_age_seconds'
  | 'tool_calls_in_a_row'
  | 'identical_calls';

/**
 * A simulated call’s input: whatever is given holds. @throws Failure `input_invalid` when the whole is none.
 */
export function withEverythingGiven(input: Input, given: Given, args: JsonObject): Input {
  const whole = {
    ...input,
    ...present(given),
    agent: { ...input.agent, ...present(given.agent) },
    user: { ...input.user, ...present(given.user) },
    action: { ...input.action, ...present(given.action), args },
    context: { ...input.context, ...present(given.context) },
    session: { ...input.session, ...present(given.session) },
    environment: { ...input.environment, ...present(given.environment) },
  };
  // The parsed copy would lack an argument named `__proto__`.
  return { ...checked(Input, whole), action: { ...checked(Action, whole.action), args } };
}

/** The instant a simulated call is about, in milliseconds since 1970; undefined when none is given. */
export function givenInstantMs({ environment }: Given): number | undefined {
  if (environment?.time !== undefined) return Date.parse(environment.time);
  return environment?.time_s === undefined ? undefined : environment.time_s * 1_000;
}

/** Dotted paths of the fields that are given. */
export function givenPaths(given: Given): ReadonlySet<string> {
  return new Set(
    Object.entries(present(given)).flatMap(([section, facts]) =>
      typeof facts === 'object' && facts !== null
        ? Object.keys(present(facts)).map((field) => `${section}.${field}`)
        : [section],
    ),
  );
}

function present<T extends object>(facts: T | undefined): Present<T> {
  const entries = Object.entries(facts ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Present<T>; // keys of T, without those that are undefined
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const path = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new Failure('input_invalid', `${path === '' ? 'The document' : path} is not what it must be.`, {
    cause: parsed.error,
  });
}
