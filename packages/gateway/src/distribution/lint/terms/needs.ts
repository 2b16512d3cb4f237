/**
 * What a body cannot do without. Rego takes what is referred to out of a call before it looks at a `not`: `not f(input.x)`
 * is undefined where `input.x` is missing, and so are `not input.x in xs` and `not input.x > 5`. Only a bare reference and a side of
 * `==` are looked at under the `not`.
 */
import { isEvery, isSome, referencesOf } from '../../analysis/references.ts';
import type { IndexedRule, RuleIndex } from '../../analysis/rule-index.ts';
import {
  type BundleModule,
  type Expression,
  elementsOf,
  isWithin,
  type Path,
  pairsOf,
  type Rule,
  type Term,
  variableOf,
} from '../../analysis/syntax.ts';
import { negatedBody, type Scope, scopeOfRule } from './bodies.ts';
import { callOf } from './calls.ts';
import { isArgument, originOf, placeOf, prefixOf } from './paths.ts';
import { ANY_TOOL, both, either, type Pins, pinsOf } from './pins.ts';

/** A document without which a body is undefined: an argument, or an entry of a table under a key that is not constant. */
export interface Need {
  /** The argument from `input` on, or the table from `data` on. */
  readonly path: Path;
  /** Where the key of the table comes from, as far as the text tells; undefined for an argument. */
  readonly key?: Path;
  readonly row: number;
  readonly file: string;
  readonly pins: Pins;
}

/** What a body needs, and which documents it has a say about when they are missing. */
export interface Needs {
  readonly needed: readonly Need[];
  /** Documents that may be missing: the body asks for them with a default, or for their absence. */
  readonly handled: readonly Path[];
  readonly pins: Pins;
}

const NOTHING: Needs = { needed: [], handled: [], pins: ANY_TOOL };

/** Works out needs; what was worked out for a rule is kept. */
export class NeedsFinder {
  readonly #index: RuleIndex;
  readonly #known = new Map<IndexedRule, Needs>();

  constructor(index: RuleIndex) {
    this.#index = index;
  }

