import type { Value } from '../values/value.ts';
import { writeJson } from '../values/write-json.ts';
import type { FailureCode } from './evaluation-failure.ts';
import type { TraceEvent } from './trace.ts';

/** A definition of a rule that held. */
export interface FiredRule {
  /** The rule's path as Rego writes it, `data.example.allow`. */
  readonly rule: string;
  /** The file as the bundle names it. */
  readonly file: string;
  /** Row of the rule's head, from 1. */
  readonly row: number;
}

/** Where in the policies an evaluation failed. */
export interface FailureLocation {
  readonly rule: string;
  readonly file: string;
  readonly row: number;
  readonly column: number;
}

/** What an evaluation came to. */
export type Evaluation = DefinedEvaluation | UndefinedEvaluation | FailedEvaluation;

/** No rule gave the entrypoint a value. */
export interface UndefinedEvaluation {
  readonly kind: 'undefined';
  readonly fired: readonly FiredRule[];
  /** What happened, in order; empty unless it was asked for. */
  readonly trace: readonly TraceEvent[];
}

/** The evaluation could not be made. It says nothing of what the policy would have answered. */
export interface FailedEvaluation {
  readonly kind: 'failed';
  readonly code: FailureCode;
  /** OPA's message where OPA has one. */
  readonly message: string;
  readonly location?: FailureLocation;
  /** The calls that led to it, innermost first. */
  readonly callers: readonly FailureLocation[];
  /** What happened until then; absent unless it was asked for. */
  readonly trace?: readonly TraceEvent[];
}

/** The entrypoint's value. */
export interface DefinedEvaluation {
  readonly kind: 'defined';
  readonly value: Value;
  /** Every result of the query; an entrypoint's has one, an object with the value under `result`. */
  readonly results: readonly Value[];
  /** The definitions of rules that held, in the order of the plan. */
  readonly fired: readonly FiredRule[];
  /** What happened, in order; empty unless it was asked for. */
  readonly trace: readonly TraceEvent[];
  /**
   * The value's JSON, as OPA writes it.
   * @throws {SyntaxError} with OPA's message for a number that JSON has no text for, as `to_number("1_000")` gives.
   */
  text(): string;
}

/** What is decoded from an evaluation only when it is asked for. */
export interface Told {
  /** By rule: 1 where it fired. */
  readonly marks: Uint8Array;
  readonly rules: readonly FiredRule[];
  readonly trace: { readonly events: readonly TraceEvent[] } | undefined;
}

/** An entrypoint's value. */
export class Defined implements DefinedEvaluation {
  readonly kind = 'defined';
  readonly value: Value;
  readonly results: readonly Value[];
  readonly #told: Told;

  constructor(value: Value, results: readonly Value[], told: Told) {
    this.value = value;
    this.results = results;
    this.#told = told;
  }

  get fired(): readonly FiredRule[] {
    return firedRules(this.#told);
  }

  get trace(): readonly TraceEvent[] {
    return this.#told.trace?.events ?? [];
  }

  text(): string {
    return writeJson(this.value);
  }
}

/** No value. */
export class Undefined implements UndefinedEvaluation {
  readonly kind = 'undefined';
  readonly #told: Told;

  constructor(told: Told) {
    this.#told = told;
  }

  get fired(): readonly FiredRule[] {
    return firedRules(this.#told);
  }

  get trace(): readonly TraceEvent[] {
    return this.#told.trace?.events ?? [];
  }
}

function firedRules({ marks, rules }: Told): readonly FiredRule[] {
  return rules.filter((_rule, index) => marks[index] === 1);
}
