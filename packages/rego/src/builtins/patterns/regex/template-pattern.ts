import { quote } from '../../../go/quote.ts';
import { BuiltinError } from '../../builtin.ts';
import { regexOf } from './regex.ts';

/**
 * The pattern of a template: what stands between delimiters is a pattern, all else is text
 * (`v1/topdown/regex_template.go`).
 * @throws {BuiltinError} when the delimiters are not balanced, or a pattern between them is none.
 */
export function patternOfTemplate(template: string, opening: string, closing: string): string {
  let pattern = '^';
  let end = 0;
  for (const [from, to] of delimitedParts(template, opening, closing)) {
    const part = template.slice(from + 1, to - 1);
    pattern += `${quoted(template.slice(end, from))}(${part})`;
    regexOf(`^${part}$`);
    end = to;
  }
  return `${pattern}${quoted(template.slice(end))}$`;
}

/** Start and end of each part between outermost delimiters, with the delimiters. */
function delimitedParts(template: string, opening: string, closing: string): readonly [number, number][] {
  const parts: [number, number][] = [];
  let level = 0;
  let start = 0;
  for (let index = 0; index < template.length; index++) {
    if (template[index] === opening) {
      level++;
      if (level === 1) start = index;
    } else if (template[index] === closing) {
      level--;
      if (level < 0) break;
      if (level === 0) parts.push([start, index + 1]);
    }
  }
  if (level !== 0) throw new BuiltinError(`unbalanced braces in ${quote(template)}`);
  return parts;
}

/** A text as a pattern of itself. */
function quoted(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}
