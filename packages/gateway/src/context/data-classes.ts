import type { ActionType, DataClassSource, Json, JsonObject } from '@bailiff/contract';
import type { z } from 'zod';
import { ownEntry, type TargetFacts } from './target-facts.ts';

type Source = z.infer<typeof DataClassSource>;

/** Actions that hand the conversation itself over, with every class that it has seen. */
const HANDS_OVER_CONVERSATION: ReadonlySet<ActionType> = new Set<ActionType>([
  'model_call',
  'sampling',
  'subagent_call',
]);

/** Where the classes of one call may come from. */
export interface ClassOrigins {
  readonly type: ActionType;
  readonly facts: TargetFacts;
  readonly args: JsonObject;
  readonly seen: readonly string[];
  /** Named by the caller; they add to the others. */
  readonly given: readonly string[];
}

/** Every class that a call references, with each of its sources, sorted, each pair once. */
export function dataClassSources({ type, facts, args, seen, given }: ClassOrigins): readonly Source[] {
  const pairs = new Map<string, Source>();
  const add = (classes: Iterable<string>, source: Source['source']): void => {
    for (const name of classes) pairs.set(`${source} ${name}`, { class: name, source });
  };
  add(facts.classes, facts.source);
  for (const [argument, classesByValue] of Object.entries(facts.argumentClasses))
    add(classesOfValue(ownEntry(args, argument), classesByValue), 'argument');
  if (HANDS_OVER_CONVERSATION.has(type)) add(seen, 'conversation');
  add(given, 'caller');
  return [...pairs.values()].sort(
    (left, right) => compare(left.class, right.class) || compare(left.source, right.source),
  );
}

/** The classes alone, sorted, each once. */
export function classesOf(sources: readonly Source[]): string[] {
  return sortedSet(sources.map((source) => source.class));
}

export function sortedSet(names: Iterable<string>): string[] {
  return [...new Set(names)].sort();
}

/**
 * Classes that a value names. Case and surrounding blanks do not matter, since tools differ in whether they do; a value that
 * is missing or not listed falls under `*`; of a list each element counts; an object, in which the name may stand anywhere,
 * names all of them.
 */
function classesOfValue(
  value: Json | undefined,
  classesByValue: Readonly<Record<string, readonly string[]>>,
): readonly string[] {
  const others = ownEntry(classesByValue, '*') ?? [];
  if (value === undefined || value === null) return others;
  if (Array.isArray(value))
    return value.length === 0 ? others : value.flatMap((element) => classesOfValue(element, classesByValue));
  if (typeof value === 'object') return Object.values(classesByValue).flat();
  const text = folded(String(value));
  const named = Object.entries(classesByValue).filter(([name]) => name !== '*' && folded(name) === text);
  return named.length === 0 ? others : named.flatMap(([, classes]) => classes);
}

function folded(text: string): string {
  return text.trim().toLowerCase();
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
