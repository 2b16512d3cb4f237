import { isDigit } from './byte-text.ts';

/** What a part of a Go layout stands for. Zone offsets are told by `OffsetForm`. */
export type Verb =
  | 'longMonth'
  | 'month'
  | 'numberMonth'
  | 'zeroMonth'
  | 'longWeekday'
  | 'weekday'
  | 'day'
  | 'underDay'
  | 'zeroDay'
  | 'underYearDay'
  | 'zeroYearDay'
  | 'hour'
  | 'hour12'
  | 'zeroHour12'
  | 'minute'
  | 'zeroMinute'
  | 'second'
  | 'zeroSecond'
  | 'longYear'
  | 'year'
  | 'PM'
  | 'pm'
  | 'zoneName'
  | 'offset'
  | 'fraction0'
  | 'fraction9';

/** How the offset of a zone is written. */
export interface OffsetForm {
  /** Whether UTC is `Z`. */
  readonly isIso: boolean;
  readonly hasMinutes: boolean;
  readonly hasSeconds: boolean;
  readonly hasColons: boolean;
}

/** One verb of a layout with the text before it; the last chunk of a layout has no verb. */
export interface Chunk {
  readonly prefix: string;
  readonly verb: Verb | undefined;
  /** The verb as it is written. */
  readonly text: string;
  /** Of a zone's offset. */
  readonly form?: OffsetForm;
  /** Of a fraction: the number of digits and what stands before them. */
  readonly digits?: number;
  readonly separator?: '.' | ',';
}

/** Layouts that OPA knows by a name of Go's package time. */
export const NAMED_LAYOUTS: ReadonlyMap<string, string> = new Map([
  ['ANSIC', 'Mon Jan _2 15:04:05 2006'],
  ['UnixDate', 'Mon Jan _2 15:04:05 MST 2006'],
  ['RubyDate', 'Mon Jan 02 15:04:05 -0700 2006'],
  ['RFC822', '02 Jan 06 15:04 MST'],
  ['RFC822Z', '02 Jan 06 15:04 -0700'],
  ['RFC850', 'Monday, 02-Jan-06 15:04:05 MST'],
  ['RFC1123', 'Mon, 02 Jan 2006 15:04:05 MST'],
  ['RFC1123Z', 'Mon, 02 Jan 2006 15:04:05 -0700'],
  ['RFC3339', '2006-01-02T15:04:05Z07:00'],
  ['RFC3339Nano', '2006-01-02T15:04:05.999999999Z07:00'],
]);

/** Layouts read so far, by their bytes. A policy uses a handful; ones made from input push the others out. */
const layouts = new Map<string, readonly Chunk[]>();
const LAYOUTS_MAX = 128;
/** Layouts of more bytes are read each time. */
const KEPT_LAYOUT_BYTES_MAX = 256;

/** The chunks of a layout, given as a byte text. The last chunk, and only that one, has no verb. */
export function chunksOf(layout: string): readonly Chunk[] {
  const kept = layouts.get(layout);
  if (kept !== undefined) return kept;
  const chunks = readChunks(layout);
  if (layout.length > KEPT_LAYOUT_BYTES_MAX) return chunks;
  if (layouts.size >= LAYOUTS_MAX) layouts.delete(layouts.keys().next().value as string);
  layouts.set(layout, chunks);
  return chunks;
}

function readChunks(layout: string): readonly Chunk[] {
  const chunks: Chunk[] = [];
  let start = 0;
  for (let index = 0; index < layout.length; ) {
    const found = verbAt(layout, index);
    if (found === undefined) {
      index++;
      continue;
    }
    const { text, skipped = 0, ...verb } = found;
    chunks.push({ prefix: layout.slice(start, index + skipped), text, ...verb });
    index += skipped + text.length;
    start = index;
  }
  chunks.push({ prefix: layout.slice(start), verb: undefined, text: '' });
  return chunks;
}

interface FoundVerb extends Omit<Chunk, 'prefix'> {
  /** Bytes before the verb that turned out to be none of it. */
  readonly skipped?: number;
}

/** Verbs by their first byte, longer ones before those they start with. */
const VERBS: Readonly<Record<string, readonly (readonly [text: string, verb: Verb])[]>> = {
  M: [
    ['Monday', 'longWeekday'],
    ['Mon', 'weekday'],
    ['MST', 'zoneName'],
  ],
  J: [
    ['January', 'longMonth'],
    ['Jan', 'month'],
  ],
  '0': [
    ['01', 'zeroMonth'],
    ['02', 'zeroDay'],
    ['03', 'zeroHour12'],
    ['04', 'zeroMinute'],
    ['05', 'zeroSecond'],
    ['06', 'year'],
    ['002', 'zeroYearDay'],
  ],
  '1': [
    ['15', 'hour'],
    ['1', 'numberMonth'],
  ],
  '2': [
    ['2006', 'longYear'],
    ['2', 'day'],
  ],
  _: [
    ['_2', 'underDay'],
    ['__2', 'underYearDay'],
  ],
  '3': [['3', 'hour12']],
  '4': [['4', 'minute']],
  '5': [['5', 'second']],
  P: [['PM', 'PM']],
  p: [['pm', 'pm']],
};

const OFFSETS = ['070000', '07:00:00', '0700', '07:00', '07'] as const;

function verbAt(layout: string, index: number): FoundVerb | undefined {
  const first = layout.charAt(index);
  if (first === '-' || first === 'Z') return offsetAt(layout, index);
  if (first === '.' || first === ',') return fractionAt(layout, index);
  // An underscore before a year is no part of a verb.
  if (layout.startsWith('_2006', index)) return { text: '2006', verb: 'longYear', skipped: 1 };
  const verbs = Object.hasOwn(VERBS, first) ? VERBS[first] : undefined;
  for (const [text, verb] of verbs ?? []) {
    if (!layout.startsWith(text, index)) continue;
    // `Month` is not the name of a day.
    if ((verb === 'month' || verb === 'weekday') && /^[a-z]/.test(layout.charAt(index + 3))) continue;
    return { text, verb };
  }
  return undefined;
}

function offsetAt(layout: string, index: number): FoundVerb | undefined {
  const offset = OFFSETS.find((form) => layout.startsWith(form, index + 1));
  if (offset === undefined) return undefined;
  const form = {
    isIso: layout.charAt(index) === 'Z',
    hasMinutes: offset.length > 2,
    hasSeconds: offset.length > 5,
    hasColons: offset.includes(':'),
  };
  return { text: layout.charAt(index) + offset, verb: 'offset', form };
}

/** Go keeps the number of digits in 12 bits. */
const FRACTION_DIGITS_MASK = 0xfff;

function fractionAt(layout: string, index: number): FoundVerb | undefined {
  const digit = layout.charAt(index + 1);
  if (digit !== '0' && digit !== '9') return undefined;
  let end = index + 1;
  while (layout.charAt(end) === digit) end++;
  if (isDigit(layout, end)) return undefined;
  return {
    text: layout.slice(index, end),
    verb: digit === '0' ? 'fraction0' : 'fraction9',
    digits: (end - index - 1) & FRACTION_DIGITS_MASK,
    separator: layout.charAt(index) === ',' ? ',' : '.',
  };
}
