import { RegoSet, sortedEntries, sortedKeys } from '../../values/collections.ts';
import { isArray, isObject, isPlainObject, typeName } from '../../values/kinds.ts';
import { compareStrings } from '../../values/strings.ts';
import { termText } from '../../values/term-text.ts';
import type { ObjectValue, Value } from '../../values/value.ts';
import { escapeHtml, nameOf, writeJson } from '../../values/write-json.ts';
import { BuiltinError, type BuiltinGroup } from '../builtin.ts';
import { objectOperand, operandError, stringOperand } from '../operands.ts';
import { isJson, unmarshalJson } from './unmarshal-json.ts';

/** Longest text that `json.marshal_with_options` makes, in UTF-16 units; the evaluation fails beyond. */
const INDENTED_LENGTH_MAX = 64 * 1024 * 1024;

/** JSON text to values and back (`v1/topdown/encoding.go`, Go's `encoding/json`). */
export const jsonBuiltins: BuiltinGroup = {
  'json.marshal': (_context, value: Value) => marshalJson(value),

  'json.marshal_with_options': (_context, value: Value, options: Value) => {
    const { isIndented, indent, prefix } = optionsOperand(options);
    if (!isIndented) return marshalJson(value);
    return `${prefix}${indented(value, { indent, lineStart: `\n${prefix}` })}`;
  },

  'json.unmarshal': (context, text: Value) => {
    context.checkLimits();
    return unmarshalJson(stringOperand(text, 1), () => context.checkLimits());
  },

  'json.is_valid': (context, text: Value) => {
    context.checkLimits();
    return typeof text === 'string' && isJson(text);
  },
};

/** A value as Go's `json.Marshal` writes it. @throws {BuiltinError} for a number that JSON has no text for. */
export function marshalJson(value: Value): string {
  try {
    return escapeHtml(writeJson(value));
  } catch (error) {
    if (error instanceof SyntaxError) throw new BuiltinError(error.message);
    throw error;
  }
}

interface Options {
  readonly isIndented: boolean;
  readonly indent: string;
  readonly prefix: string;
}

function optionsOperand(value: Value): Options {
  const texts = { indent: '\t', prefix: '' };
  let isIndented: boolean | undefined;
  let hasText = false;
  for (const [index, [key, option]] of sortedEntries(objectOperand(value, 2)).entries()) {
    if (typeof key !== 'string')
      throw operandError(
        2,
        `failed to stringify key ${termText(key)} at index ${index}: operand ${index} must be string but got ${typeName(key)}`,
      );
    if (key === 'prefix' || key === 'indent') {
      if (typeof option !== 'string')
        throw operandError(
          2,
          `key ${termText(key)} failed cast to string: operand ${index} must be string but got ${typeName(option)}`,
        );
      texts[key] = option;
      hasText = true;
    } else if (key === 'pretty') {
      if (typeof option !== 'boolean') throw operandError(2, `key ${termText(key)} failed cast to bool`);
      isIndented = option;
    } else throw operandError(2, `object contained unknown key ${termText(key)}`);
  }
  return { ...texts, isIndented: isIndented ?? hasText };
}

interface Layout {
  readonly indent: string;
  /** A line break and what every line of the value begins with. */
  readonly lineStart: string;
}

function indented(value: Value, layout: Layout): string {
  const inner = { ...layout, lineStart: `${layout.lineStart}${layout.indent}` };
  if (isArray(value) || value instanceof RegoSet) {
    const elements = isArray(value) ? value : value.sorted();
    const lines = elements.map((element) => `${inner.lineStart}${indented(element, inner)}`);
    return enclosed('[]', lines, layout);
  }
  if (!isObject(value)) return marshalJson(value);
  const lines = membersOf(value).map(([name, member]) => {
    return `${inner.lineStart}${marshalJson(name)}: ${indented(member, inner)}`;
  });
  return enclosed('{}', lines, layout);
}

function enclosed(brackets: string, lines: readonly string[], { lineStart }: Layout): string {
  if (lines.length === 0) return brackets;
  const length = lines.reduce((sum, line) => sum + line.length, 0);
  if (length > INDENTED_LENGTH_MAX) throw new RangeError('json.marshal_with_options: the result is too long');
  return `${brackets[0]}${lines.join()}${lineStart}${brackets[1]}`;
}

/** The members by their names in JSON, of equal names the last one, in the order of these. */
function membersOf(object: ObjectValue): readonly (readonly [string, Value])[] {
  if (isPlainObject(object)) return sortedKeys(object).map((key) => [key, object[key] as Value]);
  const members = new Map(sortedEntries(object).map(([key, member]) => [nameOf(key), member]));
  return [...members].sort(([left], [right]) => compareStrings(left, right));
}
