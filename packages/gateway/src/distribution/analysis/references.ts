/**
 * What the text of one rule refers to: input paths, and documents below `data`, its own package’s rules included. Nothing
 * is followed here. Where the text leaves a doubt, more is taken as read rather than less.
 */
import { isAlwaysPresent } from './input-paths.ts';
import {
  dottedName,
  type Every,
  type Expression,
  elementsOf,
  type Path,
  pairsOf,
  type Rule,
  type SomeDeclaration,
  stringOf,
  type Term,
  variableOf,
} from './syntax.ts';

/** A path that a rule’s text names. */
export interface Reference {
  /** From `input` or `data` on, up to the first element that is not a constant. */
  readonly path: Path;
  readonly row: number;
  /** Whether it is called as a function. */
  readonly called: boolean;
}

/** What a name may stand for besides a local variable. */
export interface Names {
  /** Paths that a name means in this file: a rule of the package, an import; none for built-ins and variables. */
  pathsOf(name: string): readonly Path[];
  /** Whether `object.get` does what its name says: a `with` somewhere may put another function in its place. */
  readonly objectGetIsItself: boolean;
}

/** Local variables in reach. One that stands for a path of the input is known by it; others are null. */
export type Scope = ReadonlyMap<string, Path | null>;

/** What a rule refers to. `only` restricts it to these expressions of its body and the key in its head. */
export function referencesOf(rule: Rule, names: Names, only?: readonly Expression[]): Reference[] {
  const collector = new ReferenceCollector(names, rule.location.row);
  if (only === undefined) collector.rule(rule, new Map());
  else collector.slice(rule, only);
  return collector.references;
}

/** Local variables that hold after a rule’s body. */
export function scopeOf(rule: Rule, names: Names): Scope {
  return new ReferenceCollector(names, rule.location.row).declare(rule.body, new Map());
}

/** Elements of a path that may go on: text that a dotted path can show. Anything else ends it. */
const ELEMENT = /^[A-Za-z0-9_-]+$/;

class ReferenceCollector {
  readonly references: Reference[] = [];
  readonly #names: Names;
  #row: number;

  constructor(names: Names, row: number) {
    this.#names = names;
    this.#row = row;
  }

  rule(rule: Rule, outer: Scope): void {
    const scope = withVariables(outer, rule.head.args ?? []);
    this.#terms(rule.head.args ?? [], scope);
    const inner = this.#body(rule.body, scope);
    this.#terms(rule.head.ref.slice(1), inner);
    this.#optional(rule.head.key, inner);
    this.#optional(rule.head.value, inner);
    if (rule.else !== undefined) this.rule(rule.else, outer);
  }

  slice(rule: Rule, expressions: readonly Expression[]): void {
    const scope = this.declare(rule.body, new Map());
    for (const expression of expressions) this.#expression(expression, scope);
    this.#optional(rule.head.key, scope);
  }

