import type { SourceModule } from '../sources/folder.ts';

/** Where something stands in a Rego file; `text` is its source in base64. */
export interface Place {
  readonly file: string;
  readonly row: number;
  readonly col: number;
  readonly text?: string;
}

/** A term of OPA’s syntax tree. What `value` holds depends on `type`. */
export interface Term {
  readonly type: string;
  readonly value: unknown;
  readonly location?: Place;
}

/** An expression of a body. */
export interface Expression {
  /** A term, a call as operator and operands, `some` or `every`. */
  readonly terms: Term | readonly Term[] | SomeDeclaration | Every;
  /** Whether it stands after `not`. */
  readonly negated?: boolean;
  readonly with?: readonly { readonly target: Term; readonly value: Term }[];
  readonly location?: Place;
}

export interface SomeDeclaration {
  readonly symbols: readonly Term[];
}

export interface Every {
  readonly key: Term | null;
  readonly value: Term;
  readonly domain: Term;
  readonly body: readonly Expression[];
}

export interface Head {
  readonly ref: readonly Term[];
  readonly args?: readonly Term[];
  readonly key?: Term;
  readonly value?: Term;
}

/** A METADATA block as OPA attached it to a rule. */
export interface AttachedAnnotation {
  readonly scope: string;
  readonly location: Place;
  readonly custom?: Readonly<Record<string, unknown>>;
}

export interface Rule {
  readonly head: Head;
  readonly body: readonly Expression[];
  readonly else?: Rule;
  readonly default?: boolean;
  readonly annotations?: readonly AttachedAnnotation[];
  readonly location: Place;
}

/** A Rego file as `opa parse --format json --json-include locations` gives it. */
export interface ParsedModule {
  readonly package: { readonly path: readonly Term[]; readonly location: Place };
  readonly imports?: readonly { readonly path: Term; readonly alias?: string }[];
  readonly rules?: readonly Rule[];
}

/** A Rego file, its syntax tree, and the bundle it belongs to. */
export interface BundleModule {
  readonly bundle: string;
  readonly source: SourceModule;
  /** Constant elements of its package below `data`. */
  readonly package: readonly string[];
  readonly syntax: ParsedModule;
}

/** A document’s path from `input` or `data` on, constant elements only. */
export type Path = readonly string[];

/** A constant string; undefined for anything else. */
export function stringOf(term: Term | undefined): string | undefined {
  return term?.type === 'string' && typeof term.value === 'string' ? term.value : undefined;
}

/** Name of a variable; undefined for anything else. */
export function variableOf(term: Term | undefined): string | undefined {
  return term?.type === 'var' && typeof term.value === 'string' ? term.value : undefined;
}

/** Elements of a term that holds a list of terms: a reference, a call, an array or a set. */
export function elementsOf(term: Term): readonly Term[] {
  return Array.isArray(term.value) ? (term.value as Term[]) : [];
}

/** Keys and values of an object term. */
export function pairsOf(term: Term): readonly (readonly [key: Term, value: Term])[] {
  return term.type === 'object' && Array.isArray(term.value) ? (term.value as [Term, Term][]) : [];
}

/** Whether `path` is `prefix` or lies below it. */
export function isWithin(path: Path, prefix: Path): boolean {
  return prefix.length <= path.length && prefix.every((element, position) => path[position] === element);
}

/** A built-in’s or rule’s name as an operator names it, as `object.get`. */
export function dottedName(operator: Term): string {
  const terms = operator.type === 'ref' ? elementsOf(operator) : [operator];
  return terms.map(({ value }) => String(value)).join('.');
}
