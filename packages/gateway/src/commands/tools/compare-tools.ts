import type { JsonObject } from '@bailiff/contract';
import { digestOfDefinition } from '../../enforcement/upstream/pins/tool-definition.ts';
import { type HiddenText, hiddenIn } from './hidden-characters.ts';
import type { ApprovedServer } from './pins-file.ts';
import type { ListedTool } from './server-tools.ts';

/** One member of a definition that is not as it was approved. */
export interface ChangedField {
  readonly field: string;
  /** Null where it was not there; undefined where the approved definition was not kept. */
  readonly approved: JsonObject[string] | undefined;
  readonly listed: JsonObject[string] | undefined;
}

/** How one tool differs from what was approved. */
export interface ToolChange {
  readonly tool: string;
  /** `ambiguous`: it is listed, and parsers would read it differently, so that nobody can approve it. */
  readonly kind: 'added' | 'changed' | 'removed' | 'ambiguous';
  /** Digest of what is listed now; null where there is none. */
  readonly digest: string | null;
  readonly approved_digest: string | null;
  readonly fields: readonly ChangedField[];
  /** What a reader of the definition as it is listed would not see. */
  readonly hidden: readonly HiddenText[];
}

/** How what a server lists differs from what was approved of it, by tool: first what is listed, in its order. */
export function compareTools(listed: readonly ListedTool[], approved: ApprovedServer): ToolChange[] {
  const { pins = {}, definitions } = approved;
  const names = new Set(listed.map(({ name }) => name));
  const removed = Object.keys(pins)
    .filter((name) => !names.has(name))
    .map((tool): ToolChange => {
      const approved_digest = pins[tool] ?? null;
      return { tool, kind: 'removed', digest: null, approved_digest, fields: [], hidden: [] };
    });
  return [...listed.flatMap((tool) => changeOf(tool, { pins, definitions }) ?? []), ...removed];
}

function changeOf(
  { name, definition, digest }: ListedTool,
  {
    pins,
    definitions,
  }: {
    readonly pins: NonNullable<ApprovedServer['pins']>;
    readonly definitions: ApprovedServer['definitions'];
  },
): ToolChange | undefined {
  const pin = Object.hasOwn(pins, name) ? pins[name] : undefined;
  const at = { tool: name, digest: digest ?? null, approved_digest: pin ?? null };
  if (definition === undefined || digest === undefined)
    return { ...at, kind: 'ambiguous', fields: [], hidden: hiddenIn(name) };
  if (pin === digest) return undefined;
  const kept = Object.hasOwn(definitions, name) ? definitions[name] : undefined;
  // What is kept is only believed where it is what the digest says.
  const before = kept !== undefined && digestOfDefinition(kept) === pin ? kept : undefined;
  const fields =
    pin === undefined
      ? fieldsOf({}, definition)
      : before === undefined
        ? unknownFields(definition)
        : fieldsOf(before, definition);
  return { ...at, kind: pin === undefined ? 'added' : 'changed', fields, hidden: hiddenInValue(definition) };
}

/** Those that differ, the name left out, in the order in which people read a definition. */
function fieldsOf(before: JsonObject, now: JsonObject): ChangedField[] {
  const names = [...new Set([...ORDER, ...Object.keys(before), ...Object.keys(now)])];
  return names.flatMap((field) => {
    const [approved, listed] = [own(before, field), own(now, field)];
    if (field === 'name' || isSame(approved, listed)) return [];
    return [{ field, approved: approved ?? null, listed: listed ?? null }];
  });
}

function unknownFields(now: JsonObject): ChangedField[] {
  return fieldsOf({}, now).map((field) => ({ ...field, approved: undefined }));
}

const ORDER = ['title', 'description', 'inputSchema', 'outputSchema', 'annotations'];

function own(value: JsonObject, name: string): JsonObject[string] | undefined {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

function isSame(one: JsonObject[string] | undefined, other: JsonObject[string] | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return digestOfDefinition({ value: one }) === digestOfDefinition({ value: other });
}

function hiddenInValue(value: JsonObject[string] | undefined): HiddenText[] {
  const found = new Map<string, HiddenText>();
  for (const text of textsIn(value))
    for (const one of hiddenIn(text)) found.set(`${one.kind} ${one.what}`, one);
  return [...found.values()];
}

function* textsIn(value: JsonObject[string] | undefined): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (Array.isArray(value)) for (const one of value) yield* textsIn(one);
  else if (typeof value === 'object' && value !== null)
    for (const [key, one] of Object.entries(value)) {
      yield key;
      yield* textsIn(one);
    }
}

/** What has to be named to approve these changes: the definition’s own digest, or that of several together. */
export function digestOfChanges(changes: readonly ToolChange[]): string {
  const [only] = changes;
  if (changes.length === 1 && only?.digest != null) return only.digest;
  const tools = Object.fromEntries(changes.map(({ tool, digest }) => [tool, digest]));
  return digestOfDefinition(tools) ?? '';
}
