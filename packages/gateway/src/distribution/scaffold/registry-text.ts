/** Edits of a policy folder’s YAML files that leave what people wrote as they wrote it, comments included. */
import { isDeepStrictEqual } from 'node:util';
import { type Document, isMap, isNode, isPair, isScalar, isSeq, parseDocument, type YAMLMap } from 'yaml';
import { flowText, keyText } from './flow-text.ts';

/** What a bundle is registered with. */
export interface RegistryRow {
  readonly path: string;
  readonly owners: readonly string[];
  readonly may_grant?: true;
}

/** An entry of the catalogue for one tool, or for one subagent. */
export interface CatalogueRow {
  readonly title?: string;
  readonly effects: readonly string[];
  readonly blast_radius: string;
  readonly data_classes: readonly string[];
  readonly returns: readonly string[];
}

/**
 * `release.yaml` with a bundle registered under `bundles`, and its server taken out of `servers_without_bundle`. Undefined where
 * the text has no place for it.
 */
export function withBundle(text: string, name: string, row: RegistryRow): string | undefined {
  const server = name.startsWith(SERVERS) ? name.slice(SERVERS.length) : undefined;
  const listed = withEntry(text, ['bundles'], { key: name, value: row });
  return listed === undefined || server === undefined ? listed : withoutItem(listed, WITHOUT, server);
}

/** The row as somebody would write it under `bundles`. */
export function rowText(name: string, row: RegistryRow): string {
  return `${keyText(name)}: ${flowText(row)}`;
}

/** The catalogue with tools listed under a server, but for those that it lists already. Undefined where it has no place for them. */
export function withTools(
  text: string,
  server: { readonly name: string; readonly title: string; readonly data_classes: readonly string[] },
  tools: ReadonlyMap<string, CatalogueRow>,
): string | undefined {
  const { name, ...said } = server;
  const document = documentOf(text);
  if (document === undefined) return undefined;
  const at = ['servers', name];
  if (!document.hasIn(at))
    return withEntry(text, ['servers'], {
      key: name,
      value: { ...said, tools: Object.fromEntries(tools) },
      depth: 2,
    });
  if (!document.hasIn([...at, 'tools']))
    return withEntry(text, at, { key: 'tools', value: Object.fromEntries(tools), depth: 1 });
  const missing = [...tools].filter(([tool]) => !document.hasIn([...at, 'tools', tool]));
  return withEntries(
    text,
    [...at, 'tools'],
    missing.map(([key, value]) => ({ key, value })),
  );
}

/** The catalogue with a subagent. Undefined where it has no place for it. */
export function withSubagent(text: string, name: string, row: CatalogueRow): string | undefined {
  const document = documentOf(text);
  if (document === undefined || document.hasIn(['subagents', name])) return text;
  return document.has('subagents')
    ? withEntry(text, ['subagents'], { key: name, value: row })
    : withEntry(text, [], { key: 'subagents', value: { [name]: row }, depth: 1 });
}

const SERVERS = 'servers/';
const WITHOUT = 'servers_without_bundle';

/** An entry, and how many levels of maps within it have a row for each of their entries. */
interface Entry {
  readonly key: string;
  readonly value: object;
  readonly depth?: number;
}

function documentOf(text: string): Document.Parsed | undefined {
  const document = parseDocument(text, { stringKeys: true, schema: 'core' });
  return document.errors.length === 0 && isMap(document.contents) ? document : undefined;
}

function withEntry(text: string, at: readonly string[], entry: Entry): string | undefined {
  return withEntries(text, at, [entry]);
}

/** The text with entries at the end of a map. Where rows cannot be put in, the whole document is written anew. */
function withEntries(text: string, at: readonly string[], entries: readonly Entry[]): string | undefined {
  const wanted = documentOf(text);
  const document = documentOf(text);
  if (wanted === undefined || document === undefined) return undefined;
  for (const { key, value } of entries) if (!addTo(wanted, at, key, value)) return undefined;
  const map = at.length === 0 ? document.contents : document.getIn(at, true);
  const edited = isMap(map) ? insertedIn(text, map, entries) : undefined;
  return edited !== undefined && isDeepStrictEqual(documentOf(edited)?.toJS(), wanted.toJS())
    ? edited
    : wanted.toString(AS_WRITTEN);
}

/** Rows after the last entry of a map that has a row for each; undefined for any other. */
function insertedIn(text: string, map: YAMLMap, entries: readonly Entry[]): string | undefined {
  const [first] = map.items;
  if (map.flow === true || !isPair(first) || !isNode(first.key)) return undefined;
  const last = map.items.at(-1);
  const node = isNode(last?.value) ? last.value : last?.key;
  const begins = first.key.range?.[0];
  const ends = isNode(node) ? node.range?.[1] : undefined;
  if (begins === undefined || ends === undefined) return undefined;
  const indent = text.slice(text.lastIndexOf('\n', begins - 1) + 1, begins);
  if (indent.trim() !== '') return undefined;
  // A value that ends in a row of its own ends after its line break.
  const isWhole = text[ends - 1] === '\n';
  const rest = text.indexOf('\n', ends);
  const place = isWhole ? ends : rest < 0 ? text.length : rest + 1;
  const before = text.slice(0, place);
  const rows = entries.map((entry) => rowsOf(entry, indent)).join('');
  return `${before}${before.endsWith('\n') ? '' : '\n'}${rows}${text.slice(place)}`;
}

function rowsOf({ key, value, depth = 0 }: Entry, indent: string): string {
  const entries = Object.entries(value);
  const isMapping = !Array.isArray(value) && typeof value === 'object' && entries.length > 0;
  if (depth === 0 || !isMapping) return `${indent}${keyText(key)}: ${flowText(value)}\n`;
  const below = entries.map(([name, one]) =>
    rowsOf({ key: name, value: one, depth: depth - 1 }, `${indent}  `),
  );
  return `${indent}${keyText(key)}:\n${below.join('')}`;
}

/** The text without a value in the list under a key, where it is listed. */
function withoutItem(text: string, key: string, value: string): string | undefined {
  const document = documentOf(text);
  const list = document?.get(key);
  if (document === undefined || !isSeq(list)) return text;
  const position = list.items.findIndex((item) => isScalar(item) && item.value === value);
  if (position < 0) return text;
  const [begins, ends] = list.range ?? [];
  list.delete(position);
  if (begins === undefined || ends === undefined || list.flow !== true) return document.toString(AS_WRITTEN);
  const edited = `${text.slice(0, begins)}${flowText(list.toJSON())}${text.slice(ends)}`;
  return isDeepStrictEqual(documentOf(edited)?.toJS(), document.toJS())
    ? edited
    : document.toString(AS_WRITTEN);
}

/** Long rows stay as they are. */
const AS_WRITTEN = { lineWidth: 0 } as const;

/** Adds an entry to a map, which is made where there is none. False where something else stands there. */
function addTo(document: Document, at: readonly string[], key: string, value: object): boolean {
  const found = at.length === 0 ? document.contents : document.getIn(at, true);
  if (found === undefined || found === null || (isScalar(found) && found.value === null))
    document.setIn(at, document.createNode({}));
  const map = at.length === 0 ? document.contents : document.getIn(at, true);
  if (!isMap(map)) return false;
  if (map.items.length === 0) map.flow = false;
  map.set(document.createNode(key), document.createNode(value, { flow: true, aliasDuplicateObjects: false }));
  return true;
}
