import { isUtf8 } from 'node:buffer';
import { Failure, type Json, parseStrictText, unparseableJson } from '@bailiff/contract';

/** What a JSON text may be, so that reading it costs a bounded amount. */
export interface JsonLimits {
  readonly bytesMax: number;
  /** Objects and arrays within each other; the outermost one counts. */
  readonly depthMax: number;
}

/**
 * The value of exactly one JSON text, read as `parseStrictText` does.
 * @throws Failure `body_too_large`, or `unparseable` with a detail that never repeats the text.
 */
export function parseStrict(bytes: Uint8Array, limits: JsonLimits): Json {
  if (bytes.byteLength > limits.bytesMax) {
    throw new Failure('body_too_large', `The body is larger than ${limits.bytesMax} bytes.`);
  }
  return parseStrictText(decode(bytes), limits);
}

/** Fatal UTF-8 without a byte order mark, which some parsers skip and others refuse. */
function decode(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw unparseableJson('it is not valid UTF-8.');
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    throw unparseableJson('it begins with a byte order mark.');
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
