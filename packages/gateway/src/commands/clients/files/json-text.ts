/**
 * Edits of JSON files that belong to somebody else: one member is put in, every other character stays, comments and trailing
 * commas included, which editors accept in their own files and `JSON.parse` does not.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '@bailiff/contract';
import { isMap, isScalar, isSeq, type ParsedNode, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';

/** What a text holds. An empty one holds an object without members. */
export type ParsedJson =
  | { readonly kind: 'parsed'; readonly value: JsonObject }
  | { readonly kind: 'broken'; readonly detail: string };

/** Reads JSON, with or without comments and trailing commas. `detail` repeats nothing of the text. */
export function parseJsonText(text: string): ParsedJson {
  if (text.trim() === '') return { kind: 'parsed', value: {} };
  try {
    const value: unknown = JSON.parse(plainJson(text));
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { kind: 'parsed', value: value as JsonObject };
    return { kind: 'broken', detail: 'it holds no JSON object' };
  } catch (thrown) {
    const [, row] = /\(line (\d+) column/.exec((thrown as Error).message) ?? [];
    return { kind: 'broken', detail: row === undefined ? 'it is not JSON' : `it is not JSON (row ${row})` };
  }
}

/** A place in a text where an object or an array is written. */
type Container = YAMLMap.Parsed | YAMLSeq.Parsed;

/**
 * The text with `value` at `path`, in place of what stands there or as the last member; objects on the way are made.
 * @throws Error when the text is not JSON, names a key twice, or has no object on the way to the place.
 */
export function withMember(text: string, path: readonly string[], value: Json): string {
  const layout = layoutOf(text);
  let node: ParsedNode = rootOf(text);
  for (const [depth, key] of path.entries()) {
    if (!isMap(node)) throw new Error(`${path.slice(0, depth).join('.')} is no object`);
    const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
    if (pair === undefined) {
      const nested = path.slice(depth + 1).reduceRight<Json>((inner, name) => ({ [name]: inner }), value);
      return inserted({ text, layout, container: node, depth, key, value: nested });
    }
    node = pair.value as ParsedNode;
  }
  const [start, end] = node.range;
  const written = render(value, indentOfLine(text, start), layout);
  return `${text.slice(0, start)}${written}${text.slice(end)}`;
}

/** The text with `value` as the last element of the array at `path`, which is made where there is none. @throws Error as above. */
export function withElement(text: string, path: readonly string[], value: Json): string {
  let node: ParsedNode | undefined = rootOf(text);
  for (const key of path) {
    if (!isMap(node)) throw new Error(`${path.join('.')} is not within objects`);
    node = node.items.find((item) => isScalar(item.key) && item.key.value === key)?.value as
      | ParsedNode
      | undefined;
    if (node === undefined) return withMember(text, path, [value]);
  }
  if (!isSeq(node)) throw new Error(`${path.join('.')} is no array`);
  return inserted({ text, layout: layoutOf(text), container: node, depth: path.length, value });
}

/** Sees that an edit changed what it was to change and nothing else. @throws Error when it did. */
export function assertEdited(text: string, expected: JsonObject): void {
  const parsed = parseJsonText(text);
  if (parsed.kind !== 'parsed' || !isDeepStrictEqual(parsed.value, expected))
    throw new Error('it cannot be edited without changing something else in it');
}

interface Layout {
  readonly unit: string;
  readonly lineEnd: string;
}

function layoutOf(text: string): Layout {
  const [, unit = '  '] = /^([ \t]+)"/m.exec(text) ?? [];
  return { unit, lineEnd: text.includes('\r\n') ? '\r\n' : '\n' };
}

/** YAML is a superset of JSON, and its parser says where each value begins and ends. */
function rootOf(text: string): ParsedNode {
  const document = parseDocument(plainJson(text).replace(/[\t\r]/g, ' '), { uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined)
    throw new Error(error.code === 'DUPLICATE_KEY' ? 'it names a key twice' : 'it is not JSON');
  if (!isMap(document.contents)) throw new Error('it holds no JSON object');
  return document.contents;
}

const STRING = '"[^"\\\\\\n]*(?:\\\\.[^"\\\\\\n]*)*"';
const COMMENT = new RegExp(`${STRING}|//[^\\n]*|/\\*[\\s\\S]*?(?:\\*/|$)`, 'g');
const TRAILING_COMMA = new RegExp(`${STRING}|,(?=\\s*[}\\]])`, 'g');

/** The text with blanks in place of comments and trailing commas: every other character stays where it is. */
function plainJson(text: string): string {
  return withoutComments(text).replace(TRAILING_COMMA, blank);
}

function withoutComments(text: string): string {
  return text.replace(/^\u{FEFF}/u, ' ').replace(COMMENT, blank);
}

const blank = (match: string) => (match.startsWith('"') ? match : match.replace(/[^\n]/g, ' '));

interface Insertion {
  readonly text: string;
  readonly layout: Layout;
  readonly container: Container;
  /** How many containers it is in. */
  readonly depth: number;
  /** Absent for an element of an array. */
  readonly key?: string;
  readonly value: Json;
}

function inserted({ text, layout, container, depth, key, value }: Insertion): string {
  const { unit, lineEnd } = layout;
  const close = container.range[1] - 1;
  const last = container.items.at(-1);
  const outer = unit.repeat(depth);
  const indent = indentOfItems(text, container) ?? `${outer}${unit}`;
  const name = key === undefined ? '' : `${JSON.stringify(key)}: `;
  const written = `${lineEnd}${indent}${name}${render(value, indent, layout)}`;
  const from = last === undefined ? container.range[0] + 1 : endOf(last);
  const between = text.slice(from, close);
  // Comments behind the last member belong to it, and end before the new one begins.
  const kept = between.trimEnd();
  const hasComma = withoutComments(text).slice(from, close).includes(',');
  const comma = last === undefined || hasComma ? '' : ',';
  const rest = between.slice(kept.length);
  const closing = rest.includes('\n') ? rest : `${lineEnd}${outer}`;
  return `${text.slice(0, from)}${comma}${kept}${written}${closing}${text.slice(close)}`;
}

function endOf(item: Container['items'][number]): number {
  const node = 'key' in item ? item.value : item;
  return (node as ParsedNode).range[1];
}

function startOf(item: Container['items'][number]): number {
  return ('key' in item ? (item.key as ParsedNode) : (item as ParsedNode)).range[0];
}

/** How far the items are indented where the first of them begins a line. */
function indentOfItems(text: string, container: Container): string | undefined {
  const [first] = container.items;
  if (first === undefined) return undefined;
  const before = text.slice(text.lastIndexOf('\n', startOf(first) - 1) + 1, startOf(first));
  return /^[ \t]*$/.test(before) ? before : undefined;
}

function indentOfLine(text: string, at: number): string {
  return /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', at - 1) + 1))?.[0] ?? '';
}

function render(value: Json, indent: string, { unit, lineEnd }: Layout): string {
  return JSON.stringify(value, null, unit).replaceAll('\n', `${lineEnd}${indent}`);
}
