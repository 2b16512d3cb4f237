import type { Builtin } from '../builtins/builtin.ts';
import { builtins as ourBuiltins } from '../builtins/registry.ts';
import { compileInThread } from '../compile/compile-in-thread.ts';
import {
  type Collector,
  type CompiledEntrypoint,
  type CompiledProgram,
  compileProgram,
} from '../compile/compile-program.ts';
import { type GeneratedProgram, generateProgram } from '../compile/generate-program.ts';
import type { References } from '../compile/tables.ts';
import type { Plan } from '../plan/plan.ts';
import { readPlan } from '../plan/read-plan.ts';
import { readJson } from '../values/read-json.ts';
import type { PlainObject, Value } from '../values/value.ts';
import { CollectedValues } from './conflicting-values.ts';
import { type DataDocument, NO_DATA } from './data-document.ts';
import { Defined, type Evaluation, Undefined } from './evaluation.ts';
import { ConflictFailure, EvaluationFailure } from './evaluation-failure.ts';
import { EvaluationState, type StateOptions } from './evaluation-state.ts';
import { failureOf, messageOf } from './failure-of.ts';
import { SharedResults } from './kept-results.ts';
import { isWithin } from './output-size.ts';
import { TraceRecorder } from './trace.ts';

/** What an evaluation may spend beside time. */
export interface EvaluationLimits {
  /** Rounds of loops and calls of functions. Default 50 million. */
  readonly stepsMax?: number;
  /** Characters of the value's JSON, about. Default 16 million. */
  readonly outputCharactersMax?: number;
}

/** What an entrypoint is evaluated with. */
export interface EvaluationOptions {
  /** The input document; left out, `input` is undefined. */
  readonly input?: Value;
  /** The input document as JSON, in place of `input`. */
  readonly inputText?: string;
  /** The data document; left out, it is empty. */
  readonly data?: DataDocument;
  /** How long the evaluation may take, in milliseconds; left out, as long as its steps last. */
  readonly deadlineMs?: number;
  /** What `time.now_ns` gives: nanoseconds since 1970. Left out, the clock's. */
  readonly now?: bigint;
  /** Seed of random numbers and ids; left out, a random one. */
  readonly seed?: Uint8Array;
  /** Whether to record what happens, some ten times slower. */
  readonly trace?: boolean;
  /** Whether the error of a built-in fails the evaluation. Default true; otherwise the call is undefined. */
  readonly strict?: boolean;
  readonly limits?: EvaluationLimits;
}

/** How a policy is compiled. */
export interface CompileOptions {
  /** Built-ins to add, or to put in the place of ours of the same name. */
  readonly builtins?: ReadonlyMap<string, Builtin>;
}

const STEPS_MAX = 50_000_000;
const OUTPUT_CHARACTERS_MAX = 16_000_000;

/**
 * Compiles a plan, the `plan.json` that `opa build -t plan` puts into a bundle.
 * @throws {SyntaxError} when the text is not a plan.
 * @throws {UnsupportedPlan} when the plan needs a statement or a built-in that this engine does not have.
 */
export function compilePlan(planText: string, options: CompileOptions = {}): Policy {
  const { builtins = new Map<string, Builtin>() } = options;
  const plan = readPlan(planText, (name) => builtins.get(name) ?? ourBuiltins.get(name));
  const entrypoints = plan.entrypoints.map(({ name }) => name);
  return new Policy({ entrypoints, functions: plan.functions.length, plan: () => plan }, builtins);
}

/**
 * Compiles a plan as `compilePlan` does with our built-ins, in a thread of its own: evaluations of other policies go on
 * meanwhile, and the first of this one need not wait for JavaScript to compile what it calls.
 * @throws {SyntaxError} when the text is not a plan.
 * @throws {UnsupportedPlan} when the plan needs a statement or a built-in that this engine does not have.
 * @throws {Error} when there is no thread to be had; the signal's reason on abort.
 */
export async function compilePlanAside(
  planText: string,
  { signal = new AbortController().signal }: { readonly signal?: AbortSignal } = {},
): Promise<Policy> {
  const { entrypoints, functions, ...program } = await compileInThread(planText, signal);
  let read: Plan | undefined;
  const plan = () => {
    read ??= readPlan(planText, (name) => ourBuiltins.get(name));
    return read;
  };
  return new Policy({ entrypoints, functions, plan }, new Map(), program);
}

/** What a policy needs to know of its plan. */
interface PlanFacts {
  readonly entrypoints: readonly string[];
  readonly functions: number;
  /** The plan itself, for what is wanted rarely. */
  readonly plan: () => Plan;
}

/**
 * A compiled policy. From one evaluation to the next it keeps only what depends on nothing but the data document, for as
 * long as that is used.
 */
export class Policy {
  /** The names of the entrypoints, `example/allow`, in the order of the plan. */
  readonly entrypoints: readonly string[];
  readonly #facts: PlanFacts;
  readonly #builtins: ReadonlyMap<string, Builtin>;
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #variants = new Map<number, Variant>();

  /** `generated` is the program that evaluations want which want nothing special, where there is one already. */
  constructor(facts: PlanFacts, builtins: ReadonlyMap<string, Builtin>, generated?: GeneratedProgram) {
    this.#facts = facts;
    this.#builtins = builtins;
    this.entrypoints = facts.entrypoints;
    this.#numbers = new Map(this.entrypoints.map((name, index) => [name, index]));
    this.#variantFor({}, generated);
  }

