import type { Entrypoint } from '../engine.ts';
import type { Dependencies, Place } from './dependencies.ts';
import { isWhole } from './whole-input.ts';

/** Longest text that a key is made of, in UTF-16 units; whoever sends more is answered by evaluating it. */
const TEXT_LENGTH_MAX = 65_536;

/**
 * Everything that the answer to this text depends on beside the release, as one text: two texts with the same key have the
 * same answer. Undefined where the answer may not be kept.
 *
 * The text counts only as `JSON.stringify` writes it. There every number and key stands once and in one way, so that what is
 * read here is what an engine reads; and only inputs that the kernel finds whole, since it looks at all of the others.
 */
export function decisionKey(
  entrypoint: Entrypoint,
  inputText: string,
  { always, ofPart, boundaries }: Dependencies,
): string | undefined {
  if (always === undefined || inputText.length > TEXT_LENGTH_MAX) return undefined;
  const input = parsed(inputText);
  const isList = entrypoint === 'bailiff/visible';
  if (!isWhole(input) || JSON.stringify(input) !== inputText) return undefined;
  const timeS = Number(valueAt(input, TIME_S));
  const overridesNow = boundaries.findLastIndex((instant) => instant <= timeS);
  let key = `${entrypoint}\n${overridesNow}\n`;
  for (const place of always) key += written(valueAt(input, place));
  for (const part of partsOf(input, isList)) {
    const places = ofPart.get(part);
    if (places === undefined && ofPart.has(part)) return undefined;
    for (const place of places ?? []) key += written(valueAt(input, place));
  }
  if (isList) key += written(valueAt(input, CANDIDATES));
  return key;
}

const TIME_S: Place = ['environment', 'time_s'];
const CANDIDATES: Place = ['candidates'];

/** The bundles, beside the categories, that speak for a call, or for a call of any candidate. Given by what is in every key. */
function partsOf(input: unknown, isList: boolean): Iterable<string> {
  const calls = isList ? valueAt(input, CANDIDATES) : undefined;
  const servers = Array.isArray(calls) ? calls.map((candidate) => valueAt(candidate, ['server'])) : [];
  const parts = [
    `teams/${valueAt(input, ['agent', 'owner_team'])}`,
    `subagents/${valueAt(input, ['action', 'subagent'])}`,
    `servers/${valueAt(input, ['action', 'server'])}`,
  ];
  return servers.length === 0 ? parts : new Set([...parts, ...servers.map((server) => `servers/${server}`)]);
}

/** Own keys only; undefined where there is nothing. */
function valueAt(value: unknown, place: Place): unknown {
  let below = value;
  for (const key of place) {
    if (typeof below !== 'object' || below === null || !Object.hasOwn(below, key)) return undefined;
    below = (below as Readonly<Record<string, unknown>>)[key];
  }
  return below;
}

/** A value so that nothing which follows it can be taken for a part of it, nor nothing at all for a value. */
function written(value: unknown): string {
  if (typeof value === 'string') return `s${value.length}:${value}`;
  return value === undefined ? 'u' : `${JSON.stringify(value)}\n`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
