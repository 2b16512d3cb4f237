/** A node of a YAML document. A tag is short, as in `!!str`, and empty for an alias. */
export type YamlNode = ScalarNode | CollectionNode | AliasNode;

interface NodeBase {
  /** Counted from 1; 0 for a node that no text stands for. */
  readonly line: number;
}

export interface ScalarNode extends NodeBase {
  readonly kind: 'scalar';
  tag: string;
  readonly value: string;
  /** Whether the tag is written, or follows from marks around the text. */
  readonly isPlain: boolean;
}

export interface CollectionNode extends NodeBase {
  readonly kind: 'sequence' | 'mapping';
  readonly tag: string;
  /** The elements; of a mapping its keys, each with its value behind it. */
  content: YamlNode[];
}

export interface AliasNode extends NodeBase {
  readonly kind: 'alias';
  /** The anchor's name. */
  readonly value: string;
  readonly target: YamlNode;
}

const LONG_PREFIX = 'tag:yaml.org,2002:';

/** A tag in its short form. */
export function shortTag(tag: string): string {
  return tag.startsWith(LONG_PREFIX) ? `!!${tag.slice(LONG_PREFIX.length)}` : tag;
}
