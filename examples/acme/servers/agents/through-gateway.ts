import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { Agent, fetch as fetchBy } from 'undici';
import { issueDevelopmentToken } from '../../../../packages/gateway/src/context/development-issuer.ts';
import { localSocketPath } from '../../../../packages/gateway/src/stores/local-socket.ts';

/** Seconds for which the credential of one task is good. */
const TASK_SECONDS = 120;

/** One of the runtime’s agents at work: who it is, for whom, and who handed it the task. */
export interface Worker {
  readonly agentId: string;
  readonly agentVersion: string;
  /** Agents that handed the task on, the first to ask first. */
  readonly chain: readonly string[];
  readonly userId: string;
}

/**
 * Calls a tool as an agent does that was handed a task: through the gateway, with a credential that names everybody before it.
 * The gateway’s development issuer stands here for the company’s own.
 */
export async function callThroughGateway(
  worker: Worker,
  { server, tool, args }: { readonly server: string; readonly tool: string; readonly args: object },
  dataDirectory: string,
): Promise<CallToolResult> {
  const claims = { ...worker, conversation: '', permissions: [], lifetimeSeconds: TASK_SECONDS };
  const token = await issueDevelopmentToken(claims, dataDirectory, Date.now);
  await using opened = new AsyncDisposableStack();
  const socket = new Agent({ connect: { socketPath: localSocketPath(dataDirectory) } });
  opened.defer(() => socket.destroy());
  const client = new Client({ name: worker.agentId, version: worker.agentVersion });
  const transport = new StreamableHTTPClientTransport(new URL(`http://localhost/mcp/${server}`), {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
    fetch: ((url: URL, init: object) =>
      fetchBy(url, { ...init, dispatcher: socket })) as unknown as typeof fetch,
  });
  opened.defer(() => client.close());
  await client.connect(transport as Parameters<Client['connect']>[0]); // Its own types disagree on optional fields.
  return (await client.callTool({ name: tool, arguments: { ...args } })) as CallToolResult;
}
