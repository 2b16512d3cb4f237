import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Configuration, Failure, type Principal } from '@bailiff/contract';
import { exportSPKI, importJWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Authenticate, createAuthenticator } from '../authenticate.ts';
import { type JwksServer, openJwksServer, type SigningKey, signingKey } from '../testing/jwks-server.ts';

const ISSUER = 'https://issuer.example/realms/acme';
const AUDIENCE = 'bailiff';
const START_MS = 1_795_355_100_000;

let nowMs: number;
let key: SigningKey;
let jwks: JwksServer;
let authenticate: Authenticate;

function authenticatorFor(issuer: Record<string, unknown>, fetch = globalThis.fetch): Authenticate {
  const { identity } = Configuration.parse({
    policy: { directory: '.' },
    identity: { issuers: [{ issuer: ISSUER, audience: AUDIENCE, ...issuer }] },
  });
  return createAuthenticator({
    identity,
    dataDirectory: '/nonexistent',
    clock: () => nowMs,
    fetch,
    signal: new AbortController().signal,
  });
}

beforeEach(async () => {
  nowMs = START_MS;
  key = await signingKey('k1');
  jwks = await openJwksServer(key);
  authenticate = authenticatorFor({ jwks_url: jwks.url });
});

afterEach(() => jwks[Symbol.asyncDispose]());

const seconds = () => Math.floor(nowMs / 1_000);

/** Claims of a good token, and what a test changes; undefined leaves one out. */
function claimsOf(changes: Record<string, unknown> = {}): JWTPayload {
  const claims = {
    iss: ISSUER,
    aud: AUDIENCE,
    iat: seconds(),
    exp: seconds() + 300,
    azp: 'support-bot',
    sub: 'mara',
    jti: 'token-1',
    ...changes,
  };
  return JSON.parse(JSON.stringify(claims)) as JWTPayload;
}

interface Signing {
  readonly header?: Record<string, unknown>;
  readonly by?: SigningKey;
}

function signed(
  changes: Record<string, unknown> = {},
  { header = {}, by = key }: Signing = {},
): Promise<string> {
  return new SignJWT(claimsOf(changes))
    .setProtectedHeader({ alg: 'ES256', kid: by.kid, ...header })
    .sign(by.privateKey);
}

const present = (token: string): Promise<Principal> => authenticate({ authorization: [`Bearer ${token}`] });

