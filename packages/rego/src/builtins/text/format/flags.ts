/** What stands between `%` and the verb. */
export interface Flags {
  minus: boolean;
  plus: boolean;
  sharp: boolean;
  space: boolean;
  zero: boolean;
  /** `%+v` and `%#v` are formats of their own. */
  plusV: boolean;
  sharpV: boolean;
  /** Characters at least; undefined where none are asked for. */
  width: number | undefined;
  precision: number | undefined;
}

export function noFlags(): Flags {
  return {
    minus: false,
    plus: false,
    sharp: false,
    space: false,
    zero: false,
    plusV: false,
    sharpV: false,
    width: undefined,
    precision: undefined,
  };
}

/** A text filled up to the width, at its left unless `-` is set, with zeros where `0` is set. */
export function padded(text: string, flags: Flags): string {
  if (flags.width === undefined || flags.width <= text.length / 2) return text;
  const filling = padding(flags, flags.width - codePointsIn(text));
  return flags.minus ? `${text}${filling}` : `${filling}${text}`;
}

/** Filling of so many characters. */
export function padding(flags: Flags, count: number): string {
  return (flags.zero && !flags.minus ? '0' : ' ').repeat(Math.max(count, 0));
}

/** A text cut to the precision, in code points. */
export function truncated(text: string, { precision }: Flags): string {
  if (precision === undefined || precision >= text.length) return text;
  let index = 0;
  for (let left = precision; left > 0 && index < text.length; left--) {
    index += (text.codePointAt(index) as number) > 0xffff ? 2 : 1;
  }
  return text.slice(0, index);
}

function codePointsIn(text: string): number {
  let count = 0;
  for (const _character of text) count++;
  return count;
}
