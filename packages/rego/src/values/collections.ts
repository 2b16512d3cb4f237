import { BigNumber, compareNumbers, scalarOf } from './big-number.ts';
import { inOrder, sortInPlace } from './in-order.ts';
import { compareStrings } from './strings.ts';
import type { Entry, ObjectValue, PlainObject, Value } from './value.ts';

// Sets and objects are ordered by their members, and values are ordered by what they hold: one file, since
// neither can be told without the other.

/** How many members are taken as they come before equal ones are looked for. */
const UNSETTLED_MAX = 64;

/** A set of values. Iterates in Rego's order. */
export class RegoSet {
  // Most sets are built, gone through once and never asked for a member. So members are taken as they come, and equal ones are found
  // when they stand side by side in order, unless somebody asks for a member before.
  #members: readonly Value[] = [];
  #isSettled = true;
  #settledNextAt = UNSETTLED_MAX;
  #keyed: Keyed<Value> | undefined;

  /** A set of the given values; of equal ones the first is kept, as OPA does. */
  static of(values: Iterable<Value>): RegoSet {
    const set = new RegoSet();
    for (const value of values) set.add(value);
    return set;
  }

  /** A set of values no two of which are equal, in Rego's order. They must not be changed. */
  static ofSorted(values: readonly Value[]): RegoSet {
    const set = new RegoSet();
    set.#members = values;
    return set;
  }

  get size(): number {
    return this.sorted().length;
  }

  has(value: Value): boolean {
    return this.get(value) !== undefined;
  }

