import type { Location } from '../plan/plan.ts';
import type { Value } from '../values/value.ts';
import { literalOf, sourceOf } from './literal.ts';

/** Where in the policies some code comes from. */
export interface Place extends Location {
  /** The path of the rule, `data.example.allow`; empty for the query itself. */
  readonly rule: string;
  /** The built-in that is called there. */
  readonly builtin?: string;
}

/** What a program refers to by number and does not hold itself: places, rules and built-ins. */
export interface References {
  readonly places: readonly Place[];
  readonly rules: readonly Place[];
  readonly builtins: readonly string[];
}

/** What generated code refers to by number, as it is gathered. */
export class Tables implements References {
  /** Sources of the constants that are made once. */
  readonly constants: string[] = [];
  readonly places: Place[] = [];
  readonly rules: Place[] = [];
  readonly builtins: string[] = [];
  readonly #constants = new Map<Value, number>();
  readonly #numbers = new Map<string, number>();

  /** The source of a constant. */
  constant(value: Value): string {
    const literal = literalOf(value);
    if (literal !== undefined) return literal;
    const known = this.#constants.get(value) ?? this.constants.length;
    if (known === this.constants.length) {
      this.constants.push(sourceOf(value));
      this.#constants.set(value, known);
    }
    return `k${known}`;
  }

  place(place: Place): number {
    return this.#numberOf(this.places, 'place', place);
  }

  rule(place: Place): number {
    return this.#numberOf(this.rules, 'rule', place);
  }

  /** The source of a built-in. */
  builtin(name: string): string {
    const known = this.builtins.indexOf(name);
    if (known >= 0) return `b${known}`;
    this.builtins.push(name);
    return `b${this.builtins.length - 1}`;
  }

  #numberOf(list: Place[], kind: string, place: Place): number {
    const key = JSON.stringify([
      kind,
      place.rule,
      place.file,
      place.row,
      place.column,
      place.builtin ?? null,
    ]);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    list.push(place);
    this.#numbers.set(key, list.length - 1);
    return list.length - 1;
  }
}
