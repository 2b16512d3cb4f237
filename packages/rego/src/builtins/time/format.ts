import { byteText, textOfBytes } from './byte-text.ts';
import { dayOfYear, weekdayOfDays } from './calendar.ts';
import { type Instant, type LocalTime, localTimeOf } from './instant.ts';
import { type Chunk, chunksOf, type OffsetForm } from './layout.ts';
import { MONTHS, SHORT_MONTHS, SHORT_WEEKDAYS, WEEKDAYS } from './names.ts';

/** A time as Go's `Time.Format` writes it with a layout. */
export function formatTime(instant: Instant, layout: string): string {
  const local = localTimeOf(instant);
  let text = '';
  for (const chunk of chunksOf(byteText(layout)))
    text += chunk.prefix + formatChunk(chunk, local, instant.nanosecond);
  return textOfBytes(text);
}

function formatChunk(chunk: Chunk, local: LocalTime, nanosecond: number): string {
  switch (chunk.verb) {
    case undefined:
      return '';
    case 'zoneName':
      return local.zoneName;
    case 'offset':
      return chunk.form === undefined ? '' : formatOffset(local.offset, chunk.form);
    case 'fraction0':
    case 'fraction9':
      return formatFraction(nanosecond, chunk);
    default:
      return formatDate(chunk, local) ?? formatClock(chunk, local);
  }
}

function formatDate({ verb }: Chunk, local: LocalTime): string | undefined {
  switch (verb) {
    case 'year':
      return padded(Math.abs(local.year) % 100, 2);
    case 'longYear':
      return padded(local.year, 4);
    case 'month':
      return SHORT_MONTHS[local.month - 1];
    case 'longMonth':
      return MONTHS[local.month - 1];
    case 'numberMonth':
      return String(local.month);
    case 'zeroMonth':
      return padded(local.month, 2);
    case 'weekday':
      return SHORT_WEEKDAYS[weekdayOfDays(local.days)];
    case 'longWeekday':
      return WEEKDAYS[weekdayOfDays(local.days)];
    case 'day':
      return String(local.day);
    case 'underDay':
      return String(local.day).padStart(2);
    case 'zeroDay':
      return padded(local.day, 2);
    case 'underYearDay':
      return String(dayOfYear(local)).padStart(3);
    case 'zeroYearDay':
      return padded(dayOfYear(local), 3);
    default:
      return undefined;
  }
}

function formatClock({ verb }: Chunk, { hour, minute, second }: LocalTime): string {
  switch (verb) {
    case 'hour':
      return padded(hour, 2);
    case 'hour12':
      return String(hour % 12 || 12);
    case 'zeroHour12':
      return padded(hour % 12 || 12, 2);
    case 'minute':
      return String(minute);
    case 'zeroMinute':
      return padded(minute, 2);
    case 'second':
      return String(second);
    case 'zeroSecond':
      return padded(second, 2);
    case 'PM':
      return hour >= 12 ? 'PM' : 'AM';
    case 'pm':
      return hour >= 12 ? 'pm' : 'am';
    default:
      return '';
  }
}

function formatOffset(offset: number, form: OffsetForm): string {
  if (form.isIso && offset === 0) return 'Z';
  const minutes = Math.trunc(offset / 60);
  // An offset of less than a minute west of UTC is told with a plus sign before, and a minus sign in its seconds.
  const sign = minutes < 0 ? '-' : '+';
  const seconds = (minutes < 0 ? -offset : offset) % 60;
  const colon = form.hasColons ? ':' : '';
  let text = sign + padded(Math.trunc(Math.abs(minutes) / 60), 2);
  if (form.hasMinutes) text += colon + padded(Math.abs(minutes) % 60, 2);
  if (form.hasSeconds) text += colon + padded(seconds, 2);
  return text;
}

function formatFraction(nanosecond: number, { verb, digits = 0, separator = '.' }: Chunk): string {
  const isTrimmed = verb === 'fraction9';
  if (isTrimmed && (digits === 0 || nanosecond === 0)) return '';
  const fraction = separator + padded(nanosecond, 9).slice(0, digits);
  return isTrimmed ? fraction.replace(/0+$/, '').replace(/[.,]$/, '') : fraction;
}

function padded(value: number, width: number): string {
  const digits = String(Math.abs(value)).padStart(width, '0');
  return value < 0 ? `-${digits}` : digits;
}
