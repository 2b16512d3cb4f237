import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { answerOf } from '../../testing/answer-of.ts';
import { tokenBuiltins } from './jwt.ts';
import { UnprovenKeyError } from './keys/unproven-key-error.ts';

interface Answer {
  readonly because: string;
  readonly builtin: string;
  readonly operands: string;
  /** The text of the result, or the error. */
  readonly answer: string;
}

/** What OPA 1.22.2 answers at the time of `answerOf`, recorded. The tokens' secret is `secret`. */
const ANSWERS = JSON.parse(
  readFileSync(new URL('./jwt-answers.json', import.meta.url), 'utf8'),
) as readonly Answer[];

describe('io.jwt.* as OPA', () => {
  test.each(ANSWERS)('$builtin $because', ({ builtin, operands, answer }) => {
    expect(answerOf(tokenBuiltins, builtin, operands)).toBe(answer);
  });
});

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 });
const SHORT_RSA = generateKeyPairSync('rsa', { modulusLength: 1000 });
const P256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const P521 = generateKeyPairSync('ec', { namedCurve: 'P-521' });
const ED25519 = generateKeyPairSync('ed25519');

const PSS_PADDING = 6;

/** Each algorithm with how Node signs by it. */
const SIGNERS: readonly (readonly [string, KeyPair, string | null, object])[] = [
  ['RS256', RSA, 'sha256', {}],
  ['RS512', RSA, 'sha512', {}],
  ['PS256', RSA, 'sha256', { padding: PSS_PADDING, saltLength: 32 }],
  ['PS384', RSA, 'sha384', { padding: PSS_PADDING, saltLength: 48 }],
  ['ES256', P256, 'sha256', { dsaEncoding: 'ieee-p1363' }],
  ['ES512', P521, 'sha512', { dsaEncoding: 'ieee-p1363' }],
  ['EdDSA', ED25519, null, {}],
];

describe('signatures with public keys', () => {
  test.each(
    SIGNERS,
  )('%s verifies with PEM and with JWK, and not once the token is changed', (alg, keys, hash, how) => {
    const token = signed(alg, (text) => sign(hash, text, { key: keys.privateKey, ...how }));
    const changed = token.replace('.eyJ', '.eyK');
    const pem = keys.publicKey.export({ type: 'spki', format: 'pem' }) as string;
    const jwk = JSON.stringify(keys.publicKey.export({ format: 'jwk' }));
    const builtin = `io.jwt.verify_${alg.toLowerCase()}`;
    for (const key of [pem, jwk]) {
      expect(verify(builtin, token, key)).toBe('true');
      expect(verify(builtin, changed, key)).toBe('false');
      expect(decodeVerify(token, key)).toMatch(/^\[true,/);
      expect(decodeVerify(changed, key)).toBe('[false,{},{}]');
    }
  });

  test('a salt of another length than the hash is good for verify_ps256 only', () => {
    const how = { key: RSA.privateKey, padding: PSS_PADDING, saltLength: 20 };
    const token = signed('PS256', (text) => sign('sha256', text, how));
    const pem = RSA.publicKey.export({ type: 'spki', format: 'pem' }) as string;
    expect(verify('io.jwt.verify_ps256', token, pem)).toBe('true');
    expect(decodeVerify(token, pem)).toBe('[false,{},{}]');
  });

  test('an RSA key of less than 1024 bits verifies nothing', () => {
    const token = signed('RS256', (text) => sign('sha256', text, SHORT_RSA.privateKey));
    const pem = SHORT_RSA.publicKey.export({ type: 'spki', format: 'pem' }) as string;
    expect(verify('io.jwt.verify_rs256', token, pem)).toBe('false');
  });

  test('a key of a set that names another algorithm is not tried, one that has the id of the token is', () => {
    const token = signed('ES256', (text) =>
      sign('sha256', text, { key: P256.privateKey, dsaEncoding: 'ieee-p1363' }),
    );
    const jwk = P256.publicKey.export({ format: 'jwk' });
    const setOf = (extra: object) => JSON.stringify({ keys: [{ ...jwk, ...extra }] });
    expect(verify('io.jwt.verify_es256', token, setOf({ alg: 'ES256' }))).toBe('true');
    expect(verify('io.jwt.verify_es256', token, setOf({ alg: 'ES384' }))).toBe('false');
    expect(verify('io.jwt.verify_es256', token, setOf({ alg: 'ES384', kid: 'k' }))).toBe('true');
  });
});

describe('keys of which it is not known how OPA reads them end the evaluation', () => {
  const jwk = P256.publicKey.export({ format: 'jwk' });
  test.each([
    ['a set of no JSON', '{"keys":[01]}'],
    ['a type by a name in capitals', '{"Kty":"RSA"}'],
    ['a private JWK', JSON.stringify(P256.privateKey.export({ format: 'jwk' }))],
    ['a point that is not on the curve', JSON.stringify({ ...jwk, y: jwk.x })],
    ['a coordinate that is too short', JSON.stringify({ ...jwk, y: 'AAAA' })],
    ['base64 with padding', JSON.stringify({ kty: 'oct', k: 'AA==' })],
    ['PEM with headers', '-----BEGIN PUBLIC KEY-----\nA: b\n\ne30=\n-----END PUBLIC KEY-----'],
    ['a public key that is none', '-----BEGIN PUBLIC KEY-----\ne30=\n-----END PUBLIC KEY-----'],
  ])('%s', (_sentence, key) => {
    const token = signed('ES256', () => Buffer.alloc(64));
    expect(() => verify('io.jwt.verify_es256', token, key)).toThrow(UnprovenKeyError);
  });
});

function signed(alg: string, signer: (text: Buffer) => Buffer): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg, kid: 'k' })}.${part({ sub: 'mara' })}`;
  return `${text}.${signer(Buffer.from(text)).toString('base64url')}`;
}

function verify(builtin: string, token: string, key: string): string {
  return answerOf(tokenBuiltins, builtin, JSON.stringify([token, key]));
}

function decodeVerify(token: string, cert: string): string {
  return answerOf(tokenBuiltins, 'io.jwt.decode_verify', JSON.stringify([token, { cert }]));
}
