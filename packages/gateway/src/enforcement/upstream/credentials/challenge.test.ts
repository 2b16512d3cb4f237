import { describe, expect, test } from 'vitest';
import { bearerChallenge } from './challenge.ts';

describe('a challenge', () => {
  test.each([
    ['Bearer', {}],
    [
      'bearer realm="x", resource_metadata="https://a.example/m", scope="a b"',
      { resourceMetadata: 'https://a.example/m', scope: 'a b' },
    ],
    [
      'Bearer error=invalid_token,resource_metadata = "https://a.example/m"',
      { error: 'invalid_token', resourceMetadata: 'https://a.example/m' },
    ],
    ['Basic realm="Bearer scope=z", Bearer scope="a"', { scope: 'a' }],
    ['Bearer scope="a", Basic realm="x", scope="z"', { scope: 'a' }],
    ['Bearer scope="a", Bearer scope="z"', { scope: 'a' }],
    ['Bearer scope="a", scope="z"', { scope: 'a' }],
    ['Negotiate, Bearer scope="a"', { scope: 'a' }],
    ['Negotiate YWJj==, Bearer SCOPE="a"', { scope: 'a' }],
    ['Bearer scope="a \\"b\\\\"', { scope: 'a "b\\' }],
  ])('%s is read', (header, expected) => {
    const none = { resourceMetadata: undefined, scope: undefined, error: undefined };
    expect(bearerChallenge(header)).toEqual({ ...none, ...expected });
  });

  test.each([
    undefined,
    '',
    'Basic realm="x"',
    'Basic realm="Bearer"',
    'BearerX scope="a"',
    ',,,',
    '"',
  ])('%s is none', (header) => expect(bearerChallenge(header)).toBeUndefined());

  test('that is endless is not looked at, and one that is long takes no time', () => {
    expect(bearerChallenge(`Bearer scope="${'a'.repeat(9_000)}"`)).toBeUndefined();
    for (const part of [' ', ',', '"', '=', 'a ', 'a=', '\\"']) {
      const startedMs = performance.now();
      bearerChallenge(`Bearer ${part.repeat(Math.floor(8_000 / part.length))}`);
      expect(performance.now() - startedMs).toBeLessThan(1_000);
    }
  });
});
