import { InvalidArgumentError } from 'commander';

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/**
 * An instant in milliseconds since 1970: a time as `2026-11-22T13:45Z` or `2026-11-22`, or how long ago as `90s`,
 * `15m`, `1h`, `7d`, `2w`.
 * @throws InvalidArgumentError
 */
export function momentOf(text: string, nowMs: number = Date.now()): number {
  const ago = /^(\d{1,9})([smhdw])$/.exec(text);
  if (ago !== null) return nowMs - Number(ago[1]) * (UNIT_MS[ago[2] ?? ''] ?? 0);
  const moment = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(moment))
    throw new InvalidArgumentError('Give a time as 2026-11-22T13:45Z, or how long ago as 90s, 15m, 1h, 7d.');
  return moment;
}

/** An instant for people: UTC, to the second. */
export function tellMoment(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
