import {
  CLIENT_INFO,
  type ClientCapabilities,
  Failure,
  type JsonObject,
  type ServerDescription,
  type ServerReply,
} from '@bailiff/contract';
import { plainCapabilities } from './plain-capabilities.ts';

/** The revision proposed to servers that keep sessions, and those taken from them. */
export const PROPOSED_VERSION = '2025-11-25';
const ACCEPTED_VERSIONS: readonly string[] = [PROPOSED_VERSION, '2025-06-18', '2025-03-26', '2024-11-05'];

/**
 * What the gateway declares for its own questions: servers leave out of their lists what a client could not use. Nothing
 * that they ask for there is given to them.
 */
export const EVERY_CAPABILITY: ClientCapabilities = {
  sampling: { tools: {}, context: {} },
  elicitation: { form: {}, url: {} },
  roots: {},
};

/** Whether one of these revisions of MCP is spoken here, in a session. */
export function hasSessionVersion(versions: readonly unknown[]): boolean {
  return ACCEPTED_VERSIONS.some((version) => versions.includes(version));
}

/** Begins a session. A server is offered nothing that the client of the conversation does not offer. */
export function initializeRequest(id: string, declared: ClientCapabilities = {}): Uint8Array {
  const capabilities = plainCapabilities(declared);
  const params = { protocolVersion: PROPOSED_VERSION, capabilities, clientInfo: CLIENT_INFO };
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

/** The client’s answer to what a server asked of it, each part as it was written. */
export function replyToServer(id: string | number, { member, json }: ServerReply): Uint8Array {
  return Buffer.from(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"${member}":${json}}`);
}

/** What is said to a server that asks for what it is not given. `ping` is the only thing that must be answered. */
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
export function readHandshake(reply: ServerReply): ServerDescription {
  const result: JsonObject = reply.member === 'result' ? JSON.parse(reply.json) : {};
  const { protocolVersion, capabilities, serverInfo } = result;
  if (typeof protocolVersion !== 'string' || !ACCEPTED_VERSIONS.includes(protocolVersion)) {
    throw new Failure('upstream_invalid', 'The server speaks no revision of MCP that is known here.');
  }
  if (!isJsonObject(capabilities) || !isJsonObject(serverInfo)) {
    throw new Failure('upstream_invalid', 'The server does not say what it is.');
  }
  return {
    era: 'session',
    version: protocolVersion,
    capabilities,
    serverInfo: plainServerInfo(serverInfo),
  };
}

/** Name, version and title: the rest is free text and addresses of the server’s. */
export function plainServerInfo({ name, version, title }: JsonObject): JsonObject {
  return {
    name: typeof name === 'string' ? name : 'unknown',
    version: typeof version === 'string' ? version : 'unknown',
    ...(typeof title === 'string' ? { title } : {}),
  };
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
