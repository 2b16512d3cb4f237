/** What a change does to calls, as far as its text tells. */
export type Direction =
  /** More calls go on, or less is asked of them. */
  | 'looser'
  /** Fewer calls go on, or more is asked of them. */
  | 'stricter'
  /** Calls may be decided in another way; which one, its text does not tell. */
  | 'unclear'
  /** No call is decided in another way. */
  | 'neither';

/** One thing that changed. */
export interface Change {
  /** A sentence without its full stop, for people. */
  readonly what: string;
  readonly direction: Direction;
  /** As it was and is, on one line each; undefined where there is nothing to show. */
  readonly was?: string | undefined;
  readonly is?: string | undefined;
}

/** Longest value that is shown of one, in characters. */
const SHOWN_MAX = 160;

/** A value on one line, cut where it is long. */
export function shownValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX)}…`;
}

/** One direction of several: of both ones it cannot be told. */
export function unitedDirection(directions: readonly Direction[]): Direction {
  const those = new Set(directions.filter((direction) => direction !== 'neither'));
  const [first] = those;
  if (first === undefined) return 'neither';
  return those.size === 1 ? first : 'unclear';
}
