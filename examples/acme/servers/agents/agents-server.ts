import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { callThroughGateway, type Worker } from './through-gateway.ts';

/** For whom a runtime was started, and where its gateway keeps its data. */
export interface RuntimeOptions {
  readonly userId: string;
  /** The agent that asks first. */
  readonly askedBy: string;
  readonly dataDirectory: string;
}

const refund = {
  payment_id: z.int().min(1),
  amount_cents: z.int().describe('In cents: 1250 is 12.50 euros.'),
  reason: z.string().min(1).max(140),
};

/**
 * Acme’s agent runtime as an MCP server: each of its tools is an agent. What an agent does is a call of its own through the
 * gateway, in the name of the user and of every agent that handed it the task; whether it may is for policy.
 */
export function createAgentsServer(options: RuntimeOptions): McpServer {
  const { userId, askedBy, dataDirectory } = options;
  const server = new McpServer({ name: 'acme-agents', version: '1.0.0' });
  const planner: Worker = { agentId: 'planner-bot', agentVersion: '1.0.0', chain: [askedBy], userId };
  const refunder: Worker = {
    agentId: 'refund-bot',
    agentVersion: '1.0.0',
    chain: [askedBy, planner.agentId],
    userId,
  };
  server.registerTool(
    'planner',
    {
      title: 'Plans what is to be done about a case',
      description: 'Has a refund made by the agent that makes them.',
      inputSchema: refund,
    },
    (args) =>
      handedOn(
        'refund_bot',
        callThroughGateway(planner, { server: 'agents', tool: 'refund_bot', args }, dataDirectory),
      ),
  );
  server.registerTool(
    'refund_bot',
    {
      title: 'Makes refunds',
      description: 'Gives back part or all of a payment, if it is little.',
      inputSchema: refund,
    },
    (args) =>
      handedOn(
        'payments',
        callThroughGateway(refunder, { server: 'payments', tool: 'refund', args }, dataDirectory),
      ),
  );
  return server;
}

/** What came of a task, in words; a refusal of the gateway’s is told on as it is. */
async function handedOn(to: string, task: Promise<CallToolResult>): Promise<CallToolResult> {
  const { content, isError } = await task;
  const texts = content.flatMap((block) => (block.type === 'text' ? [block.text] : []));
  return {
    content: [{ type: 'text', text: [`${to}:`, ...texts].join(' ') }],
    ...(isError === true ? { isError } : {}),
  };
}
