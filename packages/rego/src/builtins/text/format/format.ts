import type { Argument } from './argument.ts';
import { type Flags, noFlags } from './flags.ts';
import { printArgument } from './print-argument.ts';

/** Largest width or precision that Go takes. */
const SIZE_MAX = 1_000_000;

/** Called before each directive: widths may make a text of megabytes out of a few characters. */
type Checked = () => void;

/** A text as Go's `fmt.Sprintf` makes it of a format and arguments, with Go's own remarks on what does not fit. */
export function format(text: string, args: readonly Argument[], checkLimits: Checked): string {
  const parts: string[] = [];
  const reader = new DirectiveReader(text, args);
  for (let index = 0; index < text.length; ) {
    const percent = text.indexOf('%', index);
    if (percent < 0) {
      parts.push(text.slice(index));
      break;
    }
    checkLimits();
    parts.push(text.slice(index, percent), reader.read(percent + 1));
    index = reader.index;
  }
  if (!reader.isReordered && reader.argument < args.length) parts.push(extra(args.slice(reader.argument)));
  return parts.join('');
}

function extra(args: readonly Argument[]): string {
  const texts = args.map((argument) => `${argument.kind}=${printArgument(argument, 'v', noFlags())}`);
  return `%!(EXTRA ${texts.join(', ')})`;
}

/** Reads and prints one directive after another, and keeps count of the arguments. */
class DirectiveReader {
  readonly #text: string;
  readonly #args: readonly Argument[];
  /** Where the text goes on. */
  index = 0;
  /** The argument that is next. */
  argument = 0;
  /** Whether an argument was named by its number, so that none can be said to be left over. */
  isReordered = false;
  #isGoodNumber = true;
  #isAfterNumber = false;

  constructor(text: string, args: readonly Argument[]) {
    this.#text = text;
    this.#args = args;
  }

  /** The text of the directive whose `%` stands right before the index. */
  read(index: number): string {
    this.index = index;
    this.#isGoodNumber = true;
    const flags = this.#readFlags();
    this.#isAfterNumber = this.#readNumber();
    const remarks = `${this.#readWidth(flags)}${this.#readPrecision(flags)}`;
    if (!this.#isAfterNumber) this.#isAfterNumber = this.#readNumber();
    const codePoint = this.#text.codePointAt(this.index);
    if (codePoint === undefined) return `${remarks}%!(NOVERB)`;
    const verb = String.fromCodePoint(codePoint);
    this.index += verb.length;
    return `${remarks}${this.#print(verb, flags)}`;
  }

  #print(verb: string, flags: Flags): string {
    if (verb === '%') return '%';
    if (!this.#isGoodNumber) return `%!${verb}(BADINDEX)`;
    const argument = this.#args[this.argument];
    if (argument === undefined) return `%!${verb}(MISSING)`;
    this.argument++;
    if (verb === 'v' || verb === 'w') {
      [flags.sharpV, flags.sharp] = [flags.sharp, false];
      [flags.plusV, flags.plus] = [flags.plus, false];
    }
    return printArgument(argument, verb, flags);
  }

  #readFlags(): Flags {
    const flags = noFlags();
    for (; ; this.index++) {
      switch (this.#text[this.index]) {
        case '#':
          flags.sharp = true;
          break;
        case '0':
          flags.zero = true;
          break;
        case '+':
          flags.plus = true;
          break;
        case '-':
          flags.minus = true;
          break;
        case ' ':
          flags.space = true;
          break;
        default:
          return flags;
      }
    }
  }

  #readWidth(flags: Flags): string {
    if (this.#text[this.index] !== '*') {
      flags.width = this.#readSize();
      if (this.#isAfterNumber && flags.width !== undefined) this.#isGoodNumber = false;
      return '';
    }
    this.index++;
    this.#isAfterNumber = false;
    flags.width = this.#sizeArgument();
    if (flags.width === undefined) return '%!(BADWIDTH)';
    if (flags.width < 0) {
      flags.width = -flags.width;
      flags.minus = true;
      flags.zero = false;
    }
    return '';
  }

  #readPrecision(flags: Flags): string {
    // A point at the very end is a verb.
    if (this.#text[this.index] !== '.' || this.index + 1 >= this.#text.length) return '';
    this.index++;
    if (this.#isAfterNumber) this.#isGoodNumber = false;
    this.#isAfterNumber = this.#readNumber();
    if (this.#text[this.index] !== '*') {
      flags.precision = this.#readSize() ?? 0;
      return '';
    }
    this.index++;
    this.#isAfterNumber = false;
    const precision = this.#sizeArgument();
    flags.precision = precision !== undefined && precision >= 0 ? precision : undefined;
    return flags.precision === undefined ? '%!(BADPREC)' : '';
  }

  /** Digits; of a number that is too large, the rest of the text is passed over, as Go does. */
  #readSize(): number | undefined {
    let size: number | undefined;
    for (; ; this.index++) {
      const digit = this.#text.charCodeAt(this.index) - 48;
      if (!(digit >= 0 && digit <= 9)) return size;
      if (size !== undefined && size > SIZE_MAX) {
        this.index = this.#text.length;
        return undefined;
      }
      size = (size ?? 0) * 10 + digit;
    }
  }

  /** The integer that stands in place of a `*`. */
  #sizeArgument(): number | undefined {
    const argument = this.#args[this.argument];
    if (argument === undefined) return undefined;
    this.argument++;
    const size = argument.kind === 'int64' ? Number(argument.value) : undefined;
    return size !== undefined && Math.abs(size) <= SIZE_MAX ? size : undefined;
  }

  /** Reads the number of an argument, `[2]`, where one is. */
  #readNumber(): boolean {
    if (this.#text[this.index] !== '[') return false;
    this.isReordered = true;
    const end = this.#text.indexOf(']', this.index);
    // Less than three characters hold no number, whatever they are.
    if (end < 0 || this.#text.length - this.index < 3) {
      this.index++;
      this.#isGoodNumber = false;
      return false;
    }
    const digits = this.#text.slice(this.index + 1, end);
    this.index = end + 1;
    const number = /^\d+$/.test(digits) && isSize(digits) ? Number(digits) : undefined;
    if (number === undefined || number < 1 || number > this.#args.length) this.#isGoodNumber = false;
    else this.argument = number - 1;
    return number !== undefined;
  }
}

/** Whether all digits but the last make a number that is not too large. */
function isSize(digits: string): boolean {
  return Number(digits.slice(0, -1)) <= SIZE_MAX;
}
