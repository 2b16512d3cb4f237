import type { Value } from '../../values/value.ts';
import { BuiltinError, type BuiltinGroup } from '../builtin.ts';
import { stringOperand } from '../operands.ts';
import { bytesOf, textOf } from './utf8.ts';

/** `base64.*` and `base64url.*` (`v1/topdown/encoding.go`, Go's `encoding/base64`, which is not strict). */
export const base64Builtins: BuiltinGroup = {
  'base64.encode': (_context, text: Value) => bytesOf(stringOperand(text, 1)).toString('base64'),

  'base64.decode': (_context, text: Value) => textOf(decoded(stringOperand(text, 1), STANDARD)),

  'base64.is_valid': (_context, text: Value) =>
    typeof text === 'string' && illegalByte(bytesOf(text), STANDARD) === undefined,

  'base64url.encode': (_context, text: Value) =>
    padded(bytesOf(stringOperand(text, 1)).toString('base64url')),

  'base64url.encode_no_pad': (_context, text: Value) => bytesOf(stringOperand(text, 1)).toString('base64url'),

  /** Padding may be left out (RFC 7515, appendix C). */
  'base64url.decode': (_context, text: Value) => {
    const encoded = stringOperand(text, 1);
    if (encoded.endsWith('=')) return textOf(decoded(encoded, URL_SAFE));
    const length = Buffer.byteLength(encoded, 'utf8');
    if (length % 4 === 1) throw new BuiltinError(`illegal base64url string: ${encoded}`);
    return textOf(decoded(encoded + '='.repeat((4 - (length % 4)) % 4), URL_SAFE));
  },
};

interface Alphabet {
  /** By byte whether it is a digit of the alphabet. */
  readonly digits: ReadonlySet<number>;
  /** What needs no closer look: digits only, padded at the end. */
  readonly plain: RegExp;
}

const STANDARD = alphabet('+/', /^[A-Za-z0-9+/]*={0,2}$/);
const URL_SAFE = alphabet('-_', /^[A-Za-z0-9_-]*={0,2}$/);

function alphabet(last: string, plain: RegExp): Alphabet {
  const digits = `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789${last}`;
  return { digits: new Set(bytesOf(digits)), plain };
}

function decoded(text: string, alphabet: Alphabet): Buffer {
  if (text.length % 4 !== 0 || !alphabet.plain.test(text)) {
    const position = illegalByte(bytesOf(text), alphabet);
    if (position !== undefined) throw new BuiltinError(`illegal base64 data at input byte ${position}`);
  }
  // Reads both alphabets, and passes over line breaks.
  return Buffer.from(text, 'base64');
}

const NEW_LINE = 10;
const CARRIAGE_RETURN = 13;
const PAD = 61;

/** Where Go finds a fault: digits in groups of four, the last one padded, line breaks anywhere and nothing else. */
function illegalByte(bytes: Buffer, { digits }: Alphabet): number | undefined {
  let inGroup = 0;
  for (let position = 0; position < bytes.length; position++) {
    const byte = bytes[position] as number;
    if (digits.has(byte)) inGroup = (inGroup + 1) % 4;
    else if (byte === PAD && inGroup >= 2) return illegalPadding(bytes, position, inGroup);
    else if (!isLineBreak(byte)) return position;
  }
  return inGroup === 0 ? undefined : bytes.length - inGroup;
}

/** What is wrong from the first byte of padding on. */
function illegalPadding(bytes: Buffer, first: number, inGroup: number): number | undefined {
  let position = afterLineBreaks(bytes, first + 1);
  if (inGroup === 2) {
    if (position === bytes.length) return position;
    if (bytes[position] !== PAD) return position - 1;
    position = afterLineBreaks(bytes, position + 1);
  }
  return position < bytes.length ? position : undefined;
}

function afterLineBreaks(bytes: Buffer, from: number): number {
  let position = from;
  while (position < bytes.length && isLineBreak(bytes[position] as number)) position++;
  return position;
}

function isLineBreak(byte: number): boolean {
  return byte === NEW_LINE || byte === CARRIAGE_RETURN;
}

function padded(encoded: string): string {
  return encoded + '='.repeat((4 - (encoded.length % 4)) % 4);
}
