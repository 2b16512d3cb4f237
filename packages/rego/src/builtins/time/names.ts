export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

export const WEEKDAYS = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
] as const;

export const SHORT_MONTHS = MONTHS.map((name) => name.slice(0, 3));
export const SHORT_WEEKDAYS = WEEKDAYS.map((name) => name.slice(0, 3));