async function refusal(token: string): Promise<Failure> {
  const thrown: unknown = await present(token).then(
    () => new Error('the token was accepted'),
    (failure: unknown) => failure,
  );
  if (!(thrown instanceof Failure)) throw thrown;
  return thrown;
}

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a token', () => {
  test('gives agent and user, and no permission that it does not name', async () => {
    expect(await present(await signed())).toEqual({
      agentId: 'support-bot',
      agentVersion: 'unknown',
      chain: [],
      userId: 'mara',
      authMethod: 'jwt',
      credentialId: 'token-1',
      issuer: ISSUER,
      permissions: new Set(),
      conversation: '',
    });
  });

  test('gives delegating agents, version, conversation and permissions from its claims', async () => {
    const token = await signed({
      agent_chain: ['planner', 'router'],
      agent_version: '3.2.0',
      conversation: 'c-81',
      bailiff_permissions: ['operator', 'superuser'],
      sub: undefined,
      jti: undefined,
    });
    expect(await present(token)).toMatchObject({
      chain: ['planner', 'router'],
      agentVersion: '3.2.0',
      conversation: 'c-81',
      permissions: new Set(['operator']),
      userId: '',
      credentialId: expect.stringMatching(/^sha256:[0-9a-f]{32}$/),
    });
  });

  test('is read by the claims that its issuer is configured with, nested ones by JSON Pointer', async () => {
    authenticate = authenticatorFor({
      jwks_url: jwks.url,
      claims: {
        agent: 'https://acme.example/agent',
        user: '/profile/a~1b/id',
        permissions: '/resource_access/bailiff/roles',
      },
    });
    const principal = await present(
      await signed({
        'https://acme.example/agent': 'sales-bot',
        profile: { 'a/b': { id: 'lee' } },
        resource_access: { bailiff: { roles: 'decide_for other' } },
        bailiff_permissions: ['operator'],
      }),
    );
    expect(principal).toMatchObject({
      agentId: 'sales-bot',
      userId: 'lee',
      permissions: new Set(['decide_for']),
    });
  });

  test.each([
    ['no agent', { azp: undefined }, 'no claim azp'],
    ['an empty agent', { azp: '' }, 'agent'],
    ['an agent that is no text', { azp: { id: 'support-bot' } }, 'agent'],
    ['an agent with an invisible character', { azp: 'support\u200Bbot' }, 'agent'],
    ['an agent with a name without end', { azp: 'a'.repeat(257) }, 'agent'],
    ['an empty user', { sub: '' }, 'user'],
    ['a user that is null', { sub: null }, 'user'],
    ['a chain that is no list', { agent_chain: 'planner' }, 'delegating'],
    ['a chain with an empty agent', { agent_chain: [''] }, 'delegating'],
    ['a chain without end', { agent_chain: Array(17).fill('planner') }, 'delegating'],
    ['permissions that are no list', { bailiff_permissions: { operator: true } }, 'permissions'],
    ['an empty conversation', { conversation: '' }, 'conversation'],
    ['a conversation that is no text', { conversation: 7 }, 'conversation'],
  ])('with %s is refused', async (_what, changes, word) => {
    const failure = await refusal(await signed(changes));
    expect(failure).toMatchObject({ code: 'unauthenticated', detail: expect.stringContaining(word) });
  });

  test.each([
    ['has expired', () => ({ exp: seconds() })],
    ['expired a moment ago', () => ({ exp: seconds() - 1 })],
    ['never expires', () => ({ exp: undefined })],
    ['expires at no number', () => ({ exp: '2099-01-01' })],
    ['is not valid yet', () => ({ nbf: seconds() + 60 })],
    ['is for another audience', () => ({ aud: 'another-gateway' })],
    ['is for no audience', () => ({ aud: undefined })],
    ['is from an issuer that is not trusted', () => ({ iss: 'https://evil.example' })],
    ['is from an issuer whose name begins like a trusted one', () => ({ iss: `${ISSUER}/` })],
    ['is from no issuer', () => ({ iss: undefined })],
    ['is from a list of issuers', () => ({ iss: [ISSUER] })],
    ['is from the issuer of API keys', () => ({ iss: 'api_keys' })],
    ['is from the development issuer, which is off', () => ({ iss: 'bailiff-development' })],
  ])('that %s is refused', async (_what, changes) => {
    expect(await refusal(await signed(changes()))).toMatchObject({ code: 'unauthenticated' });
  });

  test('that expires beyond every number is refused', async () => {
    const payload = JSON.stringify(claimsOf()).replace(/"exp":\d+/, '"exp":1e400');
    const { CompactSign } = await import('jose');
    const token = await new CompactSign(Buffer.from(payload))
      .setProtectedHeader({ alg: 'ES256', kid: key.kid })
      .sign(key.privateKey);
    expect(await refusal(token)).toMatchObject({ code: 'unauthenticated', detail: 'The token has expired.' });
  });

  test('for several audiences is accepted when this gateway is one of them', async () => {
    expect(await present(await signed({ aud: ['another', AUDIENCE] }))).toMatchObject({ userId: 'mara' });
  });

  test('of an issuer whose clock is slightly ahead is accepted', async () => {
    expect(await present(await signed({ nbf: seconds() + 3 }))).toMatchObject({ userId: 'mara' });
  });
});

