import { CompactSign } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rewritten } from '../testing/rewritten.ts';
import {
  codesOf,
  type KeyFolder,
  keyFolder,
  NOW_MS,
  readingOf,
  registered,
  type SampleKey,
  signedSample,
  verifySample,
} from '../testing/sample-part.ts';
import { APPROVALS_MAX, approvalText, approvePart, countApprovals } from './approvals.ts';
import type { PartKeys } from './trusted-keys.ts';

let folder: KeyFolder;
let archive: Uint8Array;
let digest: string;
let keys: PartKeys;
const pairs = new Map<string, SampleKey>();
const registration = registered({ approvals: 2 });

beforeAll(async () => {
  folder = await keyFolder();
  for (const id of ['release', 'ada_1', 'ben_1', 'ben_2', 'cleo_1', 'dan_1', 'eve_1', 'stranger'])
    pairs.set(id, await folder.make(id));
  archive = await signedSample(keyNamed('release'));
  const at = new Date(NOW_MS).toISOString();
  keys = await folder.trusted([
    // Dan is an owner, and holds the key that signs.
    [keyNamed('release'), { person: 'dan' }],
    [keyNamed('ada_1'), { person: 'ada' }],
    [keyNamed('ben_1'), { person: 'ben' }],
    [keyNamed('ben_2'), { person: 'ben' }],
    [keyNamed('cleo_1'), { person: 'cleo', expires_at: at }],
    [keyNamed('dan_1'), { person: 'dan' }],
    [keyNamed('eve_1'), { person: 'eve' }],
  ]);
  const local = registered({ approvals: 0 });
  ({ digest } = readingOf(await verifySample(archive, keys, { registration: local })));
});
afterAll(() => folder[Symbol.asyncDispose]());

function keyNamed(id: string): SampleKey {
  const key = pairs.get(id);
  if (key === undefined) throw new Error(`There is no key ${id}.`);
  return key;
}

interface Changes {
  readonly bundle?: string;
  readonly digest?: string;
  readonly approver?: string;
}

async function approval(id: string, approver: string, changes: Changes = {}): Promise<string> {
  return await approvePart({ bundle: 'compliance', digest, approver, ...changes }, keyNamed(id));
}

async function verifiedWith(approvals: readonly string[], nowMs = NOW_MS - 1) {
  return await verifySample(archive, keys, { registration, approvals, nowMs });
}

test('as many owners as the registration asks for have to approve', async () => {
  const ben = await approval('ben_1', 'ben');
  const cleo = await approval('cleo_1', 'cleo');
  expect(readingOf(await verifiedWith([ben, cleo])).approvedBy).toEqual(['ben', 'cleo']);
  const one = await verifiedWith([ben]);
  expect(codesOf(one)).toBe('approvals_missing');
  expect(one).toMatchObject({ findings: [{ detail: expect.stringMatching(/1 of 2 .*counted ben/) }] });
  expect(await verifiedWith([])).toMatchObject({
    findings: [{ detail: expect.stringMatching(/0 of 2 .*none counts/) }],
  });
});

