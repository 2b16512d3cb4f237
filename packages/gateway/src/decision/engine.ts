import type { EngineName } from '@bailiff/contract';
import type { z } from 'zod';

/** The documents a decision is read from. */
export type Entrypoint = 'bailiff/decision' | 'bailiff/visible' | 'bailiff/watched';

/** Where an evaluation failed in policy, when the engine can tell. */
export interface FailureLocation {
  readonly file: string;
  readonly row: number;
}

/** An engine's raw answer. A failure is neither a deny nor an exception: `decide.ts` alone turns it into a refusal. */
export type Evaluation =
  | { readonly kind: 'result'; readonly value: unknown; readonly revision: string }
  | { readonly kind: 'undefined'; readonly revision: string }
  | {
      readonly kind: 'failed';
      readonly code:
        | 'policy_unavailable'
        | 'evaluation_timeout'
        | 'evaluation_malformed'
        | 'evaluation_error';
      readonly cause: unknown;
      /** Where in policy it failed; only with `evaluation_error`. */
      readonly locations: readonly FailureLocation[];
    };

export interface EngineStatus {
  readonly ready: boolean;
  /** For people: what it is doing, or why it is not ready. */
  readonly detail: string;
  /** Revision it last answered with; empty before the first answer. */
  readonly revision: string;
}

/** What evaluates Rego. Never throws: whatever goes wrong is an evaluation of kind `failed`. */
export interface Engine extends AsyncDisposable {
  readonly name: z.infer<typeof EngineName>;
  /** `inputText` is the JSON text of the input document, exactly as it is recorded. Abort gives `evaluation_timeout`. */
  evaluate(entrypoint: Entrypoint, inputText: string, signal: AbortSignal): Promise<Evaluation>;
  status(): EngineStatus;
}
