import { quote } from '../../../../go/quote.ts';
import { BuiltinError } from '../../../builtin.ts';
import { decodedBase64 } from '../../../encodings/base64.ts';
import { replacedText } from '../../../encodings/utf8.ts';
import type { CollectionNode, ScalarNode, YamlNode } from '../reading/yaml-node.ts';
import { YamlError } from '../reading/yaml-source.ts';
import { type Decoded, DecodedMap, identityOf } from './decoded.ts';
import { goSyntax } from './go-syntax.ts';
import { resolveScalar, type Scalar } from './resolve-scalar.ts';

/**
 * What a document holds. Aliases are followed, merge keys are merged.
 * @param checkLimits called for each node.
 * @throws {YamlError} with Go's message, also where aliases would make much of little.
 */
export function decodeYaml(root: YamlNode, checkLimits: () => void): Decoded {
  const decoder = new Decoder(checkLimits);
  const value = decoder.decode(root);
  if (decoder.errors.length > 0) {
    throw new YamlError(`yaml: unmarshal errors:\n  ${decoder.errors.join('\n  ')}`);
  }
  return value === FAILED ? null : value;
}

/** A node whose error is told at the end. */
const FAILED = Symbol('failed');

type Outcome = Decoded | typeof FAILED;

/** Nodes up to which nearly all may come from aliases, and from which on few may. */
const ALIAS_RANGE_LOW = 400_000;
const ALIAS_RANGE_HIGH = 4_000_000;

class Decoder {
  readonly errors: string[] = [];
  readonly #checkLimits: () => void;
  readonly #openAliases = new Set<YamlNode>();
  #count = 0;
  #aliasCount = 0;
  #aliasDepth = 0;
  /** While a mapping is merged: the keys that are there. */
  #merged: Set<string> | undefined;

  constructor(checkLimits: () => void) {
    this.#checkLimits = checkLimits;
  }

  decode(node: YamlNode): Outcome {
    this.#countNode();
    switch (node.kind) {
      case 'alias':
        return this.#followed(node, () => this.decode(node.target));
      case 'scalar':
        return scalarOf(node).value;
      case 'sequence':
        return node.content.map((child) => this.decode(child)).filter((child) => child !== FAILED);
      default:
        return this.#mapping(node, undefined);
    }
  }

