/** A text in UTF-8, in the pieces in which it came: nothing is copied but what is asked for. */
export class ByteText {
  readonly pieces: readonly Uint8Array[];
  readonly byteLength: number;

  /** `pieces` must be valid UTF-8 as a whole. */
  constructor(pieces: readonly Uint8Array[]) {
    this.pieces = pieces;
    this.byteLength = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** The part from byte `start` up to byte `end`, of the same memory. */
  part(start: number, end: number): ByteText {
    const parts: Uint8Array[] = [];
    let at = 0;
    for (const piece of this.pieces) {
      const from = Math.max(start - at, 0);
      const to = Math.min(end - at, piece.byteLength);
      if (from < to) parts.push(piece.subarray(from, to));
      at += piece.byteLength;
      if (at >= end) break;
    }
    return new ByteText(parts);
  }

  /** All of it as a string. */
  toString(): string {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    const texts = this.pieces.map((piece) => decoder.decode(piece, { stream: true }));
    return texts.join('') + decoder.decode();
  }
}
