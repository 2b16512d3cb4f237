import type { ClientCapabilities, JsonObject } from '@bailiff/contract';

/** What a client may add to each thing that it can do; a declaration may hold anything else, which nobody has decided about. */
const MEMBERS = {
  sampling: ['tools', 'context'],
  elicitation: ['form', 'url'],
} as const;

/** What the client declared, in one form of bounded size: known things only, empty where they say nothing more. */
export function plainCapabilities({ sampling, elicitation, roots }: ClientCapabilities): ClientCapabilities {
  return {
    ...(sampling === undefined ? {} : { sampling: membersOf(sampling, MEMBERS.sampling) }),
    ...(elicitation === undefined ? {} : { elicitation: membersOf(elicitation, MEMBERS.elicitation) }),
    ...(roots === undefined ? {} : { roots: roots.listChanged === true ? { listChanged: true } : {} }),
  };
}

function membersOf(declared: JsonObject, names: readonly string[]): JsonObject {
  const known = names.filter(
    (name) => Object.hasOwn(declared, name) && Object(declared[name]) === declared[name],
  );
  return Object.fromEntries(known.map((name) => [name, {}]));
}
