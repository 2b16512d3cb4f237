import { Failure, type JsonObject, type ServerDescription, type ServerReply } from '@bailiff/contract';
import { isObject } from './message.ts';
import { refusalError } from './refusal.ts';
import { callFacts, type RequestContext } from './request-context.ts';
import type { McpSession } from './sessions.ts';

/** Revisions that clients may speak to us, the preferred one first. */
export const PROTOCOL_VERSIONS: readonly string[] = ['2025-11-25'];

/** Longest claim of a client or server about itself that is kept, in UTF-16 units. */
const CLAIM_LENGTH_MAX = 128;

/** What becomes of an `initialize`: the facts of a session and what the client is told, or the refusal of its principal. */
export type Initialized =
  | {
      readonly kind: 'opened';
      readonly session: Omit<McpSession, 'id' | 'running'>;
      readonly result: JsonObject;
    }
  | { readonly kind: 'refused'; readonly reply: ServerReply };

/** Who asks to open a session, where, and with what it is decided. */
export interface InitializeContext extends Pick<RequestContext, 'ports' | 'server' | 'principal'> {
  readonly name: string;
  readonly decisionId: string;
  readonly signal: AbortSignal;
}

/**
 * Answers `initialize` from what the server said of itself, cut down to what is governed here. Policy is asked first: a
 * principal that it refuses as such opens no session and learns nothing of the server.
 * @throws Failure `invalid_params`, what `governOpening` throws, or `upstream_*` when the server cannot be asked.
 */
export async function initialize(params: JsonObject, context: InitializeContext): Promise<Initialized> {
  const { protocolVersion, clientInfo, capabilities } = params;
  if (typeof protocolVersion !== 'string' || !isObject(capabilities) || !isObject(clientInfo)) {
    throw new Failure('invalid_params', 'initialize needs protocolVersion, capabilities and clientInfo.');
  }
  const version = PROTOCOL_VERSIONS.includes(protocolVersion) ? protocolVersion : PROTOCOL_VERSIONS[0];
  if (version === undefined) throw new Failure('internal');
  const { ports, server, name, principal, decisionId, signal } = context;
  const session = {
    server: name,
    owner: principal,
    protocolVersion: version,
    clientName: claim(clientInfo.name),
    clientVersion: claim(clientInfo.version),
  };
  const { answer } = await ports.governOpening(
    {
      ...callFacts({ session: { ...session, id: '' }, principal, decisionId }),
      type: 'tool_call',
      target: { kind: 'tool', id: `${name}.*` },
      toolName: '',
      candidates: [],
    },
    signal,
  );
  if (answer.outcome !== 'allow') return { kind: 'refused', reply: refusalError(answer) };
  return { kind: 'opened', session, result: initializeResult(version, await server.describe(signal)) };
}

/** Of free text from the server only its names pass: instructions and descriptions tell of tools that policy may hide. */
function initializeResult(protocolVersion: string, description: ServerDescription): JsonObject {
  const { capabilities, serverInfo } = description;
  const { title } = serverInfo;
  return {
    protocolVersion,
    capabilities: {
      ...(capabilities.tools ? { tools: {} } : {}),
      ...(capabilities.resources ? { resources: {} } : {}),
    },
    serverInfo: {
      name: claim(serverInfo.name),
      version: claim(serverInfo.version),
      ...(typeof title === 'string' ? { title: claim(title) } : {}),
    },
  };
}

function claim(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, CLAIM_LENGTH_MAX).toWellFormed() : '';
}
