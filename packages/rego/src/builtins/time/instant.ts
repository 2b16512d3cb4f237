import type { BigNumber } from '../../values/big-number.ts';
import { isArray, isNumber } from '../../values/kinds.ts';
import type { Value } from '../../values/value.ts';
import { BuiltinError } from '../builtin.ts';
import { numberOperand, operandTypeError, stringOperand } from '../operands.ts';
import { type CivilDay, civilOfDays, SECONDS_PER_DAY } from './calendar.ts';
import { exactInt64 } from './exact-int64.ts';
import { Zone } from './zones/zone.ts';
import { zoneOf } from './zones/zones.ts';

const NANOSECONDS_PER_SECOND = 1_000_000_000n;

/** A time in a zone. */
export interface Instant {
  readonly unixSecond: number;
  readonly nanosecond: number;
  readonly zone: Zone;
}

/** What a clock on the wall and a calendar show. */
export interface LocalTime extends CivilDay {
  /** Days since 1970-01-01, local. */
  readonly days: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly zoneName: string;
  readonly offset: number;
}

const TIME_OPERAND = 'either number (ns) or [number (ns), string (tz)]';

/** An operand that is nanoseconds or an array of nanoseconds, the name of a zone and a layout. */
export function timeOperand(value: Value): { readonly instant: Instant; readonly layout: string } {
  if (isNumber(value)) return { instant: instantOf(value, Zone.utc), layout: '' };
  if (!isArray(value) || value.length === 0) throw operandTypeError(value, 1, TIME_OPERAND);
  const [first = null, zoneName, layout] = value;
  const nanoseconds = numberOperand(first, 1);
  const zone = zoneName === undefined ? Zone.utc : zoneOf(stringOperand(zoneName, 1));
  const text = layout === undefined ? '' : stringOperand(layout, 1);
  return { instant: instantOf(nanoseconds, zone), layout: text };
}

export function localTimeOf({ unixSecond, zone }: Instant): LocalTime {
  const { name, offset } = zone.at(unixSecond);
  const local = unixSecond + offset;
  const days = Math.floor(local / SECONDS_PER_DAY);
  const secondOfDay = local - days * SECONDS_PER_DAY;
  return {
    ...civilOfDays(days),
    days,
    hour: Math.floor(secondOfDay / 3_600),
    minute: Math.floor(secondOfDay / 60) % 60,
    second: secondOfDay % 60,
    zoneName: name,
    offset,
  };
}

/**
 * The nanoseconds since 1970 of a time.
 * @throws {BuiltinError} when they do not fit into 64 bits: before 1677-09-21 or after 2262-04-11.
 */
export function nanosecondsOf(unixSecond: number, nanosecond: number): bigint {
  const nanoseconds = BigInt(unixSecond) * NANOSECONDS_PER_SECOND + BigInt(nanosecond);
  if (BigInt.asIntN(64, nanoseconds) !== nanoseconds) throw new BuiltinError('time outside of valid range');
  return nanoseconds;
}

function instantOf(value: number | BigNumber, zone: Zone): Instant {
  const nanoseconds = exactInt64(value);
  if (nanoseconds === undefined) throw new BuiltinError('timestamp too big');
  const remainder = nanoseconds % NANOSECONDS_PER_SECOND;
  const nanosecond = remainder < 0n ? remainder + NANOSECONDS_PER_SECOND : remainder;
  const unixSecond = Number((nanoseconds - nanosecond) / NANOSECONDS_PER_SECOND);
  return { unixSecond, nanosecond: Number(nanosecond), zone };
}
