import { resolveScalar } from '../decoding/resolve-scalar.ts';
import { parserError } from './scanner-error.ts';
import { type CollectionNode, shortTag, type YamlNode } from './yaml-node.ts';
import { YamlScanner } from './yaml-scanner.ts';
import { type Mark, YamlError } from './yaml-source.ts';
import type { Token } from './yaml-token.ts';

/**
 * The first document of a YAML text, or undefined where there is none. What follows it has to be YAML too.
 * @param checkLimits called for each part of the text.
 * @throws {YamlError} with Go's message.
 */
export function parseYaml(text: string, checkLimits: () => void): YamlNode | undefined {
  const parser = new YamlParser(text, checkLimits);
  const first = parser.firstDocument();
  if (first === undefined) return undefined;
  while (parser.nextDocument() !== undefined);
  return first;
}

/** What stands before a node's content. */
interface Properties {
  readonly anchor: string | undefined;
  readonly tag: string;
  readonly start: Mark;
}

/** What directives that are not written say. */
const DEFAULT_HANDLES: readonly (readonly [string, string])[] = [
  ['!', '!'],
  ['!!', 'tag:yaml.org,2002:'],
];

/** The only version of YAML that is read. */
const VERSION = '1.1';

/** Reads the tokens of a YAML text into nodes. */
class YamlParser {
  readonly #scanner: YamlScanner;
  /** They last beyond the document they are in. */
  readonly #anchors = new Map<string, YamlNode>();
  readonly #handles = new Map<string, string>();

  constructor(text: string, checkLimits: () => void) {
    this.#scanner = new YamlScanner(text, checkLimits);
  }

  /** The first document, which nothing has to announce. */
  firstDocument(): YamlNode | undefined {
    this.#scanner.peek();
    this.#scanner.skip();
    const { kind } = this.#scanner.peek();
    if (['version_directive', 'tag_directive', 'document_start', 'stream_end'].includes(kind)) {
      return this.#announcedDocument();
    }
    this.#directives();
    return this.#toEnd(this.#node(true, false));
  }

  nextDocument(): YamlNode | undefined {
    while (this.#scanner.peek().kind === 'document_end') this.#scanner.skip();
    return this.#announcedDocument();
  }

  #announcedDocument(): YamlNode | undefined {
    if (this.#scanner.peek().kind === 'stream_end') return undefined;
    this.#directives();
    const token = this.#scanner.peek();
    if (token.kind !== 'document_start')
      throw parserError('did not find expected <document start>', token.start);
    const isEmpty = ['version_directive', 'tag_directive', 'document_start', 'document_end', 'stream_end'];
    const next = this.#afterSkip();
    return this.#toEnd(isEmpty.includes(next.kind) ? this.#empty(next.start) : this.#node(true, false));
  }

  #toEnd(node: YamlNode): YamlNode {
    if (this.#scanner.peek().kind === 'document_end') this.#scanner.skip();
    this.#handles.clear();
    return node;
  }

  #directives(): void {
    let hasVersion = false;
    let token = this.#scanner.peek();
    while (token.kind === 'version_directive' || token.kind === 'tag_directive') {
      const { value = '', suffix = '', start } = token;
      if (token.kind === 'version_directive') {
        if (hasVersion) throw parserError('found duplicate %YAML directive', start);
        if (value !== VERSION) throw parserError('found incompatible YAML document', start);
        hasVersion = true;
      } else {
        if (this.#handles.has(value)) throw parserError('found duplicate %TAG directive', start);
        this.#handles.set(value, suffix);
      }
      token = this.#afterSkip();
    }
    for (const [handle, prefix] of DEFAULT_HANDLES) {
      if (!this.#handles.has(handle)) this.#handles.set(handle, prefix);
    }
  }

  #node(isBlock: boolean, mayBeUnindented: boolean): YamlNode {
    const first = this.#scanner.peek();
    if (first.kind === 'alias') return this.#alias(first);
    const properties = this.#properties(first);
    const token = this.#scanner.peek();
    if (mayBeUnindented && token.kind === 'block_entry') {
      return this.#collection('sequence', properties, (content) => this.#unindentedSequence(content));
    }
    switch (token.kind) {
      case 'scalar':
        this.#scanner.skip();
        return this.#scalar(properties, token.value ?? '', token.isPlain === true);
      case 'flow_sequence_start':
        return this.#collection('sequence', properties, (content) => this.#flowSequence(content));
      case 'flow_mapping_start':
        return this.#collection('mapping', properties, (content) => this.#flowMapping(content));
      case 'block_sequence_start':
        if (!isBlock) break;
        return this.#collection('sequence', properties, (content) => this.#blockSequence(content));
      case 'block_mapping_start':
        if (!isBlock) break;
        return this.#collection('mapping', properties, (content) => this.#blockMapping(content));
      default:
    }
    if (properties.anchor !== undefined || properties.tag !== '') return this.#scalar(properties, '', true);
    throw parserError('did not find expected node content', token.start, properties.start);
  }

  #alias(token: Token): YamlNode {
    const { value = '', start } = token;
    this.#scanner.skip();
    const target = this.#anchors.get(value);
    if (target === undefined) throw new YamlError(`yaml: unknown anchor '${value}' referenced`);
    return { kind: 'alias', value, target, line: start.line + 1 };
  }

