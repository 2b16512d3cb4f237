import { Failure } from '@bailiff/contract';
import type { Evaluation } from './engine.ts';

/** Codes of evaluations that failed before policy could be to blame. */
type Unable = Exclude<Extract<Evaluation, { kind: 'failed' }>['code'], 'evaluation_error'>;

/** What an evaluation that its signal ended is: nobody may blame policy for a client that left. */
export function givenUp(reason: unknown): Evaluation {
  const isGone = reason instanceof Failure && reason.code === 'client_gone';
  return failed(isGone ? 'client_gone' : 'evaluation_timeout', reason);
}

/** An evaluation without an answer, and without policy being at fault. */
export function failed(code: Unable, cause: unknown): Evaluation {
  const engine = code === 'evaluation_malformed' ? 'sidecar' : 'none';
  return { kind: 'failed', engine, code, cause, locations: [] };
}
