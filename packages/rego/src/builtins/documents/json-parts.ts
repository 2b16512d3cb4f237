import { RegoSet, sortedEntries } from '../../values/collections.ts';
import { isArray, isObject } from '../../values/kinds.ts';
import { memberOf, objectOf, sizeOf } from '../../values/objects.ts';
import type { Entry, ObjectValue, Value } from '../../values/value.ts';
import type { BuiltinGroup } from '../builtin.ts';
import { objectOperand } from '../operands.ts';
import { PathTree, pathsOperand } from './json-paths.ts';

/** Documents without, or with no more than, what paths lead to (`v1/topdown/json.go`). */
export const jsonPartBuiltins: BuiltinGroup = {
  'json.remove': (_context, object: Value, paths: Value) => {
    const document = objectOperand(object, 1);
    return without(document, PathTree.of(pathsOperand(paths, 2)));
  },

  'json.filter': (_context, object: Value, paths: Value) => {
    const document = objectOperand(object, 1);
    return only(document, PathTree.of(pathsOperand(paths, 2)));
  },
};

/** The value without what the paths lead to; undefined where that is the value itself. */
function without(value: Value, paths: PathTree | null | undefined): Value | undefined {
  if (paths === undefined) return value;
  if (paths === null) return undefined;
  if (isArray(value))
    return value.map((element, index) => without(element, paths.get(String(index)))).filter(isKept);
  if (value instanceof RegoSet)
    return RegoSet.of(
      value
        .sorted()
        .map((member) => without(member, paths.get(member)))
        .filter(isKept),
    );
  if (!isObject(value)) return value;
  const entries: Entry[] = [];
  for (const [key, member] of sortedEntries(value)) {
    const kept = without(member, paths.get(key));
    if (kept !== undefined) entries.push([key, kept]);
  }
  return objectOf(entries);
}

/** The parts of a value that the paths lead to. */
function only(value: Value, paths: PathTree | null): Value {
  if (paths === null) return value;
  if (isArray(value))
    return value.flatMap((element, index) => {
      const path = paths.get(String(index));
      return path === undefined ? [] : [only(element, path)];
    });
  if (value instanceof RegoSet)
    return RegoSet.of(
      value.sorted().flatMap((member) => {
        const path = paths.get(member);
        return path === undefined ? [] : [only(member, path)];
      }),
    );
  return isObject(value) ? onlyOfObject(value, paths) : value;
}

function onlyOfObject(object: ObjectValue, paths: PathTree): ObjectValue {
  const steps = paths.steps();
  // Keys keep the spelling of the side that OPA goes through: the paths where they have more, else the object.
  const keys = sizeOf(object) < steps.length ? steps : sortedEntries(object).map(([key]) => key);
  const entries: Entry[] = [];
  for (const key of keys) {
    const member = memberOf(object, key);
    const path = paths.get(key);
    if (member !== undefined && path !== undefined) entries.push([key, only(member, path)]);
  }
  return objectOf(entries);
}

function isKept(value: Value | undefined): value is Value {
  return value !== undefined;
}
