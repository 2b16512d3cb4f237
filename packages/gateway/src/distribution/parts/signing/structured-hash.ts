import { createHash } from 'node:crypto';
import { isObject, readDocument } from '../../sources/document.ts';

/**
 * SHA-256 of a file as OPA’s signatures state it, in hexadecimal: of the bytes, but of data and manifest over their value, with
 * keys in order and numbers as they are written. Undefined where the document cannot be read, or means different things to
 * different readers.
 * @see https://www.openpolicyagent.org/docs/management-bundles/#signature-format
 */
export function signedHashOf(path: string, bytes: Uint8Array): string | undefined {
  const hash = createHash('sha256');
  if (!isStructured(path)) return hash.update(bytes).digest('hex');
  const document = structureOf(path, bytes);
  if (document === undefined) return undefined;
  try {
    feed(document.value, (text) => hash.update(text));
  } catch {
    // Nested deeper than the stack reaches.
    return undefined;
  }
  return hash.digest('hex');
}

/** Whether OPA signs what a file of this name means, and not its bytes. */
export function isStructured(path: string): boolean {
  return /(^|\/)(data\.json|data\.ya?ml|\.manifest)$/.test(path);
}

/** A number as it is written in JSON: OPA hashes `1.0` and `1` apart. */
class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

function structureOf(path: string, bytes: Uint8Array): { readonly value: unknown } | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
  try {
    // OPA reads as JSON what is JSON, whatever the file is called.
    return { value: parseJson(text, (_key, value, { source }) => numberOf(value, source)) };
  } catch {
    if (!/\.ya?ml$/.test(path)) return undefined;
  }
  try {
    const document = readDocument({ file: path, text });
    return document.kind === 'read' ? { value: document.value.value } : undefined;
  } catch {
    return undefined;
  }
}

function numberOf(value: unknown, source: string | undefined): unknown {
  return typeof value === 'number' ? new NumberText(source ?? String(value)) : value;
}

/** The reviver’s third argument is in V8 and not yet in TypeScript’s library. */
const parseJson = JSON.parse as (
  text: string,
  reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
) => unknown;

type Feed = (text: string) => void;

function feed(value: unknown, write: Feed): void {
  if (value instanceof NumberText) write(value.text);
  else if (Array.isArray(value)) {
    write('[');
    for (const [position, item] of value.entries()) {
      if (position > 0) write(',');
      feed(item, write);
    }
    write(']');
  } else if (isObject(value)) {
    write('{');
    for (const [position, key] of Object.keys(value).sort(compareBytes).entries()) {
      if (position > 0) write(',');
      write(`${stringText(key)}:`);
      feed(value[key], write);
    }
    write('}');
  } else write(typeof value === 'string' ? stringText(value) : scalarText(value));
}

/** As Go’s encoder writes strings: like JavaScript, but for the two line separators and for halves of characters. */
function stringText(text: string): string {
  return JSON.stringify(text.toWellFormed()).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

/** Numbers of YAML lose how they were written; Go then writes them as JavaScript does, but for minus zero. */
function scalarText(value: unknown): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Go orders strings by their bytes, JavaScript by code units: they differ beyond U+FFFF. */
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
