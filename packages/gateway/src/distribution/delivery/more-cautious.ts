import type { Rollout } from '@bailiff/contract';

const RUNGS: readonly Rollout['begins'][] = ['watch', 'canary', 'everyone'];

/**
 * Of two ways to begin, the one that reaches fewer; the first where they reach as many. One is that of the folder as people see
 * it, the other of the registry that is in the release: where that was taken back, neither may loosen the other.
 */
export function moreCautious(one: Rollout, other: Rollout): Rollout {
  return RUNGS.indexOf(other.begins) < RUNGS.indexOf(one.begins) ? other : one;
}
