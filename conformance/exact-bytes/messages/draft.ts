import type { Random } from './random.ts';
import { memberOf, type Node, type ObjectNode, objectOf, objectsOf } from './tree.ts';

/** A message in the making. */
export interface Draft {
  root: Node;
  /** Bytes before and behind it. */
  before: string;
  after: string;
  /** What may stand between tokens; nothing where it is empty. */
  spaces: string[];
  /** What happens to the bytes in the end. */
  readonly spoilers: ((bytes: Buffer) => Buffer)[];
}

/** One way of being hostile. */
export interface Hazard {
  readonly name: string;
  readonly apply: (draft: Draft, random: Random) => void;
}

export function draftOf(root: Node): Draft {
  return { root, before: '', after: '', spaces: [], spoilers: [] };
}

/** One of the message’s objects: often one that says what is done. */
export function someObject({ root }: Draft, random: Random): ObjectNode {
  const all = objectsOf(root);
  return all.length === 0 ? objectOf([]) : random.pick(all);
}

/** What the message calls with, for whoever wants to change that; an object of its own where something else stands there. */
export function argumentsOf({ root }: Draft): ObjectNode {
  const found = memberOf(memberOf(root, 'params'), 'arguments');
  return found?.kind === 'object' ? found : objectOf([]);
}

/** Puts in a member at any place. */
export function insert(object: ObjectNode, key: string, value: Node, random: Random): void {
  object.members.splice(random.below(object.members.length + 1), 0, { key, value });
}
