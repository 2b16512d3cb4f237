import { numberText } from '../../values/big-number.ts';
import { isNumber } from '../../values/kinds.ts';
import { readJson } from '../../values/read-json.ts';
import type { Value } from '../../values/value.ts';
import { BuiltinError } from '../builtin.ts';
import { JSON_DEPTH_MAX, JsonScanner } from './json-scanner.ts';
import { checkNumbers } from './number-bounds.ts';

/**
 * The value of JSON text as OPA's `json.unmarshal` reads it.
 * @param checkLimits called every few values that are read one by one; left out, nothing stops the reading.
 * @throws {BuiltinError} with Go's words.
 */
export function unmarshalJson(text: string, checkLimits?: () => void): Value {
  if (mayBeTooDeep(text)) return parseSlowly(text, checkLimits);
  try {
    return checked(readJson(text, checkLimits), text);
  } catch (error) {
    if (error instanceof SyntaxError) return parseSlowly(text, checkLimits);
    throw error;
  }
}

/** An exponent that OPA may refuse: of four digits, or of few in a very long number. */
const LARGE_EXPONENT = /[eE][+-]?\d{4}|\d{8000}/;

function checked(value: Value, text: string): Value {
  if (LARGE_EXPONENT.test(text)) checkNumbers(value);
  return value;
}

/** Whether a text is one JSON value and no more, as Go's `json.Valid` sees it. */
export function isJson(text: string): boolean {
  try {
    if (mayBeTooDeep(text)) new JsonScanner(Buffer.from(text, 'utf8')).skipValue();
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof BuiltinError) return false;
    throw error;
  }
}

/** Only a text of many brackets can nest too deeply. */
function mayBeTooDeep(text: string): boolean {
  return text.length > JSON_DEPTH_MAX && text.split(/[[{]/, JSON_DEPTH_MAX + 2).length > JSON_DEPTH_MAX + 1;
}

/** OPA reads one value, and looks at what follows it only as far as that is a value or a bracket itself. */
function parseSlowly(text: string, checkLimits?: () => void): Value {
  const bytes = Buffer.from(text, 'utf8');
  const scanner = new JsonScanner(bytes);
  if (scanner.peek() === undefined) throw new BuiltinError('EOF');
  const value = nextValue(scanner, bytes, checkLimits);
  const byte = scanner.peek();
  if (byte === undefined) return checked(value, text);
  const next = String.fromCharCode(byte);
  if ('[{'.includes(next)) throw trailing(next);
  const token = nextValue(scanner, bytes, checkLimits);
  // The reader takes null for the end.
  if (token === null) return checked(value, text);
  throw trailing(tokenText(token));
}

function nextValue(scanner: JsonScanner, bytes: Buffer, checkLimits?: () => void): Value {
  scanner.peek();
  const start = scanner.position;
  scanner.skipValue();
  return readJson(bytes.toString('utf8', start, scanner.position), checkLimits);
}

function trailing(token: string): BuiltinError {
  return new BuiltinError(`error: invalid character '${token}' after top-level value`);
}

/** A scalar as Go's `%s` writes it. */
function tokenText(token: Value): string {
  if (typeof token === 'boolean') return `%!s(bool=${token})`;
  return isNumber(token) ? numberText(token) : String(token);
}
