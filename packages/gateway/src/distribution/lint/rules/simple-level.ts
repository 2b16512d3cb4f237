/**
 * What a bundle of `level: simple` may not say. What is allowed is listed here and everything else is refused, so that a form that
 * a later OPA adds is none of it until somebody lists it.
 */
import { compileMend, isMeantOtherwise, NO_NAME } from '../../analysis/mistakes/compile-mends.ts';
import { declaredBy, isCall, isEvery, isSome, type Names, scopeOf } from '../../analysis/references.ts';
import type { RuleIndex } from '../../analysis/rule-index.ts';
import {
  dottedName,
  type Expression,
  elementsOf,
  pairsOf,
  type Rule,
  stringOf,
  type Term,
  variableOf,
} from '../../analysis/syntax.ts';
import type { Finding } from '../../finding.ts';
import { takenAs } from '../../library/at-taken-rules.ts';
import type { BundleSource } from '../../sources/read-bundle.ts';
import { withoutLinks } from '../codes/code-page.ts';
import { LEVEL_CODES, type LevelCode } from '../codes/level-codes.ts';
import { negatedBody } from '../terms/bodies.ts';

/** Built-ins that rules of the simple level may call, as Rego calls them. Operators stand apart. */
export const SIMPLE_BUILTINS: readonly string[] = [
  'object.get',
  'count',
  'startswith',
  'endswith',
  'contains',
  'lower',
  'trim_space',
  'regex.match',
  'is_string',
  'is_number',
  'is_boolean',
  'is_array',
  'is_object',
  'is_set',
  'is_null',
];

/** As OPA’s syntax tree names `==`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `k, v in`, and the empty set. */
const SIMPLE_OPERATORS: readonly string[] = [
  ...['equal', 'neq', 'lt', 'lte', 'gt', 'gte'],
  ...['internal.member_2', 'internal.member_3'],
  'set',
];

const ALLOWED: ReadonlySet<string> = new Set([...SIMPLE_BUILTINS, ...SIMPLE_OPERATORS]);

/** Names of operators as people write them. */
const WRITTEN: Readonly<Record<string, string>> = {
  ...{ plus: '+', minus: '-', mul: '*', div: '/', rem: '%', and: '&', or: '|' },
};

/** Findings about the rules of a bundle that promises to be simple; none of one that does not. What it takes from the library is not its own. */
export function levelFindings(bundle: BundleSource, index: RuleIndex): Finding[] {
  if (bundle.manifest.level !== 'simple') return [];
  return index.rules
    .filter(({ module }) => module.bundle === bundle.name && takenAs(bundle, module.source) === undefined)
    .flatMap(({ module, rule }) => {
      const reader = new SimpleReader(index.namesIn(module), rule);
      return reader.breaches().map(({ code, row, what, mistake }) => ({
        file: module.source.file,
        row,
        code,
        detail: `${what}, which a bundle of \`level: simple\` does not do.`,
        mend: `${mistake === undefined ? '' : `${compileMend(mistake)} Or, where it is meant: `}${withoutLinks(LEVEL_CODES[code].mend)}`,
      }));
    });
}

interface Breach {
  readonly code: LevelCode;
  readonly row: number;
  readonly what: string;
  /** What OPA would say if it were a slip of the pen. */
  readonly mistake: string | undefined;
}

class SimpleReader {
  readonly #names: Names;
  readonly #rule: Rule;
  readonly #locals: ReadonlySet<string>;
  readonly #breaches: Breach[] = [];
  #row: number;

  constructor(names: Names, rule: Rule) {
    this.#names = names;
    this.#rule = rule;
    this.#locals = new Set(scopeOf(rule, names).keys());
    this.#row = rule.location.row;
  }

  breaches(): readonly Breach[] {
    const { head, body, else: otherwise } = this.#rule;
    if (head.args !== undefined) {
      this.#refuse('level_simple_function', `\`${String(head.ref[0]?.value)}\` is a function`);
      return this.#breaches;
    }
    if (head.ref.slice(1).some((term) => stringOf(term) === undefined))
      this.#refuse('level_simple_form', 'The name of the rule has a variable in it');
    for (const expression of body) this.#expression(expression);
    if (head.key !== undefined && head.ref.length === 1) this.#operand(head.key);
    if (head.value !== undefined) this.#operand(head.value);
    if (otherwise !== undefined) {
      this.#row = otherwise.location.row;
      this.#refuse('level_simple_else', 'The rule goes on with `else`');
    }
    return this.#breaches;
  }

