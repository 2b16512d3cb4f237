import { isLetterOrDigit } from '../unicode/unicode.ts';
import type { Match } from './regex.ts';

/** A part of a replacement: text, or the number or name of a group. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'name'; readonly name: string };

/** Past this Go takes the number of a group for a name. */
const GROUP_NUMBER_MAX = 1e8;

/** The parts of a replacement as Go's `Regexp.Expand` reads it: `$1`, `${1}x`, `$name`, `$$`. */
export function readTemplate(template: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let position = 0;
  while (position < template.length) {
    const dollar = template.indexOf('$', position);
    if (dollar < 0) break;
    parts.push({ kind: 'text', text: template.slice(position, dollar) });
    const group = groupAt(template, dollar + 1);
    parts.push(group.part);
    position = group.end;
  }
  parts.push({ kind: 'text', text: template.slice(position) });
  return parts;
}

/** What a replacement is for a match. A group that does not exist or was not used is empty. */
export function expandTemplate(
  parts: readonly TemplatePart[],
  {
    text,
    match,
    groupNames,
  }: { readonly text: string; readonly match: Match; readonly groupNames: readonly string[] },
): string {
  const groupText = (number: number): string => {
    const [start = -1, end = -1] = match.slice(2 * number, 2 * number + 2);
    return start < 0 ? '' : text.slice(start, end);
  };
  return parts
    .map((part) => {
      if (part.kind === 'text') return part.text;
      if (part.kind === 'number') return groupText(part.number);
      const used = groupNames.findIndex(
        (name, number) => name === part.name && (match[2 * number] ?? -1) >= 0,
      );
      return used < 0 ? '' : groupText(used);
    })
    .join('');
}

/** What follows a dollar sign; the sign itself where that is no group. */
function groupAt(template: string, start: number): { readonly part: TemplatePart; readonly end: number } {
  const dollar = { kind: 'text', text: '$' } as const;
  if (template[start] === '$') return { part: dollar, end: start + 1 };
  const isBraced = template[start] === '{';
  const nameStart = isBraced ? start + 1 : start;
  const name = nameAt(template, nameStart);
  const nameEnd = nameStart + name.length;
  if (name === '' || (isBraced && template[nameEnd] !== '}')) return { part: dollar, end: start };
  return { part: partOf(name), end: isBraced ? nameEnd + 1 : nameEnd };
}

function nameAt(template: string, start: number): string {
  let end = start;
  while (end < template.length) {
    const codePoint = template.codePointAt(end) as number;
    if (codePoint !== 0x5f && !isLetterOrDigit(codePoint)) break;
    end += codePoint > 0xffff ? 2 : 1;
  }
  return template.slice(start, end);
}

function partOf(name: string): TemplatePart {
  // All digits but the last one are compared with the bound.
  const isNumber = /^(?:0|[1-9]\d*)$/.test(name) && Number(name.slice(0, -1)) < GROUP_NUMBER_MAX;
  return isNumber ? { kind: 'number', number: Number(name) } : { kind: 'name', name };
}
