import {
  civilOfDays,
  dayOfYear,
  daysBeforeMonth,
  daysInMonth,
  daysOfCivil,
  isLeapYear,
  SECONDS_PER_DAY,
} from '../calendar.ts';
import type { ZonePeriod } from './zone.ts';

// The rule at the end of a time zone file for times past its last transition, such as `CET-1CEST,M3.5.0,M10.5.0/3`,
// read with the bounds and the rounding of Go's `tzset`.

const SECONDS_PER_HOUR = 3_600;

/** When daylight saving time starts if a rule does not say. */
const DEFAULT_CHANGES = ',M3.2.0,M11.1.0';

/** A part of a rule that was read, with what follows it. */
type Read<T> = { readonly value: T; readonly rest: string } | undefined;

interface Change {
  readonly kind: 'julian' | 'dayOfYear' | 'monthWeekDay';
  readonly day: number;
  readonly week: number;
  readonly month: number;
  /** Seconds after midnight, local. */
  readonly time: number;
}

interface Rule {
  readonly standard: { readonly name: string; readonly offset: number };
  /** Undefined where there is no daylight saving time. */
  readonly daylight:
    | { readonly name: string; readonly offset: number; readonly start: Change; readonly end: Change }
    | undefined;
}

/**
 * What a rule says of a Unix second.
 * @param lastChange the last transition, from which on a rule without daylight saving time holds.
 * @returns undefined when the rule cannot be read.
 */
export function periodOfRule(text: string, lastChange: number, second: number): ZonePeriod | undefined {
  const rule = ruleOf(text);
  if (rule === undefined) return undefined;
  const { standard, daylight } = rule;
  if (daylight === undefined) return { ...standard, start: lastChange, end: Infinity };
  const days = Math.floor(second / SECONDS_PER_DAY);
  const day = civilOfDays(days);
  const yearSecond = (dayOfYear(day) - 1) * SECONDS_PER_DAY + (second % SECONDS_PER_DAY);
  const yearStart = second - yearSecond;
  let [inside, outside] = [{ name: daylight.name, offset: daylight.offset }, standard];
  let start = secondOfChange(day.year, daylight.start, standard.offset);
  let end = secondOfChange(day.year, daylight.end, daylight.offset);
  if (end < start) {
    [start, end] = [end, start];
    [inside, outside] = [outside, inside];
  }
  if (yearSecond < start) return { ...outside, start: yearStart, end: yearStart + start };
  if (yearSecond >= end)
    return { ...outside, start: yearStart + end, end: yearStart + 365 * SECONDS_PER_DAY };
  return { ...inside, start: yearStart + start, end: yearStart + end };
}

/** Rules read so far, by text; files of the database have about 90 different ones. */
const rules = new Map<string, Rule | undefined>();
const RULES_MAX = 256;

function ruleOf(text: string): Rule | undefined {
  if (rules.has(text)) return rules.get(text);
  const rule = parseRule(text);
  if (rules.size >= RULES_MAX) rules.clear();
  rules.set(text, rule);
  return rule;
}

function parseRule(text: string): Rule | undefined {
  const name = readName(text);
  const west = name && readOffset(name.rest);
  if (name === undefined || west === undefined) return undefined;
  const standard = { name: name.value, offset: 0 - west.value };
  if (west.rest === '' || west.rest.startsWith(',')) return { standard, daylight: undefined };
  const daylightName = readName(west.rest);
  if (daylightName === undefined) return undefined;
  let { rest } = daylightName;
  let offset = standard.offset + SECONDS_PER_HOUR;
  if (rest !== '' && !rest.startsWith(',')) {
    const daylightWest = readOffset(rest);
    if (daylightWest === undefined) return undefined;
    offset = 0 - daylightWest.value;
    rest = daylightWest.rest;
  }
  if (rest === '') rest = DEFAULT_CHANGES;
  if (!rest.startsWith(',') && !rest.startsWith(';')) return undefined;
  const start = readChange(rest.slice(1));
  if (start === undefined || !start.rest.startsWith(',')) return undefined;
  const end = readChange(start.rest.slice(1));
  if (end === undefined || end.rest !== '') return undefined;
  return { standard, daylight: { name: daylightName.value, offset, start: start.value, end: end.value } };
}