  #refuse(code: LevelCode, what: string, mistake?: string): void {
    this.#breaches.push({ code, row: this.#row, what, mistake });
  }

  #expression(expression: Expression): void {
    const { terms, with: replacements = [], location } = expression;
    this.#row = location?.row ?? this.#row;
    if (replacements.length > 0)
      this.#refuse('level_simple_with', 'A condition is about another input or data (`with`)');
    const after = negatedBody(expression);
    if (after !== undefined) for (const inner of after) this.#expression(inner);
    else if (isSome(terms)) for (const symbol of terms.symbols) this.#some(symbol);
    else if (isEvery(terms)) this.#refuse('level_simple_every', 'A condition says `every`');
    else if (isCall(terms)) this.#call(terms, true);
    else this.#operand(terms);
  }

  /** `some x in xs` and `some k, v in xs`, with plain names. */
  #some(symbol: Term): void {
    const collection = symbol.type === 'call' ? elementsOf(symbol).at(-1) : undefined;
    if (collection === undefined) {
      this.#refuse(
        'level_simple_iteration',
        `\`some ${String(symbol.value)}\` goes through a collection without \`in\``,
      );
      return;
    }
    if (declaredBy(symbol).some((pattern) => variableOf(pattern) === undefined))
      this.#refuse('level_simple_form', '`some` takes an element apart');
    this.#operand(collection);
  }

  #call([operator, ...operands]: readonly Term[], isCondition: boolean): void {
    if (operator === undefined) return;
    const name = dottedName(operator);
    const [first, ...others] = operands;
    if (name === 'assign' && isCondition) {
      if (first?.type === 'ref')
        this.#refuse('level_simple_form', '`:=` stands where `==` is meant', NO_NAME);
      else if (variableOf(first) === undefined) this.#refuse('level_simple_form', '`:=` takes a value apart');
      for (const operand of others) this.#operand(operand);
      return;
    }
    if (name === 'eq') this.#refuse('level_simple_unification', 'A condition is a unification (`=`)');
    else if (this.#isOwnFunction(operator))
      this.#refuse('level_simple_function', `The rule calls the function \`${name}\``);
    else if (!ALLOWED.has(name))
      this.#refuse(
        'level_simple_builtin',
        `The rule uses \`${WRITTEN[name] ?? name}\``,
        isMeantOtherwise(name) ? `undefined function ${name}` : undefined,
      );
    else if (name === 'regex.match' && stringOf(first) === undefined)
      this.#refuse('level_simple_pattern', 'The pattern of `regex.match` is not a constant');
    for (const operand of operands) this.#operand(operand);
  }

  #isOwnFunction(operator: Term): boolean {
    const name = variableOf(operator.type === 'ref' ? elementsOf(operator)[0] : operator) ?? '';
    return name === 'data' || this.#names.pathsOf(name).length > 0;
  }

  #operand(term: Term): void {
    this.#row = term.location?.row ?? this.#row;
    switch (term.type) {
      case 'string':
      case 'number':
      case 'boolean':
      case 'null':
        return;
      case 'var':
        this.#variable(term);
        return;
      case 'ref':
      case 'array':
      case 'set':
        for (const element of elementsOf(term)) this.#operand(element);
        return;
      case 'object':
        for (const element of pairsOf(term).flat()) this.#operand(element);
        return;
      case 'call':
        this.#call(elementsOf(term), false);
        return;
      case 'arraycomprehension':
      case 'setcomprehension':
      case 'objectcomprehension':
        this.#refuse('level_simple_comprehension', 'A value is collected by a comprehension');
        return;
      default:
        this.#refuse('level_simple_form', `The rule has a form of Rego (\`${term.type}\`)`);
    }
  }

  /** A name that nothing gives a value to takes every value in turn: `xs[_]`, `xs[i]`. */
  #variable(term: Term): void {
    const name = variableOf(term) ?? '';
    if (name === 'input' || name === 'data' || this.#locals.has(name)) return;
    if (this.#names.pathsOf(name).length > 0) return;
    const written = name.startsWith('$') ? '_' : name;
    this.#refuse(
      'level_simple_iteration',
      `\`${written}\` goes through a collection without \`some … in\``,
      written === '_' ? undefined : `var ${written} is unsafe`,
    );
  }
}
