import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openJwksServer, signingKey } from '../testing/jwks-server.ts';
import { openTokenIssuer, type TokenIssuer } from '../testing/token-issuer.ts';

let issuer: TokenIssuer;
beforeEach(async () => {
  issuer = await openTokenIssuer();
});
afterEach(() => issuer[Symbol.asyncDispose]());

describe('the keys of an issuer', () => {
  test('are fetched once for many callers', async () => {
    const tokens = await Promise.all(
      Array.from({ length: 20 }, (_, each) => issuer.signed({ jti: `${each}` })),
    );
    await Promise.all(tokens.map((token) => issuer.present(token)));
    expect(issuer.jwks.requests()).toBe(1);
  });

  test('are fetched again for a key that is new, and old tokens stay good while the key is there', async () => {
    const old = await issuer.signed();
    await issuer.present(old);
    const next = await signingKey('k2');
    issuer.jwks.answer = { status: 200, body: { keys: [issuer.key.publicJwk, next.publicJwk] } };
    issuer.nowMs += 30_000;
    expect(await issuer.present(await issuer.signed({}, { by: next }))).toMatchObject({ userId: 'mara' });
    expect(await issuer.present(await issuer.signed({ jti: 'another' }))).toMatchObject({ userId: 'mara' });
    expect(issuer.jwks.requests()).toBe(2);
  });

  test('are not fetched again and again for keys that do not exist', async () => {
    await issuer.present(await issuer.signed());
    const forger = await signingKey('k9');
    for (let attempt = 0; attempt < 20; attempt += 1)
      expect(await issuer.refusal(await issuer.signed({ jti: `${attempt}` }, { by: forger }))).toMatchObject({
        code: 'unauthenticated',
      });
    expect(issuer.jwks.requests()).toBe(1);
  });

  test('stop counting when they are withdrawn, for verified tokens too', async () => {
    const token = await issuer.signed({ exp: issuer.seconds() + 7_200 });
    await issuer.present(token);
    issuer.jwks.answer = { status: 200, body: { keys: [] } };
    issuer.nowMs += 10 * 60_000;
    expect(await issuer.refusal(token)).toMatchObject({ code: 'unauthenticated' });
  });

  test.each([
    ['an error', { status: 500, body: '' }],
    ['a page', { status: 200, body: '<html>' }],
    ['no key set', { status: 200, body: { keys: 'none' } }],
    ['more keys than are looked at', { status: 200, body: { keys: Array(101).fill({}) } }],
    ['more than is read', { status: 200, body: 'x'.repeat(300_000) }],
  ])('that come as %s are an outage of ours, not a bad token', async (_what, answer) => {
    issuer.jwks.answer = answer;
    expect(await issuer.refusal(await issuer.signed())).toMatchObject({ code: 'not_ready' });
  });

  test('are not looked for where a redirect points, good as they may be there', async () => {
    await using elsewhere = await openJwksServer(issuer.key);
    issuer.jwks.answer = { status: 302, body: elsewhere.url };
    expect(await issuer.refusal(await issuer.signed())).toMatchObject({ code: 'not_ready' });
    expect(elsewhere.requests()).toBe(0);
  });

  test('that cannot be had are asked for once in a while, and then accepted', async () => {
    const keys = issuer.jwks.answer;
    issuer.jwks.answer = { status: 503, body: '' };
    const token = await issuer.signed();
    for (let attempt = 0; attempt < 5; attempt += 1)
      expect(await issuer.refusal(token)).toMatchObject({ code: 'not_ready' });
    expect(issuer.jwks.requests()).toBe(1);
    issuer.jwks.answer = keys;
    issuer.nowMs += 30_000;
    expect(await issuer.present(token)).toMatchObject({ userId: 'mara' });
  });

  test('that nobody serves are an outage', async () => {
    await issuer.jwks[Symbol.asyncDispose]();
    expect(await issuer.refusal(await issuer.signed())).toMatchObject({ code: 'not_ready' });
  });

  test('may come from a file, which is read again after a rotation', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bailiff-keys-'));
    try {
      const file = join(folder, 'jwks.json');
      await writeFile(file, JSON.stringify({ keys: [issuer.key.publicJwk] }));
      issuer.trustWith({ jwks_file: file });
      expect(await issuer.present(await issuer.signed())).toMatchObject({ userId: 'mara' });
      const next = await signingKey('k2');
      await writeFile(file, JSON.stringify({ keys: [next.publicJwk] }));
      issuer.nowMs += 30_000;
      expect(await issuer.present(await issuer.signed({}, { by: next }))).toMatchObject({ userId: 'mara' });
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
      expect(() => issuer.gatewayWith({ jwks_file: file })).toThrow(/identity\.issuers\.0\.jwks_file/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
