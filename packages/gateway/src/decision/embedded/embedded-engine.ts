import { hash } from 'node:crypto';
import type { Release } from '@bailiff/contract';
import {
  compilePlanAside,
  type DataDocument,
  type FailedEvaluation,
  jsonOf,
  type Policy,
  readData,
} from '@bailiff/rego';
import { LRUCache } from 'lru-cache';
import { remainingMs } from '../deadline.ts';
import type { Evaluation, ReleaseEngine, Trial } from '../engine.ts';
import { failed, givenUp } from '../unevaluated.ts';
import { readPolicyFiles } from './bundle-files.ts';

/** A release made ready to be evaluated. */
interface Prepared extends PreparedDigests {
  readonly policy: Policy;
  readonly data: DataDocument;
}

/** SHA-256 of what a release is evaluated by: the same policy may be planned otherwise by another OPA. */
export interface PreparedDigests {
  /** Of plan and data. */
  readonly digest: string;
  /** Of the plan alone. */
  readonly planDigest: string;
}

/** Compiled plans that are kept for releases which differ in their data only. */
const PLANS_MAX = 4;

/** Longest that one evaluation may hold up all others, in milliseconds, whatever its deadline. */
const EVALUATION_MS_MAX = 1_000;

/** Evaluates OPA's plans in this process: by releases that were prepared, and by no other. */
export class EmbeddedEngine implements ReleaseEngine {
  readonly #compile: Compile;
  readonly #prepared = new WeakMap<Release, Prepared>();
  readonly #preparing = new WeakMap<Release, Promise<Prepared>>();
  readonly #plans = new LRUCache<string, Promise<Policy>>({ max: PLANS_MAX });

  /** `compile` makes a policy of a plan, where it is not this engine's own way that is to be measured. */
  constructor({ compile = (plan) => compilePlanAside(plan) }: { readonly compile?: Compile } = {}) {
    this.#compile = compile;
  }

  /**
   * Compiles a release's plan and reads its data, once. A plan that another release had lately is not compiled again.
   * @throws UnsupportedPlan when it uses what this engine does not claim; Failure, SyntaxError when the bundle cannot be used.
   */
  async prepare(release: Release): Promise<PreparedDigests> {
    const known = this.#preparing.get(release);
    if (known !== undefined) return known;
    const preparing = this.#prepare(release);
    this.#preparing.set(release, preparing);
    preparing.catch(() => this.#preparing.delete(release)); // It may have been the machine.
    return preparing;
  }

  /** SHA-256 of a release's plan, which need not be prepared. @throws Failure when the bundle cannot be used. */
  async planDigest(release: Release): Promise<string> {
    return hash('sha256', (await readPolicyFiles(release.bundle)).plan);
  }

  /** Whether it can evaluate by this release. */
  has(release: Release): boolean {
    return this.#prepared.has(release);
  }

  async evaluate({ release, entrypoint, inputText }: Trial, signal: AbortSignal): Promise<Evaluation> {
    if (signal.aborted) return givenUp(signal.reason);
    const prepared = this.#prepared.get(release);
    if (prepared === undefined)
      return failed('policy_unavailable', new Error('The embedded engine has no such release.'));
    const deadlineMs = Math.min(remainingMs(signal), EVALUATION_MS_MAX);
    // Its timer may be late where another evaluation held it up: an answer now would be too late as well.
    if (deadlineMs <= 0) return givenUp(new Error('The time was up before the evaluation began.'));
    const revision = release.policyVersion;
    const { policy, data } = prepared;
    try {
      const evaluation = policy.evaluate(entrypoint, { inputText, data, deadlineMs });
      switch (evaluation.kind) {
        case 'defined':
          return { kind: 'result', value: jsonOf(evaluation.value), revision, engine: 'embedded' };
        case 'undefined':
          return { kind: 'undefined', revision, engine: 'embedded' };
        case 'failed':
          return readFailure(evaluation);
      }
    } catch {
      return readFailure({ kind: 'failed', code: 'eval_internal_error', message: '', callers: [] });
    }
  }

  async #prepare(release: Release): Promise<Prepared> {
    const { plan, data } = await readPolicyFiles(release.bundle);
    const planDigest = hash('sha256', plan);
    const policy = await this.#compiled(plan, planDigest);
    const digest = hash('sha256', `${planDigest}\n${hash('sha256', data)}`);
    const prepared = { policy, data: readData(data), digest, planDigest };
    this.#prepared.set(release, prepared);
    return prepared;
  }

  #compiled(plan: string, digest: string): Promise<Policy> {
    const known = this.#plans.get(digest);
    if (known !== undefined) return known;
    const compiling = Promise.resolve(this.#compile(plan));
    this.#plans.set(digest, compiling);
    compiling.catch(() => this.#plans.delete(digest));
    return compiling;
  }
}

type Compile = (plan: string) => Policy | Promise<Policy>;

function readFailure({ code, location, callers }: FailedEvaluation): Evaluation {
  if (code === 'eval_cancel_error')
    return failed('evaluation_timeout', new Error('The evaluation took too long.'));
  // The message is left out on purpose: it quotes the value that a built-in choked on, which may be a secret.
  const where = location === undefined ? 'an unknown place' : `${location.file}:${location.row}`;
  return {
    kind: 'failed',
    engine: 'embedded',
    code: 'evaluation_error',
    cause: new Error(`Policy failed with ${code} at ${where}.`),
    locations: [...(location === undefined ? [] : [location]), ...callers]
      .slice(0, LOCATIONS_MAX)
      .map(({ file, row }) => ({ file, row, builtin: BUILTIN_ERRORS.has(code) })),
    ...(OWN_LIMITS.has(code) && { isBeyondEngine: true }),
  };
}

/** How many places of a failure are kept. */
const LOCATIONS_MAX = 64;

/** Limits that OPA has not, and values that this engine does not hold: of an input of some kilobytes any caller makes those. */
const OWN_LIMITS: ReadonlySet<string> = new Set([
  'eval_depth_exceeded',
  'eval_steps_exceeded',
  'eval_output_exceeded',
  'eval_internal_error',
]);

/** What a failing built-in is called, as against rules that contradict each other. */
const BUILTIN_ERRORS: ReadonlySet<string> = new Set(['eval_builtin_error', 'eval_type_error']);
