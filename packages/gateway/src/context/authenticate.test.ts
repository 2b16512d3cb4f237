import { hash, randomBytes } from 'node:crypto';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Configuration, Failure } from '@bailiff/contract';
import { describe, expect, test } from 'vitest';
import { type Authenticate, createAuthenticator, type RequestHeaders } from './authenticate.ts';
import { newApiKey } from './credentials/api-keys.ts';

const { key, sha256 } = newApiKey(randomBytes);
const expiring = newApiKey(randomBytes);
const NOON_MS = Date.parse('2026-11-22T12:00:00Z');

function authenticatorFor(identity: object, nowMs = NOON_MS): Authenticate {
  return createAuthenticator({
    identity: Configuration.parse({ policy: { directory: '.' }, identity }).identity,
    dataDirectory: '/nonexistent',
    clock: () => nowMs,
    fetch: () => Promise.reject(new Error('no key set is needed here')),
    signal: new AbortController().signal,
  });
}

const API_KEYS = [
  { id: 'k-1', sha256, agent: 'support-bot', user: 'mara', permissions: ['operator'] },
  { id: 'k-2', sha256: expiring.sha256, agent: 'sales-bot', expires_at: '2026-11-22T12:00:01Z' },
];
const authenticate = authenticatorFor({ api_keys: API_KEYS });

const MARA = { agentId: 'support-bot', userId: 'mara', credentialId: 'k-1', authMethod: 'api_key' };

async function refusal(headers: RequestHeaders, by = authenticate): Promise<Failure> {
  const thrown: unknown = await by(headers).then(
    () => new Error('the request was accepted'),
    (failure: unknown) => failure,
  );
  if (!(thrown instanceof Failure)) throw thrown;
  return thrown;
}

describe('an API key', () => {
  test.each([
    ['a bearer token', { authorization: [`Bearer ${key}`] }],
    ['a bearer token whose scheme is written small', { authorization: [`bearer ${key}`] }],
    ['a header of its own', { 'x-api-key': [key] }],
    ['a header that came as text', { 'x-api-key': key }],
  ])('is accepted as %s', async (_what, headers) => {
    expect(await authenticate(headers)).toMatchObject({ ...MARA, permissions: new Set(['operator']) });
  });

  test('is 256 random bits under a prefix that is easily found', () => {
    expect(key).toMatch(/^blf_[A-Za-z0-9_-]{43}$/);
    expect(sha256).toBe(hash('sha256', key));
    expect(newApiKey(randomBytes).key).not.toBe(key);
  });

  test('is refused from the instant it expires', async () => {
    const headers = { 'x-api-key': [expiring.key] };
    expect(await authenticate(headers)).toMatchObject({ agentId: 'sales-bot', userId: '' });
    const later = authenticatorFor({ api_keys: API_KEYS }, NOON_MS + 1_000);
    expect(await refusal(headers, later)).toMatchObject({
      code: 'unauthenticated',
      detail: 'The API key has expired.',
    });
  });

  test.each([
    ['that nobody made', newApiKey(randomBytes).key],
    ['that differs in one character', `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`],
    ['that is cut short', key.slice(0, -1)],
    ['that is longer', `${key}A`],
    ['that is its own hash', sha256],
    ['that is empty', ''],
  ])('%s is refused in words that do not repeat it', async (_what, presented) => {
    for (const headers of [{ 'x-api-key': [presented] }, { authorization: [`Bearer ${presented}`] }]) {
      const failure = await refusal(headers);
      expect(failure.code).toBe('unauthenticated');
      if (presented !== '')
        expect(`${failure.message} ${failure.stack} ${failure.cause}`).not.toContain(presented);
    }
  });
});

