import type { Value } from '../../values/value.ts';
import type { BuiltinContext, BuiltinGroup } from '../builtin.ts';
import { stringOperand } from '../operands.ts';

/** What Go's `unicode.IsSpace` takes, which is not what JavaScript's `trim` takes. */
const SPACES: ReadonlySet<string> = new Set(
  '\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000',
);

/** Texts without what stands at their ends. A cutset names characters, not a text. */
export const trimBuiltins: BuiltinGroup = {
  trim: ofTwo((text, cutset) => {
    const cut = new Set(cutset);
    return withoutTail(withoutHead(text, cut), cut);
  }),
  trim_left: ofTwo((text, cutset) => withoutHead(text, new Set(cutset))),
  trim_right: ofTwo((text, cutset) => withoutTail(text, new Set(cutset))),
  trim_prefix: ofTwo((text, prefix) => (text.startsWith(prefix) ? text.slice(prefix.length) : text)),
  trim_suffix: ofTwo((text, suffix) =>
    text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text,
  ),
  trim_space: (_context: BuiltinContext, text: Value) =>
    withoutTail(withoutHead(stringOperand(text, 1), SPACES), SPACES),
};

function ofTwo(trim: (text: string, other: string) => string) {
  return (_context: BuiltinContext, text: Value, other: Value): Value => {
    const whole = stringOperand(text, 1);
    return trim(whole, stringOperand(other, 2));
  };
}

function withoutHead(text: string, cut: ReadonlySet<string>): string {
  let start = 0;
  while (start < text.length) {
    const character = String.fromCodePoint(text.codePointAt(start) as number);
    if (!cut.has(character)) break;
    start += character.length;
  }
  return text.slice(start);
}

function withoutTail(text: string, cut: ReadonlySet<string>): string {
  let end = text.length;
  while (end > 0) {
    const unit = text.charCodeAt(end - 1);
    const length = unit >= 0xdc00 && unit <= 0xdfff ? 2 : 1;
    if (!cut.has(text.slice(end - length, end))) break;
    end -= length;
  }
  return text.slice(0, end);
}
