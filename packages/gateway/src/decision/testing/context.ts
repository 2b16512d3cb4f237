import {
  type CallContext,
  INPUT_SCHEMA,
  type Input,
  type ListContext,
  NO_USER,
  type Release,
} from '@bailiff/contract';

/** An input as the contract's example has it. */
export function makeInput(action: Partial<Input['action']> = {}, rest: Partial<Input> = {}): Input {
  return {
    schema: INPUT_SCHEMA,
    agent: { id: 'support-bot', scope: 'support', owner_team: 'cx', version: '3.2.0', chain: [] },
    user: { ...NO_USER, id: 'mara', kind: 'human', groups: ['support-tier-2'] },
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
      args: { id: 7, rows: 20 },
      effects: ['read'],
      blast_radius: 'low',
      estimated_tokens: 40,
      data_classes_referenced: [],
      ...action,
    },
    result: null,
    context: {
      conversation_id: 'c-81',
      turn_count: 7,
      cumulative_tokens: 4_521,
      tokens_source: 'estimated',
      session_age_seconds: 142,
      tool_calls_in_a_row: 3,
      identical_calls: 1,
      recent_tools: ['crm.read'],
      data_classes_seen: [],
    },
    session: {
      protocol: 'mcp/2025-11-25',
      transport: 'http',
      client_name: 'claude-code',
      client_version: '4.1',
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
    ...rest,
  };
}

/** What the stage before would hand over for this input. */
export function makeContext(input: Input, release?: Release, rest: Partial<CallContext> = {}): CallContext {
  return {
    call: {
      decisionId: '01J00000000000000000000000',
      principal: {
        agentId: input.agent.id,
        agentVersion: input.agent.version,
        chain: [],
        userId: input.user.id,
        authMethod: 'jwt',
        credentialId: 'token-1',
        issuer: 'tests',
        permissions: new Set(),
        conversation: '',
      },
      type: input.action.type,
      target: input.action.target,
      server: input.action.server,
      toolName: input.action.tool_name,
      model: input.action.model,
      subagent: input.action.subagent,
      args: input.action.args,
      session: input.session,
      conversationKey: '',
      bytes: undefined,
      given: undefined,
    },
    input,
    release,
    dataClassSources: [],
    defaulted: [],
    contextMs: 0,
    ...rest,
  };
}

/** A list of tools of the CRM. */
export function makeListContext(names: readonly string[], release?: Release): ListContext {
  const { call, input, ...rest } = makeContext(makeInput({ phase: 'list', args: {} }), release);
  const { bytes: _bytes, given: _given, args: _args, ...listCall } = call;
  const candidates = names.map((name) => ({
    target: { kind: 'tool' as const, id: `crm.${name}` },
    server: 'crm',
    tool: `crm.${name}`,
    tool_name: name,
    effects: ['read' as const],
    blast_radius: 'low' as const,
    data_classes_referenced: [],
  }));
  return { ...rest, call: { ...listCall, candidates }, input: { ...input, candidates } };
}
