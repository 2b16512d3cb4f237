import { isPrintable } from '../../go/printable.ts';
import type { Value } from '../../values/value.ts';
import { BuiltinError, type BuiltinGroup } from '../builtin.ts';
import { stringOperand } from '../operands.ts';
import { bytesOf, textOf } from './utf8.ts';

/** `hex.*` (`v1/topdown/encoding.go`, Go's `encoding/hex`). */
export const hexBuiltins: BuiltinGroup = {
  'hex.encode': (_context, text: Value) => bytesOf(stringOperand(text, 1)).toString('hex'),

  'hex.decode': (_context, text: Value) => {
    const encoded = stringOperand(text, 1);
    const illegal = encoded.search(/[^0-9A-Fa-f]/);
    // Everything before it is ASCII, so its position counts in bytes too.
    if (illegal >= 0)
      throw new BuiltinError(`encoding/hex: invalid byte: ${byteName(encoded.slice(illegal))}`);
    if (encoded.length % 2 === 1) throw new BuiltinError('encoding/hex: odd length hex string');
    return textOf(Buffer.from(encoded, 'hex'));
  },
};

/** The first byte of a text as Go's `%#U` writes it: `U+0067 'g'`. */
function byteName(text: string): string {
  const byte = bytesOf(text)[0] as number;
  const code = `U+${byte.toString(16).toUpperCase().padStart(4, '0')}`;
  return isPrintable(byte) ? `${code} '${String.fromCharCode(byte)}'` : code;
}
