import { equal, RegoSet, sortedEntries } from '../../../values/collections.ts';
import { isArray, isObject, typeName } from '../../../values/kinds.ts';
import { memberOf, objectOf } from '../../../values/objects.ts';
import { termText } from '../../../values/term-text.ts';
import type { Entry, ObjectValue, Value } from '../../../values/value.ts';
import { BuiltinError } from '../../builtin.ts';
import type { JsonPath } from '../json-paths.ts';
import { arrayIndex } from './array-index.ts';
import { EditedArray } from './edited-array.ts';
import { Slots } from './slots.ts';

/** A member that has been put in or taken out. */
type Child =
  | { readonly scalar: Value }
  | { readonly tree: EditTree }
  | { readonly deleted: 'scalar' | 'composite' };

/**
 * A document that is being edited, as OPA's `internal/edittree` has it: the value as it was, and what has been put in
 * and taken out since. Where OPA's edits go wrong (a step into an array that has been edited looks into the original
 * one) these do too, and where OPA panics the evaluation fails.
 */
export class EditTree {
  #value: Value | undefined;
  /** Of an object or a set. */
  #members: Slots<Child> | undefined;
  #elements: EditedArray<EditTree> | undefined;
  /** Whether OPA has a place for children, and for their keys: not where another kind of value was before. */
  #hasChildren: boolean;
  #hasKeys: boolean;

  constructor(value: Value) {
    this.#value = value;
    this.#hasChildren = isComposite(value);
    this.#hasKeys = this.#hasChildren && !isArray(value);
    if (isArray(value)) this.#elements = new EditedArray(value.length, true);
    else if (this.#hasKeys) this.#members = new Slots();
  }

  /** Puts a value at a path; the empty one is the document itself. @throws {BuiltinError} */
  insertAt(path: JsonPath, value: Value): void {
    if (path.length > 0) {
      this.#unfold(path.slice(0, -1)).#insert(path.at(-1) as Value, value);
      return;
    }
    this.#value = value;
    this.#members = this.#hasKeys ? new Slots() : undefined;
    this.#elements = isArray(value) ? new EditedArray(value.length, this.#hasChildren) : undefined;
  }

  /** Takes out what stands at a path. @throws {BuiltinError} */
  deleteAt(path: JsonPath): void {
    if (path.length > 0) {
      this.#unfold(path.slice(0, -1)).#delete(path.at(-1) as Value);
      return;
    }
    if (this.#value === undefined) throw new BuiltinError('deleted node encountered during delete operation');
    this.#value = undefined;
    this.#members = undefined;
    this.#elements = undefined;
    this.#hasChildren = false;
    this.#hasKeys = false;
  }

  /** What stands at a path now, undefined for a document that was taken out. @throws {BuiltinError} */
  renderAt(path: JsonPath): Value | undefined {
    return this.#unfold(path).render();
  }

  /** The value as it is now. */
  render(): Value | undefined {
    const value = this.#value;
    if (value === undefined) return undefined;
    if (isArray(value)) return this.#array().elements(value, renderTree);
    if (!isComposite(value) || this.#members === undefined || this.#members.size === 0) return value;
    return value instanceof RegoSet
      ? this.#renderSet(value, this.#members)
      : this.#renderObject(value, this.#members);
  }

  #renderSet(value: RegoSet, members: Slots<Child>): Value {
    const rendered = members.entries().flatMap(({ content }) => renderChild(content));
    const rest = value.sorted().filter((member) => !members.has(member));
    return RegoSet.of([...rendered, ...rest]);
  }

  #renderObject(value: ObjectValue, members: Slots<Child>): Value {
    const rendered = members
      .entries()
      .flatMap(({ key, content }) => renderChild(content).map((member): Entry => [key, member]));
    const rest = sortedEntries(value).filter(([key]) => !members.has(key));
    return objectOf([...rendered, ...rest]);
  }

  #insert(step: Value, value: Value): EditTree {
    const target = this.#value;
    if (target === undefined) throw new BuiltinError('deleted node encountered during insert operation');
    if (isArray(target)) return this.#insertElement(step, value);
    if (!isComposite(target)) throw notComposite(', found', target);
    if (target instanceof RegoSet) {
      if (!equal(step, value))
        throw new BuiltinError(
          `set key ${termText(step)} does not equal value to be inserted ${termText(value)}`,
        );
      if (isComposite(step)) this.#collapse();
    }
    const tree = new EditTree(value);
    this.#slots().set(step, isComposite(value) ? { tree } : { scalar: value });
    return tree;
  }

