import { hash } from 'node:crypto';
import type { Release } from '@bailiff/contract';
import {
  compilePlan,
  type DataDocument,
  type FailedEvaluation,
  jsonOf,
  type Policy,
  readData,
} from '@bailiff/rego';
import { remainingMs } from '../deadline.ts';
import type { Engine, EngineStatus, Entrypoint, Evaluation, Releases } from '../engine.ts';
import { failed, givenUp } from '../unevaluated.ts';
import { readPolicyFiles } from './bundle-files.ts';

/** A release made ready to be evaluated. */
interface Prepared {
  readonly policy: Policy;
  readonly data: DataDocument;
}

/** Longest that one evaluation may hold up all others, in milliseconds, whatever its deadline. */
const EVALUATION_MS_MAX = 1_000;

/** Evaluates OPA's plan of the active release in this process. It decides only by releases that were prepared. */
export class EmbeddedEngine implements Engine {
  readonly #releases: Releases;
  readonly #prepared = new WeakMap<Release, Prepared>();

  constructor(releases: Releases) {
    this.#releases = releases;
  }

  /**
   * Compiles a release's plan and reads its data. Gives the SHA-256 of the plan, which OPA's version has a part in.
   * @throws UnsupportedPlan when it uses what this engine does not claim; Failure, SyntaxError when the bundle cannot be used.
   */
  async prepare(release: Release): Promise<{ readonly planDigest: string }> {
    const { plan, data } = await readPolicyFiles(release.bundle);
    this.#prepared.set(release, { policy: compilePlan(plan), data: readData(data) });
    return { planDigest: hash('sha256', plan) };
  }

  async evaluate(entrypoint: Entrypoint, inputText: string, signal: AbortSignal): Promise<Evaluation> {
    if (signal.aborted) return givenUp(signal.reason);
    const release = this.#releases.current();
    const prepared = release === undefined ? undefined : this.#prepared.get(release);
    if (release === undefined || prepared === undefined)
      return failed('policy_unavailable', new Error('The embedded engine has no release.'));
    const revision = release.policyVersion;
    const { policy, data } = prepared;
    const deadlineMs = Math.min(remainingMs(signal), EVALUATION_MS_MAX);
    const evaluation = policy.evaluate(entrypoint, { inputText, data, deadlineMs });
    switch (evaluation.kind) {
      case 'defined':
        return { kind: 'result', value: jsonOf(evaluation.value), revision, engine: 'embedded' };
      case 'undefined':
        return { kind: 'undefined', revision, engine: 'embedded' };
      case 'failed':
        return readFailure(evaluation);
    }
  }

  status(): EngineStatus {
    const release = this.#releases.current();
    const ready = release !== undefined && this.#prepared.has(release);
    const detail = ready ? 'The embedded engine has the release.' : 'The embedded engine has no release.';
    return { ready, detail, revision: ready ? release.policyVersion : '' };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function readFailure({ code, location }: FailedEvaluation): Evaluation {
  if (code === 'eval_cancel_error')
    return failed('evaluation_timeout', new Error('The evaluation took too long.'));
  // The message is left out on purpose: it quotes the value that a built-in choked on, which may be a secret.
  const where = location === undefined ? 'an unknown place' : `${location.file}:${location.row}`;
  return {
    kind: 'failed',
    engine: 'embedded',
    code: 'evaluation_error',
    cause: new Error(`Policy failed with ${code} at ${where}.`),
    locations:
      location === undefined
        ? []
        : [{ file: location.file, row: location.row, builtin: BUILTIN_ERRORS.has(code) }],
  };
}

/** What a failing built-in is called, as against rules that contradict each other. */
const BUILTIN_ERRORS: ReadonlySet<string> = new Set(['eval_builtin_error', 'eval_type_error']);