  /** Of a rule’s body, and of whatever stands in for it by `else`. */
  of(indexed: IndexedRule): Needs {
    const known = this.#known.get(indexed);
    if (known !== undefined) return known;
    this.#known.set(indexed, NOTHING); // a rule that depends on itself does not compile; it only must not hang this
    const { module } = indexed;
    const branches: Needs[] = [];
    for (let rule: Rule | undefined = indexed.rule; rule !== undefined; rule = rule.else) {
      branches.push(new BodyNeeds(this, this.#index, module).of(rule));
    }
    const needs = indexed.rule.default ? NOTHING : alternatives(branches);
    this.#known.set(indexed, needs);
    return needs;
  }

  /** Of a document: what each of the rules that define it needs. */
  ofRules(rules: readonly IndexedRule[]): Needs {
    return alternatives(rules.map((rule) => this.of(rule)));
  }
}

/** What holds whichever of them is taken. */
function alternatives([first, ...others]: readonly Needs[]): Needs {
  if (first === undefined) return NOTHING;
  return others.reduce(
    (a, b) => ({
      needed: a.needed.filter((need) => b.needed.some((other) => isSame(need, other))),
      handled: [...a.handled, ...b.handled],
      pins: either(a.pins, b.pins),
    }),
    first,
  );
}

function isSame(a: Need, b: Need): boolean {
  return a.path.join('.') === b.path.join('.') && a.key?.join('.') === b.key?.join('.');
}

class BodyNeeds {
  readonly #finder: NeedsFinder;
  readonly #index: RuleIndex;
  readonly #module: BundleModule;
  readonly #needed: Need[] = [];
  readonly #handled: Path[] = [];
  #scope: Scope = { locals: new Map(), names: { pathsOf: () => [], objectGetIsItself: false } };
  #pins: Pins = ANY_TOOL;
  #row = 1;

  constructor(finder: NeedsFinder, index: RuleIndex, module: BundleModule) {
    this.#finder = finder;
    this.#index = index;
    this.#module = module;
  }

  of(rule: Rule): Needs {
    this.#scope = scopeOfRule(rule, this.#index.namesIn(this.#module));
    this.#pins = pinsOf({ expressions: rule.body, scope: this.#scope });
    this.#row = rule.location.row;
    for (const expression of rule.body) this.#expression(expression);
    const { ref, key, value } = rule.head;
    for (const term of [...ref.slice(1), key, value]) if (term !== undefined) this.#term(term);
    return { needed: this.#needed, handled: this.#handled, pins: this.#pins };
  }

  #expression(expression: Expression): void {
    const { terms, negated, location } = expression;
    this.#row = location?.row ?? this.#row;
    const after = negatedBody(expression);
    if (after !== undefined) {
      this.#handled.push(...this.#readBy(after));
      return;
    }
    if (isSome(terms)) {
      for (const symbol of terms.symbols)
        if (symbol.type === 'call') this.#collection(elementsOf(symbol).at(-1));
      return;
    }
    if (isEvery(terms)) {
      this.#term(terms.domain);
      return;
    }
    const call = callOf(expression);
    if (call === undefined) {
      if (!('type' in terms)) return;
      if (negated) this.#absent(terms);
      else this.#term(terms);
      return;
    }
    const [left, right] = call.operands;
    const isEqual = call.name === 'equal' || call.name === 'eq';
    if (negated && isEqual && left !== undefined && right !== undefined) {
      this.#absent(left);
      this.#absent(right);
    } else if (!negated && call.name === 'internal.member_2' && left !== undefined) {
      this.#term(left);
      this.#collection(right);
    } else this.#call(call.operator, call.operands, negated);
  }

  /** A term whose absence makes the condition hold. What chooses inside it, and calls, are taken out before. */
  #absent(term: Term): void {
    const name = variableOf(term);
    if (term.type !== 'ref' && name === undefined) {
      this.#term(term);
      return;
    }
    if (name !== undefined && this.#scope.locals.has(name)) return;
    const prefix = prefixOf(term, this.#scope);
    if (prefix !== undefined) {
      this.#handled.push(prefix.path);
      const rules = this.#defining(prefix.path);
      // Whatever the rules read has been thought of: the absence of their document is asked for.
      const references = rules.flatMap((rule) => rule.references);
      this.#handled.push(...this.#index.readsOf(references).input.filter(isArgument));
    }
    for (const element of term.type === 'ref' ? elementsOf(term).slice(1) : []) this.#term(element);
  }

  #term(term: Term, isIterated = false): void {
    this.#row = term.location?.row ?? this.#row;
    switch (term.type) {
      case 'var':
        if (!this.#scope.locals.has(variableOf(term) ?? '')) this.#document(term, isIterated);
        return;
      case 'ref':
        this.#document(term, isIterated);
        for (const element of elementsOf(term).slice(1)) this.#term(element);
        return;
      case 'call': {
        const [operator, ...operands] = elementsOf(term);
        if (operator !== undefined) this.#call(operator, operands);
        return;
      }
      case 'array':
      case 'set':
        for (const element of elementsOf(term)) this.#term(element);
        return;
      case 'object':
        for (const [key, value] of pairsOf(term)) {
          this.#term(key);
          this.#term(value);
        }
        return;
      default:
      // A scalar; a comprehension, which is empty, and a template, which says so, where something is missing.
    }
  }

  /** A collection that has to have an element. */
  #collection(term: Term | undefined): void {
    if (term !== undefined) this.#term(term, true);
  }

  #call(operator: Term, operands: readonly Term[], negated = false): void {
    const call = { type: 'call', value: [operator, ...operands] };
    const got = placeOf(call, this.#scope);
    const [object, key, ...rest] = operands;
    if (got?.fallback !== undefined && object !== undefined && key !== undefined) {
      this.#handled.push(got.path);
      for (const term of [object, key, ...rest]) this.#term(term);
      return;
    }
    if (isObjectGet(operator) && object !== undefined) this.#gotUnderKey(object, key);
    const functions = this.#defining(prefixOf(operator, this.#scope)?.path ?? []);
    const inside = this.#finder.ofRules(functions);
    this.#handled.push(...inside.handled);
    if (negated) this.#handled.push(...this.#argumentsOf(functions));
    else this.#needed.push(...inside.needed);
    for (const operand of operands) this.#term(operand);
  }

  /** `object.get(input.action.args, argument, …)` asks for every argument that the name may be, or for any. */
  #gotUnderKey(object: Term, key: Term | undefined): void {
    const path = placeOf(object, this.#scope)?.path;
    const local = this.#scope.locals.get(variableOf(key) ?? '');
    if (path === undefined || key === undefined) return;
    const names = local?.kind === 'iterated' ? elementsOf(local.over).map(({ value }) => value) : [];
    const written = names.filter((name) => typeof name === 'string');
    if (written.length === 0 || written.length < names.length) this.#handled.push(path);
    else this.#handled.push(...written.map((name) => [...path, name]));
  }

  #document(term: Term, isIterated: boolean): void {
    const prefix = prefixOf(term, this.#scope);
    if (prefix === undefined) return;
    const { path, rest } = prefix;
    const at = { row: this.#row, file: this.#module.source.file, pins: this.#pins };
    if (isArgument(path)) this.#needed.push({ path, ...at });
    if (path[0] !== 'data') return;
    const rules = this.#defining(path);
    if (rules.length > 0) this.#rules(rules, isIterated || rest.length > 0);
    const [key] = rest;
    const from = rules.length === 0 && key !== undefined ? this.#keyOf(key, path) : undefined;
    if (from !== undefined) this.#needed.push({ path, key: from, ...at });
  }

  /** A set of rules is never missing, only empty. */
  #rules(rules: readonly IndexedRule[], isIterated: boolean): void {
    const isSet = rules.some(({ rule }) => rule.head.key !== undefined || rule.head.ref.length > 1);
    const inside = this.#finder.ofRules(rules);
    this.#handled.push(...inside.handled);
    if (isSet && !isIterated) return;
    this.#needed.push(...inside.needed.map((need) => ({ ...need, row: this.#row, ...this.#at(need) })));
    this.#pins = both(this.#pins, inside.pins);
  }

  #at({ pins }: Need): Pick<Need, 'file' | 'pins'> {
    return { file: this.#module.source.file, pins: both(this.#pins, pins) };
  }

  /** Where the key comes from; undefined where the table itself gives it, or nothing is known of it. */
  #keyOf(key: Term, table: Path): Path | undefined {
    const name = variableOf(key);
    if (name !== undefined && !this.#scope.locals.has(name) && this.#scope.names.pathsOf(name).length === 0)
      return undefined;
    const origin = originOf(key, this.#scope);
    if (origin === undefined || isWithin(origin.path, table)) return undefined;
    return origin.path;
  }

  /** What conditions read that stand together after a `not`, which holds where any of it is missing. */
  #readBy(expressions: readonly Expression[]): Path[] {
    const head = { ref: [{ type: 'var', value: '' }] };
    const rule = { head, body: expressions, location: { file: '', row: this.#row, col: 1 } };
    const references = referencesOf(rule, this.#scope.names);
    return [...references.map(({ path }) => path), ...this.#index.readsOf(references).input].filter(
      (path) => isArgument(path) || path[0] === 'data',
    );
  }

  #argumentsOf(rules: readonly IndexedRule[]): Path[] {
    return this.#index.readsOf(rules.flatMap((rule) => rule.references)).input.filter(isArgument);
  }

  /** Rules that make the document at a path, or something that it lies in. */
  #defining(path: Path): readonly IndexedRule[] {
    if (path[0] !== 'data' || path.length < 2) return [];
    return this.#index.overlapping(path).filter((rule) => isWithin(path, rule.path));
  }
}

function isObjectGet(operator: Term): boolean {
  return (
    elementsOf(operator)
      .map(({ value }) => value)
      .join('.') === 'object.get'
  );
}
