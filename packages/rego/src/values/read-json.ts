import { numberOf } from './big-number.ts';
import { isPlainObject } from './kinds.ts';
import { setMember } from './objects.ts';
import { parseJson } from './parse-json.ts';
import type { Value } from './value.ts';

/**
 * Numbers in JSON text whose spelling a JavaScript number may not keep: -0, many digits, an exponent, zeros at the
 * end of a fraction. What it finds inside a string costs time only. Fifteen digits are always kept by a double.
 */
const INEXACT_NUMBER =
  /(?:^|[:,[\s])-?(?:\d{16}|0(?<=-0)(?![.\d])|\d{10,}\.|\d+\.\d{7}|\d+\.\d*0(?!\d)|\d+(?:\.\d+)?[eE])/;

/** An escape of a surrogate, which may stand alone. */
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

/**
 * The value of a JSON text, with numbers exact and lone surrogates replaced by U+FFFD, as OPA reads it. The last of
 * duplicate keys counts.
 * @param checkLimits called every few values where numbers are read one by one; left out, nothing stops the reading.
 * @throws {SyntaxError} when the text is not JSON.
 */
export function readJson(text: string, checkLimits?: () => void): Value {
  const value = parseJson(text, INEXACT_NUMBER.test(text) ? numberOf : undefined, checkLimits);
  return SURROGATE_ESCAPE.test(text) || !text.isWellFormed() ? wellFormed(value) : value;
}

function wellFormed(value: Value): Value {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (!isPlainObject(value)) return value;
  const copy = {};
  for (const [key, member] of Object.entries(value)) setMember(copy, key.toWellFormed(), wellFormed(member));
  return copy;
}