describe('an approval does not count', () => {
  test.each<[string, () => Promise<string>, RegExp]>([
    [
      'of other content',
      () => approval('cleo_1', 'cleo', { digest: '0'.repeat(64) }),
      /other content, 0{12}/,
    ],
    ['of another bundle', () => approval('cleo_1', 'cleo', { bundle: 'identity' }), /is for `identity`/],
    ['of the author', () => approval('ada_1', 'ada'), /`ada` is the author/],
    ['of who signed the bundle', () => approval('dan_1', 'dan'), /`dan` holds the key that signed it/],
    ['of the same person with another key', () => approval('ben_2', 'ben'), /`ben` counts once/],
    ['of who is no owner', () => approval('eve_1', 'eve'), /`eve` is no owner/],
    ['in another’s name', () => approval('eve_1', 'cleo'), /`eve` says it is by `cleo`/],
    ['with a key that nobody registered', () => approval('stranger', 'cleo'), /unknown key `stranger`/],
    ['under the id of another key', () => posing('cleo_1', 'stranger'), /names `cleo_1` is not by that key/],
    ['that names no key', () => bare(), /no named key/],
    ['with the public key as a secret', () => withSecret(), /names `cleo_1` is not by that key/],
    ['that says more than an approval does', () => saying({ more: 1 }), /is not by that key/],
    ['with a digest cut short', () => saying({ digest: 'aa' }), /is not by that key/],
    ['that is none', async () => 'a.b.c', /no named key/],
  ])('%s', async (_what, make, why) => {
    const reading = await verifiedWith([await approval('ben_1', 'ben'), await make()]);
    expect(codesOf(reading)).toBe('approvals_missing');
    expect(reading).toMatchObject({ findings: [{ detail: expect.stringMatching(why) }] });
  });

  test('with a key that expired', async () => {
    const both = [await approval('ben_1', 'ben'), await approval('cleo_1', 'cleo')];
    expect(codesOf(await verifiedWith(both, NOW_MS - 1))).toBe('read');
    const reading = await verifiedWith(both, NOW_MS);
    expect(reading).toMatchObject({ findings: [{ detail: expect.stringContaining('`cleo_1` expired at') }] });
  });

  test('behind more than are looked at', async () => {
    const many = Array.from({ length: APPROVALS_MAX }, () => 'a.b.c');
    const good = [await approval('ben_1', 'ben'), await approval('cleo_1', 'cleo')];
    expect(codesOf(await verifiedWith([...good, ...many]))).toBe('read');
    expect(codesOf(await verifiedWith([...many, ...good]))).toBe('approvals_missing');
  });
});

test('one person stays one, and author and signer stay out, however their names are written', async () => {
  const people = { ada_1: 'Ada', ben_1: 'ben', ben_2: 'ＢＥＮ', dan_1: ' DAN' } as const;
  const written = await folder.trusted(
    Object.entries(people).map(([id, person]) => [keyNamed(id), { person }] as const),
  );
  const approvals = await Promise.all(Object.entries(people).map(([id, person]) => approval(id, person)));
  const counted = await countApprovals(approvals, {
    ...{ bundle: 'compliance', digest, author: 'ada ', signer: 'dan' },
    ...{ owners: Object.values(people), keys: written, nowMs: NOW_MS - 1 },
  });
  expect(counted.approvedBy).toEqual(['ben']);
  expect(counted.refused).toEqual([
    expect.stringMatching(/is the author/),
    expect.stringMatching(/counts once/),
    expect.stringMatching(/holds the key that signed it/),
  ]);
});

test('a signature of a bundle is no approval, whoever’s key made it', async () => {
  const claims = { bundle: 'compliance', digest, approver: 'cleo', files: [] };
  const token = await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'ES256', kid: 'cleo_1' })
    .sign(keyNamed('cleo_1').privateKey);
  expect(codesOf(await verifiedWith([await approval('ben_1', 'ben'), token]))).toBe('approvals_missing');
});

test('where approvals are asked for, a signed bundle has to name its author', async () => {
  const anonymous = await rewritten(archive, keyNamed('release'), { author: '' });
  const approvals = [await approval('ben_1', 'ben'), await approval('cleo_1', 'cleo')];
  const options = { registration, approvals, nowMs: NOW_MS - 1 };
  expect(codesOf(await verifySample(anonymous, keys, options))).toBe('author_missing');
});

async function posing(id: string, real: string): Promise<string> {
  return await approvePart({ bundle: 'compliance', digest, approver: 'cleo' }, { ...keyNamed(real), id });
}

async function bare(): Promise<string> {
  return await new CompactSign(
    new TextEncoder().encode(approvalText({ bundle: 'compliance', digest, approver: 'cleo' })),
  )
    .setProtectedHeader({ alg: 'ES256' })
    .sign(keyNamed('cleo_1').privateKey);
}

async function withSecret(): Promise<string> {
  return await new CompactSign(
    new TextEncoder().encode(approvalText({ bundle: 'compliance', digest, approver: 'cleo' })),
  )
    .setProtectedHeader({ alg: 'HS256', kid: 'cleo_1' })
    .sign(new TextEncoder().encode(keyNamed('cleo_1').publicPem));
}

async function saying(changes: object): Promise<string> {
  const statement = { bundle: 'compliance', digest, approver: 'cleo', ...changes };
  return await new CompactSign(new TextEncoder().encode(JSON.stringify(statement)))
    .setProtectedHeader({ alg: 'ES256', kid: 'cleo_1' })
    .sign(keyNamed('cleo_1').privateKey);
}
