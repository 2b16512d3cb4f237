import { createRepeats } from './repeats.ts';

/** Calls made once, and as many repeated ones, that are remembered across conversations. */
const REPEATED_CALLS_MAX = 64;

/** Conversations whose counts are remembered beside each other. */
const REACHED_MAX = 64;

/**
 * What outlasts a conversation: how far its runs had come and which data classes were shown, so that a client cannot shed
 * them by opening another one.
 */
export interface Memory {
  /** Tool calls in a row that a conversation has reached. The highest counts while it is not `gapMs` old. */
  noteRow(conversation: string, row: number, nowMs: number): void;
  rowReached(nowMs: number): number;
  /** Tokens that a conversation has come to; the same holds for them. */
  noteTokens(conversation: string, tokens: number, nowMs: number): void;
  tokensReached(nowMs: number): number;
  noteRepeats(digest: string, times: number, nowMs: number): void;
  repeatsReached(digest: string, nowMs: number): number;
  noteClasses(classes: readonly string[], nowMs: number): void;
  /** Classes shown less than `idleMs` ago. */
  classesSeen(nowMs: number): readonly string[];
}

interface Reached {
  readonly count: number;
  readonly atMs: number;
}

/** How far each conversation has come lately. */
interface HighestReached {
  note(conversation: string, count: number, nowMs: number): void;
  /** The highest that is not too old; zero where there is none. */
  highest(nowMs: number): number;
}

function createHighestReached(keptMs: number): HighestReached {
  const reached = new Map<string, Reached>();
  const countOf = ({ count, atMs }: Reached, nowMs: number): number => (nowMs - atMs < keptMs ? count : 0);
  return {
    note(conversation, count, nowMs) {
      reached.set(conversation, { count, atMs: nowMs });
      if (reached.size <= REACHED_MAX) return;
      const [lowest] = [...reached].reduce((left, right) =>
        countOf(right[1], nowMs) < countOf(left[1], nowMs) ? right : left,
      );
      reached.delete(lowest);
    },
    highest: (nowMs) => Math.max(0, ...[...reached.values()].map((one) => countOf(one, nowMs))),
  };
}

/** An empty memory. Its size is bounded by the catalogue’s data classes and by the calls it remembers. */
export function createMemory(gapMs: number, idleMs: number): Memory {
  const rows = createHighestReached(gapMs);
  const tokens = createHighestReached(gapMs);
  const repeats = createRepeats({ max: REPEATED_CALLS_MAX, keptMs: gapMs });
  const classes = new Map<string, number>();

  return {
    noteRow: rows.note,
    rowReached: rows.highest,
    noteTokens: tokens.note,
    tokensReached: tokens.highest,
    noteRepeats(digest, times, nowMs) {
      if (times >= repeats.timesOf(digest, nowMs)) repeats.note(digest, times, nowMs);
    },
    repeatsReached: repeats.timesOf,
    noteClasses(shown, nowMs) {
      for (const name of shown) classes.set(name, nowMs);
    },
    classesSeen: (nowMs) => [...classes].filter(([, atMs]) => nowMs - atMs < idleMs).map(([name]) => name),
  };
}
