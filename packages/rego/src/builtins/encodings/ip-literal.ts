import { quote } from '../../go/quote.ts';
import { BuiltinError } from '../builtin.ts';

/**
 * Checks that a text is an IPv6 address, with or without a zone (Go's `netip.ParseAddr`).
 * @throws {BuiltinError} with Go's words.
 */
export function checkIpv6(text: string): void {
  try {
    checkAddress(text);
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    const at = error.at === '' ? '' : ` (at ${quote(error.at)})`;
    throw new BuiltinError(`invalid host: ParseAddr(${quote(text)}): ${error.message}${at}`);
  }
}

/** What is wrong with an address, and the rest of it from there on. */
class AddressError extends Error {
  readonly at: string;

  constructor(message: string, at = '') {
    super(message);
    this.at = at;
  }
}

function checkAddress(text: string): void {
  const [first] = /[.:%]/.exec(text) ?? [];
  if (first === undefined) throw new AddressError('unable to parse IP');
  if (first === '%') throw new AddressError('missing IPv6 address');
  if (first === ':') {
    checkIpv6Fields(text);
    return;
  }
  checkIpv4(text);
  throw new BuiltinError('invalid IP-literal');
}

function checkIpv6Fields(text: string): void {
  const zone = text.indexOf('%');
  if (zone === text.length - 1) throw new AddressError('zone must be a non-empty string');
  let rest = zone < 0 ? text : text.slice(0, zone);
  let hasEllipsis = rest.startsWith('::');
  if (hasEllipsis) rest = rest.slice(2);
  if (hasEllipsis && rest === '') return;
  let bytes = 0;
  while (bytes < 16) {
    const digits = fieldOf(rest);
    if (rest[digits] === '.') {
      bytes = afterIpv4(rest, bytes, hasEllipsis);
      rest = '';
      break;
    }
    bytes += 2;
    rest = rest.slice(digits);
    if (rest === '') break;
    rest = afterColon(rest);
    if (!rest.startsWith(':')) continue;
    if (hasEllipsis) throw new AddressError('multiple :: in address', rest);
    hasEllipsis = true;
    rest = rest.slice(1);
    if (rest === '') break;
  }
  if (rest !== '') throw new AddressError('trailing garbage after address', rest);
  if (bytes < 16 && !hasEllipsis) throw new AddressError('address string too short');
  if (bytes >= 16 && hasEllipsis) throw new AddressError('the :: must expand to at least one field of zeros');
}

/** How many hexadecimal digits a text begins with: one to four. */
function fieldOf(text: string): number {
  const [digits = ''] = /^[0-9A-Fa-f]*/.exec(text) ?? [];
  if (digits.length > 4) throw new AddressError('each group must have 4 or less digits', text);
  if (digits === '') throw new AddressError('each colon-separated field must have at least one digit', text);
  return digits.length;
}

function afterColon(text: string): string {
  if (!text.startsWith(':')) throw new AddressError('unexpected character, want colon', text);
  if (text.length === 1) throw new AddressError('colon must be followed by more characters', text);
  return text.slice(1);
}

/** The number of bytes of an address that ends in an IPv4 address. */
function afterIpv4(text: string, bytes: number, hasEllipsis: boolean): number {
  if (!hasEllipsis && bytes !== 12)
    throw new AddressError('embedded IPv4 address must replace the final 2 fields of the address', text);
  if (bytes + 4 > 16)
    throw new AddressError('too many hex fields to fit an embedded IPv4 at the end of the address', text);
  checkIpv4(text);
  return bytes + 4;
}

function checkIpv4(text: string): void {
  let field = '';
  let fields = 1;
  for (let index = 0; index < text.length; index++) {
    const character = text[index] as string;
    if (/\d/.test(character)) {
      if (field === '0') throw new AddressError('IPv4 field has octet with leading zero');
      field += character;
      if (Number(field) > 255) throw new AddressError('IPv4 field has value >255');
    } else if (character === '.') {
      if (field === '' || index === text.length - 1)
        throw new AddressError('IPv4 field must have at least one digit', text.slice(index));
      if (fields === 4) throw new AddressError('IPv4 address too long');
      fields++;
      field = '';
    } else throw new AddressError('unexpected character', text.slice(index));
  }
  if (fields < 4) throw new AddressError('IPv4 address too short');
}
