import { KernelAnswer, VisibleAnswer, WatchedAnswer } from '@bailiff/contract';
import { z } from 'zod';
import type { Entrypoint } from './engine.ts';

/** What an entrypoint must evaluate to, exactly. */
export interface Expected<Value> {
  readonly entrypoint: Entrypoint;
  readonly schema: z.ZodType<Value>;
  /** The policy version that the answer itself names; undefined where it names none. */
  readonly versionOf: (value: Value) => string | undefined;
  /** Whether its parts agree, which the schema looks at one by one. */
  readonly isCoherent: (value: Value) => boolean;
}

export const DECISION: Expected<KernelAnswer> = {
  entrypoint: 'bailiff/decision',
  schema: KernelAnswer,
  versionOf: ({ metadata }) => metadata.policy_version,
  isCoherent: ({ outcome, metadata: { resolution, failures } }) =>
    outcome === outcomeOf(resolution) && (failures.length === 0 || [1, 4, 5].includes(resolution)),
};

/** The watched part is only there: nothing that is wrong with it may touch the decision. */
const DecisionAndWatched = z.strictObject({ decision: KernelAnswer, watched: z.unknown().optional() });
type DecisionAndWatched = z.infer<typeof DecisionAndWatched>;

export const DECISION_AND_WATCHED: Expected<DecisionAndWatched> = {
  entrypoint: 'bailiff/decision_and_watched',
  schema: DecisionAndWatched,
  versionOf: ({ decision }) => DECISION.versionOf(decision),
  isCoherent: ({ decision }) => DECISION.isCoherent(decision),
};

/** Of a list of so many candidates. */
export function visibleAmong(candidates: number): Expected<VisibleAnswer> {
  return {
    entrypoint: 'bailiff/visible',
    schema: VisibleAnswer,
    versionOf: (value) => value.policy_version,
    isCoherent: ({ visible }) =>
      visible.every((position, index) => position < candidates && position > (visible[index - 1] ?? -1)),
  };
}

export const WATCHED: Expected<z.infer<typeof WatchedAnswer>> = {
  entrypoint: 'bailiff/watched',
  schema: WatchedAnswer,
  versionOf: () => undefined,
  isCoherent: () => true,
};

/** The outcome that a row of the table comes to. */
function outcomeOf(resolution: number): KernelAnswer['outcome'] {
  if (resolution === 7) return 'allow';
  return resolution === 6 ? 'approval_required' : 'deny';
}
