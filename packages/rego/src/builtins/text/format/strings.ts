import { canBackquote, quote } from '../../../go/quote.ts';
import { type Flags, padded, padding, truncated } from './flags.ts';

/** A string under a verb, or undefined where the verb is none for it. */
export function stringText(text: string, verb: string, flags: Flags): string | undefined {
  switch (verb) {
    case 'v':
      return flags.sharpV ? quotedText(text, flags) : padded(truncated(text, flags), flags);
    case 's':
      return padded(truncated(text, flags), flags);
    case 'q':
      return quotedText(text, flags);
    case 'x':
    case 'X':
      return hexadecimalText(text, verb, flags);
    default:
      return undefined;
  }
}

function quotedText(text: string, flags: Flags): string {
  const cut = truncated(text, flags);
  if (flags.sharp && canBackquote(cut)) return padded(`\`${cut}\``, flags);
  return padded(quote(cut, flags.plus ? 'ascii' : 'unicode'), flags);
}

/** The bytes of the text in base 16; the precision counts bytes. */
function hexadecimalText(text: string, verb: 'x' | 'X', flags: Flags): string {
  const all = Buffer.from(text);
  const bytes = all.subarray(0, Math.min(flags.precision ?? all.length, all.length));
  if (bytes.length === 0) return padding(flags, flags.width ?? 0);
  const digits = verb === 'X' ? bytes.toString('hex').toUpperCase() : bytes.toString('hex');
  const prefix = flags.sharp ? `0${verb}` : '';
  const encoded = flags.space
    ? (digits.match(/../g) ?? []).map((byte) => `${prefix}${byte}`).join(' ')
    : `${prefix}${digits}`;
  const filling = padding(flags, (flags.width ?? 0) - encoded.length);
  return flags.minus ? `${encoded}${filling}` : `${filling}${encoded}`;
}
