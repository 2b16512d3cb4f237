import { BuiltinError } from '../builtin.ts';
import { textOfBytes } from '../time/byte-text.ts';

const DIGIT = /^[A-Za-z0-9_-]$/;

/**
 * The bytes of a part of a token, as OPA's `base64url.decode` reads it: padding may be left out, line ends are skipped
 * and bits past the last byte are not looked at. Takes and gives byte texts.
 * @throws {BuiltinError} with the text of Go's `base64.CorruptInputError`.
 */
export function decodeBase64url(part: string): Buffer {
  const padded = withPadding(part);
  const end = /^[A-Za-z0-9_-]*(={0,2})$/.exec(padded);
  if (end === null || padded.length % 4 !== 0) checkQuanta(padded);
  return Buffer.from(padded, 'base64url');
}

function withPadding(part: string): string {
  if (part.endsWith('=')) return part;
  switch (part.length % 4) {
    case 0:
      return part;
    case 2:
      return `${part}==`;
    case 3:
      return `${part}=`;
    default:
      throw new BuiltinError(`illegal base64url string: ${textOfBytes(part)}`);
  }
}

/** Throws where Go's decoder does, at the byte it names. */
function checkQuanta(text: string): void {
  const corrupt = (at: number) => new BuiltinError(`illegal base64 data at input byte ${at}`);
  const afterLineEnds = (at: number) => {
    let next = at;
    while (text[next] === '\n' || text[next] === '\r') next++;
    return next;
  };
  let at = 0;
  for (let digits = 0; ; ) {
    at = afterLineEnds(at);
    if (at >= text.length) {
      if (digits === 0) return;
      throw corrupt(text.length - digits);
    }
    const character = text.charAt(at++);
    if (DIGIT.test(character)) {
      digits = (digits + 1) % 4;
      continue;
    }
    if (character !== '=' || digits < 2) throw corrupt(at - 1);
    if (digits === 2) {
      at = afterLineEnds(at);
      if (at >= text.length) throw corrupt(text.length);
      if (text[at] !== '=') throw corrupt(at - 1);
      at++;
    }
    at = afterLineEnds(at);
    if (at < text.length) throw corrupt(at);
    return;
  }
}
