import {
  ActionType,
  BlastRadius,
  type BudgetUsage,
  type Call,
  type Catalogue,
  type Context,
  type Directory,
  Effect,
  INPUT_SCHEMA,
  type Input,
  type InputApproval,
  type Json,
  type JsonObject,
  type Principal,
  type Release,
  type Session,
  type Target,
  TargetKind,
} from '@bailiff/contract';
import fc, { type Arbitrary } from 'fast-check';
import type { z } from 'zod';
import { environmentAt } from '../environment.ts';

/** Generators for property tests: inputs that the schema accepts, and calls as hostile as a wire lets them be. */

/** Names that break careless lookups, comparisons and displays, besides ordinary ones. */
export function anyName(): Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom('crm', 'read', 'mara', 'support-bot', 'customer_data', 'crm.read', 'internal'),
    fc.constantFrom(
      '__proto__',
      'constructor',
      'prototype',
      'toString',
      'hasOwnProperty',
      'valueOf',
      '*',
      '.',
    ),
    fc.constantFrom(
      'a\u0000b',
      'a\nb',
      '\u202Etxt',
      'ﬁle',
      'é',
      'e\u0301',
      '🦉',
      ' padded ',
      '"',
      '\\',
      '%2e%2e',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
  );
}

/** Arguments as a strict parser gives them: nested, with hostile keys of their own. */
export function anyArgs(): Arbitrary<JsonObject> {
  const value: Arbitrary<Json> = fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }) as Arbitrary<Json>;
  const entries = fc.array(fc.tuple(anyName(), value), { maxLength: 6 });
  // Through text, as on the wire: `__proto__` becomes an own key.
  return entries.map((pairs) => {
    const text = pairs.map(([key, item]) => `${JSON.stringify(key)}:${JSON.stringify(item)}`);
    return JSON.parse(`{${text.join(',')}}`) as JsonObject;
  });
}

const names = (maxLength = 4): Arbitrary<string[]> => fc.array(anyName(), { maxLength });
const count = (max = 1_000_000): Arbitrary<number> => fc.nat({ max });
const nameOrNone = (): Arbitrary<string> => fc.oneof(fc.constant(''), anyName());
const instantMs = (): Arbitrary<number> => fc.integer({ min: 0, max: Date.UTC(2100, 0) });
const timestamp = (): Arbitrary<string> => instantMs().map((ms) => new Date(ms).toISOString());

export function anyTarget(): Arbitrary<Target> {
  return fc.record({ kind: fc.constantFrom(...TargetKind.options), id: anyName() });
}

export function anySession(): Arbitrary<Session> {
  return fc.record({
    protocol: fc.constantFrom('mcp/2025-11-25', 'decision_api/v1'),
    transport: fc.constantFrom('http', 'stdio'),
    client_name: nameOrNone(),
    client_version: nameOrNone(),
    auth_method: fc.constantFrom('jwt', 'api_key', 'none'),
  });
}

export function anyPrincipal(): Arbitrary<Principal> {
  return fc.record({
    agentId: anyName(),
    agentVersion: fc.constantFrom('unknown', '3.2.0'),
    chain: names(3),
    userId: nameOrNone(),
    authMethod: fc.constantFrom('jwt', 'api_key'),
    credentialId: anyName(),
    issuer: fc.constantFrom('https://issuer.example', 'api_keys'),
    permissions: fc.constant(new Set<never>()),
    conversation: nameOrNone(),
  });
}

/** A call of any type to any target, told by the wire as it likes. */
export function anyCall(): Arbitrary<Call> {
  return fc
    .record({
      decisionId: fc.uuid(),
      principal: anyPrincipal(),
      type: fc.constantFrom(...ActionType.options),
      target: anyTarget(),
      server: nameOrNone(),
      toolName: nameOrNone(),
      model: nameOrNone(),
      subagent: nameOrNone(),
      args: anyArgs(),
      session: anySession(),
      conversationKey: nameOrNone(),
    })
    .map((call) => ({ ...call, bytes: undefined, given: undefined }));
}

function anyContext(): Arbitrary<Context> {
  return fc.record({
    conversation_id: anyName(),
    turn_count: count(500),
    cumulative_tokens: count(),
    tokens_source: fc.constantFrom('reported', 'estimated'),
    session_age_seconds: count(100_000),
    tool_calls_in_a_row: count(200),
    identical_calls: count(200),
    recent_tools: names(32),
    data_classes_seen: names(),
  });
}