  #insertElement(step: Value, value: Value): EditTree {
    const elements = this.#array();
    const index = arrayIndex(step, elements.length);
    if (index < 0 || index > elements.length)
      throw new BuiltinError('index for array insertion out of bounds');
    const tree = new EditTree(value);
    elements.insert(index, isComposite(value) ? { tree } : { scalar: value });
    return tree;
  }

  #delete(step: Value): void {
    const target = this.#value;
    if (target === undefined) throw new BuiltinError('deleted node encountered during delete operation');
    if (isArray(target)) {
      const elements = this.#array();
      const index = arrayIndex(step, elements.length);
      if (index < 0 || index > elements.length - 1)
        throw new BuiltinError('index for array delete out of bounds');
      elements.remove(index);
      return;
    }
    if (!isComposite(target)) throw notComposite(', found', target);
    if (target instanceof RegoSet && isComposite(step)) this.#collapse();
    const child = this.#members?.get(step);
    if (child === undefined) {
      this.#deleteOriginal(step);
      return;
    }
    if ('deleted' in child)
      throw new BuiltinError(
        `cannot delete the already deleted ${child.deleted} node for key ${termText(step)}`,
      );
    this.#slots().set(step, { deleted: 'tree' in child ? 'composite' : 'scalar' });
  }

  #deleteOriginal(step: Value): void {
    const member = this.#find(step);
    if (member === undefined)
      throw new BuiltinError(`cannot delete child key ${termText(step)} that does not exist`);
    this.#slots().set(step, { deleted: isComposite(member) ? 'composite' : 'scalar' });
  }

  /** The tree at a path. */
  #unfold(path: JsonPath): EditTree {
    const [step] = path;
    if (step === undefined) return this;
    return this.#child(step).#unfold(path.slice(1));
  }

  #child(step: Value): EditTree {
    const target = this.#value;
    if (target === undefined)
      throw new BuiltinError('nil value encountered where composite value was expected');
    if (isArray(target)) return this.#element(step, target);
    if (!isComposite(target)) throw notComposite(` for path ${termText(step)}, found`, target);
    const isSet = target instanceof RegoSet;
    if (isSet && isComposite(step)) this.#collapse();
    const child = this.#members?.get(step);
    if (child !== undefined && 'deleted' in child) throw deletedChild(child.deleted, step, isSet);
    if (child !== undefined) return 'tree' in child ? child.tree : new EditTree(child.scalar);
    const member = this.#find(step);
    if (member !== undefined) return this.#insert(step, member);
    const name = isSet ? pathText(step) : termText(step);
    const text = termText(this.#value as Value);
    throw new BuiltinError(`path ${name} does not exist in ${isSet ? 'set' : 'object'} term ${text}`);
  }

  #element(step: Value, target: readonly Value[]): EditTree {
    const elements = this.#array();
    const index = arrayIndex(step, elements.length);
    const child = elements.get(index);
    if (child !== undefined) return 'tree' in child ? child.tree : new EditTree(child.scalar);
    // OPA looks into the array as it was, at a place that may be another one by now.
    const element = target[index];
    if (element === undefined)
      throw new BuiltinError(`path ${index} does not exist in array term ${termText(target)}`);
    this.#delete(index);
    return this.#insert(index, element);
  }

  /** The member of the original that a step leads to, in a set as the step spells it. */
  #find(step: Value): Value | undefined {
    const value = this.#value as Value;
    if (value instanceof RegoSet) return value.has(step) ? step : undefined;
    return memberOf(value as ObjectValue, step);
  }

  /** Makes the value as it is now the original, since a member of a set is its own key. */
  #collapse(): void {
    this.#value = this.render();
    this.#members &&= new Slots();
  }

  #slots(): Slots<Child> {
    if (this.#members === undefined) throw panic();
    return this.#members;
  }

  #array(): EditedArray<EditTree> {
    if (this.#elements === undefined) throw panic();
    return this.#elements;
  }
}

function isComposite(value: Value): value is ObjectValue | RegoSet | readonly Value[] {
  return isArray(value) || value instanceof RegoSet || isObject(value);
}

function renderTree(tree: EditTree): Value {
  const value = tree.render();
  if (value === undefined) throw panic();
  return value;
}

function renderChild(child: Child): readonly Value[] {
  if ('deleted' in child) return [];
  return ['tree' in child ? renderTree(child.tree) : child.scalar];
}

function notComposite(where: string, value: Value): BuiltinError {
  const type = typeName(value).replace(/^./, (letter) => letter.toUpperCase());
  return new BuiltinError(`expected composite type${where} value: ${termText(value)} (type: ast.${type})`);
}

function deletedChild(kind: string, step: Value, isSet: boolean): Error {
  if (isSet) return panic();
  return new BuiltinError(`cannot unfold the already deleted ${kind} node for key ${termText(step)}`);
}

/** A path of one step as OPA writes it. */
function pathText(step: Value): string {
  return typeof step === 'string' ? step : termText(step);
}

/** OPA stops with a panic here: the evaluation fails, whatever errors of built-ins are taken for. */
function panic(): Error {
  return new Error('json.patch: edits of a value that was replaced as a whole fail, as in OPA');
}
