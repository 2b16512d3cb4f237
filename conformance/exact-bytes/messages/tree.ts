/**
 * A message as a tree whose leaves are spelled out: hostile spellings need not be JSON, nor text. What is spelled stands for bytes,
 * one character each (latin1); `utf8` gives that for a text.
 */
export type Node =
  | { readonly kind: 'object'; members: Member[] }
  | { readonly kind: 'array'; items: Node[] }
  /** A string; without its quotes. */
  | { readonly kind: 'string'; spelled: string }
  /** Anything else, as it is written. */
  | { readonly kind: 'plain'; spelled: string };

export interface Member {
  /** Without its quotes. */
  key: string;
  value: Node;
}

export type ObjectNode = Extract<Node, { kind: 'object' }>;

export const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** A text between quotes as everybody writes it. */
export const spelledText = (text: string): string => utf8(JSON.stringify(text).slice(1, -1));

/** A value as everybody writes it. */
export function nodeOf(value: unknown): Node {
  if (typeof value === 'string') return { kind: 'string', spelled: spelledText(value) };
  if (Array.isArray(value)) return { kind: 'array', items: value.map(nodeOf) };
  if (typeof value === 'object' && value !== null) return objectOf(Object.entries(value));
  return { kind: 'plain', spelled: Object.is(value, -0) ? '-0' : String(value) };
}

export function objectOf(entries: readonly (readonly [string, unknown])[]): ObjectNode {
  const members = entries.map(([key, value]) => ({ key: spelledText(key), value: nodeOf(value) }));
  return { kind: 'object', members };
}

/** All nodes below one, itself first. */
export function nodesOf(node: Node): Node[] {
  if (node.kind === 'object') return [node, ...node.members.flatMap(({ value }) => nodesOf(value))];
  if (node.kind === 'array') return [node, ...node.items.flatMap(nodesOf)];
  return [node];
}

export const objectsOf = (node: Node): ObjectNode[] => nodesOf(node).filter((each) => each.kind === 'object');

/** The member’s value; undefined where there is none. */
export function memberOf(node: Node | undefined, key: string): Node | undefined {
  return node?.kind === 'object' ? node.members.find((member) => member.key === key)?.value : undefined;
}

/** Writes a tree with `space()` between all its tokens. */
export function write(node: Node, space: () => string): string {
  const around = (text: string) => `${space()}${text}${space()}`;
  switch (node.kind) {
    case 'string':
      return around(`"${node.spelled}"`);
    case 'plain':
      return around(node.spelled);
    case 'array':
      return around(`[${node.items.map((item) => write(item, space)).join(',')}]`);
    case 'object': {
      const members = node.members.map(({ key, value }) => `${around(`"${key}"`)}:${write(value, space)}`);
      return around(`{${members.join(',')}}`);
    }
  }
}
