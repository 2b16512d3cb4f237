import { type ClientCapabilities, Failure, type JsonObject, type ServerDescription } from '@bailiff/contract';
import { type Opening, open, serverInfoOf } from '../actions/opening.ts';
import { claimOf } from '../client/claims.ts';
import { clientCapabilitiesOf } from '../client/client-capabilities.ts';
import { isObject } from '../message.ts';
import type { McpServer } from '../ports.ts';
import type { ClientFacts, Reply } from '../request-context.ts';

/** Revisions of this era that clients may speak to us, the preferred one first. */
export const SESSION_VERSIONS = ['2025-11-25', '2025-06-18'] as const;
export type SessionVersion = (typeof SESSION_VERSIONS)[number];

/** What becomes of an `initialize`: the facts of a session and what the client is told, or the refusal of its principal. */
export type Initialized =
  | {
      readonly kind: 'opened';
      /** At which the principal is admitted: one server, or those of all. */
      readonly admittedTo: McpServer;
      readonly client: Omit<ClientFacts, 'conversationKey'>;
      readonly capabilities: ClientCapabilities;
      readonly result: JsonObject;
    }
  | { readonly kind: 'refused'; readonly reply: Reply };

/**
 * Answers `initialize` from what the server said of itself, cut down to what is governed here. Policy is asked first: a
 * principal that it refuses as such opens no session and learns nothing of the server.
 * @throws Failure `invalid_params`, what `governOpening` throws, or `upstream_*` when the server cannot be asked.
 */
export async function initialize(
  params: JsonObject,
  opening: Omit<Opening, 'client'> & Pick<ClientFacts, 'transport'>,
): Promise<Initialized> {
  const { protocolVersion: asked, clientInfo, capabilities } = params;
  if (typeof asked !== 'string' || !isObject(capabilities) || !isObject(clientInfo)) {
    throw new Failure('invalid_params', 'initialize needs protocolVersion, capabilities and clientInfo.');
  }
  const protocolVersion = SESSION_VERSIONS.find((version) => version === asked) ?? SESSION_VERSIONS[0];
  const client = {
    protocolVersion,
    transport: opening.transport,
    clientName: claimOf(clientInfo.name),
    clientVersion: claimOf(clientInfo.version),
  } as const;
  const opened = await open({ ...opening, client: { ...client, conversationKey: '' } });
  if (opened.kind === 'refused') return opened;
  const { description, server: admittedTo } = opened;
  return {
    kind: 'opened',
    admittedTo,
    client,
    capabilities: clientCapabilitiesOf(capabilities),
    result: {
      protocolVersion,
      capabilities: offeredTo(protocolVersion, description),
      serverInfo: serverInfoOf(description),
    },
  };
}

/** What of a server’s abilities clients of this era are told. */
function offeredTo(protocolVersion: SessionVersion, { capabilities, era }: ServerDescription): JsonObject {
  const { tools, resources, prompts, completions, logging, tasks } = capabilities;
  return {
    ...(tools ? { tools: flags(tools, ['listChanged']) } : {}),
    ...(resources ? { resources: flags(resources, ['subscribe', 'listChanged']) } : {}),
    ...(prompts ? { prompts: flags(prompts, ['listChanged']) } : {}),
    ...(completions ? { completions: {} } : {}),
    ...(logging ? { logging: {} } : {}),
    // Tasks of stateless servers are an extension of another shape.
    ...(isObject(tasks) && era === 'session' && protocolVersion === '2025-11-25' ? { tasks } : {}),
  };
}

function flags(capability: JsonObject[string], names: readonly string[]): JsonObject {
  if (!isObject(capability)) return {};
  return Object.fromEntries(names.filter((name) => capability[name] === true).map((name) => [name, true]));
}
