import {
  type ClientCapabilities,
  Failure,
  type JsonObject,
  META_KEYS,
  type ServerDescription,
  type ServerReply,
  statelessMeta,
} from '@bailiff/contract';
import { EVERY_CAPABILITY, hasSessionVersion, isJsonObject, plainServerInfo } from '../handshake.ts';

/** The revision spoken with servers that keep no sessions. */
export const STATELESS_VERSION = '2026-07-28';

/** Errors that only servers of that revision give. */
export const STATELESS_ERRORS = {
  headerMismatch: -32020,
  missingCapability: -32021,
  unsupportedVersion: -32022,
} as const;

/** What every request to such a server says of the gateway (`params._meta`). */
export function ownMeta(capabilities: ClientCapabilities): JsonObject {
  return statelessMeta({ version: STATELESS_VERSION, capabilities });
}

/** A question of the gateway’s own, as a server of either era takes it. */
export function ownRequest(
  { era }: Pick<ServerDescription, 'era'>,
  { id, method, params }: { readonly id: string; readonly method: string; readonly params: JsonObject },
): Uint8Array {
  const said = era === 'stateless' ? { ...params, _meta: ownMeta(EVERY_CAPABILITY) } : params;
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, method, params: said }));
}

/** Asks a server what it is; only servers without sessions understand it. */
export function discoverRequest(id: string): Uint8Array {
  return ownRequest({ era: 'stateless' }, { id, method: 'server/discover', params: {} });
}

/**
 * What a server says of itself when it speaks our revision without sessions; undefined when it is to be greeted with
 * `initialize`. @throws Failure `upstream_invalid` when it speaks no revision that is known here.
 */
export function readDiscovery(reply: ServerReply | undefined): ServerDescription | undefined {
  if (reply === undefined) return undefined;
  const value: JsonObject = JSON.parse(reply.json);
  if (reply.member === 'error') {
    const { code, data } = value;
    if (!isStatelessError(reply)) return undefined;
    const supported = isJsonObject(data) ? data.supported : undefined;
    if (code === STATELESS_ERRORS.unsupportedVersion && Array.isArray(supported)) {
      if (hasSessionVersion(supported)) return undefined;
      throw unknownRevision();
    }
    throw new Failure('upstream_invalid', 'The server does not say what it is.');
  }
  const { supportedVersions, capabilities, _meta } = value;
  if (!Array.isArray(supportedVersions) || !isJsonObject(capabilities)) return undefined;
  if (!supportedVersions.includes(STATELESS_VERSION)) {
    if (hasSessionVersion(supportedVersions)) return undefined;
    throw unknownRevision();
  }
  const serverInfo = isJsonObject(_meta) ? _meta[META_KEYS.serverInfo] : undefined;
  return {
    era: 'stateless',
    version: STATELESS_VERSION,
    capabilities,
    serverInfo: plainServerInfo(isJsonObject(serverInfo) ? serverInfo : {}),
  };
}

/** Whether a server refuses our revision and names it among those that it speaks: then it is to be asked once more. */
export function refusesWhatItSpeaks(reply: ServerReply | undefined): boolean {
  if (reply?.member !== 'error') return false;
  const { code, data }: JsonObject = JSON.parse(reply.json);
  const supported = isJsonObject(data) ? data.supported : undefined;
  const isRefused = code === STATELESS_ERRORS.unsupportedVersion;
  return isRefused && Array.isArray(supported) && supported.includes(STATELESS_VERSION);
}

/** Whether a server could only have said so if it speaks a revision without sessions. */
export function isStatelessError(reply: ServerReply): boolean {
  if (reply.member !== 'error') return false;
  const { code }: { readonly code: number } = JSON.parse(reply.json);
  return Object.values<number>(STATELESS_ERRORS).includes(code);
}

/** Whether a request was made for a server without sessions. */
export function isMadeForStateless(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!text.includes(META_KEYS.protocolVersion)) return false; // Which is never so for arguments that do not speak of it.
  const { params }: { readonly params?: unknown } = JSON.parse(text.toString('utf8'));
  const meta = isJsonObject(params) ? params._meta : undefined;
  return isJsonObject(meta) && Object.hasOwn(meta, META_KEYS.protocolVersion);
}

/** What a call is told that was made for a revision which the server no longer speaks. Nothing was sent. */
export function revisionChanged(): Failure {
  return new Failure('upstream_unavailable', 'The server speaks another revision of MCP now; try again.');
}

function unknownRevision(): Failure {
  return new Failure('upstream_invalid', 'The server speaks no revision of MCP that is known here.');
}
