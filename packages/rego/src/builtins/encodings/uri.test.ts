import { describe, expect, test } from 'vitest';
import { answerOf } from '../../testing/answer-of.ts';
import { type RecordedAnswer, testAnswers } from '../../testing/test-answers.ts';
import { uriBuiltins } from './uri.ts';

const ANSWERS: readonly RecordedAnswer[] = [
  [
    'reads all parts',
    'uri.parse',
    '["HTTPS://user:pw@Example.com:8080/a%2Fb/c?x=1&y#frag%20ment"]',
    '{"fragment":"frag ment","hostname":"Example.com","path":"/a/b/c","port":"8080","raw_path":"/a%2Fb/c","raw_query":"x=1&y","scheme":"https"}',
  ],
  ['keeps the path as it was written', 'uri.parse', '["/a%2Fb"]', '{"path":"/a/b","raw_path":"/a%2Fb"}'],
  [
    'tells the written path only where it differs',
    'uri.parse',
    '["/a b"]',
    '{"path":"/a b","raw_path":"/a b"}',
  ],
  [
    'reads a URI without slashes',
    'uri.parse',
    '["mailto:a@b.c?subject=x"]',
    '{"raw_query":"subject=x","scheme":"mailto"}',
  ],
  [
    'reads an address in brackets',
    'uri.parse',
    '["http://[fe80::1%25en0]:80/"]',
    '{"hostname":"fe80::1%en0","path":"/","port":"80","raw_path":"/","scheme":"http"}',
  ],
  ['reads a relative reference', 'uri.parse', '["a/b?c"]', '{"path":"a/b","raw_path":"a/b","raw_query":"c"}'],
  [
    'reads several hosts in one',
    'uri.parse',
    '["postgres://a:1,b:2/x"]',
    '{"hostname":"a:1,b","path":"/x","port":"2","raw_path":"/x","scheme":"postgres"}',
  ],
  [
    'refuses several ports on the web',
    'uri.parse',
    '["http://a:1:2/"]',
    'uri.parse: parse "http://a:1:2/": invalid port ":1:2" after host',
  ],
  [
    'tells a control character',
    'uri.parse',
    '["http://a/\\u0001"]',
    'uri.parse: parse "http://a/\\x01": net/url: invalid control character in URL',
  ],
  ['tells a missing scheme', 'uri.parse', '[":a"]', 'uri.parse: parse ":a": missing protocol scheme'],
  [
    'tells a colon in the first segment',
    'uri.parse',
    '["a b:c"]',
    'uri.parse: parse "a b:c": first path segment in URL cannot contain colon',
  ],
  [
    'tells a bad port',
    'uri.parse',
    '["http://a:8x/"]',
    'uri.parse: parse "http://a:8x/": invalid port ":8x" after host',
  ],
  [
    'tells a bad escape',
    'uri.parse',
    '["http://a/%zz"]',
    'uri.parse: parse "http://a/%zz": invalid URL escape "%zz"',
  ],
  [
    'tells a bad escape in a fragment',
    'uri.parse',
    '["http://a/#%zz"]',
    'uri.parse: parse "http://a/#%zz": invalid URL escape "%zz"',
  ],
  [
    'tells an escape that a host may not have',
    'uri.parse',
    '["http://a%41/"]',
    'uri.parse: parse "http://a%41/": invalid URL escape "%41"',
  ],
  [
    'tells a character that a host may not have',
    'uri.parse',
    '["http://a b/"]',
    'uri.parse: parse "http://a b/": invalid character " " in host name',
  ],
  [
    'tells bad user information',
    'uri.parse',
    '["http://a b@c/"]',
    'uri.parse: parse "http://a b@c/": net/url: invalid userinfo',
  ],
  [
    'tells an unclosed bracket',
    'uri.parse',
    '["http://[::1/"]',
    'uri.parse: parse "http://[::1/": missing \']\' in host',
  ],
  [
    'tells a bracket inside',
    'uri.parse',
    '["http://a[::1]/"]',
    'uri.parse: parse "http://a[::1]/": invalid IP-literal',
  ],
  [
    'tells an IPv4 address in brackets',
    'uri.parse',
    '["http://[1.2.3.4]/"]',
    'uri.parse: parse "http://[1.2.3.4]/": invalid IP-literal',
  ],
  [
    'tells a bad address',
    'uri.parse',
    '["http://[1::2::3]/"]',
    'uri.parse: parse "http://[1::2::3]/": invalid host: ParseAddr("1::2::3"): multiple :: in address (at ":3")',
  ],
  [
    'tells a short address',
    'uri.parse',
    '["http://[1:2]/"]',
    'uri.parse: parse "http://[1:2]/": invalid host: ParseAddr("1:2"): address string too short',
  ],
  [
    'tells a bad IPv4 part',
    'uri.parse',
    '["http://[::1.2.3.04]/"]',
    'uri.parse: parse "http://[::1.2.3.04]/": invalid host: ParseAddr("::1.2.3.04"): IPv4 field has octet with leading zero',
  ],
  ['takes a URI for valid', 'uri.is_valid', '["a"]', 'true'],
  ['takes escapes that are no text for valid', 'uri.is_valid', '["http://a/%ff"]', 'true'],
  ['takes an empty text for invalid', 'uri.is_valid', '[""]', 'false'],
  ['takes what is no string for invalid', 'uri.is_valid', '[1]', 'false'],
  ['refuses what is no string', 'uri.parse', '[1]', 'uri.parse: operand 1 must be string but got number'],
];

testAnswers('URIs', uriBuiltins, ANSWERS);

describe('URIs', () => {
  test('fails the evaluation on a path that is no text', () => {
    expect(() => answerOf(uriBuiltins, 'uri.parse', '["http://a/%ff"]')).toThrow('not representable');
  });
});
