import { X509Certificate } from 'node:crypto';
import { BuiltinError } from '../../builtin.ts';
import { UnprovenKeyError } from './unproven-key-error.ts';

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const VERSION = 0xa0;
const VERSION_3 = Buffer.from([INTEGER, 1, 2]);

/**
 * The certificate of a DER encoding.
 * @throws {BuiltinError} with OPA's text where the encoding is not even one whole value.
 * @throws {UnprovenKeyError} where Node or Go may refuse it.
 */
export function certificateOf(der: Buffer): X509Certificate {
  const outer = elementAt(der, 0);
  if (outer?.tag !== SEQUENCE)
    throw new BuiltinError('failed to parse a PEM certificate: x509: malformed certificate');
  if (outer.end !== der.length)
    throw new BuiltinError('failed to parse a PEM certificate: x509: trailing data');
  checkForm(der, outer.start);
  try {
    return new X509Certificate(der);
  } catch (cause) {
    throw new UnprovenKeyError('certificate that cannot be read', { cause });
  }
}

/** Version 1 or 3 and a serial number that is positive: OpenSSL does not mind others. */
function checkForm(der: Buffer, start: number): void {
  const inner = elementAt(der, start);
  const first = inner && elementAt(der, inner.start);
  // A certificate of version 1 does not tell its version.
  const serial = first?.tag === VERSION ? elementAt(der, first.end) : first;
  const isVersionKnown = first !== serial ? der.subarray(first?.start, first?.end).equals(VERSION_3) : true;
  if (inner?.tag !== SEQUENCE || serial?.tag !== INTEGER || !isVersionKnown)
    throw new UnprovenKeyError('certificate of an unusual version');
  const [high = 0x80, next = 0x80] = der.subarray(serial.start, serial.end);
  const isMinimal = serial.end - serial.start === 1 || high !== 0 || next >= 0x80;
  if (high >= 0x80 || !isMinimal) throw new UnprovenKeyError('certificate with an unusual serial number');
}

interface Element {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/** The DER value at a position, or undefined when there is none within the bytes. */
function elementAt(der: Buffer, at: number): Element | undefined {
  const tag = der[at];
  const first = der[at + 1];
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return undefined;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  // Lengths are told with four bytes at most, as few as it takes, and none is left open.
  if (lengthBytes > 4 || first === 0x80 || at + 2 + lengthBytes > der.length) return undefined;
  const length = lengthBytes === 0 ? first : der.readUIntBE(at + 2, lengthBytes);
  if (lengthBytes > 0 && (length < 0x80 || length < 2 ** (8 * (lengthBytes - 1)))) return undefined;
  const start = at + 2 + lengthBytes;
  return start + length > der.length ? undefined : { tag, start, end: start + length };
}
