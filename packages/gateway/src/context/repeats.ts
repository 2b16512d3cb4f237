/** How often calls were made, by their digests. */
export interface Repeats {
  /** Zero for a call that is not remembered. */
  timesOf(digest: string, nowMs: number): number;
  note(digest: string, times: number, nowMs: number): void;
}

export interface RepeatsOptions {
  /** Different calls that are remembered: so many made once, and as many made more often. */
  readonly max: number;
  /** How long after it was last made a call counts. */
  readonly keptMs: number;
}

interface Made {
  readonly times: number;
  readonly atMs: number;
}

/**
 * An empty memory. Calls made once and calls made more often have places of their own, so that no number of fresh calls
 * makes a repeated one forgotten. Beyond the bound the one made least often is forgotten, the oldest among equals, but
 * never the one just made: a call made n times is forgotten only for `max` others that were repeated, all but the newest
 * of them at least n times.
 */
export function createRepeats({ max, keptMs }: RepeatsOptions): Repeats {
  /** Least recently made first. */
  const made = new Map<string, Made>();

  const timesOf = (digest: string, nowMs: number): number => {
    const known = made.get(digest);
    return known !== undefined && nowMs - known.atMs < keptMs ? known.times : 0;
  };

  function keepAtMost(digests: readonly string[], newest: string, nowMs: number): void {
    if (digests.length <= max) return;
    const others = digests.filter((digest) => digest !== newest);
    others.sort((left, right) => timesOf(left, nowMs) - timesOf(right, nowMs)); // stable: older ones stay first
    for (const digest of others.slice(0, digests.length - max)) made.delete(digest);
  }

  return {
    timesOf,
    note(digest, times, nowMs) {
      made.delete(digest); // to the end: most recently made
      made.set(digest, { times, atMs: nowMs });
      if (made.size <= max) return; // neither kind can be beyond its bound
      const isRepeated = (one: string) => timesOf(one, nowMs) > 1;
      const digests = [...made.keys()];
      keepAtMost(digests.filter(isRepeated), digest, nowMs);
      keepAtMost(
        digests.filter((one) => !isRepeated(one)),
        digest,
        nowMs,
      );
    },
  };
}
