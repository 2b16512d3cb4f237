import type { Json, JsonObject } from '@bailiff/contract';
import { isAlias, isMap, isNode, isPair, isScalar, isSeq, type Node, type ParsedNode, visit } from 'yaml';
import type { z } from 'zod';
import type { Finding } from '../finding.ts';
import { keysAt } from './schema-keys.ts';
import { nearestName } from './words/nearest-name.ts';
import { parseYaml } from './words/strict-yaml.ts';
import { expectedWord, valueWords } from './words/value-words.ts';
import { sentence, yamlMistakes } from './words/yaml-mistakes.ts';

/** Keys and positions from the root of a document to a value in it. */
export type DocumentPath = readonly (string | number)[];

/** A YAML or JSON document that was read strictly, with the place of every value. */
export interface SourceDocument {
  readonly file: string;
  readonly value: Json;
  /** Row of the deepest part of `path` that the document has. 1-based. */
  rowOf(path: DocumentPath): number;
}

/** What became of reading something: its value, or why it cannot be used. Findings are never empty without a value. */
export type Reading<Value> =
  | { readonly kind: 'read'; readonly value: Value }
  | { readonly kind: 'refused'; readonly findings: readonly Finding[] };

/** A text and the name that findings give it. `firstRow` is for texts that stand inside another file; default 1. */
export interface DocumentText {
  readonly file: string;
  readonly text: string;
  readonly firstRow?: number;
}

/**
 * Reads YAML 1.2 (or JSON where the file’s name ends so) that means the same to every reader: one document, keys that
 * are text and occur once, no aliases, tags or merge keys, and only numbers that JSON can hold exactly.
 */
export function readDocument(source: DocumentText): Reading<SourceDocument> {
  const { file, text, firstRow = 1 } = source;
  const parsed = parseYaml(text);
  const { document } = parsed;
  const row = (offset: number) => firstRow - 1 + parsed.rowOf(offset);
  const refused: Finding[] = [];
  const refuse = (offset: number, detail: string, mend: string) =>
    refused.push({ file, row: row(offset), code: 'document_invalid', detail, mend });

  if (document.errors.length + document.warnings.length > 0) {
    const mistakes = yamlMistakes(text, parsed);
    refused.push(
      ...mistakes.map((one) => ({ ...one, file, row: firstRow - 1 + one.row, code: 'document_invalid' })),
    );
  }
  if (refused.length === 0 && file.endsWith('.json')) refuseOtherThanJson(text, refuse);
  if (refused.length === 0) refuseAmbiguity(document.contents, refuse);
  if (refused.length > 0) return { kind: 'refused', findings: refused };
  return {
    kind: 'read',
    value: {
      file,
      value: (document.contents === null ? null : document.toJS()) as Json,
      rowOf: (path) => row(offsetOf(document.contents, path)),
    },
  };
}

/** A document’s value as `schema` gives it, or a finding for each issue, at the row of what is wrong. */
export function validateDocument<Schema extends z.ZodType>(
  document: SourceDocument,
  schema: Schema,
  at: DocumentPath = [],
): Reading<z.output<Schema>> {
  const parsed = schema.safeParse(valueAt(document.value, at), { reportInput: true });
  if (parsed.success) return { kind: 'read', value: parsed.data };
  const findings = complaintsOf(parsed.error, schema).map(({ path, code, detail, mend }) => ({
    file: document.file,
    row: document.rowOf([...at, ...path]),
    code,
    detail,
    mend,
  }));
  return { kind: 'refused', findings };
}

/** What a schema refuses in words of ours, with the path of what is wrong. `schema` gives the names for a misspelt key. */
export function complaintsOf(error: z.ZodError, schema?: z.ZodType): Complaint[] {
  return error.issues.flatMap((issue) => wordsOf(issue, schema));
}