  /** Visits a body and gives the scope that holds after it. */
  #body(body: readonly Expression[], outer: Scope): Scope {
    const scope = this.declare(body, outer);
    for (const expression of body) this.#expression(expression, scope);
    return scope;
  }

  /** The variables that a body declares; `x := input.user` makes `x` another name of that path. */
  declare(body: readonly Expression[], outer: Scope): Scope {
    const scope = new Map(outer);
    for (const { terms } of body) {
      if (isSome(terms)) for (const symbol of terms.symbols) addVariables(scope, declaredBy(symbol));
      const assignment = assignmentIn(terms);
      if (assignment === undefined) continue;
      const name = variableOf(assignment.target);
      const path = name === undefined ? undefined : this.#aliased(assignment.value, scope);
      if (name === undefined || path === undefined) addVariables(scope, [assignment.target]);
      else scope.set(name, path);
    }
    return scope;
  }

  /** The one input path that a term is, where naming it observes nothing by itself. */
  #aliased(term: Term, scope: Scope): Path | undefined {
    const [path, ...others] = this.#constantPaths(term, scope);
    if (path === undefined || others.length > 0 || path[0] !== 'input') return undefined;
    return isAlwaysPresent(path) ? path : undefined;
  }

  #expression({ terms, with: replacements, location }: Expression, scope: Scope): void {
    this.#row = location?.row ?? this.#row;
    for (const { target, value } of replacements ?? []) {
      // What is replaced is not read; an index inside the target is.
      this.#terms(elementsOf(target).slice(1), scope);
      this.#term(value, scope);
    }
    if (isSome(terms)) this.#terms(terms.symbols, scope);
    else if (isEvery(terms)) {
      this.#term(terms.domain, scope);
      this.#body(
        terms.body,
        withVariables(scope, terms.key === null ? [terms.value] : [terms.key, terms.value]),
      );
    } else if (isCall(terms)) {
      const assignment = assignmentIn(terms);
      const name = variableOf(assignment?.target);
      const isAlias = name !== undefined && (scope.get(name) ?? null) !== null;
      if (!isAlias) this.#call(terms, scope);
    } else {
      this.#term(terms, scope);
    }
  }

  #term(term: Term, scope: Scope): void {
    this.#row = term.location?.row ?? this.#row;
    switch (term.type) {
      case 'string':
      case 'number':
      case 'boolean':
      case 'null':
        return;
      case 'var':
        for (const path of this.#pathsOf(term, scope)) this.#record(path);
        return;
      case 'ref':
        this.#reference(elementsOf(term), scope);
        return;
      case 'call':
        this.#call(elementsOf(term), scope);
        return;
      case 'array':
      case 'set':
        this.#terms(elementsOf(term), scope);
        return;
      case 'object':
        this.#terms(pairsOf(term).flat(), scope);
        return;
      case 'arraycomprehension':
      case 'setcomprehension':
      case 'objectcomprehension': {
        const { body, key, value, term: element } = term.value as Comprehension;
        const inner = this.#body(body, scope);
        for (const part of [element, key, value]) this.#optional(part, inner);
        return;
      }
      default: {
        // `not` of `import future.keywords.not` is a term that holds conditions of its own.
        const { body } = term as { readonly body?: readonly Expression[] };
        if (Array.isArray(body)) this.#body(body, scope);
        this.#unknown(term.value, scope);
      }
    }
  }

  /** Forms that are not known here, and string templates: whatever looks like a term or an expression is visited. */
  #unknown(node: unknown, scope: Scope): void {
    if (Array.isArray(node)) for (const element of node) this.#unknown(element, scope);
    else if (typeof node === 'object' && node !== null) {
      if ('terms' in node) this.#expression(node as Expression, scope);
      else if ('type' in node && 'value' in node) this.#term(node as Term, scope);
      else for (const child of Object.values(node)) this.#unknown(child, scope);
    }
  }

  #reference([head, ...rest]: readonly Term[], scope: Scope): void {
    if (head === undefined) return;
    if (variableOf(head) === undefined) this.#term(head, scope);
    for (const path of this.#pathsOf(head, scope)) this.#record([...path, ...constantPrefix(rest)]);
    this.#terms(rest, scope);
  }

  #call([operator, ...operands]: readonly Term[], scope: Scope): void {
    if (operator === undefined) return;
    const paths = this.#constantPaths(operator, scope);
    for (const path of paths) this.#record(path, true);
    const got =
      paths.length === 0 && dottedName(operator) === 'object.get' ? this.#got(operands, scope) : undefined;
    if (got !== undefined) this.#record(got);
    this.#terms(got === undefined ? operands : operands.slice(2), scope);
  }

  /** The one path that `object.get(<object of the input>, "key", default)` reads. */
  #got([object, key]: readonly Term[], scope: Scope): Path | undefined {
    if (!this.#names.objectGetIsItself || object === undefined || key === undefined) return undefined;
    const path = this.#aliased(object, scope);
    const keys = key.type === 'array' ? elementsOf(key) : [key];
    return path === undefined || keys.length === 0 || keys.some((part) => stringOf(part) === undefined)
      ? undefined
      : [...path, ...constantPrefix(keys)];
  }

  /** Paths that a term is, where it is a name or a reference all of whose elements are constant. */
  #constantPaths(term: Term, scope: Scope): readonly Path[] {
    if (term.type === 'var') return this.#pathsOf(term, scope);
    const [head, ...rest] = term.type === 'ref' ? elementsOf(term) : [];
    const suffix = constantPrefix(rest);
    if (head === undefined || suffix.length < rest.length) return [];
    return this.#pathsOf(head, scope).map((path) => [...path, ...suffix]);
  }

  #pathsOf(term: Term, scope: Scope): readonly Path[] {
    const name = variableOf(term);
    if (name === undefined) return [];
    if (name === 'input' || name === 'data') return [[name]];
    const local = scope.get(name);
    if (local !== undefined) return local === null ? [] : [local];
    return this.#names.pathsOf(name);
  }

  #terms(terms: readonly Term[], scope: Scope): void {
    for (const term of terms) this.#term(term, scope);
  }

  #optional(term: Term | null | undefined, scope: Scope): void {
    if (term !== undefined && term !== null) this.#term(term, scope);
  }

  #record(path: Path, called = false): void {
    this.references.push({ path, row: this.#row, called });
  }
}