  /**
   * Evaluates an entrypoint. Whatever goes wrong is a result of kind `failed`.
   * @throws {RangeError} when there is no such entrypoint.
   */
  evaluate(entrypoint: string, options: EvaluationOptions = {}): Evaluation {
    const number = this.#numbers.get(entrypoint);
    if (number === undefined) throw new RangeError(`no entrypoint ${JSON.stringify(entrypoint)}`);
    let input: Value | undefined;
    try {
      input = options.inputText === undefined ? options.input : readJson(options.inputText);
    } catch (error) {
      return { kind: 'failed', code: 'eval_input_error', message: messageOf(error), callers: [] };
    }
    const variant = this.#variantFor(options);
    const query = variant.program.entrypoints[number] as CompiledEntrypoint;
    const settings = this.#settingsFor(variant, options);
    const state = new EvaluationState(settings);
    const outputMax = options.limits?.outputCharactersMax ?? OUTPUT_CHARACTERS_MAX;
    try {
      query(state, input, (options.data ?? NO_DATA).root);
      return evaluationOf(state, variant.references.rules, outputMax);
    } catch (error) {
      const explained = error instanceof ConflictFailure ? this.#explained(error, settings, options) : error;
      return failureOf(explained, state, variant.references.places);
    }
  }

  #settingsFor(variant: Variant, options: EvaluationOptions): StateOptions {
    const { deadlineMs, limits, now, seed, trace } = options;
    return {
      functions: this.#facts.functions,
      rules: variant.references.rules.length,
      stepsMax: limits?.stepsMax ?? STEPS_MAX,
      deadlineAtMs: deadlineMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + deadlineMs,
      nowNs: now,
      seed,
      trace: trace === true ? new TraceRecorder(variant.references.places) : undefined,
      shared: this.#sharedOf(variant, options.data ?? NO_DATA),
    };
  }

  /** What is kept for a data document: nothing at its first evaluation, which may be its only one. */
  #sharedOf({ shared }: Variant, data: DataDocument): SharedResults | undefined {
    const known = shared.get(data);
    if (known === undefined) {
      shared.set(data, NOT_YET);
      return undefined;
    }
    if (known !== NOT_YET) return known;
    const made = new SharedResults(data.root, this.#facts.functions);
    shared.set(data, made);
    return made;
  }

  /** The conflict with the values that conflict, as OPA tells it: the function is evaluated again to find them. */
  #explained(failure: ConflictFailure, settings: StateOptions, options: EvaluationOptions) {
    const told = (text: string) => new EvaluationFailure('eval_conflict_error', text, failure.place);
    try {
      return told(this.#withValues(failure, settings, options));
    } catch {
      return told(failure.message); // Values too deep to be shown, say.
    }
  }

  #withValues(
    { called, document, message }: ConflictFailure,
    settings: StateOptions,
    options: EvaluationOptions,
  ): string {
    const { program, references } = this.#variantFor({ ...options, trace: false });
    const collector = program.collectors[called.number];
    if (document === undefined || collector === undefined) return message;
    const { rules, places } = references;
    const state = new EvaluationState({
      ...settings,
      rules: rules.length,
      trace: undefined,
      shared: undefined,
    });
    state.collected = new CollectedValues(document);
    try {
      collector.collect(state, ...called.operands);
    } catch {
      // What else goes wrong now is not what ended the evaluation: the values so far are told.
    }
    const own = conflictText(collector, document);
    return state.collected.message(own, places) ?? (collector.path === document ? own : message);
  }

  /** The program as these options want it; compiled when it is wanted first. */
  #variantFor({ strict = true, trace = false }: EvaluationOptions, made?: GeneratedProgram): Variant {
    const key = (strict ? 1 : 0) + (trace ? 2 : 0);
    const known = this.#variants.get(key);
    if (known !== undefined) return known;
    const replacedBuiltins = new Set(this.#builtins.keys());
    const generated = made ?? generateProgram(this.#facts.plan(), { isTraced: trace, replacedBuiltins });
    const program = compileProgram(generated, (name) => this.#builtinOf(name), strict);
    const shared = new WeakMap<DataDocument, SharedResults>();
    const variant = { references: generated.references, program, shared };
    this.#variants.set(key, variant);
    return variant;
  }

  #builtinOf(name: string): Builtin {
    const builtin = this.#builtins.get(name) ?? ourBuiltins.get(name);
    if (builtin === undefined) throw new Error(`no built-in ${JSON.stringify(name)}`);
    return builtin;
  }
}

interface Variant {
  readonly references: References;
  readonly program: CompiledProgram;
  readonly shared: WeakMap<DataDocument, SharedResults>;
}

/** Stands for a data document that was evaluated once. */
const NOT_YET = new SharedResults(null, 0);

function evaluationOf(state: EvaluationState, rules: References['rules'], outputMax: number): Evaluation {
  const told = { marks: state.fired, rules, trace: state.trace };
  const [first] = state.results;
  if (first === undefined) return new Undefined(told);
  const value = resultOf(first);
  if (!isWithin(value, outputMax))
    throw new EvaluationFailure('eval_output_exceeded', 'the result is too large');
  return new Defined(value, state.results, told);
}

/** An entrypoint's query is `data.path = result`. */
function resultOf(binding: Value): Value {
  const { result } = binding as PlainObject;
  return result === undefined ? binding : result;
}

function conflictText({ isRule }: Collector, document: string): string {
  return isRule
    ? `rule ${document} produced conflicting values`
    : `function ${document} produced conflicting values for the same inputs`;
}
