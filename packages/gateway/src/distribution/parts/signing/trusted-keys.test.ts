import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { TrustedKey } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { HeldFiles } from '../../sources/folder.ts';
import { codesOf, filesOf } from '../testing/sample-part.ts';
import { keyFault, readTrustedKeys } from './trusted-keys.ts';

const curve = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });
const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength });
const spki = ({ publicKey }: { readonly publicKey: KeyObject }): string =>
  publicKey.export({ type: 'spki', format: 'pem' }).toString();
const pkcs8 = ({ privateKey }: { readonly privateKey: KeyObject }): string =>
  privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

test.each<readonly [string, () => string, TrustedKey['algorithm'], string]>([
  ['a key of its kind', () => spki(curve('P-256')), 'ES256', 'read'],
  ['an RSA key', () => spki(rsa(2_048)), 'PS256', 'read'],
  ['another curve', () => spki(curve('P-384')), 'ES256', 'key_invalid'],
  ['another kind', () => spki(rsa(2_048)), 'ES256', 'key_invalid'],
  ['a short RSA key', () => spki(rsa(1_024)), 'RS256', 'key_invalid'],
  ['a private key', () => pkcs8(curve('P-256')), 'ES256', 'key_private'],
  ['no key', () => 'x', 'ES256', 'key_invalid'],
])('a registered key that is %s is judged when it is read', async (_what, make, algorithm, code) => {
  const tree = new HeldFiles(filesOf({ 'a.pub': make() }));
  const read = await readTrustedKeys({ a: { file: 'a.pub', person: 'ada', algorithm } }, tree);
  expect(codesOf(read)).toBe(code);
  expect(codesOf(await readTrustedKeys({ a: { file: 'b.pub', person: 'ada', algorithm } }, tree))).toBe(
    'file_missing',
  );
});

test('a key counts from its first instant to before its last', () => {
  const key = {
    ...{ file: 'a', person: 'ada', algorithm: 'ES256' as const },
    not_before: '2026-01-01T00:00:00Z',
    expires_at: '2026-02-01T00:00:00Z',
  };
  const [from, to] = [Date.UTC(2026, 0, 1), Date.UTC(2026, 1, 1)];
  expect([from - 1, from, to - 1, to].map((nowMs) => keyFault(key, nowMs) === undefined)).toEqual([
    ...[false, true, true, false],
  ]);
});