/** One thing that a schema refuses. */
export interface Complaint {
  readonly path: DocumentPath;
  readonly code: 'key_unknown' | 'key_missing' | 'value_invalid';
  readonly detail: string;
  readonly mend: string;
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at `path`, own keys only; undefined where there is none. */
export function valueAt(value: Json, path: DocumentPath): Json | undefined {
  let found: Json | undefined = value;
  for (const part of path) {
    if (Array.isArray(found)) found = found[Number(part)];
    else if (isObject(found) && Object.hasOwn(found, part)) found = found[part];
    else return undefined;
  }
  return found;
}

type Refuse = (offset: number, detail: string, mend: string) => void;

function refuseOtherThanJson(text: string, refuse: Refuse): void {
  try {
    JSON.parse(text);
  } catch (cause) {
    refuse(0, sentence((cause as Error).message), 'Correct the JSON, or name the file .yaml.');
  }
}

/** Refuses what two readers could take for two different values. */
function refuseAmbiguity(contents: ParsedNode | null, refuse: Refuse): void {
  if (contents === null) return;
  visit(contents, (_key, node) => {
    const offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
    if (isAlias(node)) refuse(offset, 'Aliases are not accepted.', 'Write the value out.');
    if (isPair(node) && isScalar(node.key)) {
      const at = (node.key as Node).range?.[0] ?? 0;
      if (node.key.value === '__proto__')
        refuse(at, 'The key `__proto__` is not accepted.', 'Rename the key.');
      if (node.key.value === '<<') refuse(at, 'Merge keys are not accepted.', 'Write the keys out.');
      if (typeof node.key.value !== 'string') refuse(at, 'A key is not text.', 'Put the key in quotes.');
    }
    if (isScalar(node) && typeof node.value === 'number' && !isExact(node.value, String(node.source ?? ''))) {
      refuse(offset, 'The number cannot be held exactly.', 'Write it in quotes, or round it.');
    }
  });
}

/** Whole numbers beyond 2^53 lose digits without a word, and there is no JSON for infinities. */
function isExact(value: number, source: string): boolean {
  if (!Number.isFinite(value)) return false;
  return /[.eE]/.test(source) || Number.isSafeInteger(value);
}

function offsetOf(contents: Node | null, path: DocumentPath): number {
  let node: unknown = contents;
  let offset = contents?.range?.[0] ?? 0;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
      if (isNode(pair?.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair?.value;
    } else if (isSeq(node)) {
      node = node.items[Number(part)];
      if (isNode(node)) offset = node.range?.[0] ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

/** Without the space after its colon a value is taken for a part of its key. */
function mendOfKey(key: string): string {
  const [, name, value] = /^([\w-]+):(\S.*)$/.exec(key) ?? [];
  return name === undefined
    ? 'Remove it or correct its spelling.'
    : `Put a space after the colon: \`${name}: ${value}\`.`;
}

/** One issue of a schema in words of ours. Every unknown key is a finding of its own. */
function wordsOf(issue: z.core.$ZodIssue, schema: z.ZodType | undefined): Complaint[] {
  const path = issue.path.filter((part) => typeof part !== 'symbol');
  const name = path.length === 0 ? 'The document' : `\`${path.join('.')}\``;
  if (issue.code === 'unrecognized_keys') {
    const known = schema === undefined ? [] : keysAt(schema, path);
    return issue.keys.map((key) => {
      const near = nearestName(key, known);
      return {
        path: [...path, key],
        code: 'key_unknown',
        detail: `\`${[...path, key].join('.')}\` is not a known key.`,
        mend: near === undefined ? mendOfKey(key) : `Did you mean \`${near}\`?`,
      };
    });
  }
  if (issue.code === 'invalid_type' && /received undefined/.test(issue.message)) {
    return [
      {
        path,
        code: 'key_missing',
        detail: `${name} is missing.`,
        mend: `Add it: ${expectedWord(issue.expected)}.`,
      },
    ];
  }
  return [{ path, code: 'value_invalid', ...valueWords(issue, name) }];
}
