import { describe, expect, test } from 'vitest';
import { answerOf } from '../answer-of.ts';
import { timeBuiltins } from './time.ts';

/** What OPA 1.22.2 answers, recorded: a sentence, a built-in, its operands, the result or the error. */
const ANSWERS: readonly (readonly [string, string, string, string])[] = [
  [
    'writes the parts of a layout in the zone of an array',
    'time.format',
    '[[1700000000123456789, "America/New_York", "Mon Jan _2 15:04:05.000 MST 2006 __2 -07:00 pm"]]',
    '"Tue Nov 14 17:13:20.123 EST 2023 318 -05:00 pm"',
  ],
  [
    'uses a named layout',
    'time.format',
    '[[1700000000123456789, "Asia/Kolkata", "RFC1123Z"]]',
    '"Wed, 15 Nov 2023 03:43:20 +0530"',
  ],
  [
    'writes RFC 3339 with nanoseconds by default',
    'time.format',
    '[1700000000123456789]',
    '"2023-11-14T22:13:20.123456789Z"',
  ],
  [
    'takes zones that are no longer in every system',
    'time.format',
    '[[1700000000123456789, "US/Pacific", "MST"]]',
    '"PST"',
  ],
  [
    'knows offsets of seconds from before standard time',
    'time.format',
    '[[-5000000000000000000, "Europe/Amsterdam", "2006 MST -07:00:00"]]',
    '"1811 LMT +00:19:32"',
  ],
  [
    'applies the rule of a zone past its last transition',
    'time.format',
    '[[4090000000000000000, "Europe/Berlin", "RFC1123"]]',
    '"Mon, 10 Aug 2099 01:06:40 CEST"',
  ],
  [
    'tells the case of zone names apart',
    'time.format',
    '[[0, "europe/berlin", ""]]',
    'time.format: unknown time zone europe/berlin',
  ],
  [
    'refuses names that leave the folder of zones',
    'time.clock',
    '[[0, "../etc/passwd"]]',
    'time.clock: time: invalid location name',
  ],
  ['refuses the name of a folder', 'time.clock', '[[0, "Europe"]]', 'time.clock: is a directory'],
  ['refuses a fraction', 'time.clock', '[1.5]', 'time.clock: timestamp too big'],
  [
    'takes a number with a fraction below 64 bits for an integer',
    'time.clock',
    '[1700000000000000000.01]',
    '[22,13,20]',
  ],
  [
    'refuses what does not fit into 64 bits',
    'time.date',
    '[9223372036854775808]',
    'time.date: timestamp too big',
  ],
  [
    'refuses a time that is no number',
    'time.weekday',
    '["x"]',
    'time.weekday: operand 1 must be either number (ns) or [number (ns), string (tz)] but got string',
  ],
  [
    'refuses an empty array',
    'time.weekday',
    '[[]]',
    'time.weekday: operand 1 must be either number (ns) or [number (ns), string (tz)] but got array',
  ],
  [
    'tells the day of the week in a zone',
    'time.weekday',
    '[[1700000000000000000, "Pacific/Kiritimati"]]',
    '"Wednesday"',
  ],
  ['tells the first day there is', 'time.date', '[-9223372036854775808]', '[1677,9,21]'],
  [
    'moves the end of a month into the next',
    'time.add_date',
    '[1706659200000000000, 0, 1, 0]',
    '1709337600000000000',
  ],
  [
    'moves a local time over a change of clocks',
    'time.add_date',
    '[[1711795800000000000, "Europe/Berlin"], 0, 0, 1]',
    '1711878600000000000',
  ],
  [
    'refuses a date past 2262',
    'time.add_date',
    '[1700000000000000000, 300, 0, 0]',
    'time.add_date: time outside of valid range',
  ],
  [
    'wraps years as Go does',
    'time.add_date',
    '[1700000000000000000, 9223372036854775807, 0, 0]',
    '1668425984000000000',
  ],
  ['takes 1.0 for an integer', 'time.add_date', '[0, 1.0, 0, 0]', '31536000000000000'],
  [
    'refuses 1e3 as an integer',
    'time.add_date',
    '[0, 1e3, 0, 0]',
    'time.add_date: operand 2 must be integer number but got floating-point number',
  ],
  [
    'counts the difference of two times',
    'time.diff',
    '[1700000000000000000, 1582979696000000000]',
    '[3,8,14,9,38,24]',
  ],
  [
    'reads a layout with a fraction that is not in it',
    'time.parse_ns',
    '["2006-01-02 15:04:05", "2023-11-14 22:13:20.123456789"]',
    '1700000000123456789',
  ],
  ['reads a day of the year', 'time.parse_ns', '["2006 002", "2024 060"]', '1709164800000000000'],
  [
    'reads an abbreviation that it does not know as UTC',
    'time.parse_ns',
    '["RFC822", "14 Nov 23 22:13 CEST"]',
    '1699999980000000000',
  ],
  [
    'names the part of a value that does not fit',
    'time.parse_ns',
    '["2006-01-02", "2023-11-é"]',
    'time.parse_ns: parsing time "2023-11-\\xc3\\xa9" as "2006-01-02": cannot parse "\\xc3\\xa9" as "02"',
  ],
  [
    'refuses a day that the month does not have',
    'time.parse_ns',
    '["2006-01-02", "2023-02-29"]',
    'time.parse_ns: parsing time "2023-02-29": day out of range',
  ],
  [
    'refuses a month that no year has',
    'time.parse_ns',
    '["2006-01-02", "2023-13-29"]',
    'time.parse_ns: parsing time "2023-13-29": month out of range',
  ],
  [
    'refuses text behind a time',
    'time.parse_ns',
    '["2006-01-02", "2023-02-28x"]',
    'time.parse_ns: parsing time "2023-02-28x": extra text: "x"',
  ],
  [
    'refuses a time before 1677',
    'time.parse_ns',
    '["2006-01-02", "1600-01-01"]',
    'time.parse_ns: time outside of valid range',
  ],
  [
    'reads RFC 3339 with an offset',
    'time.parse_rfc3339_ns',
    '["2023-11-14T22:13:20.5+01:30"]',
    '1699994600500000000',
  ],
  [
    'refuses RFC 3339 without a zone',
    'time.parse_rfc3339_ns',
    '["2023-11-14T22:13:20"]',
    'time.parse_rfc3339_ns: parsing time "2023-11-14T22:13:20" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00"',
  ],
  ['reads days, weeks and years', 'time.parse_duration_ns', '["1y2w3d4.5h"]', '33021000000000000'],
  ['reads micro of either letter', 'time.parse_duration_ns', '["-1.5µs2μs"]', '-3500'],
  [
    'refuses a duration without a unit',
    'time.parse_duration_ns',
    '["1"]',
    'time.parse_duration_ns: time: missing unit in duration "1"',
  ],
  [
    'names a unit that there is not',
    'time.parse_duration_ns',
    '["1d2x"]',
    'time.parse_duration_ns: time: unknown unit "x" in duration "1d2x"',
  ],
  [
    'quotes a duration with days as Go quotes',
    'time.parse_duration_ns',
    '["1dé\\u0007"]',
    'time.parse_duration_ns: time: invalid duration "1dé\\a"',
  ],
  [
    'quotes other durations by byte',
    'time.parse_duration_ns',
    '["1é"]',
    'time.parse_duration_ns: time: unknown unit "\\xc3\\xa9" in duration "1\\xc3\\xa9"',
  ],
  [
    'refuses a duration past 64 bits',
    'time.parse_duration_ns',
    '["300y"]',
    'time.parse_duration_ns: time: invalid duration "300y"',
  ],
];

describe('time.* as OPA', () => {
  test.each(ANSWERS)('%s: %s', (_sentence, name, operands, answer) => {
    expect(answerOf(timeBuiltins, name, operands)).toBe(answer);
  });
});
