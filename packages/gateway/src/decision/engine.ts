import type { EngineName, Release } from '@bailiff/contract';
import type { z } from 'zod';

/** The documents a decision is read from. */
export type Entrypoint =
  | 'bailiff/decision'
  | 'bailiff/visible'
  | 'bailiff/watched'
  | 'bailiff/decision_and_watched';

/** Where an evaluation failed in policy, when the engine can tell. */
export interface FailureLocation {
  readonly file: string;
  readonly row: number;
  /** Whether a built-in failed there, as against rules that contradict each other. */
  readonly builtin: boolean;
}

/** Which engine evaluated; `none` where none did. */
export type EvaluatedBy = z.infer<typeof EngineName>;

/** An engine's raw answer. A failure is neither a deny nor an exception: `decide.ts` alone turns it into a refusal. */
export type Evaluation =
  | {
      readonly kind: 'result';
      readonly value: unknown;
      readonly revision: string;
      readonly engine: EvaluatedBy;
    }
  /** `revision` is empty where the engine has no release at all. */
  | { readonly kind: 'undefined'; readonly revision: string; readonly engine: EvaluatedBy }
  | {
      readonly kind: 'failed';
      readonly engine: EvaluatedBy;
      readonly code:
        | 'policy_unavailable'
        /** Not begun, since it could not have ended in time. */
        | 'overloaded'
        | 'evaluation_timeout'
        /** The caller left; whether an engine would have answered is not known. */
        | 'client_gone'
        | 'evaluation_malformed'
        | 'evaluation_error';
      /** For operators. Never holds values of the input. */
      readonly cause: unknown;
      /** From the failing expression outwards to the rule that was asked for; only with `evaluation_error`. */
      readonly locations: readonly FailureLocation[];
      /** The engine could not hold what it was given, with `evaluation_error`: that says nothing of policy. */
      readonly isBeyondEngine?: true;
    };

export interface EngineStatus {
  readonly ready: boolean;
  /** For people: what it is doing, or why it is not ready. */
  readonly detail: string;
  /** Revision it last answered with; empty before the first answer. */
  readonly revision: string;
  /** How OPA does where another engine decides and OPA stands beside it. */
  readonly standby?: Pick<EngineStatus, 'ready' | 'detail'>;
  /** How often a kept answer was found, was not, and was not looked for; where answers are kept. */
  readonly cache?: Readonly<Record<'hits' | 'misses' | 'passed' | 'entries', number>>;
}

/** How OPA does, whichever engine decides. */
export function opaOf(status: EngineStatus): Pick<EngineStatus, 'ready' | 'detail'> {
  return status.standby ?? status;
}

/** What evaluates Rego. Never throws: whatever goes wrong is an evaluation of kind `failed`. */
export interface Engine extends AsyncDisposable {
  /** `inputText` is the JSON text of the input document, exactly as it is recorded. Abort gives `evaluation_timeout`, or `client_gone` where that is its reason. */
  evaluate(entrypoint: Entrypoint, inputText: string, signal: AbortSignal): Promise<Evaluation>;
  status(): EngineStatus;
}

/** OPA itself, which other engines are measured by. */
export interface ReferenceEngine extends Engine {
  /** The revision that it decides by now; empty where it has none, or cannot be asked. */
  revision(signal: AbortSignal): Promise<string>;
}

/** One text that is evaluated by one release, whichever is active by then. */
export interface Trial {
  readonly release: Release;
  readonly entrypoint: Entrypoint;
  readonly inputText: string;
}

/** An engine that evaluates by the release that it is told. Never throws, as `Engine`. */
export interface ReleaseEngine {
  evaluate(trial: Trial, signal: AbortSignal): Promise<Evaluation>;
}

/** The releases that may decide. Distribution switches them; an engine follows when it likes. */
export interface Releases {
  /** The active release; undefined when none is. */
  current(): Release | undefined;
  /** The active or the activating release, if this is its policy version; undefined for any other. */
  accepts(revision: string): Release | undefined;
  /** Bundles that count as missing though they are in the release; absent where there are none. */
  withheld?(): ReadonlySet<string>;
}
