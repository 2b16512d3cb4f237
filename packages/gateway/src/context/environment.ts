import { type Configuration, type Environment, Weekday } from '@bailiff/contract';

/** Where and when a call is made. The fields of time name one instant, to the second, in UTC. */
export function environmentAt(
  nowMs: number,
  { region, is_production, flags }: Configuration['environment'],
): Environment {
  const seconds = Math.max(0, Math.floor(nowMs / 1_000));
  const instant = new Date(seconds * 1_000);
  const weekdays = Weekday.options; // from Monday; getUTCDay counts from Sunday
  return {
    region,
    time: instant.toISOString().replace('.000Z', 'Z'),
    time_s: seconds,
    weekday: weekdays[(instant.getUTCDay() + 6) % 7] ?? 'monday',
    minute_of_day: instant.getUTCHours() * 60 + instant.getUTCMinutes(),
    is_production,
    flags: { ...flags },
  };
}
