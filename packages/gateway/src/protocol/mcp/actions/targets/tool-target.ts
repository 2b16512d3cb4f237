import { AGENTS_SERVER, type Call } from '@bailiff/contract';

/** What a tool of a server is to policy, whatever is done with it; a tool of the agent runtime is a subagent. */
export function toolTarget(serverName: string, toolName: string): Pick<Call, 'target' | 'subagent'> {
  return serverName === AGENTS_SERVER
    ? { target: { kind: 'subagent', id: toolName }, subagent: toolName }
    : { target: { kind: 'tool', id: `${serverName}.${toolName}` }, subagent: '' };
}
