/** A token that reaches to the end of the piece and may go on behind it. */
export const OPEN_ENDED = -2;
/** What is no token. */
export const NO_TOKEN = -1;

const QUOTE = 0x22;
const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const BACKSLASH = 0x5c;
const SMALL_E = 0x65;
const SMALL_F = 0x66;
const SMALL_T = 0x74;
const SMALL_U = 0x75;

/** Bytes of `\u` and its four digits, the longest escape. */
const ESCAPE_BYTES_MAX = 6;

/** By byte: 1 for what stands for itself in a string. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
);

/** By byte: 1 for what may follow a backslash, beside `u`. */
const ESCAPED = tableOf('"\\/bfnrt');
const HEXADECIMAL = tableOf('0123456789abcdefABCDEF');

const TRUE = new TextEncoder().encode('true');
const FALSE = new TextEncoder().encode('false');
const NULL = new TextEncoder().encode('null');

/** The highest bit of each byte of a word. */
const HIGH_BITS = 0x80808080 | 0;

/** The bytes of a piece, and the same in words from the boundary at or before its first byte on, as far as they are whole. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly words: Int32Array;
  /** Bytes of the first word that stand before the piece. */
  readonly shift: number;
}

/** A piece of any kind of bytes: of one kind only, the code below is several times as fast. */
export function pieceOf({ buffer, byteOffset, byteLength }: Uint8Array): Piece {
  const shift = byteOffset % 4;
  return {
    bytes: new Uint8Array(buffer, byteOffset, byteLength),
    length: byteLength,
    words: new Int32Array(buffer, byteOffset - shift, (shift + byteLength) >> 2),
    shift,
  };
}

/**
 * Where the rest of a string from `from` on ends: at its closing quote, at an escape that is cut off by the end of the piece, or
 * at that end itself. Negative for what no string holds.
 */
export function endOfText(piece: Piece, from: number): number {
  const { bytes, length } = piece;
  let at = from;
  for (;;) {
    at = plainEnd(piece, at);
    if (at >= length) return length;
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) return at;
    if (PLAIN[byte] === 1) at += 1;
    else if (byte !== BACKSLASH) return NO_TOKEN;
    else {
      const escaped = at + 1 < length ? (bytes[at + 1] ?? 0) : 0;
      if (ESCAPED[escaped] === 1) at += 2;
      else if (at + ESCAPE_BYTES_MAX > length) return at;
      else if (escaped !== SMALL_U || !isHexadecimal(bytes, at + 2)) return NO_TOKEN;
      else at += ESCAPE_BYTES_MAX;
    }
  }
}

/** The first byte at or behind `from` that may not be plain; all before it are. Four bytes are looked at in one step. */
function plainEnd({ bytes, words, shift }: Piece, from: number): number {
  let mask = HIGH_BITS << (((from + shift) & 3) * 8); // Not those before `from`.
  for (let index = (from + shift) >> 2; index < words.length; index += 1) {
    const word = words[index] ?? 0;
    const quotes = word ^ 0x22222222;
    const backslashes = word ^ 0x5c5c5c5c;
    // The highest bit of a byte is set where the byte is below 0x20, or is 0 after the exclusive or, and then perhaps of those
    // behind it.
    const found =
      (((word - 0x20202020) & ~word) |
        ((quotes - 0x01010101) & ~quotes) |
        ((backslashes - 0x01010101) & ~backslashes)) &
      mask;
    if (found !== 0) return index * 4 - shift + ((31 - Math.clz32(found & -found)) >> 3);
    mask = HIGH_BITS;
  }
  let at = Math.max(from, words.length * 4 - shift);
  while (at < bytes.length && PLAIN[bytes[at] ?? 0] === 1) at += 1;
  return at;
}

/** Whether four digits stand at `from`. */
function isHexadecimal(piece: Uint8Array, from: number): boolean {
  for (let at = from; at < from + 4; at += 1) if (HEXADECIMAL[piece[at] ?? 0] === 0) return false;
  return true;
}

/** Just behind the number that begins at `from` (RFC 8259, section 6); negative where there is none, or it is open-ended. */
export function endOfNumber(piece: Uint8Array, from: number): number {
  const { length } = piece;
  let at = piece[from] === MINUS ? from + 1 : from;
  const digits = at;
  at = endOfDigits(piece, at);
  if (at === length) return OPEN_ENDED;
  if (at === digits || (piece[digits] === ZERO && at > digits + 1)) return NO_TOKEN;
  if (piece[at] === POINT) {
    const fraction = at + 1;
    at = endOfDigits(piece, fraction);
    if (at === length) return OPEN_ENDED;
    if (at === fraction) return NO_TOKEN;
  }
  if (((piece[at] ?? 0) | 0x20) === SMALL_E) {
    at += 1;
    if (at < length && (piece[at] === PLUS || piece[at] === MINUS)) at += 1;
    const exponent = at;
    at = endOfDigits(piece, at);
    if (at === length) return OPEN_ENDED;
    if (at === exponent) return NO_TOKEN;
  }
  return at;
}

function endOfDigits(piece: Uint8Array, from: number): number {
  const { length } = piece;
  let at = from;
  while (at < length) {
    const byte = piece[at] ?? 0;
    if (byte < ZERO || byte > NINE) break;
    at += 1;
  }
  return at;
}

/** Just behind the `true`, `false` or `null` that begins at `from`; negative where there is none, or it is open-ended. */
export function endOfLiteral(piece: Uint8Array, from: number): number {
  const first = piece[from];
  const literal = first === SMALL_T ? TRUE : first === SMALL_F ? FALSE : NULL;
  if (from + literal.length > piece.length) return OPEN_ENDED;
  for (let index = 0; index < literal.length; index += 1) {
    if (piece[from + index] !== literal[index]) return NO_TOKEN;
  }
  return from + literal.length;
}

function tableOf(characters: string): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) =>
    characters.includes(String.fromCharCode(byte)) ? 1 : 0,
  );
}
