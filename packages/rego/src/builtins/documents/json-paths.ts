import { RegoObject, RegoSet } from '../../values/collections.ts';
import { isArray, typeName } from '../../values/kinds.ts';
import type { Value } from '../../values/value.ts';
import { operandError, operandTypeError } from '../operands.ts';

/** The steps that lead to a part of a document. */
export type JsonPath = readonly Value[];

/** The paths of an array or a set of them. @throws {BuiltinError} for an operand that is neither. */
export function pathsOperand(value: Value, position: number): readonly JsonPath[] {
  if (isArray(value)) return value.map(pathOf);
  if (value instanceof RegoSet) return value.sorted().map(pathOf);
  throw operandTypeError(value, position, 'set', 'array');
}

/**
 * The path that a JSON pointer or an array of steps stands for. All slashes at the start of a pointer count as one.
 * @throws {BuiltinError} for any other value.
 */
export function pathOf(value: Value): JsonPath {
  if (isArray(value)) return value;
  if (value === '') return [];
  if (typeof value !== 'string')
    throw operandError(
      2,
      `must be one of {set, array} containing string paths or array of path segments but got ${typeName(value)}`,
    );
  const steps = value.replace(/^\/+/, '').split('/');
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Paths by their steps: what they lead to is null, everything on the way an object. */
export class PathTree {
  readonly #branches = new RegoObject();
  readonly #subtrees: (PathTree | null)[] = [];

  /** The tree of the given paths. A path that leads on from the end of an earlier one adds nothing. */
  static of(paths: readonly JsonPath[]): PathTree {
    const root = new PathTree();
    for (const path of paths) root.#add(path);
    return root;
  }

  /** What follows a step: null where a path ends, undefined where none goes on. */
  get(step: Value): PathTree | null | undefined {
    const index = this.#branches.get(step);
    return index === undefined ? undefined : this.#subtrees[index as number];
  }

  /** The steps that lead on, as they were first spelled. */
  steps(): readonly Value[] {
    return this.#branches.sorted().map(([step]) => step);
  }

  #add(path: JsonPath): void {
    let node: PathTree = this;
    for (const [index, step] of path.entries()) {
      const child = node.get(step);
      if (index === path.length - 1) node.#set(step, null);
      else if (child === null) return;
      else if (child !== undefined) node = child;
      else node = node.#set(step, new PathTree());
    }
  }

  #set<Subtree extends PathTree | null>(step: Value, subtree: Subtree): Subtree {
    this.#branches.set(step, this.#subtrees.length);
    this.#subtrees.push(subtree);
    return subtree;
  }
}
