import { equal } from '../../values/collections.ts';
import { isObject, typeName } from '../../values/kinds.ts';
import { memberOf } from '../../values/objects.ts';
import { termText } from '../../values/term-text.ts';
import type { ObjectValue, Value } from '../../values/value.ts';
import { BuiltinError, type BuiltinGroup } from '../builtin.ts';
import { arrayOperand } from '../operands.ts';
import { type JsonPath, pathOf } from './json-paths.ts';
import { EditTree } from './patch/edit-tree.ts';

/** `json.patch` (`v1/topdown/json.go`, RFC 6902). */
export const jsonPatchBuiltins: BuiltinGroup = {
  'json.patch': (context, document: Value, operations: Value) => {
    const tree = new EditTree(document);
    for (const operation of arrayOperand(operations, 2)) {
      context.checkLimits();
      if (!isObject(operation))
        throw new BuiltinError(
          'must be an array of JSON-Patch objects, but at least one element is not an object',
        );
      apply(tree, operation);
    }
    const patched = tree.render();
    if (patched === undefined) throw new Error('json.patch: no document is left');
    return patched;
  },
};

function apply(tree: EditTree, operation: ObjectValue): void {
  const pathValue = attribute(operation, 'path');
  const name = attribute(operation, 'op');
  if (typeof name !== 'string')
    throw new BuiltinError(`attribute 'op' must be a string but found: ${typeName(name)}`);
  const path = pathOf(pathValue);
  switch (name) {
    case 'add':
      tree.insertAt(path, attribute(operation, 'value'));
      return;
    case 'remove':
      tree.deleteAt(path);
      return;
    case 'replace':
      tree.deleteAt(path);
      tree.insertAt(path, attribute(operation, 'value'));
      return;
    case 'move':
    case 'copy': {
      const from = pathOf(attribute(operation, 'from'));
      const value = tree.renderAt(from);
      if (name === 'move') tree.deleteAt(from);
      if (value === undefined) throw new BuiltinError('cannot insert nil value into EditTree');
      tree.insertAt(path, value);
      return;
    }
    case 'test':
      test(tree, path, operation);
      return;
    default:
      throw new BuiltinError(`unrecognized op: '${name}'`);
  }
}

function test(tree: EditTree, path: JsonPath, operation: ObjectValue): void {
  const found = tree.renderAt(path);
  const wanted = attribute(operation, 'value');
  if (found !== undefined && equal(found, wanted)) return;
  const foundText = found === undefined ? '<nil>' : termText(found);
  throw new BuiltinError(
    `value from EditTree != patch value.\n\nExpected: ${termText(wanted)}\n\nFound: ${foundText}`,
  );
}

function attribute(operation: ObjectValue, name: string): Value {
  const value = memberOf(operation, name);
  if (value === undefined) throw new BuiltinError(`missing required attribute '${name}'`);
  return value;
}
