import type { BuiltinDeclaration } from '../../oracle/open-oracle.ts';
import { Calls, literalString } from './calls.ts';
import { Expressions, type Scope } from './expressions.ts';
import * as pools from './pools.ts';
import type { Random } from './random.ts';

/** Rules of one random policy. */
const RULES: readonly [number, number] = [2, 7];

/** A policy of two packages, the second of which uses the first. */
export interface RandomPolicy {
  /** Modules by file name; each is the lines of a header and then rules with an empty line between. */
  readonly modules: Readonly<Record<string, string>>;
  /** Paths of rules with a value: `fa/r0`. */
  readonly entrypoints: readonly string[];
}

/** A random policy. It need not compile: its terms are typed by chance. */
export function randomPolicy(random: Random, declarations: readonly BuiltinDeclaration[]): RandomPolicy {
  const writer = new PolicyWriter(random, declarations);
  const modules = { 'fa.rego': writer.module('fa'), 'fb.rego': writer.module('fb') };
  return { modules, entrypoints: writer.entrypoints };
}

class PolicyWriter {
  readonly entrypoints: string[] = [];
  readonly #random: Random;
  readonly #expressions: Expressions;
  readonly #rules: string[] = [];
  readonly #functions: [name: string, arity: number][] = [];
  #count = 0;

  constructor(random: Random, declarations: readonly BuiltinDeclaration[]) {
    this.#random = random;
    this.#expressions = new Expressions(random, new Calls(random, declarations));
  }

  module(name: string): string {
    const rules = this.#random.several(RULES, () => this.#rule(name));
    if (this.#random.chance(0.2)) this.entrypoints.push(name);
    if (name === 'fa') this.#rules.push('data.fa');
    return [`package ${name}`, ...rules].join('\n\n');
  }

  get #scope(): Scope {
    return { variables: [], rules: this.#rules, functions: this.#functions };
  }

  #rule(module: string): string {
    const name = `r${this.#count++}`;
    const written = this.#random.weigh<string>([
      [3, () => this.#complete(name)],
      [3, () => this.#elseChain(name)],
      [3, () => this.#partialSet(name)],
      [3, () => this.#partialObject(name)],
      [2, () => this.#nested(name)],
      [3, () => this.#function(module, name)],
    ]);
    if (this.#functions.at(-1)?.[0] !== `data.${module}.${name}`) {
      this.#rules.push(`data.${module}.${name}`);
      this.entrypoints.push(`${module}/${name}`);
    }
    return withoutUnusedNames(written);
  }

  #complete(name: string): string {
    const { text, scope } = this.#expressions.body(this.#scope, [0, 3]);
    const value = this.#random.chance(0.3) ? '' : ` := ${this.#expressions.term(scope, 1)}`;
    const rule =
      text === ''
        ? `${name} := ${this.#expressions.term(this.#scope)}`
        : `${name}${value} if {\n\t${text}\n}`;
    return this.#withDefault(name, rule);
  }

  #withDefault(name: string, rule: string): string {
    if (!this.#random.chance(0.3)) return rule;
    return `default ${name} := ${this.#random.pick(['false', '0', '"none"', '{}', '[1]', 'null', '1.0'])}\n\n${rule}`;
  }

  #elseChain(name: string): string {
    const links = this.#random.several([1, 3], (index) => {
      const { text, scope } = this.#expressions.body(this.#scope, [1, 2]);
      const head = index === 0 ? name : 'else';
      return `${head} := ${this.#expressions.term(scope, 2)} if {\n\t${text}\n}`;
    });
    return this.#withDefault(name, links.join(' '));
  }

  #partialSet(name: string): string {
    return this.#definitions(() => {
      const { text, scope } = this.#expressions.body(this.#scope, [1, 3]);
      return `${name} contains ${this.#expressions.term(scope, 1)} if {\n\t${text}\n}`;
    });
  }

  #partialObject(name: string): string {
    return this.#definitions(() => {
      const { text, scope } = this.#expressions.body(this.#scope, [1, 3]);
      const key = scope.variables.length > 0 ? this.#random.pick(scope.variables) : '"k"';
      return `${name}[${key}] := ${this.#expressions.term(scope, 1)} if {\n\t${text}\n}`;
    });
  }

  #nested(name: string): string {
    return this.#definitions(() => {
      const { text, scope } = this.#expressions.body(this.#scope, [1, 2]);
      const variable = (): string =>
        scope.variables.length > 0 ? this.#random.pick(scope.variables) : '"k"';
      const first = this.#random.pick([
        '.a',
        '.b',
        '["__proto__"]',
        `[${literalString(this.#random.pick(pools.KEYS))}]`,
      ]);
      const value = this.#expressions.term(scope, 2);
      const head = this.#random.weigh<string>([
        [2, () => `${name}${first}[${variable()}] := ${value}`],
        [2, () => `${name}${first}[${variable()}][${variable()}] := ${value}`],
        [2, () => `${name}${first} contains ${value}`],
        [1, () => `${name}[${variable()}] contains ${value}`],
      ]);
      return `${head} if {\n\t${text}\n}`;
    });
  }

  #definitions(make: () => string): string {
    return this.#random.several([1, 2], make).join('\n\n');
  }

  #function(module: string, name: string): string {
    const arity = 1 + this.#random.below(3);
    const definitions = this.#random.several([1, 2], () => {
      const variables = Array.from({ length: arity }, () => this.#expressions.freshName());
      const patterns = variables.map((variable) =>
        this.#random.weigh<string>([
          [6, () => variable],
          [1, () => this.#random.pick(['1', '"a"', 'null', 'true', '1.0'])],
          [1, () => `[${variable}, _]`],
          [1, () => `{"a": ${variable}}`],
        ]),
      );
      const bound = variables.filter((variable, index) => patterns[index]?.includes(variable));
      const { text, scope } = this.#expressions.body({ ...this.#scope, variables: bound }, [1, 2]);
      const tail = this.#random.chance(0.2) ? ` else := ${this.#random.pick(['null', '"else"'])}` : '';
      return `${name}(${patterns.join(', ')}) := ${this.#expressions.term(scope, 2)} if {\n\t${text}\n}${tail}`;
    });
    if (this.#random.chance(0.2)) {
      // In one block with a definition, so that both are left out together.
      definitions[0] = `default ${name}(${Array(arity).fill('_').join(', ')}) := "default"\n${definitions[0]}`;
    }
    this.#functions.push([`data.${module}.${name}`, arity]);
    return definitions.join('\n\n');
  }
}

/** OPA refuses variables that are declared and not used. */
function withoutUnusedNames(rule: string): string {
  const counts = new Map<string, number>();
  for (const [name] of rule.matchAll(/\bv\d+\b/g)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return rule.replace(/\b(v\d+)\b( :=)?/g, (text, name: string, assigns?: string) => {
    if (counts.get(name) !== 1) return text;
    return assigns === undefined ? '_' : '_ =';
  });
}
