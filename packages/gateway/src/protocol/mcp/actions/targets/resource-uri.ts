import { Failure, type JsonObject } from '@bailiff/contract';

/** Longest URI of a resource, in UTF-16 units. */
const URI_LENGTH_MAX = 4_096;

/** Blanks, control and invisible characters, backslashes, and fragments, which servers drop. */
const UNFIT_IN_URI = /[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Z}\\#]/u;

/** A path segment that a server would resolve, and the empty ones that file systems skip. */
const RESOLVED_SEGMENT = /(?:^|[/:])\.{1,2}(?:[/?]|$)|^file:\/\/[^?]*\/\//;

/**
 * Escapes with a second spelling: of unreserved characters (RFC 3986, 2.3), in small letters, or of none. Escaped
 * separators and control characters are read as the plain ones by some servers.
 */
const UNFIT_ESCAPE = /%(?![0-9A-F]{2})|%(?:2[DEF]|3\d|4[1-9A-F]|5[\dACF]|6[1-9A-F]|7[\dAEF]|[01][\dA-F])/;

/** The URI that a request names. @throws Failure `invalid_params`. */
export function plainUriOf({ uri }: JsonObject): string {
  if (typeof uri !== 'string' || !isPlainUri(uri)) {
    throw new Failure(
      'invalid_params',
      'The URI is missing, too long, not absolute, or not in its plain form.',
    );
  }
  return uri;
}

/** Whether a URI is spelled in the one way in which policy can compare it with what is listed. */
function isPlainUri(uri: string): boolean {
  if (uri.length > URI_LENGTH_MAX || UNFIT_IN_URI.test(uri)) return false;
  if (RESOLVED_SEGMENT.test(uri) || UNFIT_ESCAPE.test(uri)) return false;
  return URL.parse(uri)?.href === uri;
}
