import { isUtf8 } from 'node:buffer';

const NOTHING = Buffer.alloc(0);

/** Whether pieces are valid UTF-8 as a whole, wherever characters are cut. */
export function areUtf8(pieces: readonly Uint8Array[]): boolean {
  let cut: Uint8Array = NOTHING;
  for (const piece of pieces) {
    const missing = cut.byteLength === 0 ? 0 : bytesOf(cut[0] ?? 0) - cut.byteLength;
    if (missing > piece.byteLength) {
      cut = Buffer.concat([cut, piece]);
      continue;
    }
    if (cut.byteLength > 0 && !isUtf8(Buffer.concat([cut, piece.subarray(0, missing)]))) return false;
    const end = endOfWhole(piece);
    // A piece may hold no more than what was missing of a character.
    if (end > missing && !isUtf8(piece.subarray(missing, end))) return false;
    cut = end < missing ? NOTHING : piece.subarray(end);
  }
  return cut.byteLength === 0;
}

/** Where the character begins that goes on behind the piece; its length where none does. */
function endOfWhole(piece: Uint8Array): number {
  const { byteLength } = piece;
  for (let back = 1; back <= Math.min(3, byteLength); back += 1) {
    const byte = piece[byteLength - back] ?? 0;
    if (byte >= 0xc0) return bytesOf(byte) > back ? byteLength - back : byteLength;
    if (byte < 0x80) return byteLength;
  }
  return byteLength;
}

/** Bytes of the character that begins with this one. */
function bytesOf(first: number): number {
  if (first < 0xc0) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}
