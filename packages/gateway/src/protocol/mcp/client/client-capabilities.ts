import type { ClientCapabilities, JsonObject } from '@bailiff/contract';
import { isObject } from '../message.ts';

/** What a client declared, cut down to what is decided about here. */
export function clientCapabilitiesOf({ sampling, elicitation, roots }: JsonObject): ClientCapabilities {
  return {
    ...(isObject(sampling) ? { sampling } : {}),
    ...(isObject(elicitation) ? { elicitation } : {}),
    ...(isObject(roots) ? { roots } : {}),
  };
}
