import type { Call, Decision, Obligation } from '@bailiff/contract';

/** A call of `raw.<tool>` with the bytes that the protocol would have made. */
export function toolCall(tool: string, changes: Partial<Call> = {}): Call {
  const decisionId = changes.decisionId ?? `decision-of-${tool}`;
  const params = { name: tool, arguments: changes.args ?? {} };
  return {
    decisionId,
    principal: {
      agentId: 'bot',
      agentVersion: 'unknown',
      chain: [],
      userId: 'mara',
      authMethod: 'api_key',
      credentialId: 'key',
      issuer: 'tests',
      permissions: new Set(),
      conversation: '',
    },
    type: 'tool_call',
    target: { kind: 'tool', id: `raw.${tool}` },
    server: 'raw',
    toolName: tool,
    model: '',
    subagent: '',
    args: {},
    session: {
      protocol: 'mcp/2025-11-25',
      transport: 'http',
      client_name: 'tests',
      client_version: '1',
      auth_method: 'api_key',
    },
    conversationKey: 'conversation-1',
    bytes: Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: decisionId, method: 'tools/call', params })),
    given: undefined,
    ...changes,
  };
}

/** A decision of the given outcome; its other fields do not matter to enforcement. */
export function decision(
  outcome: 'allow' | 'deny' | 'approval_required',
  obligations: Obligation[] = [],
): Decision {
  const answer = { outcome, allow: outcome === 'allow', obligations, metadata: { simulated: false } };
  return {
    answer: answer as unknown as Decision['answer'],
    engine: 'none',
    releaseDigest: '',
    decisionMs: 0,
  };
}
