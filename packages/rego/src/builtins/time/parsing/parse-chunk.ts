import { isDigit } from '../byte-text.ts';
import type { Chunk, OffsetForm } from '../layout.ts';
import { MONTHS, SHORT_MONTHS, SHORT_WEEKDAYS, WEEKDAYS } from '../names.ts';
import { zoneNameLength } from './zone-name.ts';

/** What a value has told so far; -1 stands for not told. */
export interface Fields {
  year: number;
  month: number;
  day: number;
  yearDay: number;
  hour: number;
  minute: number;
  second: number;
  nanosecond: number;
  isPm: boolean;
  isAm: boolean;
  isUtc: boolean;
  offset: number | undefined;
  zoneName: string;
}

/** What is left of a value after a verb (undefined when it is not what the verb stands for), or what is too large. */
export interface Reading {
  readonly rest: string | undefined;
  readonly outOfRange?: string | undefined;
}

export function newFields(): Fields {
  return {
    year: 0,
    month: -1,
    day: -1,
    yearDay: -1,
    hour: 0,
    minute: 0,
    second: 0,
    nanosecond: 0,
    isPm: false,
    isAm: false,
    isUtc: false,
    offset: undefined,
    zoneName: '',
  };
}

const BAD: Reading = { rest: undefined };

/** Reads what one verb stands for into the fields. The next chunk tells whether a fraction may follow a second. */
export function parseChunk(chunk: Chunk, next: Chunk, value: string, fields: Fields): Reading {
  switch (chunk.verb) {
    case 'year':
    case 'longYear':
      return parseYear(chunk.verb, value, fields);
    case 'month':
    case 'longMonth':
      return parseMonthName(chunk.verb === 'month' ? SHORT_MONTHS : MONTHS, value, fields);
    case 'weekday':
      return nameAt(SHORT_WEEKDAYS, value);
    case 'longWeekday':
      return nameAt(WEEKDAYS, value);
    case 'second':
    case 'zeroSecond':
      return parseSecond(chunk, next, value, fields);
    case 'PM':
    case 'pm':
      return parseHalf(chunk.verb, value, fields);
    case 'offset':
      return chunk.form === undefined ? BAD : parseOffset(chunk.form, value, fields);
    case 'zoneName':
      return parseZoneName(value, fields);
    case 'fraction0':
      return parseFraction(value, 1 + (chunk.digits ?? 0), fields);
    case 'fraction9':
      return /^[.,]\d/.test(value) ? parseFraction(value, fractionLength(value), fields) : { rest: value };
    default:
      return parseNumber(chunk, value, fields);
  }
}

interface NumberRead {
  readonly number: number;
  readonly rest: string;
}

/** One or two digits, or exactly two. */
function twoDigits(value: string, isFixed: boolean): NumberRead | undefined {
  if (!isDigit(value, 0) || (isFixed && !isDigit(value, 1))) return undefined;
  const length = isDigit(value, 1) ? 2 : 1;
  return { number: Number(value.slice(0, length)), rest: value.slice(length) };
}

/** A number as Go's package time reads it: digits, which a sign may precede; no digits are 0. */
function signedNumber(text: string): number | undefined {
  const [, sign, digits] = /^([-+]?)(\d*)$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  return sign === '-' ? -Number(digits) : Number(digits);
}

function parseYear(verb: 'year' | 'longYear', value: string, fields: Fields): Reading {
  const length = verb === 'year' ? 2 : 4;
  if (value.length < length || (verb === 'longYear' && !isDigit(value, 0))) return BAD;
  const year = signedNumber(value.slice(0, length));
  if (year === undefined) return BAD;
  fields.year = verb === 'longYear' ? year : year >= 69 ? year + 1900 : year + 2000;
  return { rest: value.slice(length) };
}

function parseMonthName(names: readonly string[], value: string, fields: Fields): Reading & Named {
  const named = nameAt(names, value);
  if (named.index !== undefined) fields.month = named.index + 1;
  return named;
}

interface Named {
  readonly index?: number;
}

/** The first of the names that a value starts with, whatever its case. */
function nameAt(names: readonly string[], value: string): Reading & Named {
  const index = names.findIndex(
    (name) => value.slice(0, name.length).toLowerCase() === name.toLowerCase() && value.length >= name.length,
  );
  const name = names[index];
  return name === undefined ? BAD : { rest: value.slice(name.length), index };
}

