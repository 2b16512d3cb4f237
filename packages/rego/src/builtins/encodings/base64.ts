import type { Value } from '../../values/value.ts';
import { BuiltinError, type BuiltinGroup } from '../builtin.ts';
import { stringOperand } from '../operands.ts';
import { bytesOf, textOf } from './utf8.ts';

/** `base64.*` and `base64url.*` (`v1/topdown/encoding.go`, Go's `encoding/base64`, which is not strict). */
export const base64Builtins: BuiltinGroup = {
  'base64.encode': (_context, text: Value) => bytesOf(stringOperand(text, 1)).toString('base64'),

  'base64.decode': (_context, text: Value) => textOf(decodedBase64(stringOperand(text, 1))),

  'base64.is_valid': (_context, text: Value) =>
    typeof text === 'string' && illegalByte(bytesOf(text), STANDARD) === undefined,

  'base64url.encode': (_context, text: Value) =>
    padded(bytesOf(stringOperand(text, 1)).toString('base64url')),

  'base64url.encode_no_pad': (_context, text: Value) => bytesOf(stringOperand(text, 1)).toString('base64url'),

  'base64url.decode': (_context, text: Value) => textOf(decodedBase64url(bytesOf(stringOperand(text, 1)))),
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

/** The bytes of a text in the standard alphabet. @throws {BuiltinError} with Go's words. */
export function decodedBase64(text: string): Buffer {
  return decoded(bytesOf(text), STANDARD);
}

/** The same in the alphabet for URLs, of bytes; padding may be left out (RFC 7515, appendix C). */
export function decodedBase64url(bytes: Buffer): Buffer {
  const { length } = bytes;
  if (bytes.at(-1) === PAD || length % 4 === 0) return decoded(bytes, URL_SAFE);
  if (length % 4 === 1) throw new BuiltinError(`illegal base64url string: ${bytes.toString('utf8')}`);
  return decoded(Buffer.concat([bytes, PADDING.subarray(length % 4 === 2 ? 0 : 1)]), URL_SAFE);
}

function decoded(bytes: Buffer, alphabet: Alphabet): Buffer {
  const text = bytes.toString('latin1');
  if (text.length % 4 !== 0 || !alphabet.plain.test(text)) {
    const position = illegalByte(bytes, alphabet);
    if (position !== undefined) throw new BuiltinError(`illegal base64 data at input byte ${position}`);
  }
  // Reads both alphabets, and passes over line breaks.
  return Buffer.from(text, 'base64');
}

const NEW_LINE = 10;
const CARRIAGE_RETURN = 13;
const PAD = 61;
const PADDING = Buffer.from('==');

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