  /** The member equal to the given value, in the member's own spelling. */
  get(value: Value): Value | undefined {
    if (this.#keyed !== undefined) return this.#keyed.get(value);
    const members = this.#members;
    if (members.length > COMPARED_MAX) return this.#index().get(value);
    for (let index = 0; index < members.length; index++) {
      if (equal(members[index] as Value, value)) return members[index];
    }
    return undefined;
  }

  /** Adds a member; only for the code that is still building the set. */
  add(value: Value): void {
    if (this.#keyed !== undefined) {
      if (!this.#keyed.addIfAbsent(value, value)) return;
      this.#members = this.#keyed.entries();
      this.#isSettled = false;
      return;
    }
    // What was handed out in order stays as it is.
    if (this.#isSettled) this.#members = [...this.#members, value];
    else (this.#members as Value[]).push(value);
    this.#isSettled = false;
    if (this.#members.length >= this.#settledNextAt) {
      this.#settledNextAt = Math.max(UNSETTLED_MAX, 2 * this.sorted().length);
    }
  }

  /** The members in Rego's order. Not to be changed. */
  sorted(): readonly Value[] {
    if (!this.#isSettled) {
      this.#members = withoutRepetitions(inOrder(this.#members, compare));
      this.#isSettled = true;
    }
    return this.#members;
  }

  #index(): Keyed<Value> {
    const keyed = new Keyed<Value>();
    for (const member of this.#members) keyed.addIfAbsent(member, member);
    this.#keyed = keyed;
    return keyed;
  }
}

/** An object with at least one key that is not a string; see `Value`. */
export class RegoObject {
  readonly #entries = new Keyed<Entry>();
  #sorted: readonly Entry[] | undefined;

  get size(): number {
    return this.#entries.size;
  }

  has(key: Value): boolean {
    return this.#entries.get(key) !== undefined;
  }

  get(key: Value): Value | undefined {
    return this.#entries.get(key)?.[1];
  }

  /** Sets a key, which keeps the spelling it was first set with; only for the code that is still building the object. */
  set(key: Value, value: Value): void {
    const old = this.#entries.get(key);
    this.#entries.set(key, [old === undefined ? key : old[0], value]);
    this.#sorted = undefined;
  }

  /** The entries in the order of their keys. Not to be changed. */
  sorted(): readonly Entry[] {
    this.#sorted ??= inOrder(this.#entries.entries(), ([left], [right]) => compare(left, right));
    return this.#sorted;
  }
}

/**
 * Rego's total order: null < boolean < number < string < array < object < set, strings by code point,
 * arrays by element, objects by key and value in the order of keys.
 * @returns less than 0, 0 or more than 0.
 */
export function compare(left: Value, right: Value): number {
  if (left === right) return 0;
  if (typeof left === 'string' && typeof right === 'string') return compareStrings(left, right);
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  const rank = rankOf(left);
  const difference = rank - rankOf(right);
  if (difference !== 0) return difference;
  switch (rank) {
    case 1:
      return left === false ? -1 : 1;
    case 2:
      return compareNumbers(left as number | BigNumber, right as number | BigNumber);
    case 4:
      return compareArrays(left as readonly Value[], right as readonly Value[]);
    case 5:
      return compareObjects(left as ObjectValue, right as ObjectValue);
    case 6:
      return compareArrays((left as RegoSet).sorted(), (right as RegoSet).sorted());
    default:
      return 0;
  }
}

/** Whether two values are equal in Rego: `1` and `1.0` are. */
export function equal(left: Value, right: Value): boolean {
  if (left === right) return true;
  if (typeof left === 'string' || typeof right === 'string') return false;
  if (typeof left !== 'object' || typeof right !== 'object') {
    // A number may be spelled as a JavaScript number and as a `BigNumber`; no other scalar has two spellings.
    return (left instanceof BigNumber || right instanceof BigNumber) && compare(left, right) === 0;
  }
  if (left === null || right === null) return false;
  if (Array.isArray(left)) return Array.isArray(right) && equalArrays(left, right);
  if (Array.isArray(right)) return false;
  if (isPlain(left)) return isPlain(right) && equalObjects(left, right);
  return !isPlain(right) && compare(left as Value, right as Value) === 0;
}

function equalArrays(left: readonly Value[], right: readonly Value[]): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) {
    if (!equal(left[index] as Value, right[index] as Value)) return false;
  }
  return true;
}

function equalObjects(left: PlainObject, right: PlainObject): boolean {
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  for (const key of keys) {
    if (!Object.hasOwn(right, key) || !equal(left[key] as Value, right[key] as Value)) return false;
  }
  return true;
}

function isPlain(value: Value): value is PlainObject {
  return !(value instanceof RegoSet || value instanceof RegoObject || value instanceof BigNumber);
}

/** Objects with more keys than this keep their sorted keys; below, sorting again is cheaper than looking them up. */
const KEPT_KEYS_MIN = 16;

const keptKeys = new WeakMap<PlainObject, readonly string[]>();

/** The keys of a plain object in Rego's order. Not to be changed. The object must be complete. */
export function sortedKeys(object: PlainObject): readonly string[] {
  const keys = Object.keys(object);
  if (keys.length < 2) return keys;
  if (keys.length <= KEPT_KEYS_MIN) return sortInPlace(keys, compareStrings);
  let kept = keptKeys.get(object);
  if (kept === undefined) {
    kept = sortInPlace(keys, compareStrings);
    keptKeys.set(object, kept);
  }
  return kept;
}

/** Keys and values in the order of the keys. Not to be changed. */
export function sortedEntries(object: ObjectValue): readonly Entry[] {
  if (object instanceof RegoObject) return object.sorted();
  return sortedKeys(object).map((key) => [key, object[key] as Value] as const);
}

/** Up to so many entries are compared one by one, which is cheaper than the keys of a map. */
const COMPARED_MAX = 8;

/** Entries under Rego values as keys. Equal values are one key, and no string can pass for another value. */
class Keyed<Entry> {
  readonly #keys: Value[] = [];
  readonly #entries: Entry[] = [];
  // Positions by key, once one is looked for among more entries than are compared one by one: of scalars as they are, of composite
  // values and of numbers that no JavaScript number stands for by their text.
  #scalars: Map<null | boolean | number | string, number> | undefined;
  #composites: Map<string, number> | undefined;

  get size(): number {
    return this.#keys.length;
  }

  get(key: Value): Entry | undefined {
    const position = this.#find(key);
    return position === undefined ? undefined : this.#entries[position];
  }

  set(key: Value, entry: Entry): void {
    const position = this.#find(key);
    if (position === undefined) this.append(key, entry);
    else this.#entries[position] = entry;
  }

  /** @returns whether the key was absent. */
  addIfAbsent(key: Value, entry: Entry): boolean {
    if (this.#find(key) !== undefined) return false;
    this.append(key, entry);
    return true;
  }

  /** In the order in which the keys were added. Not to be changed. */
  entries(): readonly Entry[] {
    return this.#entries;
  }

  #find(key: Value): number | undefined {
    if (this.#scalars === undefined && this.#keys.length > COMPARED_MAX) {
      this.#scalars = new Map();
      for (let index = 0; index < this.#keys.length; index++) this.#index(index);
    }
    if (this.#scalars === undefined) {
      for (let index = 0; index < this.#keys.length; index++) {
        if (equal(this.#keys[index] as Value, key)) return index;
      }
      return undefined;
    }
    const scalar = scalarKey(key);
    return scalar === undefined ? this.#composites?.get(keyText(key)) : this.#scalars.get(scalar);
  }

  /** Adds a key that is known to be absent. */
  append(key: Value, entry: Entry): void {
    this.#keys.push(key);
    this.#entries.push(entry);
    if (this.#scalars !== undefined) this.#index(this.#keys.length - 1);
  }

  #index(position: number): void {
    const key = this.#keys[position] as Value;
    const scalar = scalarKey(key);
    if (scalar !== undefined) {
      this.#scalars?.set(scalar, position);
      return;
    }
    this.#composites ??= new Map();
    this.#composites.set(keyText(key), position);
  }
}

/** The first of each run of equal elements of a sorted list. */
function withoutRepetitions(sorted: readonly Value[]): readonly Value[] {
  for (let index = 1; index < sorted.length; index++) {
    if (compare(sorted[index - 1] as Value, sorted[index] as Value) === 0) {
      return sorted.filter((value, at) => at === 0 || compare(sorted[at - 1] as Value, value) !== 0);
    }
  }
  return sorted;
}

/** The key of a value in a JavaScript Map where identity is equality, else undefined. */
function scalarKey(value: Value): null | boolean | number | string | undefined {
  if (typeof value !== 'object' || value === null) return value;
  return value instanceof BigNumber ? scalarOf(value) : undefined;
}

/** A text that two values share exactly when they are equal. Every part shows its own type and its end. */
function keyText(value: Value): string {
  switch (rankOf(value)) {
    case 2:
      return numberKeyText(value as number | BigNumber);
    case 3:
      return JSON.stringify(value);
    case 4:
      return `[${(value as readonly Value[]).map(keyText).join()}]`;
    case 5:
      return `{${sortedEntries(value as ObjectValue)
        .map(([key, member]) => `${keyText(key)}:${keyText(member)}`)
        .join()}}`;
    case 6:
      return `<${(value as RegoSet).sorted().map(keyText).join()}>`;
    default:
      return String(value);
  }
}

function numberKeyText(value: number | BigNumber): string {
  const scalar = scalarOf(value);
  if (scalar !== undefined) return String(scalar);
  const { coefficient, exponent } = (value as BigNumber).decimal;
  return `${coefficient}e${exponent}`;
}

function rankOf(value: Value): number {
  switch (typeof value) {
    case 'boolean':
      return 1;
    case 'number':
      return 2;
    case 'string':
      return 3;
    default:
      if (value === null) return 0;
      if (Array.isArray(value)) return 4;
      if (value instanceof RegoSet) return 6;
      return value instanceof BigNumber ? 2 : 5;
  }
}

function compareArrays(left: readonly Value[], right: readonly Value[]): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const difference = compare(left[index] as Value, right[index] as Value);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function comparePlain(left: PlainObject, right: PlainObject): number {
  const keys = sortedKeys(left);
  const others = sortedKeys(right);
  const length = Math.min(keys.length, others.length);
  for (let index = 0; index < length; index++) {
    const key = keys[index] as string;
    const other = others[index] as string;
    // Equal strings are most often one and the same.
    if (key !== other) return compareStrings(key, other);
    const difference = compare(left[key] as Value, right[other] as Value);
    if (difference !== 0) return difference;
  }
  return keys.length - others.length;
}

function compareObjects(left: ObjectValue, right: ObjectValue): number {
  if (isPlain(left) && isPlain(right)) return comparePlain(left, right);
  const entries = sortedEntries(left);
  const others = sortedEntries(right);
  const length = Math.min(entries.length, others.length);
  for (let index = 0; index < length; index++) {
    const [key, value] = entries[index] as Entry;
    const [otherKey, otherValue] = others[index] as Entry;
    const difference = compare(key, otherKey) || compare(value, otherValue);
    if (difference !== 0) return difference;
  }
  return entries.length - others.length;
}
