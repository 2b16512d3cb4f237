import { hash } from 'node:crypto';
import type { Release, Rollout } from '@bailiff/contract';

/** A release on trial beside the active one. */
export interface Candidate {
  readonly release: Release;
  /** `watch`: it only says what it would have decided; `canary`: it decides for the agents that it covers. */
  readonly stage: 'watch' | 'canary';
  /** Whether it decides the calls of this agent. */
  covers(agent: { readonly id: string; readonly ownerTeam: string }): boolean;
}

/** A canary of everybody whose team is named, and of a share of all agents; a watched release covers nobody. */
export function candidateOf(
  release: Release,
  stage: Candidate['stage'],
  { share, teams }: Rollout['canary'],
): Candidate {
  const named = new Set(teams);
  return {
    release,
    stage,
    covers: ({ id, ownerTeam }) => stage === 'canary' && (named.has(ownerTeam) || placeOf(id) < share),
  };
}

const PLACES = 2 ** 48;

/** Where an agent stands among all, from 0 to below 1. By its id alone: who is in a small share is in every larger one. */
function placeOf(agentId: string): number {
  return hash('sha256', agentId, 'buffer').readUIntBE(0, 6) / PLACES;
}
