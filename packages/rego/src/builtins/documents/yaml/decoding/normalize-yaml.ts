import { NotRepresentableError } from '../../../encodings/utf8.ts';
import type { CollectionNode, ScalarNode, YamlNode } from '../reading/yaml-node.ts';
import { YamlError } from '../reading/yaml-source.ts';
import { decodeYaml } from './decode-yaml.ts';
import type { Decoded } from './decoded.ts';
import { keyText } from './key-text.ts';

/**
 * Changes a document as OPA does before it decodes it: timestamps are texts, the last of keys with the same name in JSON
 * counts, and merge keys that are repeated become one.
 * @param checkLimits called for each node.
 */
export function normalizeYaml(root: YamlNode, checkLimits: () => void): void {
  visit(root, new Set(), checkLimits);
}

function visit(node: YamlNode, visited: Set<YamlNode>, checkLimits: () => void): void {
  checkLimits();
  if (visited.has(node)) return;
  visited.add(node);
  if (node.kind === 'scalar') {
    if (node.tag === '!!timestamp' && node.isPlain) node.tag = '!!str';
  } else if (node.kind === 'alias') {
    visit(node.target, visited, checkLimits);
  } else {
    if (node.kind === 'mapping') node.content = lastOfKeys(joinedMerges(node.content), checkLimits);
    for (const child of node.content) visit(child, visited, checkLimits);
  }
}

function isMergeTagged(node: YamlNode | undefined): node is ScalarNode {
  return node?.kind === 'scalar' && node.tag === '!!merge';
}

function joinedMerges(content: YamlNode[]): YamlNode[] {
  const merged: YamlNode[] = [];
  let first = -1;
  for (let index = 0; index < content.length; index += 2) {
    if (!isMergeTagged(content[index])) continue;
    if (first < 0) first = index;
    const value = content[index + 1] as YamlNode;
    if (value.kind === 'sequence') merged.push(...value.content);
    else merged.push(value);
  }
  if (merged.length < 2) return content;
  const joined: CollectionNode = { kind: 'sequence', tag: '!!seq', content: merged, line: 0 };
  const kept: YamlNode[] = [];
  for (let index = 0; index < content.length; index += 2) {
    const [key, value] = [content[index] as YamlNode, content[index + 1] as YamlNode];
    if (index === first) kept.push(key, joined);
    else if (!isMergeTagged(key)) kept.push(key, value);
  }
  return kept;
}

function lastOfKeys(content: YamlNode[], checkLimits: () => void): YamlNode[] {
  const places = new Map<string, number>();
  const kept: YamlNode[] = [];
  for (let index = 0; index < content.length; index += 2) {
    const [key, value] = [content[index] as YamlNode, content[index + 1] as YamlNode];
    const name = key.kind === 'scalar' && key.tag !== '!!merge' ? nameOf(key, checkLimits) : undefined;
    const place = name === undefined ? undefined : places.get(name);
    if (place !== undefined) {
      kept[place] = value;
      continue;
    }
    kept.push(key, value);
    if (name !== undefined) places.set(name, kept.length - 1);
  }
  return kept;
}

/** What a key is called in JSON; undefined where it has no name, or is nothing of its tag. */
function nameOf(key: ScalarNode, checkLimits: () => void): string | undefined {
  let decoded: Decoded;
  try {
    decoded = decodeYaml(key, checkLimits);
  } catch (error) {
    // A timestamp has no name either.
    if (error instanceof YamlError || error instanceof NotRepresentableError) return undefined;
    throw error;
  }
  return keyText(decoded);
}