function readName(text: string): Read<string> {
  if (text.startsWith('<')) {
    const end = text.indexOf('>');
    return end < 0 ? undefined : { value: text.slice(1, end), rest: text.slice(end + 1) };
  }
  const end = text.search(/[-0-9,+]/);
  const length = end < 0 ? text.length : end;
  return length < 3 ? undefined : { value: text.slice(0, length), rest: text.slice(length) };
}

function readOffset(text: string): Read<number> {
  const isNegative = text.startsWith('-');
  const unsigned = isNegative || text.startsWith('+') ? text.slice(1) : text;
  const hours = readNumber(unsigned, 0, 24 * 7);
  if (hours === undefined) return undefined;
  let seconds = hours.value * SECONDS_PER_HOUR;
  let { rest } = hours;
  for (const unit of [60, 1]) {
    if (!rest.startsWith(':')) break;
    const part = readNumber(rest.slice(1), 0, 59);
    if (part === undefined) return undefined;
    seconds += part.value * unit;
    rest = part.rest;
  }
  return { value: isNegative ? -seconds : seconds, rest };
}

function readNumber(text: string, min: number, max: number): Read<number> {
  const [digits = ''] = /^\d*/.exec(text) ?? [];
  const value = Number(digits);
  return digits === '' || value < min || value > max ? undefined : { value, rest: text.slice(digits.length) };
}

function readChange(text: string): Read<Change> {
  const day = readChangeDay(text);
  if (day === undefined || !day.rest.startsWith('/')) return day;
  const time = readOffset(day.rest.slice(1));
  return time && { value: { ...day.value, time: time.value }, rest: time.rest };
}

function readChangeDay(text: string): Read<Change> {
  const change = { week: 0, month: 0, time: 2 * SECONDS_PER_HOUR };
  if (text.startsWith('M')) {
    const month = readNumber(text.slice(1), 1, 12);
    const week = month?.rest.startsWith('.') ? readNumber(month.rest.slice(1), 1, 5) : undefined;
    const day = week?.rest.startsWith('.') ? readNumber(week.rest.slice(1), 0, 6) : undefined;
    if (month === undefined || week === undefined || day === undefined) return undefined;
    const value = { ...change, month: month.value, week: week.value, day: day.value };
    return { value: { ...value, kind: 'monthWeekDay' }, rest: day.rest };
  }
  const isJulian = text.startsWith('J');
  const day = isJulian ? readNumber(text.slice(1), 1, 365) : readNumber(text, 0, 365);
  const kind = isJulian ? 'julian' : 'dayOfYear';
  return day && { value: { ...change, kind, day: day.value }, rest: day.rest };
}

/** Seconds from the start of the year, UTC, at which a change happens that is told in local time. */
function secondOfChange(year: number, change: Change, offset: number): number {
  return dayOfChange(year, change) * SECONDS_PER_DAY + change.time - offset;
}

function dayOfChange(year: number, { kind, day, week, month }: Change): number {
  if (kind === 'julian') return day - 1 + (isLeapYear(year) && day >= 60 ? 1 : 0);
  if (kind === 'dayOfYear') return day;
  const firstWeekday = (((daysOfCivil({ year, month, day: 1 }) + 4) % 7) + 7) % 7;
  let date = (day - firstWeekday + 7) % 7;
  for (let index = 1; index < week && date + 7 < daysInMonth(month, year); index++) date += 7;
  return daysBeforeMonth(month) + date + (isLeapYear(year) && month > 2 ? 1 : 0);
}
