import { createHmac } from 'node:crypto';
import { CompactSign, exportSPKI, importJWK, UnsecuredJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { signingKey } from '../testing/jwks-server.ts';
import { AUDIENCE, ISSUER, openTokenIssuer, type TokenIssuer } from '../testing/token-issuer.ts';

let issuer: TokenIssuer;
beforeEach(async () => {
  issuer = await openTokenIssuer();
});
afterEach(() => issuer[Symbol.asyncDispose]());

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a token', () => {
  test('gives agent and user, and no permission that it does not name', async () => {
    expect(await issuer.present(await issuer.signed())).toEqual({
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
    const token = await issuer.signed({
      agent_chain: ['planner', 'router'],
      agent_version: '3.2.0',
      conversation: 'c-81',
      bailiff_permissions: ['operator', 'superuser'],
      sub: undefined,
      jti: undefined,
    });
    expect(await issuer.present(token)).toMatchObject({
      chain: ['planner', 'router'],
      agentVersion: '3.2.0',
      conversation: 'c-81',
      permissions: new Set(['operator']),
      userId: '',
      credentialId: expect.stringMatching(/^sha256:[0-9a-f]{32}$/),
    });
  });

  test('is read by the claims that its issuer is configured with, nested ones by JSON Pointer', async () => {
    issuer.trustWith({
      jwks_url: issuer.jwks.url,
      claims: {
        agent: 'https://acme.example/agent',
        user: '/profile/a~1b/id',
        permissions: '/resource_access/bailiff/roles',
      },
    });
    const principal = await issuer.present(
      await issuer.signed({
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

  test('has no claim that only the prototype of objects has', async () => {
    const claims = { user: 'constructor', conversation: '/toString/name', chain: '__proto__' };
    issuer.trustWith({ jwks_url: issuer.jwks.url, claims });
    expect(await issuer.present(await issuer.signed())).toMatchObject({
      userId: '',
      conversation: '',
      chain: [],
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
    const failure = await issuer.refusal(await issuer.signed(changes));
    expect(failure).toMatchObject({ code: 'unauthenticated', detail: expect.stringContaining(word) });
  });

  test.each([
    ['has expired', () => ({ exp: issuer.seconds() })],
    ['expired a moment ago', () => ({ exp: issuer.seconds() - 1 })],
    ['never expires', () => ({ exp: undefined })],
    ['expires at no number', () => ({ exp: '2099-01-01' })],
    ['is not valid yet', () => ({ nbf: issuer.seconds() + 60 })],
    ['is for another audience', () => ({ aud: 'another-gateway' })],
    ['is for no audience', () => ({ aud: undefined })],
    ['is from an issuer that is not trusted', () => ({ iss: 'https://evil.example' })],
    ['is from an issuer whose name begins like a trusted one', () => ({ iss: `${ISSUER}/` })],
    ['is from no issuer', () => ({ iss: undefined })],
    ['is from a list of issuers', () => ({ iss: [ISSUER] })],
    ['is from the issuer of API keys', () => ({ iss: 'api_keys' })],
    ['is from the development issuer, which is off', () => ({ iss: 'bailiff-development' })],
  ])('that %s is refused', async (_what, changes) => {
    expect(await issuer.refusal(await issuer.signed(changes()))).toMatchObject({ code: 'unauthenticated' });
  });

  test('that expires beyond every number is refused', async () => {
    const payload = JSON.stringify(issuer.claimsOf()).replace(/"exp":\d+/, '"exp":1e400');
    const token = await new CompactSign(Buffer.from(payload))
      .setProtectedHeader({ alg: 'ES256', kid: issuer.key.kid })
      .sign(issuer.key.privateKey);
    expect(await issuer.refusal(token)).toMatchObject({
      code: 'unauthenticated',
      detail: 'The token has expired.',
    });
  });

  test('for several audiences is accepted when this gateway is one of them', async () => {
    expect(await issuer.present(await issuer.signed({ aud: ['another', AUDIENCE] }))).toMatchObject({
      userId: 'mara',
    });
  });

  test('of an issuer whose clock is slightly ahead is accepted', async () => {
    expect(await issuer.present(await issuer.signed({ nbf: issuer.seconds() + 3 }))).toMatchObject({
      userId: 'mara',
    });
  });
});

describe('a forged token', () => {
  test('signed by another key with the same id is refused', async () => {
    const forger = await signingKey('k1');
    expect(await issuer.refusal(await issuer.signed({}, { by: forger }))).toMatchObject({
      code: 'unauthenticated',
      detail: 'The token’s signature is not valid.',
    });
  });

  test('changed after signing is refused', async () => {
    const [header, , signature] = (await issuer.signed()).split('.');
    const token = `${header}.${base64url(issuer.claimsOf({ azp: 'ops-bot' }))}.${signature}`;
    expect(await issuer.refusal(token)).toMatchObject({ code: 'unauthenticated' });
  });

  test.each(['none', 'None', ''])('with the algorithm %j is refused', async (alg) => {
    const unsecured = new UnsecuredJWT(issuer.claimsOf()).encode();
    const [, payload] = unsecured.split('.');
    for (const signature of ['', 'AAAA'])
      expect(await issuer.refusal(`${base64url({ alg, kid: 'k1' })}.${payload}.${signature}`)).toMatchObject({
        code: 'unauthenticated',
      });
  });

  test('signed with HS256 by the public key as a secret is refused', async () => {
    const publicKey = await importJWK(issuer.key.publicJwk, 'ES256', { extractable: true });
    if (publicKey instanceof Uint8Array) throw new Error('a public key was expected');
    const secrets = [
      await exportSPKI(publicKey),
      JSON.stringify(issuer.key.publicJwk),
      issuer.key.publicJwk.x ?? '',
    ];
    for (const secret of secrets) {
      const signable = `${base64url({ alg: 'HS256', kid: 'k1' })}.${base64url(issuer.claimsOf())}`;
      const signature = createHmac('sha256', secret).update(signable).digest('base64url');
      expect(await issuer.refusal(`${signable}.${signature}`)).toMatchObject({
        code: 'unauthenticated',
        detail: 'The token is signed in a way that is not accepted here.',
      });
    }
  });

  test('signed with an algorithm that the issuer is not configured with is refused', async () => {
    const other = await signingKey('k1', 'ES384');
    issuer.jwks.answer = { status: 200, body: { keys: [other.publicJwk] } };
    expect(
      await issuer.refusal(await issuer.signed({}, { by: other, header: { alg: 'ES384' } })),
    ).toMatchObject({
      code: 'unauthenticated',
    });
  });

  test('that brings its own key in the header is refused', async () => {
    const forger = await signingKey('mine');
    const header = { jwk: forger.publicJwk, jku: issuer.jwks.url, x5u: issuer.jwks.url };
    expect(await issuer.refusal(await issuer.signed({}, { by: forger, header }))).toMatchObject({
      code: 'unauthenticated',
    });
  });

  test('with a critical header that nobody understands is refused', async () => {
    const [, payload, signature] = (await issuer.signed()).split('.');
    const header = base64url({ alg: 'ES256', kid: 'k1', crit: ['exp-override'], 'exp-override': true });
    expect(await issuer.refusal(`${header}.${payload}.${signature}`)).toMatchObject({
      code: 'unauthenticated',
    });
    const unencoded = base64url({ alg: 'ES256', kid: 'k1', crit: ['b64'], b64: false });
    expect(await issuer.refusal(`${unencoded}.${payload}.${signature}`)).toMatchObject({
      code: 'unauthenticated',
    });
  });

  test.each([
    'logout+jwt',
    'dpop+jwt',
    'application/secevent+jwt',
    7,
  ])('that was made for another use (%s) is refused', async (typ) => {
    expect(await issuer.refusal(await issuer.signed({}, { header: { typ } }))).toMatchObject({
      code: 'unauthenticated',
    });
  });

  test.each(['JWT', 'at+jwt', 'application/at+jwt'])('is not what a token of type %s is', async (typ) => {
    expect(await issuer.present(await issuer.signed({}, { header: { typ } }))).toMatchObject({
      agentId: 'support-bot',
    });
  });

  test.each([
    ['text', 'not-a-token'],
    ['two parts', 'a.b'],
    ['five parts', 'a.b.c.d.e'],
    ['parts that are no JSON', 'bm8.bm8.bm8'],
    ['claims that are a list', `${base64url({ alg: 'ES256' })}.${base64url([])}.AAAA`],
  ])('of %s is refused', async (_what, token) => {
    expect(await issuer.refusal(token)).toMatchObject({ code: 'unauthenticated' });
  });

  test('too long to be one is refused before it is looked at', async () => {
    const token = await issuer.signed({ padding: 'x'.repeat(20_000) });
    expect(await issuer.refusal(token)).toMatchObject({
      code: 'unauthenticated',
      detail: 'The token is too long.',
    });
    expect(issuer.jwks.requests()).toBe(0);
  });

  test('is refused in words that hold nothing of it', async () => {
    const canary = 'canary-7f3a';
    const token = await issuer.signed({ azp: canary, sub: canary, nbf: issuer.seconds() + 60 });
    const failure = await issuer.refusal(token);
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

describe('a token that was verified before', () => {
  test('is not verified again', async () => {
    const token = await issuer.signed();
    expect(await issuer.present(token)).toBe(await issuer.present(token));
  });

  test('is refused from the moment it expires', async () => {
    const token = await issuer.signed({ exp: issuer.seconds() + 60 });
    issuer.nowMs += 59_999;
    expect(await issuer.present(token)).toMatchObject({ userId: 'mara' });
    issuer.nowMs += 1;
    expect(await issuer.refusal(token)).toMatchObject({ detail: 'The token has expired.' });
  });

  test('is not taken for another one that differs in a single character', async () => {
    const token = await issuer.signed();
    await issuer.present(token);
    // The first character of the signature: some bits of the last one stand for nothing.
    const at = token.lastIndexOf('.') + 1;
    const other = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
    expect(await issuer.refusal(other)).toMatchObject({ code: 'unauthenticated' });
    const principals = await Promise.all([
      issuer.present(await issuer.signed({ sub: 'lee' })),
      issuer.present(token),
    ]);
    expect(principals.map(({ userId }) => userId)).toEqual(['lee', 'mara']);
  });
});
