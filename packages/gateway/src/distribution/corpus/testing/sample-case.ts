/** Cases for tests, valid by the contract’s schema. */
import { type CorpusCase, INPUT_SCHEMA, type JsonObject } from '@bailiff/contract';

/** What differs between sample cases; everything else is the same. */
export interface SampleCaseOptions {
  readonly id: string;
  readonly agent?: string;
  readonly scope?: string;
  readonly tool?: string;
  readonly args?: JsonObject;
  readonly outcome?: CorpusCase['expect']['outcome'];
  readonly reasons?: readonly string[];
  readonly rules?: readonly string[];
}

export function sampleCase(options: SampleCaseOptions): CorpusCase {
  const { id, agent = 'bot', scope = 'support', tool = 'crm.read', outcome = 'allow' } = options;
  const [server = '', name = ''] = tool.split('.');
  return {
    id,
    input: {
      schema: INPUT_SCHEMA,
      agent: { id: agent, scope, owner_team: 'cx', version: '1.0.0', chain: [] },
      user: { id: 'mara', kind: 'human', groups: ['support'], data_classifications_authorized: [] },
      action: {
        type: 'tool_call',
        phase: 'request',
        target: { kind: 'tool', id: tool },
        server,
        tool,
        tool_name: name,
        model: '',
        subagent: '',
        provider: 'acme',
        region: 'eu',
        args: options.args ?? { rows: 20 },
        effects: ['read'],
        blast_radius: 'low',
        estimated_tokens: 40,
        data_classes_referenced: [],
      },
      result: null,
      context: {
        conversation_id: 'c-1',
        turn_count: 1,
        cumulative_tokens: 40,
        tokens_source: 'estimated',
        session_age_seconds: 1,
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
        region: 'eu',
        time: '2026-11-22T13:45:00Z',
        time_s: 1_795_355_100,
        weekday: 'sunday',
        minute_of_day: 825,
        is_production: true,
        flags: {},
      },
      usage: {},
      approval: null,
    },
    expect: {
      outcome,
      reasons: [...(options.reasons ?? ['agent_known', 'tool_granted'])],
      matched_rules: [...(options.rules ?? ['identity.agent_known', 'resource.tool_granted'])],
    },
    tags: [],
  };
}
