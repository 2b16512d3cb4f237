import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '@bailiff/contract';
import { masked } from './client-entry.ts';
import { type Client, type Reach, VSCODE_INPUT } from './client-formats.ts';
import type { ClientFileContent } from './files/client-file.ts';
import { assertEdited, parseJsonText, withElement, withMember } from './files/json-text.ts';

/** One member of a file, before and after. */
export interface Change {
  readonly path: readonly string[];
  /** Undefined where there was none. */
  readonly before: Json | undefined;
  readonly after: Json;
}

/** A file as it would be, with what is different; no changes when it already says so. */
export interface ClientEdit {
  readonly text: string;
  readonly changes: readonly Change[];
}

/** The gateway’s entry in a client’s file. */
export interface GatewayEntry {
  /** Keys that lead to the client’s servers. */
  readonly keys: readonly string[];
  readonly name: string;
  readonly entry: JsonObject;
  /** Whether the entry refers to the input that VS Code asks for. */
  readonly asks: boolean;
}

/** What belongs to how a server is reached. Whatever else an entry holds, as `disabled`, stays. */
const REACHING = ['type', 'url', 'serverUrl', 'httpUrl', 'command', 'args', 'env', 'headers', 'cwd'];

/** How a credential is named in a client’s file: by variable, or in VS Code by the input it asks for. */
export function credentialReference(client: Client, reach: Reach, named: boolean): string {
  if (client.id === 'vscode' && !named) return `\${input:${VSCODE_INPUT.id}}`;
  return client.reference?.(reach.variable) ?? '';
}

/**
 * Puts the entry into what a file holds. Members that have nothing to do with it stay as they are written.
 * @throws Error whose message continues a sentence that begins with the path.
 */
export function editClient(
  content: ClientFileContent,
  { keys, name, entry, asks }: GatewayEntry,
): ClientEdit {
  if (content.kind === 'unreadable') throw new Error(content.detail);
  const original = content.kind === 'text' ? content.text : '';
  const parsed = parseJsonText(original);
  if (parsed.kind === 'broken') throw new Error(`cannot be edited: ${parsed.detail}`);
  let text = original.trim() === '' ? '{}\n' : original;
  let expected = parsed.value;
  const changes: Change[] = [];
  const path = [...keys, name];
  const before = memberAt(parsed.value, path);
  const after = { ...others(before), ...entry };
  if (!isDeepStrictEqual(before, after)) {
    text = withMember(text, path, after);
    expected = changed(expected, path, after);
    changes.push({ path, before, after });
  }
  const inputs = memberAt(parsed.value, ['inputs']);
  const known = Array.isArray(inputs) ? inputs : [];
  if (asks && !known.some((input) => memberAt(input, ['id']) === VSCODE_INPUT.id)) {
    text = withElement(text, ['inputs'], VSCODE_INPUT);
    expected = { ...expected, inputs: [...known, VSCODE_INPUT] };
    changes.push({ path: ['inputs', VSCODE_INPUT.id], before: undefined, after: VSCODE_INPUT });
  }
  assertEdited(text, expected);
  return { text, changes };
}

/** The value at a path of own members; undefined where there is none. */
export function memberAt(value: Json | undefined, path: readonly string[]): Json | undefined {
  let at: Json | undefined = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || Array.isArray(at) || !Object.hasOwn(at, key))
      return undefined;
    at = (at as JsonObject)[key];
  }
  return at;
}

function others(entry: Json | undefined): JsonObject {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return {};
  return Object.fromEntries(Object.entries(entry).filter(([key]) => !REACHING.includes(key)));
}

function changed(value: Json | undefined, [key, ...rest]: readonly string[], after: Json): JsonObject {
  if (key === undefined) return after as JsonObject;
  const object = typeof value === 'object' && value !== null ? (value as JsonObject) : {};
  return { ...object, [key]: rest.length === 0 ? after : changed(memberAt(object, [key]), rest, after) };
}

/** The changes for people, as a diff of the members that differ. Nobody’s secrets are in it. */
export function tellChanges(path: string, changes: readonly Change[]): string {
  const hunks = changes.map(({ path: at, before, after }) => {
    const lines = (sign: string, value: Json) =>
      `${JSON.stringify(at.at(-1))}: ${JSON.stringify(value, null, 2)}`
        .split('\n')
        .map((line) => `${sign} ${line}`);
    const removed = before === undefined ? [] : lines('-', masked(before));
    const added = lines('+', at[0] === 'inputs' ? after : masked(after));
    return [`@@ ${at.slice(0, -1).join(' › ')} @@`, ...removed, ...added].join('\n');
  });
  return `--- ${path}\n+++ ${path}\n${hunks.join('\n')}\n`;
}
