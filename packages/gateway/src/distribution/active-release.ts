import type { Release } from '@bailiff/contract';
import type { Candidate } from './rollout/candidate.ts';

/** What can be seen of the release that decides. Every stage that needs the release reads it here. */
export interface ActiveRelease {
  /** The release that calls are decided by; undefined until the first is activated. */
  current(): Release | undefined;
  /**
   * The release that an engine’s answer of this revision belongs to: the current one, one that it replaced so lately that an
   * engine may not have switched yet, or one that is on trial or lately was. Undefined for any other revision: such an answer
   * must not be used. Nor must one be used for a call that another release described.
   */
  accepts(revision: string): Release | undefined;
  /** The release on trial; undefined where none is. */
  candidate(): Candidate | undefined;
  /** Puts a release on trial, in the place of any other, from the next call on; undefined ends the trial. */
  propose(candidate: Candidate | undefined): void;
  /**
   * The release that a call of this agent is described and decided by: the one on trial where that covers it, else the current
   * one. To be asked once for each call, which then has one release as a whole.
   */
  releaseFor(agentId: string): Release | undefined;
  /**
   * Makes a release the current one and tells everybody who waits. The one that is current already changes nothing. Its own
   * trial is over with that.
   */
  activate(release: Release): void;
  /** Required bundles that count as missing, because nobody knows any more whether they are current. */
  withheld(): ReadonlySet<string>;
  /** From now on these bundles count as missing, and no others. */
  withhold(bundles: ReadonlySet<string>): void;
  /** Calls `listener` after each activation; the function that it gives ends that. */
  subscribe(listener: (release: Release) => void): () => void;
  /**
   * Resolves with the current release once it is not `known`, at once if it already is another.
   * @throws the signal’s reason on abort.
   */
  changedFrom(known: Release | undefined, signal: AbortSignal): Promise<Release>;
}

export interface ActiveReleaseOptions {
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /**
   * How long answers of a replaced release are still taken, in milliseconds. An engine that long-polls switches within
   * milliseconds; one that has not by then decides by policy that was withdrawn, and is refused.
   */
  readonly overlapMs?: number;
}

const OVERLAP_MS = 30_000;

/** Replaced releases that are remembered at most; quick successions drop the oldest. */
const REPLACED_MAX = 4;

/** Holds the active release; none at first. */
export function createActiveRelease({ clock, overlapMs = OVERLAP_MS }: ActiveReleaseOptions): ActiveRelease {
  let active: Release | undefined;
  let onTrial: Candidate | undefined;
  let missing: ReadonlySet<string> = new Set();
  let replaced: readonly { readonly release: Release; readonly until: number }[] = [];
  const listeners = new Set<(release: Release) => void>();

  const remember = (release: Release) => {
    replaced = [{ release, until: clock() + overlapMs }, ...replaced].slice(0, REPLACED_MAX);
  };
  const subscribe = (listener: (release: Release) => void) => {
    const own = (release: Release) => listener(release);
    listeners.add(own);
    return () => void listeners.delete(own);
  };
  return {
    current: () => active,
    accepts(revision) {
      if (active?.policyVersion === revision) return active;
      if (onTrial?.release.policyVersion === revision) return onTrial.release;
      const now = clock();
      return replaced.find(({ release, until }) => release.policyVersion === revision && now < until)
        ?.release;
    },
    candidate: () => onTrial,
    propose(candidate) {
      if (onTrial !== undefined && onTrial.release !== candidate?.release) remember(onTrial.release);
      onTrial = candidate;
    },
    releaseFor(agentId) {
      return onTrial?.covers({ id: agentId, ownerTeam: ownerTeamOf(agentId, active) }) === true
        ? onTrial.release
        : active;
    },
    activate(release) {
      if (onTrial?.release.policyVersion === release.policyVersion) onTrial = undefined;
      if (active?.digest === release.digest && active.policyVersion === release.policyVersion) return;
      if (active !== undefined) remember(active);
      active = release;
      for (const listener of [...listeners]) listener(release);
    },
    withheld: () => missing,
    withhold(bundles) {
      missing = bundles;
    },
    subscribe,
    changedFrom(known, signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        if (active !== undefined && active !== known) return resolve(active);
        const stop = () => {
          unsubscribe();
          reject(signal.reason);
        };
        const unsubscribe = subscribe((release) => {
          if (release === known) return;
          unsubscribe();
          signal.removeEventListener('abort', stop);
          resolve(release);
        });
        signal.addEventListener('abort', stop, { once: true });
      });
    },
  };
}

/** As the active release has it: who an agent belongs to is not for the release on trial to say. */
function ownerTeamOf(agentId: string, active: Release | undefined): string {
  const agents = active?.directory.agents;
  return agents !== undefined && Object.hasOwn(agents, agentId) ? (agents[agentId]?.owner_team ?? '') : '';
}
