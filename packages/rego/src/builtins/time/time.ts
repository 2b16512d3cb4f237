import { integerOf } from '../../values/big-number.ts';
import type { Value } from '../../values/value.ts';
import type { BuiltinContext, BuiltinGroup } from '../builtin.ts';
import { integerOperand, stringOperand } from '../operands.ts';
import { addDate } from './add-date.ts';
import { weekdayOfDays } from './calendar.ts';
import { differenceOf } from './difference.ts';
import { parseDuration } from './duration.ts';
import { formatTime } from './format.ts';
import { localTimeOf, timeOperand } from './instant.ts';
import { NAMED_LAYOUTS } from './layout.ts';
import { WEEKDAYS } from './names.ts';
import { parseTime } from './parsing/parse.ts';

const RFC3339 = '2006-01-02T15:04:05Z07:00';
const RFC3339_NANO = '2006-01-02T15:04:05.999999999Z07:00';

/** Rego's `time.*` (`v1/topdown/time.go`). */
export const timeBuiltins: BuiltinGroup = {
  'time.now_ns': (context: BuiltinContext) => integerOf(context.nowNs),

  'time.parse_ns': (_context, layoutValue: Value, value: Value) => {
    const layout = stringOperand(layoutValue, 1);
    return integerOf(parseTime(NAMED_LAYOUTS.get(layout) ?? layout, stringOperand(value, 2)));
  },

  'time.parse_rfc3339_ns': (_context, value: Value) => integerOf(parseTime(RFC3339, stringOperand(value, 1))),

  'time.parse_duration_ns': (_context, value: Value) => integerOf(parseDuration(stringOperand(value, 1))),

  'time.format': (_context, value: Value) => {
    const { instant, layout } = timeOperand(value);
    return formatTime(instant, layout === '' ? RFC3339_NANO : (NAMED_LAYOUTS.get(layout) ?? layout));
  },

  'time.date': (_context, value: Value) => {
    const { year, month, day } = localTimeOf(timeOperand(value).instant);
    return [year, month, day];
  },

  'time.clock': (_context, value: Value) => {
    const { hour, minute, second } = localTimeOf(timeOperand(value).instant);
    return [hour, minute, second];
  },

  'time.weekday': (_context, value: Value) =>
    WEEKDAYS[weekdayOfDays(localTimeOf(timeOperand(value).instant).days)],

  'time.add_date': (_context, value: Value, years: Value, months: Value, days: Value) => {
    const { instant } = timeOperand(value);
    const step = {
      years: integerOperand(years, 2),
      months: integerOperand(months, 3),
      days: integerOperand(days, 4),
    };
    return integerOf(addDate(instant, step));
  },

  'time.diff': (_context, left: Value, right: Value) =>
    differenceOf(timeOperand(left).instant, timeOperand(right).instant),
};
