import { type JsonObject, META_KEYS } from '@bailiff/contract';
import { type Opening, open, serverInfoOf } from '../actions/opening.ts';
import { isObject } from '../message.ts';
import type { Reply } from '../request-context.ts';
import { STATELESS_VERSIONS, TASKS_EXTENSION } from './envelope.ts';
import { ownResult } from './results.ts';

/** Everything that clients may speak here. */
export function supportedVersions(sessionVersions: readonly string[]): readonly string[] {
  return [...STATELESS_VERSIONS, ...sessionVersions];
}

/**
 * Answers `server/discover` from what the server said of itself, cut down to what is governed here. Policy is asked first: a
 * principal that it refuses as such learns nothing of the server. Kept by nobody but the caller, and not for a moment: another
 * release may answer otherwise.
 * @throws Failure what `governOpening` throws, or `upstream_*` when the server cannot be asked.
 */
export async function discover(opening: Opening, sessionVersions: readonly string[]): Promise<Reply> {
  const opened = await open(opening);
  if (opened.kind === 'refused') return opened.reply;
  const { description } = opened;
  return ownResult({
    supportedVersions: [...supportedVersions(sessionVersions)],
    capabilities: governedCapabilities(description.capabilities),
    _meta: { [META_KEYS.serverInfo]: serverInfoOf(description) },
    ttlMs: 0,
    cacheScope: 'private',
  });
}

/** Of what a server declares, what is served here. */
export function governedCapabilities(declared: JsonObject): JsonObject {
  const governed: Record<string, JsonObject> = {};
  for (const [name, flags] of [
    ['tools', ['listChanged']],
    ['prompts', ['listChanged']],
    ['resources', ['listChanged', 'subscribe']],
    ['logging', []],
    ['completions', []],
  ] as const) {
    const capability = declared[name];
    if (!isObject(capability)) continue;
    governed[name] = Object.fromEntries(
      flags.filter((flag) => capability[flag] === true).map((flag) => [flag, true]),
    );
  }
  if (declaresTasks(declared)) governed.extensions = { [TASKS_EXTENSION]: {} };
  return governed;
}

/** Whether a server gives out tasks. */
export function declaresTasks({ extensions }: JsonObject): boolean {
  return isObject(extensions) && isObject(extensions[TASKS_EXTENSION]);
}
