import type { DataDifference, Json, JsonObject } from '@bailiff/contract';
import canonicalize from 'canonicalize';
import { compare } from '../../finding.ts';
import { isObject } from '../../sources/document.ts';
import { beyond } from './beyond.ts';

/** What differs between two values that stand at `path`, by path. An absent value is undefined. */
export function* dataDifferences(
  from: Json | undefined,
  to: Json | undefined,
  path: string,
): Generator<DataDifference> {
  if (from === undefined || to === undefined) {
    if (to !== undefined) yield { kind: 'added', path, to };
    if (from !== undefined) yield { kind: 'removed', path, from };
  } else if (isObject(from) && isObject(to)) yield* ofObjects(from, to, path);
  else if (Array.isArray(from) && Array.isArray(to)) yield* ofLists(from, to, path);
  else if (textOf(from) !== textOf(to)) yield { kind: 'changed', path, from, to };
}

/** A path, with one more key: as it is where it is a plain name, else as JSON without a character that hides text or steers a terminal. */
export function withKey(path: string, key: string): string {
  if (!/^[A-Za-z_][\w-]*$/.test(key)) return `${path}[${quoted(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

function quoted(text: string): string {
  return JSON.stringify(text).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) =>
    // One after the other, as JSON writes those that need two.
    Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
      .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

function* ofObjects(from: JsonObject, to: JsonObject, path: string): Generator<DataDifference> {
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort(compare);
  for (const key of keys) yield* dataDifferences(own(from, key), own(to, key), withKey(path, key));
}

function* ofLists(from: readonly Json[], to: readonly Json[], path: string): Generator<DataDifference> {
  const name = NAMES.find(
    (one) => from.length + to.length > 0 && [from, to].every((list) => isNamed(list, one)),
  );
  if (name !== undefined) {
    const [was, is] = [byName(from, name), byName(to, name)];
    const differences = [...new Set([...was.keys(), ...is.keys()])].flatMap((key) => [
      ...dataDifferences(was.get(key), is.get(key), `${path}[${name}=${quoted(key)}]`),
    ]);
    if (differences.length > 0) {
      yield* differences;
      return;
    }
  }
  const [added, removed] = [beyond(to, from, textOf), beyond(from, to, textOf)];
  if (added.length + removed.length > 0) yield { kind: 'members', path, added, removed };
  else if (textOf(from) !== textOf(to)) yield { kind: 'reordered', path, from, to };
}

/** Keys by which people know the elements of a list. */
const NAMES = ['id', 'name'] as const;

function isNamed(list: readonly Json[], name: string): boolean {
  const names = list.map((element) => (isObject(element) ? own(element, name) : undefined));
  return names.every((one) => typeof one === 'string') && new Set(names).size === list.length;
}

function byName(list: readonly Json[], name: string): Map<string, Json> {
  return new Map(list.map((element) => [String(isObject(element) ? own(element, name) : ''), element]));
}

/** The same text whatever the order of keys. */
function textOf(value: Json): string {
  return canonicalize(value) ?? '';
}

function own(value: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}
