import type { ClientCapabilities, JsonObject } from '@bailiff/contract';
import { isObject } from '../message.ts';

/**
 * What a client declared, written anew from the flags that the protocol knows: servers are told of a client’s capabilities before
 * anything is decided, so nothing of a client’s own wording may be in them.
 */
export function clientCapabilitiesOf({ sampling, elicitation, roots }: JsonObject): ClientCapabilities {
  return {
    ...(isObject(sampling) ? { sampling: flagsOf(sampling, ['tools', 'context']) } : {}),
    ...(isObject(elicitation) ? { elicitation: flagsOf(elicitation, ['form', 'url']) } : {}),
    ...(isObject(roots) ? { roots: roots.listChanged === true ? { listChanged: true } : {} } : {}),
  };
}

function flagsOf(declared: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.filter((name) => isObject(declared[name])).map((name) => [name, {}]));
}
