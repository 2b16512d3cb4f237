/** One member of an object in a JSON text: its key, and where its value stands. */
export interface MemberSpan {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

/** Where one item of an array stands in a JSON text. */
export type ItemSpan = Omit<MemberSpan, 'key'>;

/** Levels within which a value may be nested: beyond it, recursive parsers of clients give up. */
export const SPAN_DEPTH_MAX = 512;

const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Where the string of a JSON text that opens at `start` closes; the end of the text when it does not. */
export function endOfJsonString(text: string, start: number): number {
  let close = text.indexOf('"', start + 1);
  while (close !== -1) {
    let backslashes = 0;
    while (text.charCodeAt(close - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return close;
    close = text.indexOf('"', close + 1);
  }
  return text.length;
}

/**
 * The members of the object that begins at or after `from`, in the order they are written, repeated keys included: a
 * parsed value keeps neither the exact text nor the repetitions. `text` must be valid JSON there.
 * @throws RangeError when a value is nested deeper than `SPAN_DEPTH_MAX`.
 */
export function memberSpans(text: string, from = 0): MemberSpan[] {
  const spans: MemberSpan[] = [];
  let at = skipSpace(text, from) + 1;
  for (;;) {
    at = skipSpace(text, at);
    if (text.charCodeAt(at) === COMMA) at = skipSpace(text, at + 1);
    if (text.charCodeAt(at) !== QUOTE) return spans; // The closing brace.
    const afterKey = endOfJsonString(text, at) + 1;
    const key: string = JSON.parse(text.slice(at, afterKey));
    const start = skipSpace(text, skipSpace(text, afterKey) + 1);
    at = endOfValue(text, start);
    spans.push({ key, start, end: at });
  }
}

/** The items of the array that begins at or after `from`. `text` must be valid JSON there. */
export function itemSpans(text: string, from = 0): ItemSpan[] {
  const spans: ItemSpan[] = [];
  let at = skipSpace(text, from) + 1;
  for (;;) {
    at = skipSpace(text, at);
    if (text.charCodeAt(at) === COMMA) at = skipSpace(text, at + 1);
    if (at >= text.length || text.charCodeAt(at) === CLOSE_BRACKET) return spans;
    const start = at;
    at = endOfValue(text, start);
    spans.push({ start, end: at });
  }
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) <= 0x20) at += 1;
  return at;
}

/** Just behind the value that begins at `start`. */
function endOfValue(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === QUOTE) return endOfJsonString(text, start) + 1;
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return endOfNested(text, start);
  let at = start;
  while (at < text.length && !endsLiteral(text.charCodeAt(at))) at += 1;
  return at;
}

function endsLiteral(code: number): boolean {
  return code <= 0x20 || code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET;
}

function endOfNested(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfJsonString(text, at);
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth += 1;
      if (depth > SPAN_DEPTH_MAX) throw new RangeError('nested too deeply');
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return text.length;
}
