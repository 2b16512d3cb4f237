import type { Logger } from 'pino';
import type { UndecidedEvent } from '../decision/decide.ts';

/** Reasons that load, outages and clients bring about, again and again, and of which no stack says more. */
const EXPECTED: ReadonlySet<UndecidedEvent['reason']> = new Set([
  'policy_unavailable',
  'evaluation_timeout',
  'overloaded',
  'argument_unusable',
  'client_gone',
  'revision_mismatch',
]);

/** How often one reason is told while it goes on, and how long it must have been quiet to be over. */
export const TELL_INTERVAL_MS = 10_000;

interface Episode {
  toldMs: number;
  lastMs: number;
  /** Since it was last told. */
  untold: number;
}

/** Tells operators what could not be decided. */
export interface UndecidedLog {
  observe(event: UndecidedEvent): void;
  /** Something was decided. */
  decided(): void;
}

/**
 * One line when refusing for a reason begins, one each `TELL_INTERVAL_MS` while it goes on, with how many there were, and one
 * when it is over; each refusal is on the record anyway. What nobody expects is told each time, with its cause.
 */
export function undecidedLog(logger: Pick<Logger, 'error' | 'warn' | 'info'>, monotonicMs: () => number) {
  const episodes = new Map<UndecidedEvent['reason'], Episode>();
  return {
    observe({ cause, ...event }) {
      const { reason } = event;
      if (!isExpected(event, cause)) {
        logger.error({ ...event, err: cause }, 'policy could not be evaluated');
        return;
      }
      const now = monotonicMs();
      const episode = episodes.get(reason) ?? { toldMs: Number.NEGATIVE_INFINITY, lastMs: now, untold: 0 };
      episodes.set(reason, episode);
      episode.lastMs = now;
      episode.untold += 1;
      if (now - episode.toldMs < TELL_INTERVAL_MS) return;
      const { untold: refusals } = episode;
      episode.toldMs = now;
      episode.untold = 0;
      const because = cause instanceof Error ? cause.message : undefined;
      logger.warn({ ...event, refusals, because }, 'policy could not be evaluated');
    },
    decided() {
      if (episodes.size === 0) return;
      const now = monotonicMs();
      for (const [reason, { lastMs, untold: refusals }] of episodes) {
        if (now - lastMs < TELL_INTERVAL_MS) continue;
        episodes.delete(reason);
        logger.info({ reason, refusals }, 'policy is evaluated again');
      }
    },
  } satisfies UndecidedLog;
}

/** A defect is told as one whatever its reason: what is thrown within the gateway has the gateway as its subject. */
function isExpected({ reason, subjects }: Omit<UndecidedEvent, 'cause'>, cause: unknown): boolean {
  if (!EXPECTED.has(reason) || subjects.includes('gateway')) return false;
  return reason !== 'policy_unavailable' || subjects.includes('engine') || cause === undefined;
}
