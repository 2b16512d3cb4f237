/** Which document a term is, as far as the text tells. */
import { dottedName, elementsOf, type Path, stringOf, type Term, variableOf } from '../../analysis/syntax.ts';
import type { Scope } from './bodies.ts';

/** Names that are followed through assignments at most; deeper ones stay unknown. */
const FOLLOWED_MAX = 16;

/** The arguments of the caller. */
export const ARGUMENTS: Path = ['input', 'action', 'args'];

/** A document, and what stands for it where it is missing. */
export interface Place {
  readonly path: Path;
  /** The default of `object.get`; undefined where a missing document is undefined. */
  readonly fallback?: Term;
}

/** The document that a term is, local names followed; undefined where it is none or an element is not constant. */
export function placeOf(term: Term, scope: Scope, left = FOLLOWED_MAX): Place | undefined {
  if (left === 0) return undefined;
  const name = variableOf(term);
  if (name !== undefined) return placeOfName(name, scope, left);
  if (term.type === 'ref') {
    const [head, ...rest] = elementsOf(term);
    const base = head && placeOf(head, scope, left - 1);
    return base && below(base, rest);
  }
  if (term.type !== 'call') return undefined;
  const [operator, object, key, fallback] = elementsOf(term);
  if (operator === undefined || object === undefined || key === undefined) return undefined;
  if (dottedName(operator) !== 'object.get' || !scope.names.objectGetIsItself) return undefined;
  const base = placeOf(object, scope, left - 1);
  const place = base && below(base, key.type === 'array' ? elementsOf(key) : [key]);
  return place && fallback && { path: place.path, fallback };
}

/** The document that a term is and nothing else: no default stands for it. */
export function pathOf(term: Term, scope: Scope): Path | undefined {
  const place = placeOf(term, scope);
  return place?.fallback === undefined ? place?.path : undefined;
}

/** A reference up to its first element that is not constant, and the elements from there on. */
export function prefixOf(
  term: Term,
  scope: Scope,
): { readonly path: Path; readonly rest: readonly Term[] } | undefined {
  const [head, ...elements] = term.type === 'ref' ? elementsOf(term) : [term];
  const base = head && pathOf(head, scope);
  if (base === undefined) return undefined;
  const end = elements.findIndex((element) => stringOf(element) === undefined);
  const constant = end < 0 ? elements : elements.slice(0, end);
  const path = [...base, ...constant.map(stringOf).filter((element) => element !== undefined)];
  return { path, rest: end < 0 ? [] : elements.slice(end) };
}

/** Where the value of a term comes from: its own document, or the collection that it is an element of. */
export function originOf(
  term: Term,
  scope: Scope,
): { readonly path: Path; readonly isElement: boolean } | undefined {
  const path = placeOf(term, scope)?.path;
  if (path !== undefined) return { path, isElement: false };
  const local = scope.locals.get(variableOf(term) ?? '');
  if (local?.kind === 'iterated') {
    const over = placeOf(local.over, scope)?.path;
    return over && { path: over, isElement: true };
  }
  const prefix = term.type === 'ref' ? prefixOf(term, scope) : undefined;
  return prefix && prefix.rest.length > 0 ? { path: prefix.path, isElement: true } : undefined;
}

/** Whether a path lies below the caller’s arguments. */
export function isArgument(path: Path): boolean {
  return path.length > ARGUMENTS.length && ARGUMENTS.every((element, at) => path[at] === element);
}

function placeOfName(name: string, scope: Scope, left: number): Place | undefined {
  if (name === 'input' || name === 'data') return { path: [name] };
  const local = scope.locals.get(name);
  if (local !== undefined)
    return local.kind === 'assigned' ? placeOf(local.term, scope, left - 1) : undefined;
  const [path, ...others] = scope.names.pathsOf(name);
  return path === undefined || others.length > 0 ? undefined : { path };
}

function below({ path, fallback }: Place, elements: readonly Term[]): Place | undefined {
  const names = elements.map(stringOf);
  if (names.includes(undefined) || (fallback !== undefined && names.length > 0)) return undefined;
  const place = { path: [...path, ...names.filter((name) => name !== undefined)] };
  return fallback === undefined ? place : { ...place, fallback };
}
