import { Failure, type JsonObject, type Principal } from '@bailiff/contract';
import { isObject } from './message.ts';
import type { McpServer, ServerDescription } from './ports.ts';
import type { McpSession } from './sessions.ts';

/** Revisions that clients may speak to us, the preferred one first. */
export const PROTOCOL_VERSIONS: readonly string[] = ['2025-11-25'];

/** Longest claim of a client about itself that is kept, in UTF-16 units. */
const CLAIM_LENGTH_MAX = 128;

/** What an `initialize` makes: the facts of a session and the result that tells the client about the server. */
export interface Initialized {
  readonly session: Omit<McpSession, 'id' | 'running'>;
  readonly result: JsonObject;
}

/**
 * Answers `initialize` from what the server said of itself, cut down to what is governed here.
 * @throws Failure `invalid_params`, or `upstream_*` when the server cannot be asked.
 */
export async function initialize(
  params: JsonObject,
  at: { readonly server: McpServer; readonly name: string; readonly principal: Principal },
  signal: AbortSignal,
): Promise<Initialized> {
  const { protocolVersion, clientInfo, capabilities } = params;
  if (typeof protocolVersion !== 'string' || !isObject(capabilities) || !isObject(clientInfo)) {
    throw new Failure('invalid_params', 'initialize needs protocolVersion, capabilities and clientInfo.');
  }
  const version = PROTOCOL_VERSIONS.includes(protocolVersion) ? protocolVersion : PROTOCOL_VERSIONS[0];
  if (version === undefined) throw new Failure('internal');
  const description = await at.server.describe(signal);
  return {
    session: {
      server: at.name,
      owner: at.principal,
      protocolVersion: version,
      clientName: claim(clientInfo.name),
      clientVersion: claim(clientInfo.version),
    },
    result: initializeResult(version, description),
  };
}

function initializeResult(protocolVersion: string, description: ServerDescription): JsonObject {
  const { capabilities, serverInfo, instructions } = description;
  return {
    protocolVersion,
    capabilities: {
      ...(capabilities.tools ? { tools: {} } : {}),
      ...(capabilities.resources ? { resources: {} } : {}),
    },
    serverInfo,
    ...(instructions === undefined ? {} : { instructions }),
  };
}

function claim(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, CLAIM_LENGTH_MAX).toWellFormed() : '';
}
