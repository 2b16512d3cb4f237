/** The instant that was asked for last: an entry’s time is written, read and compared right after each other. */
let latestMs = 0;
let latestText = new Date(0).toISOString();

/** An instant in milliseconds since 1970 as RFC 3339, in UTC, to the millisecond. @throws RangeError beyond the year 275760. */
export function instantText(atMs: number): string {
  const wholeMs = Math.trunc(atMs);
  if (wholeMs !== latestMs) {
    latestText = new Date(wholeMs).toISOString();
    latestMs = wholeMs;
  }
  return latestText;
}

/** The instant of an RFC 3339 text, in milliseconds since 1970. */
export function instantMs(text: string): number {
  return text === latestText ? latestMs : Date.parse(text);
}
