import type { Json } from '@bailiff/contract';
import type { Finding } from '../finding.ts';
import { isObject, type SourceDocument } from '../sources/document.ts';
import type { ShippedRule } from './shipped-rules.ts';

/**
 * Configuration of another type than what ships. A rule that is given it either fails, so that every call is refused, or compares
 * what has no order. Tables keep the type of their values, lists that of their elements.
 */
export function mistypedValues(
  { name, defaults }: Pick<ShippedRule, 'name' | 'defaults'>,
  own: unknown,
  document: SourceDocument | undefined,
): Finding[] {
  if (!isObject(own) || document === undefined) return [];
  return Object.entries(own)
    .filter(([key]) => Object.hasOwn(defaults, key))
    .flatMap(([key, given]) => mistypedIn(given, defaults[key], [key]))
    .map(({ path, wanted, given, shipped }) => ({
      file: document.file,
      row: document.rowOf(['library', name, ...path]),
      code: 'library_value_mistyped',
      detail: `\`${name}\` takes ${wanted} for \`${path.join('.')}\`, and this is ${given}.`,
      mend: `Write ${wanted}, as what ships: \`${path[0]}: ${shortened(shipped)}\`.`,
    }));
}

interface Mistyped {
  readonly path: readonly (string | number)[];
  readonly wanted: string;
  readonly given: string;
  /** The default of the key as a whole. */
  readonly shipped: Json | undefined;
}

function mistypedIn(value: Json | undefined, model: Json | undefined, [key]: [string]): Mistyped[] {
  const found: Mistyped[] = [];
  const visit = (
    given: Json | undefined,
    like: Json | undefined,
    path: readonly (string | number)[],
  ): void => {
    if (like === undefined || like === null) return;
    if (typeOf(given) !== typeOf(like)) {
      found.push({ path, wanted: describedAs(like), given: nounOf(given), shipped: model });
    } else if (Array.isArray(given) && Array.isArray(like)) {
      const element = oneOfAKind(like);
      for (const [index, each] of given.entries()) visit(each, element, [...path, index]);
    } else if (isObject(given) && isObject(like)) {
      const any = Object.hasOwn(like, 'default') ? like.default : oneOfAKind(Object.values(like));
      for (const [name, each] of Object.entries(given))
        visit(each, Object.hasOwn(like, name) ? like[name] : any, [...path, name]);
    }
  };
  visit(value, model, [key]);
  return found;
}

/** Any of the values, where all are of one type; what they have inside differs. */
function oneOfAKind(values: readonly (Json | undefined)[]): Json | undefined {
  const [first, ...others] = values;
  return others.every((other) => typeOf(other) === typeOf(first)) ? first : undefined;
}

function typeOf(value: Json | undefined): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

const NOUNS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  string: ['a text', 'texts'],
  number: ['a number', 'numbers'],
  boolean: ['`true` or `false`', '`true` or `false`'],
  array: ['a list', 'lists'],
  object: ['a table', 'tables'],
};

function nounOf(value: Json | undefined): string {
  return value === null ? 'nothing (null)' : (NOUNS[typeOf(value)]?.[0] ?? 'nothing');
}

/** `a table of numbers`, `a list of texts`. */
function describedAs(model: Json): string {
  const values = Array.isArray(model) ? model : isObject(model) ? Object.values(model) : [];
  const inside = values.length === 0 ? undefined : oneOfAKind(values);
  const many = inside === undefined || inside === null ? undefined : NOUNS[typeOf(inside)]?.[1];
  return `${nounOf(model)}${many === undefined ? '' : ` of ${many}`}`;
}

/** Most characters of a default that a finding shows. */
const SHOWN_MAX = 80;

function shortened(shipped: Json | undefined): string {
  const text = JSON.stringify(shipped ?? null).replaceAll(/"([A-Za-z_]\w*)":/g, '$1: ');
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}
