/** What a server says of the credential that it wants (RFC 6750, RFC 9728). All of it is the server’s own text. */
export interface Challenge {
  /** Address of its protected-resource metadata. */
  readonly resourceMetadata: string | undefined;
  /** Scopes that it wants, with blanks between them. */
  readonly scope: string | undefined;
  readonly error: string | undefined;
}

/** Longest header that is looked at, in characters. */
const HEADER_CHARACTERS_MAX = 8_192;

/** A scheme, a parameter with its value, or anything else up to the next comma. */
const PART =
  /\s*(?:([A-Za-z0-9_*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))|([A-Za-z0-9_-]+)(?=[\s,]|$)|[^,]+)\s*,?/gy;

const PARAMETERS = ['resource_metadata', 'scope', 'error'] as const;

/** The first `Bearer` challenge of a `WWW-Authenticate` header; undefined when there is none. */
export function bearerChallenge(header: string | undefined): Challenge | undefined {
  if (header === undefined || header.length > HEADER_CHARACTERS_MAX) return undefined;
  let found: Map<string, string> | undefined;
  let isBearer = false;
  for (const [, name, quoted, bare, scheme] of header.matchAll(PART)) {
    if (scheme !== undefined) {
      if (found !== undefined) break;
      isBearer = scheme.toLowerCase() === 'bearer';
      if (isBearer) found = new Map();
    } else if (name !== undefined && isBearer) {
      const key = name.toLowerCase();
      // The first of several counts.
      if (found?.has(key) === false) found.set(key, quoted?.replace(/\\(.)/g, '$1') ?? bare ?? '');
    }
  }
  if (found === undefined) return undefined;
  const [resourceMetadata, scope, error] = PARAMETERS.map((name) => found.get(name));
  return { resourceMetadata, scope, error };
}
