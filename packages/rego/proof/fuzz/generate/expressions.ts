import { type Calls, literalString } from './calls.ts';
import { SLOT_NAMES } from './inputs.ts';
import * as pools from './pools.ts';
import type { Random } from './random.ts';

/** Deeper terms are leaves. */
const DEPTH_MAX = 3;

/** What a term may refer to. */
export interface Scope {
  /** Variables that have a value. */
  readonly variables: readonly string[];
  /** References to rules written before. */
  readonly rules: readonly string[];
  /** Functions written before: name and number of parameters. */
  readonly functions: readonly (readonly [name: string, arity: number])[];
}

/** Writes random terms and bodies of Rego. */
export class Expressions {
  readonly #random: Random;
  readonly #calls: Calls;
  #named = 0;

  constructor(random: Random, calls: Calls) {
    this.#random = random;
    this.#calls = calls;
  }

  /** A name that is used nowhere else. */
  freshName(): string {
    return `v${this.#named++}`;
  }

  /** A term that has a value or is undefined. */
  term(scope: Scope, depth = 0): string {
    const random = this.#random;
    if (depth >= DEPTH_MAX) return this.#leaf(scope);
    const inner = (): string => this.term(scope, depth + 1);
    return random.weigh<string>([
      [10, () => this.#leaf(scope)],
      [5, () => this.#calls.call(inner)],
      [2, () => this.#arithmetic(scope, inner)],
      [1, () => `[${random.several([0, 3], inner).join(', ')}]`],
      [1, () => `{${random.several([1, 3], inner).join(', ')}}`],
      [1, () => `{${random.several([0, 2], () => `${this.#key(scope)}: ${inner()}`).join(', ')}}`],
      [2, () => this.#comprehension(scope, depth)],
      [1, () => `$"${random.pick(['', 'a ', '%v ', 'é'])}{${inner()}} {${this.#leaf(scope)}}"`],
      [1, () => `(${inner()} ${random.pick(['==', '!=', '<', '<=', '>', '>='])} ${inner()})`],
      [scope.functions.length > 0 ? 3 : 0, () => this.#call(scope, inner)],
    ]);
  }

  /** A body, and the scope behind it. */
  body(
    scope: Scope,
    [min, max]: readonly [number, number],
    depth = 0,
  ): { readonly text: string; readonly scope: Scope } {
    const lines: string[] = [];
    let inner = scope;
    for (const _ of this.#random.several([min, max], () => 0)) {
      const { text, bound = [] } = this.#literal(inner, depth);
      lines.push(text);
      inner = { ...inner, variables: [...inner.variables, ...bound] };
    }
    return { text: lines.join('\n\t'), scope: inner };
  }

  #literal(scope: Scope, depth: number): { readonly text: string; readonly bound?: readonly string[] } {
    const random = this.#random;
    const term = (): string => this.term(scope, depth + 1);
    const [a, b] = [this.freshName(), this.freshName()];
    return random.weigh<{ text: string; bound?: string[] }>([
      [8, () => ({ text: `${a} := ${term()}`, bound: [a] })],
      [2, () => ({ text: `${term()} ${random.pick(['==', '!=', '<', '>', '<=', '>='])} ${term()}` })],
      [3, () => ({ text: this.#withs(this.#condition(scope, depth), scope) })],
      [3, () => ({ text: `not ${this.#withs(this.#simpleCondition(scope, depth), scope)}` })],
      [4, () => ({ text: `some ${a}, ${b} in ${term()}`, bound: [a, b] })],
      [3, () => ({ text: `some ${a} in ${term()}`, bound: [a] })],
      [2, () => ({ text: `some ${a}\n\t${b} := ${this.#collection(scope)}[${a}]`, bound: [a, b] })],
      [2, () => ({ text: `[${a}, ${b}] = ${this.#untyped(scope)}`, bound: [a, b] })],
      [1, () => ({ text: `{"a": ${a}, "b": [${b}, 1]} = ${this.#untyped(scope)}`, bound: [a, b] })],
      [1, () => ({ text: `${term()} in ${term()}` })],
      [2, () => ({ text: `${a} := ${this.#withs(term(), scope)}`, bound: [a] })],
      [depth < 2 ? 2 : 0, () => ({ text: this.#every(scope, depth) })],
      [1, () => ({ text: `walk(${this.#collection(scope)}, [${a}, ${b}])`, bound: [a, b] })],
      [1, () => ({ text: `${a} = ${this.#collection(scope)}[_]`, bound: [a] })],
      [2, () => ({ text: `${this.#collection(scope)}[_] == ${term()}` })],
    ]);
  }

  /** No literal of a collection: a plan leaves it out where nothing uses its value, with all that may fail in it. */
  #condition(scope: Scope, depth: number): string {
    const inner = (): string => this.term(scope, depth + 1);
    return this.#random.weigh<string>([
      [3, () => this.#leaf(scope)],
      [2, () => this.#calls.call(inner)],
      [1, () => this.#arithmetic(scope, inner)],
      [scope.functions.length > 0 ? 2 : 0, () => this.#call(scope, inner)],
    ]);
  }

  /**
   * What may stand after `not`: no reference to rules that goes on by a key which is no constant, of which a plan there
   * takes what does not hold for what holds.
   */
  #simpleCondition(outer: Scope, depth: number): string {
    const scope = { ...outer, rules: [] };
    const leaf = (): string =>
      outer.rules.length > 0 && this.#random.chance(0.2)
        ? `${this.#random.pick(outer.rules)}${this.#constantPath()}`
        : this.#leaf(scope);
    return this.#random.weigh<string>([
      [2, leaf],
      [2, () => `${this.term(scope, depth + 1)} == ${leaf()}`],
      [1, () => `${leaf()} in ${this.#collection(outer)}`],
    ]);
  }

  #every(scope: Scope, depth: number): string {
    const [key, value] = [this.freshName(), this.freshName()];
    const inner = { ...scope, variables: [...scope.variables, key, value] };
    return `every ${key}, ${value} in ${this.#collection(scope)} {\n\t${this.body(inner, [1, 2], depth + 1).text}\n\t}`;
  }

  #withs(expression: string, scope: Scope): string {
    const random = this.#random;
    if (!random.chance(0.25)) return expression;
    return `${expression} ${random
      .several([1, 2], () =>
        random.weigh<string>([
          [3, () => `with input as ${this.#leaf(scope)}`],
          [3, () => `with input.${random.pick(SLOT_NAMES)} as ${this.#leaf(scope)}`],
          [2, () => `with input.o.${random.pick(pools.KEYS)} as ${this.#leaf(scope)}`],
          [2, () => `with data.base.${random.pick(SLOT_NAMES)} as ${this.#leaf(scope)}`],
          [scope.rules.length > 0 ? 2 : 0, () => `with ${random.pick(scope.rules)} as ${this.#leaf(scope)}`],
          [1, () => `with ${random.pick(['count', 'lower', 'time.now_ns', 'sum'])} as ${this.#leaf(scope)}`],
          [1, () => `with count as ${random.pick(['sum', 'max', 'object.keys'])}`],
        ]),
      )
      .join(' ')}`;
  }

  #comprehension(scope: Scope, depth: number): string {
    const { text, scope: inner } = this.body(scope, [1, 2], depth + 1);
    const body = text.replaceAll('\n\t', '; ').replaceAll('{; ', '{ ').replaceAll('; }', ' }');
    const head = (): string => this.#leaf(inner);
    return this.#random.weigh<string>([
      [2, () => `[${head()} | ${body}]`],
      [2, () => `{${head()} | ${body}}`],
      [2, () => `{${head()}: ${head()} | ${body}}`],
    ]);
  }

  #arithmetic(scope: Scope, inner: () => string): string {
    const operand = (): string => (this.#random.chance(0.3) ? inner() : this.#untyped(scope));
    return `(${operand()} ${this.#random.pick(['+', '-', '*', '/', '%', '&', '|'])} ${operand()})`;
  }

  /** A term of which OPA knows no type before it is evaluated. */
  #untyped(scope: Scope): string {
    const random = this.#random;
    return random.weigh<string>([
      [6, () => `input.${random.pick(['n', 'n', 'i', 'ns', ...SLOT_NAMES])}`],
      [3, () => `input.${random.pick(['l', 'o', 'll', 'lo', 'oo'])}${this.#path(scope)}`],
      [1, () => `data.base.${random.pick(SLOT_NAMES)}`],
    ]);
  }

  #leaf(scope: Scope): string {
    const random = this.#random;
    const variable = (): string => random.pick(scope.variables.slice(-4));
    return random.weigh<string>([
      [6, () => `input.${random.pick(SLOT_NAMES)}`],
      [5, () => this.#member(scope)],
      [scope.variables.length > 0 ? 9 : 0, variable],
      [
        scope.rules.length > 0 ? 5 : 0,
        () => `${random.pick(scope.rules)}${random.chance(0.4) ? this.#path(scope) : ''}`,
      ],
      [1, () => random.pick(pools.NUMBERS)],
      [1, () => literalString(random.pick(pools.STRINGS))],
      [1, () => random.pick(['true', 'false', 'null', '[]', '{}', 'set()', 'input', 'data.base'])],
    ]);
  }

  /** Something of a collection. OPA finds a position of base documents by a string too, and a plan does not. */
  #member(scope: Scope): string {
    const collection = this.#collection(scope);
    if (collection.startsWith('data.base')) return `${collection}.${this.#random.pick(pools.KEYS)}`;
    return `${collection}${this.#path(scope)}`;
  }

  #collection(scope: Scope): string {
    const random = this.#random;
    return random.weigh<string>([
      [6, () => `input.${random.pick(['l', 'ls', 'ln', 'o', 'oo', 'll', 'lo', 'g'])}`],
      [2, () => `data.base.${random.pick(['l', 'ls', 'ln', 'o', 'oo', 'll', 'lo', 'g'])}`],
      [scope.variables.length > 0 ? 2 : 0, () => random.pick(scope.variables)],
      [scope.rules.length > 0 ? 4 : 0, () => random.pick(scope.rules)],
      [1, () => random.pick(['[1, 1.0, "a"]', '{1, "a", [2]}', '{"a": 1, 2: "b"}', '{"x": {"y": 1}}'])],
    ]);
  }

  #path(scope: Scope): string {
    return this.#random
      .several([1, 2], () =>
        this.#random.weigh<string>([
          [3, () => `.${this.#random.pick(pools.KEYS)}`],
          [2, () => `[${literalString(this.#random.pick(pools.HOSTILE_KEYS))}]`],
          [
            2,
            () =>
              `[${this.#random.pick(['0', '1', '-1', '1.0', '2', 'input.k', 'input.i', 'true', 'null'])}]`,
          ],
          [scope.variables.length > 0 ? 3 : 0, () => `[${this.#random.pick(scope.variables)}]`],
        ]),
      )
      .join('');
  }

  #constantPath(): string {
    return this.#random
      .several([0, 2], () => `[${literalString(this.#random.pick([...pools.KEYS, ...pools.HOSTILE_KEYS]))}]`)
      .join('');
  }

  #key(scope: Scope): string {
    return this.#random.chance(0.7)
      ? literalString(this.#random.pick([...pools.KEYS, ...pools.HOSTILE_KEYS]))
      : this.#leaf(scope);
  }

  #call(scope: Scope, term: () => string): string {
    const [name, arity] = this.#random.pick(scope.functions);
    return `${name}(${this.#random.several([arity, arity], term).join(', ')})`;
  }
}
