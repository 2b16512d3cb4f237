import { BigNumber } from '../values/big-number.ts';
import { equal, RegoObject, RegoSet, sortedKeys } from '../values/collections.ts';
import { isArray, isObject, typeName } from '../values/kinds.ts';
import { insert, lookup, memberOf, objectOf, sizeOf } from '../values/objects.ts';
import type { ObjectValue, Value } from '../values/value.ts';
import { ConflictFailure } from './evaluation-failure.ts';

// What generated code calls. Undefined is Rego's undefined throughout.

/** A function's result that is known to be undefined, in a memo. */
export const NONE = Object.freeze({});

/** The value at a key of anything: undefined where there is none. */
export function lookUp(source: Value | undefined, key: Value): Value | undefined {
  return source === undefined ? undefined : lookup(source, key);
}

/** The value at a string key of what is no plain object with that key of its own. */
export function lookUpRare(source: Value | undefined, key: string): Value | undefined {
  if (source instanceof RegoSet) return source.has(key) ? key : undefined;
  return source instanceof RegoObject ? source.get(key) : undefined;
}

const NOTHING: readonly Value[] = Object.freeze([]);

/** What a scan goes through, in Rego's order: the elements, the members or the keys. */
export function keysOf(source: Value | undefined): readonly Value[] {
  if (typeof source !== 'object' || source === null) return NOTHING;
  if (isArray(source)) return source;
  if (source instanceof RegoSet) return source.sorted();
  if (source instanceof RegoObject) return source.sorted().map(([key]) => key);
  return source instanceof BigNumber ? NOTHING : sortedKeys(source);
}

/** How a scan comes from what `keysOf` gives to keys and values. */
export function scanKindOf(source: Value | undefined): number {
  if (isArray(source as Value)) return 0;
  if (source instanceof RegoSet) return 1;
  return source instanceof RegoObject ? 3 : 2;
}

/** The length of a collection; 0 for anything else. */
export function lengthOf(source: Value | undefined): number {
  if (typeof source === 'string') return [...source].length;
  if (typeof source !== 'object' || source === null || source instanceof BigNumber) return 0;
  if (isArray(source)) return source.length;
  return source instanceof RegoSet ? source.size : sizeOf(source);
}

/** Whether two values are equal; undefined equals nothing. */
export function isEqual(left: Value | undefined, right: Value | undefined): boolean {
  return left !== undefined && right !== undefined && equal(left, right);
}

/**
 * Puts a key into an object, where it is not there or with the same value.
 * @returns the object to go on with; undefined where the key has another value.
 */
export function insertOnce(object: ObjectValue, key: Value, value: Value): ObjectValue | undefined {
  const old = memberOf(object, key);
  if (old === undefined) return insert(object, key, value);
  return equal(old, value) ? object : undefined;
}

/** Base and virtual document as one: the base document's keys win where both are not objects. */
export function merge(base: Value | undefined, virtual: Value | undefined): Value | undefined {
  if (base === undefined) return virtual;
  if (virtual === undefined || !isObject(base) || !isObject(virtual)) return base;
  let merged: ObjectValue = {};
  for (const key of keysOf(base)) {
    const value = memberOf(base, key) as Value;
    merged = insert(merged, key, merge(value, memberOf(virtual, key)) as Value);
  }
  for (const key of keysOf(virtual)) {
    if (memberOf(base, key) === undefined) merged = insert(merged, key, memberOf(virtual, key) as Value);
  }
  return merged;
}

/** The document with another value at a path; what is not on the path is shared with the old one. */
export function upsert(document: Value | undefined, path: readonly string[], value: Value): Value {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const object = document !== undefined && isObject(document) ? document : {};
  let copy: ObjectValue = {};
  for (const name of keysOf(object)) copy = insert(copy, name, memberOf(object, name) as Value);
  const inner = rest.length === 0 ? value : upsert(memberOf(object, key), rest, value);
  return insert(copy, key, inner);
}

/** Whether a value is a plain object or one with other keys. */
export function isRegoObject(value: Value | undefined): boolean {
  return value !== undefined && isObject(value);
}

/** Fails because a rule, a function or a key has two values. */
export function conflict(
  place: number,
  called: readonly [number: number, ...operands: unknown[]],
  document: string | undefined,
): never {
  const [number, ...operands] = called;
  throw new ConflictFailure('object keys must be unique', { place, called: { number, operands }, document });
}

/** A function in a tree of paths, as dynamic calls look for it. */
export type DynamicTree = Map<string, DynamicTree | DynamicFunction>;
export type DynamicFunction = (...operands: never[]) => Value | undefined;

/** The tree of the given functions; paths are in the order of functions. */
export function treeOf(
  paths: readonly (readonly string[])[],
  functions: readonly DynamicFunction[],
): DynamicTree {
  const root: DynamicTree = new Map();
  for (const [index, path] of paths.entries()) {
    let node = root;
    for (const part of path.slice(0, -1)) {
      const next = node.get(part);
      const inner: DynamicTree = next instanceof Map ? next : new Map();
      if (inner !== next) node.set(part, inner);
      node = inner;
    }
    node.set(path.at(-1) ?? '', functions[index] as DynamicFunction);
  }
  return root;
}

/** The function at a path, or undefined. */
export function findFunction(tree: DynamicTree, path: readonly Value[]): DynamicFunction | undefined {
  let node: DynamicTree | DynamicFunction | undefined = tree;
  for (const part of path) {
    if (!(node instanceof Map) || typeof part !== 'string') return undefined;
    node = node.get(part);
  }
  return typeof node === 'function' ? node : undefined;
}

/** What generated code finds under the name `R`. */
export const runtime = {
  NONE,
  RegoSet,
  bigNumber: BigNumber.ofText,
  conflict,
  findFunction,
  insert,
  insertOnce,
  isEqual,
  isRegoObject,
  keysOf,
  lengthOf,
  lookUp,
  lookUpRare,
  merge,
  objectOf,
  scanKindOf,
  setOf: (members: readonly Value[]) => RegoSet.ofSorted(members),
  treeOf,
  typeName,
  upsert,
} as const;