/** What a comprehension collects, and under which conditions. */
export interface Comprehension {
  readonly body: readonly Expression[];
  readonly term?: Term;
  readonly key?: Term;
  readonly value?: Term;
}

/** Whether an expression calls a function: operator and operands. */
export function isCall(terms: Expression['terms']): terms is readonly Term[] {
  return Array.isArray(terms);
}

/** Whether an expression declares variables: `some x`, `some x in xs`. */
export function isSome(terms: Expression['terms']): terms is SomeDeclaration {
  return 'symbols' in terms;
}

/** Whether an expression is an `every`. */
export function isEvery(terms: Expression['terms']): terms is Every {
  return 'domain' in terms;
}

/** Both sides of `:=`. */
export function assignmentIn(
  terms: Expression['terms'],
): { readonly target: Term; readonly value: Term } | undefined {
  if (!isCall(terms)) return undefined;
  const [operator, target, value] = terms;
  if (operator === undefined || target === undefined || value === undefined) return undefined;
  return dottedName(operator) === 'assign' ? { target, value } : undefined;
}

/** What `some x` and `some k, v in xs` declare: all but the operator and the collection. */
export function declaredBy(symbol: Term): readonly Term[] {
  return symbol.type === 'call' ? elementsOf(symbol).slice(1, -1) : [symbol];
}

function withVariables(scope: Scope, patterns: readonly Term[]): Scope {
  const inner = new Map(scope);
  addVariables(inner, patterns);
  return inner;
}

function addVariables(scope: Map<string, Path | null>, patterns: readonly Term[]): void {
  for (const name of patterns.flatMap((pattern) => [...patternVariables(pattern)])) scope.set(name, null);
}

/** Variables that a pattern binds. A reference inside a pattern is compared with, and binds nothing. */
export function* patternVariables(pattern: Term): Generator<string> {
  const name = variableOf(pattern);
  if (name !== undefined) yield name;
  if (pattern.type === 'array') for (const element of elementsOf(pattern)) yield* patternVariables(element);
  for (const [, value] of pairsOf(pattern)) yield* patternVariables(value);
}

function constantPrefix(terms: readonly Term[]): string[] {
  const elements: string[] = [];
  for (const term of terms) {
    const element = stringOf(term);
    if (element === undefined || !ELEMENT.test(element)) break;
    elements.push(element);
  }
  return elements;
}
