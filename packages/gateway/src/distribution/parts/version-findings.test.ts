import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareVersions, type PartVersion, versionFindings } from './version-findings.ts';

const part = (
  version: string,
  digest = 'a'.repeat(64),
  signedBy: string | undefined = 'release',
): PartVersion => ({
  ...{ name: 'compliance', version, digest },
  signedBy,
});
const codes = (candidate: PartVersion, active?: PartVersion) =>
  versionFindings(candidate, active).map(({ code }) => code);

test('an older version than the active one is refused, signed or not', () => {
  expect(codes(part('1.9.0'), part('1.10.0'))).toEqual(['bundle_older']);
  expect(codes(part('1.9.0', 'b', ''), part('2.0.0'))).toEqual(['bundle_older']);
  expect(codes({ ...part('0.9.9'), signedBy: undefined }, part('1.0.0'))).toEqual(['bundle_older']);
});

test('a version is not given to other content, but in local development', () => {
  expect(codes(part('1.0.0', 'b'.repeat(64)), part('1.0.0'))).toEqual(['version_reused']);
  expect(codes({ ...part('1.0.0', 'b'.repeat(64)), signedBy: undefined }, part('1.0.0'))).toEqual([]);
});

test('the same again, a newer one, and the first are taken', () => {
  expect(codes(part('1.0.0'), part('1.0.0'))).toEqual([]);
  expect(codes(part('1.0.1', 'b'.repeat(64)), part('1.0.0'))).toEqual([]);
  expect(codes(part('1.0.0'))).toEqual([]);
});

test('versions are in the order of their numbers, however long these are', () => {
  const version = fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.nat(12), fc.nat(12));
  fc.assert(
    fc.property(version, version, (a, b) => {
      const order = compareVersions(a.join('.'), b.join('.'));
      const at = a.findIndex((number, position) => number !== b[position]);
      const want = at < 0 ? 0 : (a[at] ?? 0) < (b[at] ?? 0) ? -1 : 1;
      expect(order).toBe(want);
      expect(compareVersions(b.join('.'), a.join('.')) + order).toBe(0);
    }),
  );
});
