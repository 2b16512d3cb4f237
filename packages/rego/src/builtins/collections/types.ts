import { RegoSet } from '../../values/collections.ts';
import { isArray, type TypeName, typeName } from '../../values/kinds.ts';
import type { Value } from '../../values/value.ts';
import type { Builtin, BuiltinGroup } from '../builtin.ts';
import { operandTypeError } from '../operands.ts';

/** `is_*`, `cast_*` and `type_name` (`v1/topdown/type.go`, `casts.go`). `to_number` is among the numbers. */
export const typeBuiltins: BuiltinGroup = {
  type_name: (_context, value: Value) => typeName(value),

  is_array: isType('array'),
  is_boolean: isType('boolean'),
  is_null: isType('null'),
  is_number: isType('number'),
  is_object: isType('object'),
  is_set: isType('set'),
  is_string: isType('string'),

  cast_array: (_context, value: Value) => {
    if (isArray(value)) return value;
    if (value instanceof RegoSet) return value.sorted();
    throw operandTypeError(value, 1, 'array', 'set');
  },
  cast_set: (_context, value: Value) => {
    if (value instanceof RegoSet) return value;
    if (isArray(value)) return RegoSet.of(value);
    throw operandTypeError(value, 1, 'array', 'set');
  },
  cast_boolean: castTo('boolean'),
  cast_null: castTo('null'),
  cast_object: castTo('object'),
  cast_string: castTo('string'),
};

function isType(type: TypeName): Builtin {
  return (_context, value: Value) => typeName(value) === type;
}

function castTo(type: TypeName): Builtin {
  return (_context, value: Value) => {
    if (typeName(value) === type) return value;
    throw operandTypeError(value, 1, type);
  };
}
