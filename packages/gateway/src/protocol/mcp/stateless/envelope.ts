import {
  type ClientCapabilities,
  Failure,
  isLogLevel,
  type Json,
  type JsonObject,
  type LogLevel,
  META_KEYS,
} from '@bailiff/contract';
import { claimOf } from '../client/claims.ts';
import { clientCapabilitiesOf } from '../client/client-capabilities.ts';
import { isObject, type RequestId } from '../message.ts';

/** Revisions in which every request says everything about itself, the newest first. */
export const STATELESS_VERSIONS: readonly string[] = ['2026-07-28'];
const [FIRST_STATELESS_VERSION = ''] = STATELESS_VERSIONS.toReversed();

/** The extension under which servers give out tasks. */
export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks';

/** What a request says about itself in `params._meta`. */
export interface Envelope {
  readonly version: string;
  /** The client’s own claims; empty where it makes none. */
  readonly clientName: string;
  readonly clientVersion: string;
  readonly capabilities: ClientCapabilities;
  /** Whether the client takes a task where it asked for a result. */
  readonly takesTasks: boolean;
  /** The lowest level of log messages about this request that the client wants; undefined for none. */
  readonly logLevel: LogLevel | undefined;
  /** The client’s own name for the progress of this request; undefined where it wants to hear of none. */
  readonly progressToken: RequestId | undefined;
}

/** Whether a revision is one without sessions: known or not, it is the later date. */
export function isStatelessVersion(version: string): boolean {
  return version >= FIRST_STATELESS_VERSION;
}

/** `params._meta`, where it is an object. */
export function metaOf(params: JsonObject): JsonObject | undefined {
  return isObject(params._meta) ? params._meta : undefined;
}

/** Whether a message claims to say everything about itself. What it says may still be wrong. */
export function claimsEnvelope(params: JsonObject): boolean {
  return Object.hasOwn(metaOf(params) ?? {}, META_KEYS.protocolVersion);
}

/** What is wrong with an envelope: the first key that is missing or unfit. Undefined where nothing is. */
export function objectionToEnvelope(meta: JsonObject): string | undefined {
  const { protocolVersion, clientCapabilities, clientInfo, logLevel } = META_KEYS;
  for (const key of [protocolVersion, clientCapabilities]) {
    if (!Object.hasOwn(meta, key)) return `${key} is missing`;
  }
  if (typeof meta[protocolVersion] !== 'string') return `${protocolVersion} is not a string`;
  const capabilities = meta[clientCapabilities];
  if (!isObject(capabilities)) return `${clientCapabilities} is not an object`;
  for (const name of ['sampling', 'elicitation', 'roots', 'extensions']) {
    const capability = capabilities[name];
    if (capability !== undefined && !isObject(capability)) return `${clientCapabilities} is not valid`;
  }
  const info = meta[clientInfo];
  if (info !== undefined && !isImplementation(info)) return `${clientInfo} is not a name and a version`;
  const level = meta[logLevel];
  if (level !== undefined && !isLogLevel(level)) return `${logLevel} is not a level`;
  const { progressToken } = meta;
  if (progressToken !== undefined && !isProgressToken(progressToken)) {
    return 'progressToken is not a string or an integer';
  }
  return undefined;
}

/** @throws Failure `invalid_params`, which names the first key that is missing or unfit. */
export function readEnvelope(params: JsonObject): Envelope {
  const meta = metaOf(params);
  const objection = meta === undefined ? '_meta is missing' : objectionToEnvelope(meta);
  if (meta === undefined || objection !== undefined) {
    throw new Failure('invalid_params', `The request does not say enough about itself: ${objection}.`);
  }
  const capabilities = objectAt(meta, META_KEYS.clientCapabilities);
  const info = objectAt(meta, META_KEYS.clientInfo);
  const logLevel = meta[META_KEYS.logLevel];
  return {
    version: String(meta[META_KEYS.protocolVersion]),
    clientName: claimOf(info.name),
    clientVersion: claimOf(info.version),
    capabilities: clientCapabilitiesOf(capabilities),
    takesTasks: isObject(objectAt(capabilities, 'extensions')[TASKS_EXTENSION]),
    logLevel: isLogLevel(logLevel) ? logLevel : undefined,
    progressToken: isProgressToken(meta.progressToken) ? meta.progressToken : undefined,
  };
}

function objectAt(parent: JsonObject, key: string): JsonObject {
  const value = parent[key];
  return isObject(value) ? value : {};
}

function isImplementation(value: Json): boolean {
  return isObject(value) && typeof value.name === 'string' && typeof value.version === 'string';
}

function isProgressToken(value: Json | undefined): value is RequestId {
  return typeof value === 'string' || (typeof value === 'number' && Number.isSafeInteger(value));
}
