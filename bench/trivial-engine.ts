import { readFileSync } from 'node:fs';
import type { Engine, EngineStatus, Evaluation } from '../packages/gateway/src/decision/engine.ts';
import type { ActiveRelease } from '../packages/gateway/src/distribution/active-release.ts';

/** Answers every call with one prepared allow, so that what is left to measure is the gateway’s own. */
export function openTrivialEngine(releases: ActiveRelease, answerFile: string): Engine {
  const prepared = JSON.parse(readFileSync(answerFile, 'utf8'));
  const revision = () => releases.current()?.policyVersion ?? '';
  return {
    async evaluate(entrypoint, inputText): Promise<Evaluation> {
      const version = revision();
      if (entrypoint === 'bailiff/visible') {
        const { candidates }: { readonly candidates: readonly unknown[] } = JSON.parse(inputText);
        const value = { visible: [...candidates.keys()], policy_version: version, mask: {} };
        return { kind: 'result', value, revision: version, engine: 'embedded' };
      }
      const value =
        entrypoint === 'bailiff/decision_and_watched'
          ? { decision: prepared, watched: { rules: [] } }
          : prepared;
      return { kind: 'result', value, revision: version, engine: 'embedded' };
    },
    status: (): EngineStatus => ({ ready: true, detail: 'It allows everything.', revision: revision() }),
    async [Symbol.asyncDispose]() {},
  };
}
