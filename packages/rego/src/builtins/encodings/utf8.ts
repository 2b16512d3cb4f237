import { isUtf8 } from 'node:buffer';

/**
 * A string that this engine has no value for: Go's strings are bytes, ours are Unicode, and what a policy does with
 * bytes that are no UTF-8 (count, compare, hash, encode them again) would differ. Not a `BuiltinError`, so that the
 * evaluation fails rather than goes on undefined where OPA would have a value.
 */
export class NotRepresentableError extends Error {
  override readonly name = 'NotRepresentableError';
}

/** The bytes of a string, as Go holds it. */
export function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'utf8');
}

/**
 * The string that Go has of these bytes.
 * @throws {NotRepresentableError} when they are not UTF-8.
 */
export function textOf(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw new NotRepresentableError('not representable: a string of bytes that are not valid UTF-8');
}

/** The text of bytes as Go writes it into JSON: each byte that is no part of a character is U+FFFD. */
export function replacedText(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let text = '';
  for (let index = 0; index < bytes.length; ) {
    const width = [1, 2, 3, 4].find((length) => isUtf8(bytes.subarray(index, index + length))) ?? 0;
    text += width === 0 ? '\ufffd' : bytes.toString('utf8', index, index + width);
    index += Math.max(width, 1);
  }
  return text;
}
