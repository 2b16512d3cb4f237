import { quoteBytes } from '../../../go/quote.ts';
import { BuiltinError } from '../../builtin.ts';
import { byteText } from '../byte-text.ts';
import { daysBeforeMonth, daysInMonth, daysOfCivil, isLeapYear, SECONDS_PER_DAY } from '../calendar.ts';
import { nanosecondsOf } from '../instant.ts';
import { type Chunk, chunksOf } from '../layout.ts';
import { localZone } from '../zones/zones.ts';
import { type Fields, newFields, parseChunk, type Reading } from './parse-chunk.ts';

/**
 * The nanoseconds since 1970 of a time written with a Go layout, as Go's `time.Parse` reads it.
 * @throws {BuiltinError} with the text of Go's `time.ParseError`.
 */
export function parseTime(layoutText: string, text: string): bigint {
  const layout = byteText(layoutText);
  const value = byteText(text);
  const failure = (element: string, rest: string) =>
    new BuiltinError(
      `parsing time ${quoteBytes(value)} as ${quoteBytes(layout)}: ` +
        `cannot parse ${quoteBytes(rest)} as ${quoteBytes(element)}`,
    );
  const refusal = (reason: string) => new BuiltinError(`parsing time ${quoteBytes(value)}: ${reason}`);

  const fields = newFields();
  const chunks = chunksOf(layout);
  let rest = value;
  for (const [index, chunk] of chunks.entries()) {
    const skipped = skip(rest, chunk.prefix);
    if (!skipped.isWhole) throw failure(chunk.prefix, skipped.rest);
    rest = skipped.rest;
    if (chunk.verb === undefined) break;
    const reading: Reading = parseChunk(chunk, chunks[index + 1] as Chunk, rest, fields);
    if (reading.outOfRange !== undefined) throw refusal(`${reading.outOfRange} out of range`);
    if (reading.rest === undefined) throw failure(chunk.text, rest);
    rest = reading.rest;
  }
  if (rest !== '') throw refusal(`extra text: ${quoteBytes(rest)}`);
  const problem = settleDay(fields);
  if (problem !== undefined) throw refusal(problem);
  return nanosecondsOf(unixSecondOf(fields), fields.nanosecond);
}

/** Takes the text before a verb off a value. A run of spaces stands for any run of spaces, or the end. */
function skip(value: string, prefix: string): { readonly rest: string; readonly isWhole: boolean } {
  let at = 0;
  for (let index = 0; index < prefix.length; ) {
    if (prefix[index] === ' ') {
      if (at < value.length && value[at] !== ' ') return { rest: value.slice(at), isWhole: false };
      while (prefix[index] === ' ') index++;
      while (value[at] === ' ') at++;
      continue;
    }
    if (value[at] !== prefix[index]) return { rest: value.slice(at), isWhole: false };
    index++;
    at++;
  }
  return { rest: value.slice(at), isWhole: true };
}

/** Finds the month and the day, which a day of the year may tell. @returns what is wrong with them, if anything. */
function settleDay(fields: Fields): string | undefined {
  if (fields.yearDay >= 0) {
    const problem = settleYearDay(fields);
    if (problem !== undefined) return problem;
  }
  if (fields.month < 0) fields.month = 1;
  if (fields.day < 0) fields.day = 1;
  return fields.day < 1 || fields.day > daysInMonth(fields.month, fields.year)
    ? 'day out of range'
    : undefined;
}

function settleYearDay(fields: Fields): string | undefined {
  let { yearDay } = fields;
  let [month, day] = [0, 0];
  if (isLeapYear(fields.year)) {
    if (yearDay === 31 + 29) [month, day] = [2, 29];
    else if (yearDay > 31 + 29) yearDay--;
  }
  if (yearDay < 1 || yearDay > 365) return 'day-of-year out of range';
  if (month === 0) {
    month = Math.floor((yearDay - 1) / 31) + 1;
    if (daysBeforeMonth(month + 1) < yearDay) month++;
    day = yearDay - daysBeforeMonth(month);
  }
  if (fields.month >= 0 && fields.month !== month) return 'day-of-year does not match month';
  if (fields.day >= 0 && fields.day !== day) return 'day-of-year does not match day';
  fields.month = month;
  fields.day = day;
  return undefined;
}

function unixSecondOf(fields: Fields): number {
  let { hour } = fields;
  if (fields.isPm && hour < 12) hour += 12;
  else if (fields.isAm && hour === 12) hour = 0;
  const local = daysOfCivil(fields) * SECONDS_PER_DAY + hour * 3_600 + fields.minute * 60 + fields.second;
  if (fields.isUtc) return local;
  if (fields.offset !== undefined) return local - fields.offset;
  if (fields.zoneName === '') return local;
  // Only a name that the zone of this process knows moves the instant: others, GMT with hours too, are but shown.
  return local - (localZone().offsetOfName(fields.zoneName, local) ?? 0);
}
