// The proleptic Gregorian calendar in days since 1970-01-01. JavaScript's Date is not used: it reads years below 100
// as of the twentieth century.

export const SECONDS_PER_DAY = 86_400;

/** A day by name. Months count from 1. */
export interface CivilDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365] as const;

export function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Days before a month of a year that is not a leap year; month 13 is the end of the year. */
export function daysBeforeMonth(month: number): number {
  return DAYS_BEFORE_MONTH[month - 1] ?? Number.NaN;
}

export function daysInMonth(month: number, year: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return daysBeforeMonth(month + 1) - daysBeforeMonth(month);
}

/** Days from 1970-01-01 to a day. */
export function daysOfCivil({ year, month, day }: CivilDay): number {
  // Years are counted from March, so that a leap day is the last day of one.
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The day so many days after 1970-01-01. */
export function civilOfDays(days: number): CivilDay {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return { year, month, day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1 };
}

/** The number of a day within its year, from 1. */
export function dayOfYear({ year, month, day }: CivilDay): number {
  return daysBeforeMonth(month) + day + (month > 2 && isLeapYear(year) ? 1 : 0);
}

/** The day of the week of a day since 1970-01-01; Sunday is 0. */
export function weekdayOfDays(days: number): number {
  return (((days + 4) % 7) + 7) % 7;
}
