import { BuiltinError } from '../builtin.ts';
import { SECONDS_PER_DAY } from './calendar.ts';
import { type Instant, localTimeOf, nanosecondsOf } from './instant.ts';

/** How far a time is moved; each a 64-bit integer. */
export interface DateStep {
  readonly years: bigint;
  readonly months: bigint;
  readonly days: bigint;
}

/** Years before year 0 at which Go's calendar begins, so that no year is negative. */
const ABSOLUTE_YEARS = 292_277_022_400n;
/** Seconds from the beginning of that calendar, on the first of March, to 1970. */
const ABSOLUTE_TO_UNIX = -9_223_372_028_741_760_000n;
/** No time further from 1970 fits into 64 bits of nanoseconds, whatever its zone. */
const UNIX_SECONDS_MAX = 10_000_000_000n;

/**
 * The nanoseconds since 1970 of a time moved by years, months and days, as Go's `Time.AddDate`, whose integers wrap.
 * @throws {BuiltinError} when the result does not fit into 64 bits.
 */
export function addDate(instant: Instant, step: DateStep): bigint {
  const local = localTimeOf(instant);
  const months = wrap(wrap(BigInt(local.month) + step.months) - 1n);
  const carry = floorDivide(months, 12n);
  const year = wrap(wrap(BigInt(local.year) + step.years) + carry);
  const day = wrap(BigInt(local.day) + step.days);
  const clock = BigInt(local.hour * 3_600 + local.minute * 60 + local.second);
  const days = absoluteDays(year, Number(months - carry * 12n) + 1, day);
  const unixSecond = wrap(wrap(days) * BigInt(SECONDS_PER_DAY) + clock + ABSOLUTE_TO_UNIX);
  if (unixSecond > UNIX_SECONDS_MAX || unixSecond < -UNIX_SECONDS_MAX)
    throw new BuiltinError('time outside of valid range');
  return nanosecondsOf(utcOf(Number(unixSecond), instant), instant.nanosecond);
}

/** The Unix second at which clocks in the instant's zone show what UTC shows at the given one. */
function utcOf(local: number, { zone }: Instant): number {
  const { offset, start, end } = zone.at(local);
  if (offset === 0) return local;
  const utc = local - offset;
  return utc >= start && utc < end ? utc : local - zone.at(utc).offset;
}

function absoluteDays(year: bigint, month: number, day: bigint): bigint {
  const isEarly = month < 3;
  const absoluteYear = BigInt.asUintN(64, year - (isEarly ? 1n : 0n) + ABSOLUTE_YEARS);
  const yearDay = (979 * (isEarly ? month + 12 : month) - 2919) >> 5;
  const century = absoluteYear / 100n;
  const centuryDay = (1461n * (absoluteYear % 100n)) / 4n;
  const centuryDays = BigInt.asUintN(64, 146_097n * century) / 4n;
  return centuryDays + centuryDay + BigInt(yearDay) + day - 1n;
}

function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return quotient * divisor > value ? quotient - 1n : quotient;
}

function wrap(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}
