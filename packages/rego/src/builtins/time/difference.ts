import { daysInMonth } from './calendar.ts';
import { type Instant, localTimeOf } from './instant.ts';

/** Years, months, days, hours, minutes and seconds between two times, counted in the zone of the first. */
export function differenceOf(left: Instant, right: Instant): readonly number[] {
  const { zone } = left;
  const isLater =
    left.unixSecond > right.unixSecond ||
    (left.unixSecond === right.unixSecond && left.nanosecond > right.nanosecond);
  const from = localTimeOf({ ...(isLater ? right : left), zone });
  const to = localTimeOf({ ...(isLater ? left : right), zone });
  let year = to.year - from.year;
  let month = to.month - from.month;
  let day = to.day - from.day;
  let hour = to.hour - from.hour;
  let minute = to.minute - from.minute;
  let second = to.second - from.second;
  if (second < 0) [second, minute] = [second + 60, minute - 1];
  if (minute < 0) [minute, hour] = [minute + 60, hour - 1];
  if (hour < 0) [hour, day] = [hour + 24, day - 1];
  if (day < 0) [day, month] = [day + daysInMonth(from.month, from.year), month - 1];
  if (month < 0) [month, year] = [month + 12, year - 1];
  return [year, month, day, hour, minute, second];
}