describe('a forged token', () => {
  test('signed by another key with the same id is refused', async () => {
    const forger = await signingKey('k1');
    expect(await refusal(await signed({}, { by: forger }))).toMatchObject({
      code: 'unauthenticated',
      detail: 'The token’s signature is not valid.',
    });
  });

  test('changed after signing is refused', async () => {
    const [header, , signature] = (await signed()).split('.');
    const token = `${header}.${base64url(claimsOf({ azp: 'ops-bot' }))}.${signature}`;
    expect(await refusal(token)).toMatchObject({ code: 'unauthenticated' });
  });

  test.each(['none', 'None', ''])('with the algorithm %j is refused', async (alg) => {
    const unsecured = new UnsecuredJWT(claimsOf()).encode();
    const [, payload] = unsecured.split('.');
    for (const signature of ['', 'AAAA'])
      expect(await refusal(`${base64url({ alg, kid: 'k1' })}.${payload}.${signature}`)).toMatchObject({
        code: 'unauthenticated',
      });
  });

  test('signed with HS256 by the public key as a secret is refused', async () => {
    const publicKey = await importJWK(key.publicJwk, 'ES256', { extractable: true });
    if (publicKey instanceof Uint8Array) throw new Error('a public key was expected');
    const secrets = [await exportSPKI(publicKey), JSON.stringify(key.publicJwk), key.publicJwk.x ?? ''];
    for (const secret of secrets) {
      const signable = `${base64url({ alg: 'HS256', kid: 'k1' })}.${base64url(claimsOf())}`;
      const signature = createHmac('sha256', secret).update(signable).digest('base64url');
      expect(await refusal(`${signable}.${signature}`)).toMatchObject({
        code: 'unauthenticated',
        detail: 'The token is signed in a way that is not accepted here.',
      });
    }
  });

  test('signed with an algorithm that the issuer is not configured with is refused', async () => {
    const other = await signingKey('k1', 'ES384');
    jwks.answer = { status: 200, body: { keys: [other.publicJwk] } };
    expect(await refusal(await signed({}, { by: other, header: { alg: 'ES384' } }))).toMatchObject({
      code: 'unauthenticated',
    });
  });

  test('that brings its own key in the header is refused', async () => {
    const forger = await signingKey('mine');
    const header = { jwk: forger.publicJwk, jku: jwks.url, x5u: jwks.url };
    expect(await refusal(await signed({}, { by: forger, header }))).toMatchObject({
      code: 'unauthenticated',
    });
  });

  test('with a critical header that nobody understands is refused', async () => {
    const [, payload, signature] = (await signed()).split('.');
    const header = base64url({ alg: 'ES256', kid: 'k1', crit: ['exp-override'], 'exp-override': true });
    expect(await refusal(`${header}.${payload}.${signature}`)).toMatchObject({ code: 'unauthenticated' });
    const unencoded = base64url({ alg: 'ES256', kid: 'k1', crit: ['b64'], b64: false });
    expect(await refusal(`${unencoded}.${payload}.${signature}`)).toMatchObject({ code: 'unauthenticated' });
  });

  test.each([
    'logout+jwt',
    'dpop+jwt',
    'application/secevent+jwt',
    7,
  ])('that was made for another use (%s) is refused', async (typ) => {
    expect(await refusal(await signed({}, { header: { typ } }))).toMatchObject({ code: 'unauthenticated' });
  });

  test.each(['JWT', 'at+jwt', 'application/at+jwt'])('is not what a token of type %s is', async (typ) => {
    expect(await present(await signed({}, { header: { typ } }))).toMatchObject({ agentId: 'support-bot' });
  });

  test.each([
    ['text', 'not-a-token'],
    ['two parts', 'a.b'],
    ['five parts', 'a.b.c.d.e'],
    ['parts that are no JSON', 'bm8.bm8.bm8'],
    ['claims that are a list', `${base64url({ alg: 'ES256' })}.${base64url([])}.AAAA`],
  ])('of %s is refused', async (_what, token) => {
    expect(await refusal(token)).toMatchObject({ code: 'unauthenticated' });
  });

  test('too long to be one is refused before it is looked at', async () => {
    const token = await signed({ padding: 'x'.repeat(20_000) });
    expect(await refusal(token)).toMatchObject({ code: 'unauthenticated', detail: 'The token is too long.' });
    expect(jwks.requests()).toBe(0);
  });

  test('is refused in words that hold nothing of it', async () => {
    const canary = 'canary-7f3a';
    const token = await signed({ azp: canary, aud: canary, sub: canary });
    const failure = await refusal(token);
    const told = [
      failure.message,
      failure.detail,
      failure.stack,
      String(failure.cause),
      JSON.stringify(failure),
    ];
    expect(told.join('\n')).not.toContain(canary);
    expect(told.join('\n')).not.toContain(token.slice(-40));
    expect(Object.keys(failure.cause as object)).toEqual([]);
  });
});

