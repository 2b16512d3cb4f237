import { quote } from '../../go/quote.ts';
import type { Value } from '../../values/value.ts';
import { BuiltinError, type BuiltinGroup } from '../builtin.ts';
import { stringOperand } from '../operands.ts';
import { checkIpv6 } from './ip-literal.ts';
import {
  checkUrlEscapes,
  escapeUrl,
  FRAGMENT,
  HOST,
  PATH,
  USER,
  unescapedBytes,
  ZONE,
} from './url-escapes.ts';
import { textOf } from './utf8.ts';

/** `uri.*` (`v1/topdown/uri.go`, Go's `url.Parse`). */
export const uriBuiltins: BuiltinGroup = {
  'uri.parse': (_context, text: Value) => {
    const uri = parseUri(stringOperand(text, 1));
    const path = textOf(unescapedBytes(uri.path, PATH));
    const { hostname, port } = splitHost(textOf(unescapedBytes(uri.host, HOST)));
    const rawPath = escapeUrl(path, PATH) === uri.path ? path : uri.path;
    const fragment = textOf(unescapedBytes(uri.fragment, FRAGMENT));
    const parts = {
      scheme: uri.scheme,
      hostname,
      port,
      path,
      raw_path: rawPath,
      raw_query: uri.query,
      fragment,
    };
    return Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== ''));
  },

  'uri.is_valid': (_context, text: Value) => {
    if (typeof text !== 'string' || text === '') return false;
    try {
      parseUri(text);
      return true;
    } catch (error) {
      if (error instanceof BuiltinError) return false;
      throw error;
    }
  },
};

/** The parts of a URI, all but the scheme as they were written; empty where there is none. */
interface Uri {
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
  readonly fragment: string;
}

/** @throws {BuiltinError} with Go's words when the text is no URI. */
function parseUri(text: string): Uri {
  const [uri, fragment] = cut(text, '#');
  const parts = named(uri, () => parseUnfragmented(uri));
  named(text, () => checkUrlEscapes(fragment, FRAGMENT));
  return { ...parts, fragment };
}

/** Runs a part of the parsing; what it throws names the given URI. */
function named<Result>(uri: string, parse: () => Result): Result {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof BuiltinError)) throw error;
    throw new BuiltinError(`parse ${quote(uri)}: ${error.message}`);
  }
}

function parseUnfragmented(uri: string): Omit<Uri, 'fragment'> {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what Go refuses.
  if (/[\x00-\x1f\x7f]/.test(uri)) throw new BuiltinError('net/url: invalid control character in URL');
  const none = { scheme: '', host: '', path: '', query: '' };
  if (uri === '*') return { ...none, path: '*' };
  if (uri.startsWith(':')) throw new BuiltinError('missing protocol scheme');
  const [, name] = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(uri) ?? [];
  const scheme = name?.toLowerCase() ?? '';
  const [beforeQuery, query] = cut(name === undefined ? uri : uri.slice(name.length + 1), '?');
  if (!beforeQuery.startsWith('/')) {
    // What follows a scheme without a slash has no parts.
    if (scheme !== '') return { ...none, scheme, query };
    if (cut(beforeQuery, '/')[0].includes(':'))
      throw new BuiltinError('first path segment in URL cannot contain colon');
  }
  const hasAuthority = beforeQuery.startsWith('//') && (scheme !== '' || !beforeQuery.startsWith('///'));
  const slash = hasAuthority ? beforeQuery.indexOf('/', 2) : 0;
  const pathStart = slash < 0 ? beforeQuery.length : slash;
  const path = beforeQuery.slice(pathStart);
  const host = hasAuthority ? hostOf(scheme, beforeQuery.slice(2, pathStart)) : '';
  checkUrlEscapes(path, PATH);
  return { scheme, host, path, query };
}

function hostOf(scheme: string, authority: string): string {
  const at = authority.lastIndexOf('@');
  const host = authority.slice(at + 1);
  checkHost(scheme, host);
  if (at < 0) return host;
  const user = authority.slice(0, at);
  if (!/^[A-Za-z0-9._:~!$&'()*+,;=%@-]*$/.test(user)) throw new BuiltinError('net/url: invalid userinfo');
  const [name, password] = cut(user, ':');
  checkUrlEscapes(name, USER);
  checkUrlEscapes(password, USER);
  return host;
}

function checkHost(scheme: string, host: string): void {
  const bracket = host.lastIndexOf('[');
  if (bracket > 0) throw new BuiltinError('invalid IP-literal');
  if (bracket === 0) {
    checkBracketed(host);
    return;
  }
  const first = host.indexOf(':');
  // Several hosts in one, as data bases have them, are let through except in the schemes of the web.
  const isStrict = scheme === 'http' || scheme === 'https';
  if (first >= 0) checkPort(host.slice(isStrict ? first : host.lastIndexOf(':')));
  checkUrlEscapes(host, HOST);
}

function checkBracketed(host: string): void {
  const end = host.lastIndexOf(']');
  if (end < 0) throw new BuiltinError("missing ']' in host");
  checkPort(host.slice(end + 1));
  const literal = host.slice(1, end);
  const zone = literal.indexOf('%25');
  const address = zone < 0 ? literal : literal.slice(0, zone);
  checkUrlEscapes(address, HOST);
  if (zone >= 0) checkUrlEscapes(literal.slice(zone), ZONE);
  // Bytes that are no UTF-8 are no address either.
  checkIpv6(unescapedBytes(literal, HOST).toString('utf8'));
}

function checkPort(port: string): void {
  if (!/^(?::\d*)?$/.test(port)) throw new BuiltinError(`invalid port ${quote(port)} after host`);
}

function splitHost(host: string): { hostname: string; port: string } {
  const [portText = '', port = ''] = /:(\d*)$/.exec(host) ?? [];
  const hostname = host.slice(0, host.length - portText.length);
  return { hostname: hostname.replace(/^\[([\s\S]*)\]$/, '$1'), port };
}

function cut(text: string, separator: string): [before: string, after: string] {
  const index = text.indexOf(separator);
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + separator.length)];
}
