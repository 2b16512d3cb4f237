import type { Release } from '@bailiff/contract';
import type { Evaluation, ReferenceEngine, ReleaseEngine, Trial } from '../engine.ts';

type Script = (inputText: string, signal: AbortSignal) => Evaluation | Promise<Evaluation>;

/** An engine in the place of OPA that evaluates as it is told, and counts. */
export class ScriptedReference implements ReferenceEngine {
  script: Script;
  revisionNow: string;
  asked: string[] = [];
  isReady = true;

  constructor(revision: string, script: Script) {
    this.revisionNow = revision;
    this.script = script;
  }

  async evaluate(_entrypoint: string, inputText: string, signal: AbortSignal): Promise<Evaluation> {
    this.asked.push(inputText);
    return this.script(inputText, signal);
  }

  async revision(): Promise<string> {
    return this.revisionNow;
  }

  status() {
    const detail = this.isReady ? 'OPA answers.' : 'OPA cannot be reached.';
    return { ready: this.isReady, detail, revision: this.isReady ? this.revisionNow : '' };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** An embedded engine that evaluates as it is told. */
export function scripted(script: (trial: Trial) => Evaluation): ReleaseEngine & { readonly asked: Trial[] } {
  const asked: Trial[] = [];
  return {
    asked,
    async evaluate(trial) {
      asked.push(trial);
      return script(trial);
    },
  };
}

/** A value by one of the engines. */
export const result = (
  engine: 'sidecar' | 'embedded',
  { policyVersion }: Pick<Release, 'policyVersion'>,
  value: unknown = { allow: true },
): Evaluation => ({ kind: 'result', value, revision: policyVersion, engine });

/** A failure of policy by one of the engines; `where` is in its location. */
export const policyFailure = (engine: 'sidecar' | 'embedded', file = 'rules.rego'): Evaluation => ({
  kind: 'failed',
  engine,
  code: 'evaluation_error',
  cause: new Error('Policy failed.'),
  locations: [{ file, row: 1, builtin: true }],
});
