import { type Configuration, type Environment, Weekday } from '@bailiff/contract';

/** Where and when a call is made. The fields of time name one instant, to the second, in UTC. */
export function environmentAt(
  nowMs: number,
  { region, is_production, flags }: Configuration['environment'],
): Environment {
  const seconds = Math.max(0, Math.floor(nowMs / 1_000));
  if (latest.time_s !== seconds) latest = instantAt(seconds);
  return { region, ...latest, is_production, flags: { ...flags } };
}

type Instant = Pick<Environment, 'time' | 'time_s' | 'weekday' | 'minute_of_day'>;

/** Calls come many to the second, and its words are the same for all of them. */
let latest = instantAt(0);

function instantAt(seconds: number): Instant {
  const instant = new Date(seconds * 1_000);
  const weekdays = Weekday.options; // from Monday; getUTCDay counts from Sunday
  return {
    time: instant.toISOString().replace('.000Z', 'Z'),
    time_s: seconds,
    weekday: weekdays[(instant.getUTCDay() + 6) % 7] ?? 'monday',
    minute_of_day: instant.getUTCHours() * 60 + instant.getUTCMinutes(),
  };
}