describe('a request', () => {
  test.each<[string, RequestHeaders]>([
    ['without a credential', {}],
    ['with an empty credential', { authorization: [''] }],
    ['with another scheme', { authorization: [`Basic ${Buffer.from('mara:secret').toString('base64')}`] }],
    ['with a key but no scheme', { authorization: [key] }],
    ['with two keys in one header', { authorization: [`Bearer ${key} ${key}`] }],
    ['with two credentials joined in one header', { authorization: [`Bearer ${key}, Bearer ${key}`] }],
    ['with two API keys joined in one header', { 'x-api-key': `${key}, ${key}` }],
    ['with two Authorization headers', { authorization: [`Bearer ${key}`, `Bearer ${key}`] }],
    ['with two X-Api-Key headers', { 'x-api-key': [key, key] }],
    ['with both kinds of header', { authorization: [`Bearer ${key}`], 'x-api-key': [key] }],
    [
      'whose first credential is bad and whose second is good',
      { authorization: ['Bearer x.y.z'], 'x-api-key': [key] },
    ],
    ['with an empty header beside a good one', { authorization: [''], 'x-api-key': [key] }],
    ['with a cookie', { cookie: [`token=${key}`] }],
    ['with credentials for a proxy', { 'proxy-authorization': [`Bearer ${key}`] }],
  ])('%s is refused', async (_what, headers) => {
    expect(await refusal(headers)).toMatchObject({ code: 'unauthenticated' });
  });

  const CLAIMED_HEADERS = [
    'x-user',
    'x-user-id',
    'x-agent',
    'x-forwarded-user',
    'x-forwarded-email',
    'x-remote-user',
    'remote-user',
    'x-bailiff-agent',
    'x-bailiff-user',
    'x-bailiff-permissions',
    'x-auth-request-user',
    'x-amzn-oidc-identity',
    'x-goog-authenticated-user-email',
  ];

  test('is who its credential says, whatever its other headers say', async () => {
    const claimed = Object.fromEntries(CLAIMED_HEADERS.map((name) => [name, ['ops-bot']]));
    const plain = await authenticate({ 'x-api-key': [key] });
    expect(await authenticate({ ...claimed, 'x-api-key': [key] })).toEqual(plain);
    expect(await refusal(claimed)).toMatchObject({ code: 'unauthenticated' });
  });

  test('that says twice who it is over real HTTP is refused', async () => {
    await using server = createServer((request, response) => {
      authenticate(request.headersDistinct).then(
        ({ agentId }) => response.end(agentId),
        (failure: Failure) => response.end(failure.code),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const answerTo = (headers: string[]) =>
      new Promise<string>((resolve, reject) => {
        get(
          { port, host: '127.0.0.1', headers: ['Host', 'bailiff', ...headers], agent: false },
          (response) => {
            response.setEncoding('utf8').once('data', resolve);
          },
        ).once('error', reject);
      });
    const good = ['Authorization', `Bearer ${key}`];
    expect(await answerTo(good)).toBe('support-bot');
    expect(await answerTo([...good, 'Authorization', 'Bearer other'])).toBe('unauthenticated');
    expect(await answerTo([...good, 'x-API-key', key])).toBe('unauthenticated');
  });
});

describe('a configuration', () => {
  test('without keys and issuers lets nobody in', async () => {
    expect(await refusal({ 'x-api-key': [key] }, authenticatorFor({}))).toMatchObject({
      code: 'unauthenticated',
    });
    expect(await refusal({}, authenticatorFor({}))).toMatchObject({ code: 'unauthenticated' });
  });

  const entry = { id: 'k-9', agent: 'support-bot' };

  test.each([
    '',
    'password',
    'changeme',
    'secret',
    'blf_',
    'blf_test',
  ])('with the hash of %j for a key is refused', (word) => {
    const identity = { api_keys: [{ ...entry, sha256: hash('sha256', word) }] };
    expect(() => authenticatorFor(identity)).toThrow(/identity\.api_keys\.0\.sha256: .*\.\/bailiff key/);
  });

  test('with a placeholder for a hash is refused', () => {
    expect(() => authenticatorFor({ api_keys: [{ ...entry, sha256: '0'.repeat(64) }] })).toThrow(/sha256/);
  });

  test('with one key for two principals is refused', () => {
    const identity = { api_keys: [...API_KEYS, { id: 'k-3', sha256, agent: 'ops-bot' }] };
    expect(() => authenticatorFor(identity)).toThrow(/identity\.api_keys\.2\.sha256/);
  });

  test('with one id for two keys is refused', () => {
    const identity = {
      api_keys: [...API_KEYS, { ...entry, id: 'k-1', sha256: newApiKey(randomBytes).sha256 }],
    };
    expect(() => authenticatorFor(identity)).toThrow(/identity\.api_keys\.2\.id/);
  });

  test.each([
    'https://issuer.example',
    'api_keys',
    'bailiff-development',
  ])('with an issuer %s twice, or by a name of ours, is refused', (issuer) => {
    const each = { issuer, audience: 'bailiff', jwks_url: 'https://issuer.example/jwks' };
    expect(() => authenticatorFor({ issuers: [each, each] })).toThrow(/identity\.issuers\.[01]\.issuer/);
  });
});
