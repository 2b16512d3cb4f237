import { createRepeats } from './repeats.ts';

/** Calls made once, and as many repeated ones, that are remembered across conversations. */
const REPEATED_CALLS_MAX = 64;

/**
 * What outlasts a conversation: how far its runs had come and which data classes were shown, so that a client cannot shed
 * them by opening another one.
 */
export interface Memory {
  /** Tool calls in a row that a conversation has reached. The highest counts while it is not `gapMs` old. */
  noteRow(conversation: string, row: number, nowMs: number): void;
  rowReached(nowMs: number): number;
  noteRepeats(digest: string, times: number, nowMs: number): void;
  repeatsReached(digest: string, nowMs: number): number;
  noteClasses(classes: readonly string[], nowMs: number): void;
  /** Classes shown less than `idleMs` ago. */
  classesSeen(nowMs: number): readonly string[];
}

interface Reached {
  readonly conversation: string;
  readonly count: number;
  readonly atMs: number;
}

/** An empty memory. Its size is bounded by the catalogue’s data classes and by the calls it remembers. */
export function createMemory(gapMs: number, idleMs: number): Memory {
  let row: Reached | undefined;
  const repeats = createRepeats({ max: REPEATED_CALLS_MAX, keptMs: gapMs });
  const classes = new Map<string, number>();

  const countOf = (reached: Reached | undefined, nowMs: number): number =>
    reached !== undefined && nowMs - reached.atMs < gapMs ? reached.count : 0;

  return {
    noteRow(conversation, count, nowMs) {
      // The one that holds the highest row may lower it: its row has ended.
      if (row?.conversation === conversation || count >= countOf(row, nowMs))
        row = { conversation, count, atMs: nowMs };
    },
    rowReached: (nowMs) => countOf(row, nowMs),
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
