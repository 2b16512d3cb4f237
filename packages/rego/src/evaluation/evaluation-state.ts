import type { BuiltinContext } from '../builtins/builtin.ts';
import type { Value } from '../values/value.ts';
import type { CollectedValues } from './conflicting-values.ts';
import { EvaluationFailure } from './evaluation-failure.ts';
import { keptOperands, type SharedResult, type SharedResults } from './kept-results.ts';
import type { TraceRecorder } from './trace.ts';

/** How many steps are made between two looks at the clock. */
const STEPS_BETWEEN_CHECKS = 1_024;

/** What one evaluation may use. */
export interface StateOptions {
  readonly functions: number;
  readonly rules: number;
  readonly stepsMax: number;
  /** Instant on `performance.now()`'s clock. */
  readonly deadlineAtMs: number;
  readonly nowNs: bigint | undefined;
  readonly seed: Uint8Array | undefined;
  readonly trace: TraceRecorder | undefined;
  /** What other evaluations of the data document have left. */
  readonly shared: SharedResults | undefined;
}

/** A function of generated code. */
type Compute = (
  state: EvaluationState,
  input: Value | undefined,
  data: Value | undefined,
  ...operands: readonly (Value | undefined)[]
) => Value | undefined;

/** What the functions computed under one input and one data document. */
interface Frame {
  readonly input: Value | undefined;
  readonly data: Value | undefined;
  readonly memo: (Value | undefined)[];
}

/** What one evaluation knows and may still spend. Generated code reads and writes its fields. */
export class EvaluationState implements BuiltinContext {
  /** Steps left until the next check. */
  fuel = STEPS_BETWEEN_CHECKS;
  /** The number of the place whose built-in was called last; -1 before any was. */
  at = -1;
  /** The numbers of the places of the calls under way, outermost first, as many as `depth` says. */
  readonly calls: number[] = [];
  depth = 0;
  /** Results of functions under the input and data of now. */
  memo: (Value | undefined)[];
  /** A 1 at the number of each rule that fired. */
  fired: Uint8Array;
  readonly trace: TraceRecorder | undefined;
  readonly results: Value[] = [];
  /** Takes the values of the one function that is called to find why it has two. */
  collected: CollectedValues | undefined;
  readonly #options: StateOptions;
  readonly #frames: Frame[] = [];
  #stepsLeft: number;
  #nowNs: bigint | undefined;
  #seed: Uint8Array | undefined;
  #kept: Map<string, unknown> | undefined;
  /** Whether a built-in looked at the time, the seed, or what others have kept. */
  #isPeculiar = false;

  constructor(options: StateOptions) {
    this.#options = options;
    this.#stepsLeft = options.stepsMax;
    this.memo = new Array(options.functions).fill(undefined);
    this.fired = new Uint8Array(options.rules);
    this.trace = options.trace;
  }

  get nowNs(): bigint {
    this.#isPeculiar = true;
    this.#nowNs ??= this.#options.nowNs ?? BigInt(Date.now()) * 1_000_000n;
    return this.#nowNs;
  }

  get seed(): Uint8Array {
    this.#isPeculiar = true;
    this.#seed ??= this.#options.seed ?? crypto.getRandomValues(new Uint8Array(32));
    return this.#seed;
  }

  get kept(): Map<string, unknown> {
    this.#isPeculiar = true;
    this.#kept ??= new Map();
    return this.#kept;
  }

  /** Looks at the clock each time: what a built-in does between two calls may take longer than many steps. */
  checkLimits(): void {
    if (--this.fuel < 0) this.refuel();
    else this.#checkDeadline();
  }

  /** Called when the fuel is used up. @throws {EvaluationFailure} when the evaluation has to end. */
  refuel(): void {
    this.fuel = STEPS_BETWEEN_CHECKS;
    this.#stepsLeft -= STEPS_BETWEEN_CHECKS;
    if (this.#stepsLeft < 0) {
      throw new EvaluationFailure('eval_steps_exceeded', 'evaluation takes too many steps');
    }
    this.#checkDeadline();
  }

  #checkDeadline(): void {
    const { deadlineAtMs } = this.#options;
    if (deadlineAtMs !== Number.POSITIVE_INFINITY && performance.now() > deadlineAtMs) {
      throw new EvaluationFailure('eval_cancel_error', 'caller cancelled query execution');
    }
  }

  /** Notes under which input and data the results of now were computed. */
  openFrame(input: Value | undefined, data: Value | undefined): void {
    this.#frames.push({ input, data, memo: this.memo });
  }

  /**
   * The memo for another input or data. Functions depend on nothing else, so coming back to documents that
   * were there before brings back what was computed of them.
   */
  memoOf(input: Value | undefined, data: Value | undefined): (Value | undefined)[] {
    for (let index = this.#frames.length - 1; index >= 0; index--) {
      const frame = this.#frames[index] as Frame;
      if (frame.input === input && frame.data === data) return frame.memo;
    }
    return new Array(this.#options.functions).fill(undefined);
  }

  closeFrame(): void {
    this.#frames.pop();
  }

  /** The result of a function without operands of its own that looks at the data only. Called by generated code. */
  ofData(
    number: number,
    compute: Compute,
    input: Value | undefined,
    data: Value | undefined,
  ): Value | undefined {
    const { shared } = this.#options;
    if (shared === undefined || data !== shared.root) return compute(this, input, data);
    const known = shared.rules[number];
    if (known !== undefined) return this.#taken(known);
    return this.#recorded(
      () => compute(this, input, data),
      (result) => {
        shared.rules[number] = result;
      },
    );
  }

  /** The same of a function with as many operands as it takes beside state, input and data. */
  ofOperands(
    number: number,
    compute: Compute,
    input: Value | undefined,
    data: Value | undefined,
    ...operands: readonly (Value | undefined)[]
  ): Value | undefined {
    const { shared } = this.#options;
    if (shared === undefined || data !== shared.root) return compute(this, input, data, ...operands);
    const known = shared.find(number, operands);
    if (known !== undefined) return this.#taken(known);
    const kept = keptOperands(operands);
    if (kept === undefined) return compute(this, input, data, ...operands);
    return this.#recorded(
      () => compute(this, input, data, ...kept),
      (result) => shared.keep(number, kept, result),
    );
  }

  #taken({ fired, value }: SharedResult): Value | undefined {
    for (let index = 0; index < fired.length; index++) this.fired[fired[index] as number] = 1;
    return value;
  }

  /** Computes a result apart from what was computed before, so that all that fires for it is seen. */
  #recorded(compute: () => Value | undefined, keep: (result: SharedResult) => void): Value | undefined {
    const { fired, memo } = this;
    const wasPeculiar = this.#isPeculiar;
    this.#isPeculiar = false;
    this.fired = new Uint8Array(fired.length);
    this.memo = new Array(memo.length).fill(undefined);
    let result: SharedResult;
    try {
      const value = compute();
      const marks = Array.from(this.fired.keys()).filter((index) => this.fired[index] === 1);
      result = { value, fired: marks };
      if (!this.#isPeculiar) keep(result);
    } finally {
      this.fired = fired;
      this.memo = memo;
      this.#isPeculiar ||= wasPeculiar;
    }
    return this.#taken(result);
  }
}
