import { BuiltinError } from '../../../builtin.ts';
import { parseTime } from '../../../time/parsing/parse.ts';

const LAYOUTS: readonly string[] = [
  '2006-1-2T15:4:5.999999999Z07:00',
  '2006-1-2t15:4:5.999999999Z07:00',
  '2006-1-2 15:4:5.999999999',
  '2006-1-2',
];

/** Whether `yaml.v3` takes a text for a timestamp. */
export function isTimestamp(text: string): boolean {
  return /^\d{4}-/.test(text) && LAYOUTS.some((layout) => isTime(layout, text));
}

function isTime(layout: string, text: string): boolean {
  try {
    parseTime(layout, text);
    return true;
  } catch (error) {
    if (error instanceof BuiltinError) return false;
    throw error;
  }
}