describe('the keys of an issuer', () => {
  test('are fetched once for many callers', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, (_, each) => signed({ jti: `${each}` })));
    await Promise.all(tokens.map(present));
    expect(jwks.requests()).toBe(1);
  });

  test('are fetched again for a key that is new, and old tokens stay good while the key is there', async () => {
    const old = await signed();
    await present(old);
    const next = await signingKey('k2');
    jwks.answer = { status: 200, body: { keys: [key.publicJwk, next.publicJwk] } };
    nowMs += 30_000;
    expect(await present(await signed({}, { by: next }))).toMatchObject({ userId: 'mara' });
    expect(await present(await signed({ jti: 'another' }))).toMatchObject({ userId: 'mara' });
    expect(jwks.requests()).toBe(2);
  });

  test('are not fetched again and again for keys that do not exist', async () => {
    await present(await signed());
    const forger = await signingKey('k9');
    for (let attempt = 0; attempt < 20; attempt += 1)
      expect(await refusal(await signed({ jti: `${attempt}` }, { by: forger }))).toMatchObject({
        code: 'unauthenticated',
      });
    expect(jwks.requests()).toBe(1);
  });

  test('stop counting when they are withdrawn, for verified tokens too', async () => {
    const token = await signed({ exp: seconds() + 7_200 });
    await present(token);
    jwks.answer = { status: 200, body: { keys: [] } };
    nowMs += 10 * 60_000;
    expect(await refusal(token)).toMatchObject({ code: 'unauthenticated' });
  });

  test.each([
    ['an error', { status: 500, body: '' }],
    ['a page', { status: 200, body: '<html>' }],
    ['a redirect', { status: 302, body: 'http://127.0.0.1:1/elsewhere' }],
    ['no key set', { status: 200, body: { keys: 'none' } }],
    ['more keys than are looked at', { status: 200, body: { keys: Array(101).fill({}) } }],
    ['more than is read', { status: 200, body: 'x'.repeat(300_000) }],
  ])('that come as %s are an outage of ours, not a bad token', async (_what, answer) => {
    jwks.answer = answer;
    expect(await refusal(await signed())).toMatchObject({ code: 'not_ready' });
  });

  test('that cannot be had are asked for once in a while, and then accepted', async () => {
    const keys = jwks.answer;
    jwks.answer = { status: 503, body: '' };
    const token = await signed();
    for (let attempt = 0; attempt < 5; attempt += 1)
      expect(await refusal(token)).toMatchObject({ code: 'not_ready' });
    expect(jwks.requests()).toBe(1);
    jwks.answer = keys;
    nowMs += 30_000;
    expect(await present(token)).toMatchObject({ userId: 'mara' });
  });

  test('that nobody serves are an outage', async () => {
    await jwks[Symbol.asyncDispose]();
    expect(await refusal(await signed())).toMatchObject({ code: 'not_ready' });
  });

  test('may come from a file, which is read again after a rotation', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bailiff-keys-'));
    try {
      const file = join(folder, 'jwks.json');
      await writeFile(file, JSON.stringify({ keys: [key.publicJwk] }));
      authenticate = authenticatorFor({ jwks_file: file });
      expect(await present(await signed())).toMatchObject({ userId: 'mara' });
      const next = await signingKey('k2');
      await writeFile(file, JSON.stringify({ keys: [next.publicJwk] }));
      nowMs += 30_000;
      expect(await present(await signed({}, { by: next }))).toMatchObject({ userId: 'mara' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test.each([
    ['is not there', undefined],
    ['is no JSON', 'keys:'],
    ['holds a private key', JSON.stringify({ keys: [{ kty: 'EC', d: 'secret' }] })],
    ['holds a shared secret', JSON.stringify({ keys: [{ kty: 'oct', k: 'secret' }] })],
  ])('in a file that %s keep the gateway from starting', async (_what, text) => {
    const folder = await mkdtemp(join(tmpdir(), 'bailiff-keys-'));
    try {
      const file = join(folder, 'jwks.json');
      if (text !== undefined) await writeFile(file, text);
      expect(() => authenticatorFor({ jwks_file: file })).toThrow(/identity\.issuers\.0\.jwks_file/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('a token that was verified before', () => {
  test('is not verified again', async () => {
    const token = await signed();
    expect(await present(token)).toBe(await present(token));
  });

  test('is refused from the moment it expires', async () => {
    const token = await signed({ exp: seconds() + 60 });
    nowMs += 59_999;
    expect(await present(token)).toMatchObject({ userId: 'mara' });
    nowMs += 1;
    expect(await refusal(token)).toMatchObject({ detail: 'The token has expired.' });
  });

  test('is not taken for another one that differs in a single character', async () => {
    const token = await signed();
    await present(token);
    const last = token.at(-1) === 'A' ? 'B' : 'A';
    expect(await refusal(`${token.slice(0, -1)}${last}`)).toMatchObject({ code: 'unauthenticated' });
    const principals = await Promise.all([present(await signed({ sub: 'lee' })), present(token)]);
    expect(principals.map(({ userId }) => userId)).toEqual(['lee', 'mara']);
  });
});