  /** An anchor and a tag, in either order. */
  #properties(first: Token): Properties {
    let token = first;
    let anchor: string | undefined;
    let tag: Token | undefined;
    if (token.kind === 'anchor') {
      anchor = token.value;
      token = this.#afterSkip();
    }
    if (token.kind === 'tag') {
      tag = token;
      token = this.#afterSkip();
      if (anchor === undefined && token.kind === 'anchor') {
        anchor = token.value;
        this.#afterSkip();
      }
    }
    return { anchor, tag: tag === undefined ? '' : this.#tag(tag, first.start), start: first.start };
  }

  #tag({ value = '', suffix = '', start }: Token, nodeStart: Mark): string {
    if (value === '') return suffix;
    const prefix = this.#handles.get(value);
    if (prefix === undefined || prefix + suffix === '') {
      throw parserError('found undefined tag handle', start, nodeStart);
    }
    return prefix + suffix;
  }

  #scalar({ anchor, tag, start }: Properties, value: string, isPlain: boolean): YamlNode {
    const isTagged = tag !== '' && tag !== '!';
    const implied = () => (!isPlain ? '!!str' : value === '<<' ? '!!merge' : resolveScalar('', value).tag);
    const node: YamlNode = {
      kind: 'scalar',
      tag: isTagged ? shortTag(tag) : implied(),
      value,
      isPlain: isPlain && !isTagged,
      line: start.line + 1,
    };
    if (anchor !== undefined) this.#anchors.set(anchor, node);
    return node;
  }

  #empty(mark: Mark): YamlNode {
    return this.#scalar({ anchor: undefined, tag: '', start: mark }, '', true);
  }

  /** A collection that begins with the next token. */
  #collection(
    kind: CollectionNode['kind'],
    { anchor, tag, start }: Properties,
    fill: (content: YamlNode[]) => void,
  ): YamlNode {
    const own = kind === 'sequence' ? '!!seq' : '!!map';
    const content: YamlNode[] = [];
    const isTagged = tag !== '' && tag !== '!';
    const node: YamlNode = { kind, tag: isTagged ? shortTag(tag) : own, content, line: start.line + 1 };
    // What is in it may refer to it.
    if (anchor !== undefined) this.#anchors.set(anchor, node);
    fill(content);
    return node;
  }

  #blockSequence(content: YamlNode[]): void {
    const { start } = this.#scanner.peek();
    let token = this.#afterSkip();
    while (token.kind === 'block_entry') {
      const { end } = token;
      token = this.#afterSkip();
      const isEmpty = token.kind === 'block_entry' || token.kind === 'block_end';
      content.push(isEmpty ? this.#empty(end) : this.#node(true, false));
      token = this.#scanner.peek();
    }
    if (token.kind !== 'block_end')
      throw parserError("did not find expected '-' indicator", token.start, start);
    this.#scanner.skip();
  }

  /** A sequence as the value of a key in the same column. */
  #unindentedSequence(content: YamlNode[]): void {
    let token = this.#scanner.peek();
    while (token.kind === 'block_entry') {
      const { end } = token;
      token = this.#afterSkip();
      const isEmpty = ['block_entry', 'key', 'value', 'block_end'].includes(token.kind);
      content.push(isEmpty ? this.#empty(end) : this.#node(true, false));
      token = this.#scanner.peek();
    }
  }

  #blockMapping(content: YamlNode[]): void {
    const { start } = this.#scanner.peek();
    let token = this.#afterSkip();
    while (token.kind === 'key') {
      content.push(this.#blockPart(token));
      token = this.#scanner.peek();
      content.push(token.kind === 'value' ? this.#blockPart(token) : this.#empty(token.start));
      token = this.#scanner.peek();
    }
    if (token.kind !== 'block_end') throw parserError('did not find expected key', token.start, start);
    this.#scanner.skip();
  }

  /** What follows a `?` or `:` in a block. */
  #blockPart({ end }: Token): YamlNode {
    const token = this.#afterSkip();
    if (token.kind === 'key' || token.kind === 'value' || token.kind === 'block_end') return this.#empty(end);
    return this.#node(true, true);
  }

  #flowSequence(content: YamlNode[]): void {
    const { start } = this.#scanner.peek();
    let token = this.#afterSkip();
    for (let isFirst = true; token.kind !== 'flow_sequence_end'; isFirst = false) {
      if (!isFirst) {
        if (token.kind !== 'flow_entry')
          throw parserError("did not find expected ',' or ']'", token.start, start);
        token = this.#afterSkip();
        if (token.kind === 'flow_sequence_end') break;
      }
      content.push(token.kind === 'key' ? this.#flowPair(token) : this.#node(false, false));
      token = this.#scanner.peek();
    }
    this.#scanner.skip();
  }

  /** A mapping of one key, without braces, in a sequence. */
  #flowPair({ start }: Token): YamlNode {
    const properties = { anchor: undefined, tag: '', start };
    return this.#collection('mapping', properties, (content) => {
      let token = this.#afterSkip();
      const hasKey = !['value', 'flow_entry', 'flow_sequence_end'].includes(token.kind);
      // Where there is no key, Go passes over what stands there.
      if (!hasKey) this.#scanner.skip();
      content.push(hasKey ? this.#node(false, false) : this.#empty(token.end));
      token = this.#scanner.peek();
      const next = token.kind === 'value' ? this.#afterSkip() : undefined;
      const hasValue = next !== undefined && next.kind !== 'flow_entry' && next.kind !== 'flow_sequence_end';
      content.push(hasValue ? this.#node(false, false) : this.#empty(token.start));
    });
  }

  #flowMapping(content: YamlNode[]): void {
    const { start } = this.#scanner.peek();
    let token = this.#afterSkip();
    for (let isFirst = true; token.kind !== 'flow_mapping_end'; isFirst = false) {
      if (!isFirst) {
        if (token.kind !== 'flow_entry')
          throw parserError("did not find expected ',' or '}'", token.start, start);
        token = this.#afterSkip();
        if (token.kind === 'flow_mapping_end') break;
      }
      if (token.kind === 'key') this.#flowEntry(content);
      else content.push(this.#node(false, false), this.#empty(this.#scanner.peek().start));
      token = this.#scanner.peek();
    }
    this.#scanner.skip();
  }

  #flowEntry(content: YamlNode[]): void {
    const key = this.#afterSkip();
    const hasKey = !['value', 'flow_entry', 'flow_mapping_end'].includes(key.kind);
    content.push(hasKey ? this.#node(false, false) : this.#empty(key.start));
    const token = this.#scanner.peek();
    const next = token.kind === 'value' ? this.#afterSkip() : undefined;
    const hasValue = next !== undefined && next.kind !== 'flow_entry' && next.kind !== 'flow_mapping_end';
    content.push(hasValue ? this.#node(false, false) : this.#empty((next ?? token).start));
  }

  /** Takes a token. @returns the next one. */
  #afterSkip(): Token {
    this.#scanner.skip();
    return this.#scanner.peek();
  }
}