function anyAction(): Arbitrary<Input['action']> {
  return fc.record({
    type: fc.constantFrom(...ActionType.options),
    phase: fc.constantFrom('request', 'list'),
    target: anyTarget(),
    server: nameOrNone(),
    tool: nameOrNone(),
    tool_name: nameOrNone(),
    model: nameOrNone(),
    subagent: nameOrNone(),
    provider: anyName(),
    region: anyName(),
    args: anyArgs(),
    effects: fc.subarray([...Effect.options]),
    blast_radius: fc.constantFrom(...BlastRadius.options),
    estimated_tokens: count(),
    data_classes_referenced: names(),
  });
}

function anyUsage(): Arbitrary<z.infer<typeof BudgetUsage>> {
  return fc.record({
    window: anyName(),
    limit: count(),
    used: count(),
    reserved: count(),
    remaining: count(),
    resets_at: timestamp(),
  });
}

function anyApproval(): Arbitrary<z.infer<typeof InputApproval>> {
  return fc.record({
    id: anyName(),
    rules: fc.array(anyName(), { minLength: 1, maxLength: 3 }),
    approved_by: fc.array(anyName(), { minLength: 1, maxLength: 2 }),
    expires_at: timestamp(),
  });
}

/** Any document that the schema accepts. */
export function anyInput(): Arbitrary<Input> {
  const flags = fc.dictionary(fc.constantFrom('change_freeze', 'incident'), fc.boolean());
  return fc.record({
    schema: fc.constant(INPUT_SCHEMA),
    agent: fc.record({
      id: anyName(),
      scope: anyName(),
      owner_team: anyName(),
      version: anyName(),
      chain: names(3),
    }),
    user: fc.record({
      id: nameOrNone(),
      kind: fc.constantFrom('human', 'service', 'none'),
      groups: names(),
      data_classifications_authorized: names(),
    }),
    action: anyAction(),
    result: fc.option(
      fc.record({
        bytes: count(),
        content_type: fc.constantFrom('application/json', 'text/plain'),
        text: fc.string({ unit: 'binary', maxLength: 40 }),
        structured: fc.jsonValue({ maxDepth: 2 }) as Arbitrary<Json>,
      }),
    ),
    context: anyContext(),
    session: anySession(),
    environment: fc
      .record({ ms: instantMs(), region: anyName(), is_production: fc.boolean(), flags })
      .map(({ ms, ...environment }) => environmentAt(ms, environment)),
    usage: fc.dictionary(fc.constantFrom('agent-weekly-tokens', 'user-daily-calls'), anyUsage()),
    approval: fc.option(anyApproval()),
  });
}

/** The same input with nothing in it that entitles its user to anything. */
export function withoutEntitlements(input: Input): Input {
  return { ...input, user: { ...input.user, groups: [], data_classifications_authorized: [] } };
}

function anyFacts() {
  return {
    effects: fc.subarray([...Effect.options], { minLength: 1 }),
    blast_radius: fc.constantFrom(...BlastRadius.options),
    data_classes: names(),
    returns: names(),
  };
}

/** A catalogue and a directory full of hostile names, as a release would carry them. */
export function anyRelease(): Arbitrary<Pick<Release, 'catalogue' | 'directory'>> {
  const argumentClasses = fc.dictionary(anyName(), fc.dictionary(anyName(), names(2), { maxKeys: 3 }), {
    maxKeys: 2,
  });
  const tool = fc.record({ ...anyFacts(), argument_classes: argumentClasses });
  const server = fc.record({
    title: anyName(),
    data_classes: names(),
    tools: fc.dictionary(anyName(), tool, { maxKeys: 4 }),
    resources: fc.array(fc.record({ ...anyFacts(), uri: anyName() }), { maxLength: 3 }),
  });
  const catalogue: Arbitrary<Catalogue> = fc.record({
    data_classes: fc.dictionary(anyName(), fc.record({ title: anyName() }), { maxKeys: 3 }),
    regions: fc.constant({}),
    servers: fc.dictionary(anyName(), server, { maxKeys: 3 }),
    models: fc.dictionary(
      anyName(),
      fc.record({
        title: anyName(),
        provider: anyName(),
        region: anyName(),
        blast_radius: fc.constantFrom(...BlastRadius.options),
      }),
      { maxKeys: 2 },
    ),
    subagents: fc.dictionary(anyName(), tool, { maxKeys: 2 }),
  });
  const status = fc.constantFrom('active' as const, 'disabled' as const);
  const directory: Arbitrary<Directory> = fc.record({
    agents: fc.dictionary(
      anyName(),
      fc.record({ scope: anyName(), owner_team: anyName(), versions: names(2), status }),
      { maxKeys: 3 },
    ),
    users: fc.dictionary(
      anyName(),
      fc.record({
        kind: fc.constantFrom('human' as const, 'service' as const),
        groups: names(),
        data_classifications_authorized: names(),
        status,
      }),
      { maxKeys: 3 },
    ),
  });
  return fc.record({ catalogue, directory });
}