function parseNumber({ verb }: Chunk, value: string, fields: Fields): Reading {
  switch (verb) {
    case 'numberMonth':
    case 'zeroMonth': {
      const read = twoDigits(value, verb === 'zeroMonth');
      if (read === undefined) return BAD;
      fields.month = read.number;
      return { rest: read.rest, outOfRange: read.number < 1 || read.number > 12 ? 'month' : undefined };
    }
    case 'day':
    case 'underDay':
    case 'zeroDay': {
      const read = twoDigits(
        verb === 'underDay' && value.startsWith(' ') ? value.slice(1) : value,
        verb === 'zeroDay',
      );
      if (read === undefined) return BAD;
      fields.day = read.number;
      return { rest: read.rest };
    }
    case 'underYearDay':
    case 'zeroYearDay':
      return parseYearDay(verb, value, fields);
    case 'hour':
    case 'hour12':
    case 'zeroHour12': {
      const read = twoDigits(value, verb === 'zeroHour12');
      if (read === undefined) return BAD;
      fields.hour = read.number;
      return { rest: read.rest, outOfRange: read.number > (verb === 'hour' ? 23 : 12) ? 'hour' : undefined };
    }
    case 'minute':
    case 'zeroMinute': {
      const read = twoDigits(value, verb === 'zeroMinute');
      if (read === undefined) return BAD;
      fields.minute = read.number;
      return { rest: read.rest, outOfRange: read.number > 59 ? 'minute' : undefined };
    }
    default:
      return BAD;
  }
}

function parseYearDay(verb: 'underYearDay' | 'zeroYearDay', value: string, fields: Fields): Reading {
  const trimmed = verb === 'underYearDay' ? value.replace(/^ {1,2}/, '') : value;
  const [digits = ''] = /^\d{0,3}/.exec(trimmed) ?? [];
  if (digits === '' || (verb === 'zeroYearDay' && digits.length !== 3)) return BAD;
  fields.yearDay = Number(digits);
  return { rest: trimmed.slice(digits.length) };
}

function parseSecond({ verb }: Chunk, next: Chunk, value: string, fields: Fields): Reading {
  const read = twoDigits(value, verb === 'zeroSecond');
  if (read === undefined) return BAD;
  fields.second = read.number;
  if (read.number > 59) return { rest: read.rest, outOfRange: 'second' };
  // A value may have a fraction where the layout has none.
  if (!/^[.,]\d/.test(read.rest) || next.verb === 'fraction0' || next.verb === 'fraction9')
    return { rest: read.rest };
  return parseFraction(read.rest, fractionLength(read.rest), fields);
}

/** Bytes of a separator and the digits behind it. */
function fractionLength(value: string): number {
  let length = 1;
  while (isDigit(value, length)) length++;
  return length;
}

/** Digits past the ninth do not count. */
const FRACTION_LENGTH_MAX = 10;

function parseFraction(value: string, length: number, fields: Fields): Reading {
  if (value.length < length || !/^[.,]/.test(value)) return BAD;
  const counted = Math.min(length, FRACTION_LENGTH_MAX);
  const fraction = signedNumber(value.slice(1, counted));
  if (fraction === undefined) return BAD;
  if (fraction < 0) return { rest: value.slice(length), outOfRange: 'fractional second' };
  fields.nanosecond = fraction * 10 ** (FRACTION_LENGTH_MAX - counted);
  return { rest: value.slice(length) };
}

function parseHalf(verb: 'PM' | 'pm', value: string, fields: Fields): Reading {
  const half = value.slice(0, 2);
  if (half !== verb && half !== (verb === 'PM' ? 'AM' : 'am')) return BAD;
  if (half === verb) fields.isPm = true;
  else fields.isAm = true;
  return { rest: value.slice(2) };
}

function parseOffset(form: OffsetForm, value: string, fields: Fields): Reading {
  if (form.isIso && value.startsWith('Z')) {
    fields.isUtc = true;
    return { rest: value.slice(1) };
  }
  const width = form.hasColons ? 3 : 2;
  const length = 3 + (form.hasMinutes ? width : 0) + (form.hasSeconds ? width : 0);
  if (value.length < length) return BAD;
  if (form.hasColons && (value[3] !== ':' || (form.hasSeconds && value[6] !== ':'))) return BAD;
  const part = (index: number) => twoDigits(value.slice(index, index + 2), true)?.number;
  // A part behind one that is no number is not read.
  const hours = part(1);
  const minutes = hours === undefined || !form.hasMinutes ? 0 : part(1 + width);
  const seconds = minutes === undefined || !form.hasSeconds ? 0 : part(1 + width * 2);
  const outOfRange = tooLarge(hours, minutes, seconds);
  if (outOfRange !== undefined) return { rest: value, outOfRange };
  if (hours === undefined || minutes === undefined || seconds === undefined) return BAD;
  if (!/^[-+]/.test(value)) return BAD;
  const offset = (hours * 60 + minutes) * 60 + seconds;
  const signed = value.startsWith('-') ? -offset : offset;
  // Go keeps -1 for an offset that was not told.
  fields.offset = signed === -1 ? undefined : signed;
  return { rest: value.slice(length) };
}

function tooLarge(hours = 0, minutes = 0, seconds = 0): string | undefined {
  if (seconds > 60) return 'time zone offset second';
  if (minutes > 60) return 'time zone offset minute';
  return hours > 24 ? 'time zone offset hour' : undefined;
}

function parseZoneName(value: string, fields: Fields): Reading {
  if (value.startsWith('UTC')) {
    fields.isUtc = true;
    return { rest: value.slice(3) };
  }
  const length = zoneNameLength(value);
  if (length === 0) return BAD;
  fields.zoneName = value.slice(0, length);
  return { rest: value.slice(length) };
}