  #countNode(): void {
    this.#checkLimits();
    this.#count++;
    if (this.#aliasDepth > 0) this.#aliasCount++;
    if (this.#aliasCount <= 100 || this.#count <= 1000) return;
    const over = (this.#count - ALIAS_RANGE_LOW) / (ALIAS_RANGE_HIGH - ALIAS_RANGE_LOW);
    const allowed = 0.99 - 0.89 * Math.min(Math.max(over, 0), 1);
    if (this.#aliasCount / this.#count > (over >= 1 ? 0.1 : allowed)) {
      throw new YamlError('yaml: document contains excessive aliasing');
    }
  }

  #followed<Result>(node: YamlNode & { readonly kind: 'alias' }, decode: () => Result): Result {
    if (this.#openAliases.has(node))
      throw new YamlError(`yaml: anchor '${node.value}' value contains itself`);
    this.#openAliases.add(node);
    this.#aliasDepth++;
    const result = decode();
    this.#aliasDepth--;
    this.#openAliases.delete(node);
    return result;
  }

  /** @param into what it is merged into. */
  #mapping(node: CollectionNode, into: DecodedMap | undefined): Outcome {
    const { content } = node;
    if (this.#tellRepeated(content)) return FAILED;
    const map = into ?? new DecodedMap(content.every((key, index) => index % 2 === 1 || isText(key)));
    const merged = this.#merged;
    this.#merged = undefined;
    let merge: YamlNode | undefined;
    for (let index = 0; index < content.length; index += 2) {
      const [key, value] = [content[index] as YamlNode, content[index + 1] as YamlNode];
      if (isMerge(key)) merge = value;
      else this.#entry(map, { key, value, merged });
    }
    this.#merged = merged;
    if (merge !== undefined) this.#merge(content, merge, map);
    return map;
  }

  #entry(
    map: DecodedMap,
    { key, value, merged }: { key: YamlNode; value: YamlNode; merged: Set<string> | undefined },
  ): void {
    const name = map.isOfTexts ? this.#textKey(key) : this.decode(key);
    if (name === FAILED) return;
    if (merged !== undefined) {
      const identity = identityOf(name);
      if (merged.has(identity)) return;
      merged.add(identity);
    }
    if (Array.isArray(name) || name instanceof DecodedMap) {
      throw new YamlError(`yaml: invalid map key: ${goSyntax(name)}`);
    }
    const decoded = this.decode(value);
    if (decoded !== FAILED) map.set(name, decoded);
  }

  /** A key as a text, however it is written. */
  #textKey(key: YamlNode): string | typeof FAILED {
    this.#countNode();
    switch (key.kind) {
      case 'alias':
        return this.#followed(key, () => this.#textKey(key.target));
      case 'scalar': {
        const { tag, value } = scalarOf(key);
        if (value === null) return FAILED;
        return tag === '!!binary' ? (value as string) : key.value;
      }
      default: {
        if (key.kind === 'mapping' && this.#tellRepeated(key.content)) return FAILED;
        const shown = key.tag === '!!seq' || key.tag === '!!map' ? '' : ' ``';
        this.errors.push(`line ${key.line}: cannot unmarshal ${key.tag}${shown} into string`);
        return FAILED;
      }
    }
  }

  /** @returns whether there are keys that stand in a mapping twice. */
  #tellRepeated(content: readonly YamlNode[]): boolean {
    const keys = content.filter((_node, index) => index % 2 === 0);
    const texts = keys.map((key) => `${key.kind} ${'value' in key ? key.value : ''}`);
    if (new Set(texts).size === texts.length) return false;
    for (const [index, text] of texts.entries()) {
      for (let other = index + 1; other < texts.length; other++) {
        this.#checkLimits();
        if (texts[other] !== text) continue;
        const name = quote(text.slice(text.indexOf(' ') + 1));
        const [line, first] = [(keys[other] as YamlNode).line, (keys[index] as YamlNode).line];
        this.errors.push(`line ${line}: mapping key ${name} already defined at line ${first}`);
      }
    }
    return true;
  }

  #merge(parent: readonly YamlNode[], merge: YamlNode, into: DecodedMap): void {
    const merged = this.#merged;
    if (merged === undefined) this.#merged = this.#keysOf(parent);
    if (merge.kind === 'sequence') {
      for (const part of merge.content) this.#mergeOne(part, into);
    } else {
      this.#mergeOne(merge, into);
    }
    this.#merged = merged;
  }

  #keysOf(content: readonly YamlNode[]): Set<string> {
    const keys = new Set<string>();
    // What it notes of its own would be taken for the mapping's.
    this.#merged = undefined;
    for (let index = 0; index < content.length; index += 2) {
      const key = this.decode(content[index] as YamlNode);
      if (key !== FAILED) keys.add(identityOf(key));
    }
    return keys;
  }

  #mergeOne(part: YamlNode, into: DecodedMap): void {
    const mapping = part.kind === 'alias' ? part.target : part;
    if (mapping.kind !== 'mapping') {
      throw new YamlError('yaml: map merge requires map or sequence of maps as the value');
    }
    this.#countNode();
    if (part.kind !== 'alias') {
      this.#mapping(mapping, into);
      return;
    }
    this.#followed(part, () => {
      this.#countNode();
      this.#mapping(mapping, into);
    });
  }
}

function scalarOf(node: ScalarNode): { readonly tag: string; readonly value: Scalar } {
  const { tag, value } = node;
  if (tag === '!!str') return { tag, value };
  if (tag !== '!!binary') return resolveScalar(tag, value);
  try {
    return { tag, value: replacedText(decodedBase64(value)) };
  } catch (error) {
    if (error instanceof BuiltinError)
      throw new YamlError('yaml: !!binary value contains invalid base64 data');
    throw error;
  }
}

function isMerge(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.value === '<<' && node.tag === '!!merge';
}

function isText(node: YamlNode): boolean {
  const { tag } = node.kind === 'alias' ? { tag: tagOf(node.target) } : node;
  return tag === '!!str' || tag === '!!merge';
}

function tagOf(node: YamlNode): string {
  return node.kind === 'alias' ? tagOf(node.target) : node.tag;
}
