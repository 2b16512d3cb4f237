import type { ClientCapabilities } from './call.ts';
import { CLIENT_INFO } from './client-info.ts';
import type { JsonObject } from './values.ts';

const PREFIX = 'io.modelcontextprotocol';

/** What requests and results of revisions without sessions say of themselves in `_meta`. */
export const META_KEYS = {
  protocolVersion: `${PREFIX}/protocolVersion`,
  clientInfo: `${PREFIX}/clientInfo`,
  clientCapabilities: `${PREFIX}/clientCapabilities`,
  logLevel: `${PREFIX}/logLevel`,
  serverInfo: `${PREFIX}/serverInfo`,
  subscriptionId: `${PREFIX}/subscriptionId`,
} as const;

/** What the gateway says of itself and of whom it asks for, in `_meta` of every request to a server without sessions. */
export function statelessMeta(said: {
  /** The revision that is spoken. */
  readonly version: string;
  readonly capabilities: ClientCapabilities | JsonObject;
  /** The lowest level of log messages about the request that are wanted; undefined for none. */
  readonly logLevel?: string | undefined;
}): JsonObject {
  const { version, capabilities, logLevel } = said;
  return {
    [META_KEYS.protocolVersion]: version,
    [META_KEYS.clientInfo]: CLIENT_INFO,
    [META_KEYS.clientCapabilities]: { ...capabilities },
    ...(logLevel === undefined ? {} : { [META_KEYS.logLevel]: logLevel }),
  };
}
