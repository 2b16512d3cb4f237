/** The bodies of a rule, those inside comprehensions and `every` included, with what their local names stand for. */
import type { Names } from '../../analysis/references.ts';
import { assignmentIn, declaredBy, isSome, patternVariables } from '../../analysis/references.ts';
import {
  type Every,
  type Expression,
  elementsOf,
  type Rule,
  type Term,
  variableOf,
} from '../../analysis/syntax.ts';

/** What a local name stands for: what it was assigned, an element of a collection, or anything. */
export type Local =
  | { readonly kind: 'assigned'; readonly term: Term }
  | { readonly kind: 'iterated'; readonly over: Term }
  | { readonly kind: 'free' };

/** Local names in reach of a body, and what other names mean in its file. */
export interface Scope {
  readonly locals: ReadonlyMap<string, Local>;
  readonly names: Names;
}

/** Expressions that hold together. */
export interface Body {
  readonly expressions: readonly Expression[];
  readonly scope: Scope;
  /** The rule, or its `else`, whose own body it is; undefined inside a comprehension or an `every`. */
  readonly rule: Rule | undefined;
  /** Whether it stands after a `not` that is a form of its own (`import future.keywords.not`). */
  readonly isNegated: boolean;
  readonly row: number;
}

/** The conditions after a `not` that is a form of its own; undefined for any other expression. */
export function negatedBody({ terms }: Expression): readonly Expression[] | undefined {
  const { type, body } = terms as { readonly type?: unknown; readonly body?: readonly Expression[] };
  return type === 'not' && Array.isArray(body) ? body : undefined;
}

/** Every body of a rule, outermost first. */
export function* bodiesOf(rule: Rule, names: Names): Generator<Body> {
  for (let branch: Rule | undefined = rule; branch !== undefined; branch = branch.else) {
    const scope = scopeOfRule(branch, names);
    yield { expressions: branch.body, scope, rule: branch, isNegated: false, row: branch.location.row };
    yield* nestedBodies([branch.body, branch.head], scope, branch.location.row);
  }
}

/** What the names of a rule’s own body stand for; parameters of a function stand for anything. */
export function scopeOfRule(rule: Rule, names: Names): Scope {
  const locals = new Map<string, Local>();
  for (const parameter of rule.head.args ?? []) addFree(locals, parameter);
  return { locals: declared(rule.body, locals), names };
}

function declared(body: readonly Expression[], outer: ReadonlyMap<string, Local>): Map<string, Local> {
  const locals = new Map(outer);
  for (const { terms } of body) {
    if (isSome(terms)) for (const symbol of terms.symbols) addDeclared(locals, symbol);
    const assignment = assignmentIn(terms);
    if (assignment === undefined) continue;
    const name = variableOf(assignment.target);
    if (name === undefined) addFree(locals, assignment.target);
    else locals.set(name, { kind: 'assigned', term: assignment.value });
  }
  return locals;
}

/** `some x in xs` gives elements of `xs`; a key is anything that `xs` has. */
function addDeclared(locals: Map<string, Local>, symbol: Term): void {
  const patterns = declaredBy(symbol);
  for (const pattern of patterns) addFree(locals, pattern);
  const name = variableOf(patterns.at(-1));
  const over = symbol.type === 'call' ? elementsOf(symbol).at(-1) : undefined;
  if (name !== undefined && over !== undefined) locals.set(name, { kind: 'iterated', over });
}

function addFree(locals: Map<string, Local>, pattern: Term): void {
  for (const name of patternVariables(pattern)) locals.set(name, { kind: 'free' });
}

function* nestedBodies(node: unknown, outer: Scope, row: number): Generator<Body> {
  if (Array.isArray(node)) {
    for (const element of node) yield* nestedBodies(element, outer, row);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  const at = (node as Partial<Expression>).location?.row ?? row;
  if ('domain' in node) {
    const { key, value, domain, body } = node as Every;
    yield* nestedBodies(domain, outer, at);
    const locals = new Map(outer.locals);
    if (key !== null) addFree(locals, key);
    addFree(locals, value);
    const name = variableOf(value);
    if (name !== undefined) locals.set(name, { kind: 'iterated', over: domain });
    yield* inner(body, { ...outer, locals }, { row: at, parts: [], isNegated: false });
    return;
  }
  if ('body' in node && Array.isArray(node.body)) {
    const { body, ...parts } = node as { body: readonly Expression[]; type?: unknown };
    const isNegated = parts.type === 'not';
    yield* inner(body, outer, { row: at, parts: Object.values(parts), isNegated });
    return;
  }
  for (const [key, child] of Object.entries(node)) {
    if (key !== 'location') yield* nestedBodies(child, outer, at);
  }
}

function* inner(
  expressions: readonly Expression[],
  outer: Scope,
  { row, parts, isNegated }: Pick<Body, 'row' | 'isNegated'> & { readonly parts: readonly unknown[] },
): Generator<Body> {
  const scope = { ...outer, locals: declared(expressions, outer.locals) };
  const at = expressions[0]?.location?.row ?? row;
  yield { expressions, scope, rule: undefined, isNegated, row: at };
  yield* nestedBodies([expressions, parts], scope, at);
}
