import type { BlastRadius, Effect, JsonObject } from '@bailiff/contract';
import { isObject, valueAt } from '../../sources/document.ts';

/** A tool as its server lists it; without a definition where parsers would read it differently. */
export interface ListedTool {
  readonly name: string;
  readonly definition: JsonObject | undefined;
}

/** What a draft does about a tool: agents may call it, a person is asked, or it is refused. */
export type Access = 'read' | 'ask' | 'refuse';

/** What a server’s annotations make of a tool. They are the server’s word, nothing more. */
export interface ToolAccess {
  readonly access: Access;
  readonly effects: readonly Effect[];
  readonly blastRadius: BlastRadius;
}

/** Why a tool is left out of a draft, so that its calls are refused. */
export type LeftOut = 'name' | 'twice' | 'ambiguous' | 'size' | 'many';

/** Most tools of one server in a draft; further ones are refused until somebody lists them. */
export const TOOLS_MAX = 2_000;
/** Longest definition of a tool, in characters of JSON; and of all of them together. */
const DEFINITION_CHARACTERS_MAX = 131_072;
const DEFINITIONS_CHARACTERS_MAX = 4_194_304;

/** Names as MCP asks for them. Any other could be taken for something else by somebody who reads policy. */
const NAME = /^(?!__proto__$)[A-Za-z0-9_][A-Za-z0-9_./-]{0,127}$/;

/** The tools that a draft can speak for, and why it cannot for the others. */
export function draftable(listed: readonly ListedTool[]): {
  readonly tools: readonly (ListedTool & { readonly definition: JsonObject })[];
  readonly leftOut: readonly { readonly name: string; readonly why: LeftOut }[];
} {
  const counts = new Map<string, number>();
  for (const { name } of listed) counts.set(name, (counts.get(name) ?? 0) + 1);
  const tools: (ListedTool & { readonly definition: JsonObject })[] = [];
  const leftOut: { readonly name: string; readonly why: LeftOut }[] = [];
  let characters = 0;
  for (const { name, definition } of listed) {
    const size = JSON.stringify(definition ?? null).length;
    if (!NAME.test(name)) leftOut.push({ name, why: 'name' });
    else if (counts.get(name) !== 1) leftOut.push({ name, why: 'twice' });
    else if (definition === undefined) leftOut.push({ name, why: 'ambiguous' });
    else if (size > DEFINITION_CHARACTERS_MAX) leftOut.push({ name, why: 'size' });
    else if (tools.length >= TOOLS_MAX || characters + size > DEFINITIONS_CHARACTERS_MAX)
      leftOut.push({ name, why: 'many' });
    else {
      tools.push({ name, definition });
      characters += size;
    }
  }
  return { tools, leftOut };
}

/**
 * What MCP’s annotations say of a tool. One that is missing counts as the worst, as MCP has it: it writes, it destroys, it
 * reaches outside. One that is no truth value counts as missing. Where two contradict each other, the stricter one counts.
 */
export function accessOf(definition: JsonObject): ToolAccess {
  const said = valueAt(definition, ['annotations']);
  const annotations = isObject(said) ? said : {};
  const isOpen = annotations.openWorldHint !== false;
  const outside: readonly Effect[] = isOpen ? ['external'] : [];
  if (annotations.readOnlyHint === true && annotations.destructiveHint !== true)
    return { access: 'read', effects: ['read', ...outside], blastRadius: isOpen ? 'medium' : 'low' };
  if (annotations.destructiveHint === false)
    return { access: 'ask', effects: ['read', 'write', ...outside], blastRadius: isOpen ? 'high' : 'medium' };
  return { access: 'refuse', effects: ['read', 'write', 'destructive', ...outside], blastRadius: 'high' };
}

/** The stricter of what is made of a tool and what the company’s own catalogue says that it does; undefined where it says nothing. */
export function stricter(access: Access, effects: readonly Effect[] = []): Access {
  if (access === 'refuse' || effects.includes('destructive')) return 'refuse';
  return access === 'ask' || effects.includes('write') ? 'ask' : 'read';
}

/** Longest title that is taken over, in characters. */
const TITLE_CHARACTERS_MAX = 80;

/** A tool’s title as one row without signs that hide or steer; undefined where it has none. */
export function titleOf(definition: JsonObject): string | undefined {
  const title = valueAt(definition, ['title']) ?? valueAt(definition, ['annotations', 'title']);
  if (typeof title !== 'string') return undefined;
  const begin = title.slice(0, TITLE_CHARACTERS_MAX * 4);
  const plain = begin.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S}]+/gu, ' ').trim();
  return [...plain].slice(0, TITLE_CHARACTERS_MAX).join('').trim() || undefined;
}
