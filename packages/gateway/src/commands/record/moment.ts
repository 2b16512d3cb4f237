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
 * `15m`, `1h`, `7d`, `2w`. Never before 1970.
 * @throws InvalidArgumentError
 */
export function momentOf(text: string, nowMs: number = Date.now()): number {
  const moment = agoOf(text, nowMs) ?? timeOf(text);
  if (!(moment >= 0))
    throw new InvalidArgumentError('Give a time as 2026-11-22T13:45Z, or how long ago as 90s, 15m, 1h, 7d.');
  return moment;
}

function agoOf(text: string, nowMs: number): number | undefined {
  const ago = /^(\d{1,9})([smhdw])$/.exec(text);
  return ago === null ? undefined : nowMs - Number(ago[1]) * (UNIT_MS[ago[2] ?? ''] ?? 0);
}

/** `Date.parse` takes the 30th of February for a day in March. */
function timeOf(text: string): number {
  const [day] = /^\d{4}-\d{2}-\d{2}/.exec(text) ?? [];
  if (day === undefined || !hasDay(day)) return Number.NaN;
  return Date.parse(text);
}

function hasDay(day: string): boolean {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(day);
}

/** An instant for people: UTC, to the second. */
export function tellMoment(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
