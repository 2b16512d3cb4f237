import { Failure, type JsonObject, type ServerDescription, type ServerReply } from '@bailiff/contract';

/** The revision proposed to servers, and those taken from them. */
export const PROPOSED_VERSION = '2025-11-25';
const ACCEPTED_VERSIONS: readonly string[] = [PROPOSED_VERSION, '2025-06-18', '2025-03-26', '2024-11-05'];

/** Begins a session. The gateway offers servers nothing to ask of it: no sampling, elicitation or roots. */
export function initializeRequest(id: string): Uint8Array {
  const params = {
    protocolVersion: PROPOSED_VERSION,
    capabilities: {},
    clientInfo: { name: 'bailiff', version: '0.1.0' },
  };
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, method: 'initialize', params }));
}

export const INITIALIZED_NOTIFICATION: Uint8Array = Buffer.from(
  JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }),
);

/** Tells a server that nobody waits for the answer to a request any more. */
export function cancelledNotification(requestId: string): Uint8Array {
  const params = { requestId, reason: 'The caller no longer waits.' };
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params }));
}

/** What is said to a server that asks something of its client. `ping` is the only thing that must be answered. */
export function answerToServer(id: string | number, method: string): Uint8Array {
  const answer =
    method === 'ping'
      ? { jsonrpc: '2.0', id, result: {} }
      : { jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } };
  return Buffer.from(JSON.stringify(answer));
}

/**
 * What an `initialize` was answered. The server’s instructions are not kept: they are free text that policy does not see,
 * and name tools whoever asks. @throws Failure `upstream_invalid`.
 */
export function readHandshake(reply: ServerReply): ServerDescription & { readonly version: string } {
  const result: JsonObject = reply.member === 'result' ? JSON.parse(reply.json) : {};
  const { protocolVersion, capabilities, serverInfo } = result;
  if (typeof protocolVersion !== 'string' || !ACCEPTED_VERSIONS.includes(protocolVersion)) {
    throw new Failure('upstream_invalid', 'The server speaks no revision of MCP that is known here.');
  }
  if (!isObject(capabilities) || !isObject(serverInfo)) {
    throw new Failure('upstream_invalid', 'The server does not say what it is.');
  }
  return {
    version: protocolVersion,
    capabilities: { tools: isObject(capabilities.tools), resources: isObject(capabilities.resources) },
    serverInfo,
  };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
