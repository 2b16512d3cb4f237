import { gunzipSync, gzipSync } from 'node:zlib';
import { CompactSign } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { archiveOf } from './pack-part.ts';
import { claimedSignature } from './signing/signature.ts';
import type { PartKeys } from './signing/trusted-keys.ts';
import {
  codesOf,
  filesOf,
  type KeyFolder,
  keyFolder,
  LIMIT_BYTES,
  NOW_MS,
  readingOf,
  registered,
  SAMPLE_TEXTS,
  type SampleKey,
  signedSample,
  verifySample,
} from './testing/sample-part.ts';
import { unpackPart } from './unpack-part.ts';

let folder: KeyFolder;
let release: SampleKey;
let keys: PartKeys;
let archive: Uint8Array;

beforeAll(async () => {
  folder = await keyFolder();
  release = await folder.make('release');
  keys = await folder.trusted([[release, { person: 'ops' }]]);
  archive = await signedSample(release);
});
afterAll(() => folder[Symbol.asyncDispose]());

async function filesIn(bytes: Uint8Array): Promise<Map<string, Uint8Array>> {
  return new Map(readingOf(await unpackPart(bytes, { sizeLimitBytes: LIMIT_BYTES, name: 'compliance' })));
}

test('a signed part is taken with its files as its folder had them', async () => {
  const part = readingOf(await verifySample(archive, keys));
  expect(part).toMatchObject({
    name: 'compliance',
    version: '1.2.0',
    revision: `1.2.0+${part.digest.slice(0, 12)}`,
    author: 'ada',
    signedBy: 'release',
    approvedBy: [],
  });
  const texts = [...part.files].map(([path, bytes]) => [path, Buffer.from(bytes).toString()]);
  expect(Object.fromEntries(texts)).toEqual(SAMPLE_TEXTS);
});

describe('row 8: whatever happens to a signed part on its way, it is refused or its content is the same byte for byte', () => {
  test('every byte of the archive flipped', async () => {
    const want = contentOf(await verifySample(archive, keys));
    let refused = 0;
    for (let at = 0; at < archive.length; at += 1) {
      const reading = await verifySample(flipped(archive, at, 0xff), keys);
      if (reading.kind === 'refused') refused += 1;
      else expect(contentOf(reading), `byte ${at}`).toEqual(want);
    }
    expect(refused).toBeGreaterThan(archive.length - 20);
  }, 120_000);

  test('every byte of every file flipped, and the archive made again', async () => {
    const files = await filesIn(archive);
    const want = contentOf(await verifySample(archive, keys));
    for (const [path, bytes] of files) {
      let taken = 0;
      for (let at = 0; at < bytes.length; at += 1) {
        const reading = await verifySample(new Map([...files, [path, flipped(bytes, at, 1)]]), keys);
        if (reading.kind === 'refused') continue;
        taken += 1;
        expect(contentOf(reading), `${path} byte ${at}`).toEqual(want);
      }
      // Only spaces of the manifest, and bits of the signature that its encoding does not use, carry nothing.
      if (!path.startsWith('.')) expect([path, taken]).toEqual([path, 0]);
    }
  }, 120_000);

  test('every byte of the tar’s headers flipped, and compressed again', async () => {
    const tar = gunzipSync(archive);
    const want = contentOf(await verifySample(archive, keys));
    const isHeader = (at: number) =>
      tar.toString('latin1', at - (at % 512) + 257, at - (at % 512) + 262) === 'ustar';
    let flips = 0;
    for (let at = 0; at < tar.length; at += 1) {
      if (!isHeader(at)) continue;
      flips += 1;
      const reading = await verifySample(new Uint8Array(gzipSync(flipped(tar, at, 1), { level: 1 })), keys);
      if (reading.kind === 'read') expect(contentOf(reading), `byte ${at}`).toEqual(want);
    }
    expect(flips).toBe(512 * (await filesIn(archive)).size);
  }, 120_000);

  test('cut at every length', async () => {
    for (let length = 0; length < archive.length; length += 1) {
      expect(codesOf(await verifySample(archive.slice(0, length), keys)), `length ${length}`).toBe(
        'archive_invalid',
      );
    }
  }, 60_000);
});

describe('a part is refused', () => {
  test('without its signature, unless it is local development', async () => {
    const files = await filesIn(archive);
    files.delete('.signatures.json');
    const stripped = await archiveOf(files);
    expect(codesOf(await verifySample(stripped, keys))).toBe('signature_missing');
    expect(
      codesOf(await verifySample(stripped, keys, { registration: registered({ signing_keys: [] }) })),
    ).toBe('signature_missing');
    const { source } = registered();
    const local = source && registered({ source: { ...source, local_development: true } });
    const part = readingOf(await verifySample(stripped, keys, { ...(local && { registration: local }) }));
    expect(part).toMatchObject({ signedBy: undefined, author: 'ada' });
  });

  test('with a signature of a key that is not registered for it, or under another’s id', async () => {
    const other = await folder.make('other');
    const byOther = await signedSample(other);
    const both = await folder.trusted([
      [release, { person: 'ops' }],
      [other, { person: 'eve' }],
    ]);
    const reading = await verifySample(byOther, both);
    expect(codesOf(reading)).toBe('signature_unknown');
    expect(reading).toMatchObject({ findings: [{ detail: expect.stringContaining('by `other`') }] });
    const posing = await signedSample({ ...other, id: 'release' });
    expect(codesOf(await verifySample(posing, keys))).toBe('signature_unknown');
    // The same key under two ids: the token’s own word for it has to be the registered one.
    const twice = await folder.trusted([[{ ...release, id: 'alias' }, { person: 'ops' }]]);
    const registration = registered({ signing_keys: ['alias'] });
    expect(codesOf(await verifySample(archive, twice, { registration }))).toBe('signature_key_missing');
  });

  test('by a key that is not valid yet or any more, and by a signature past its time', async () => {
    const at = (ms: number) => new Date(ms).toISOString();
    const expired = await folder.trusted([[release, { person: 'ops', expires_at: at(NOW_MS) }]]);
    expect(codesOf(await verifySample(archive, expired))).toBe('signature_key_expired');
    expect(codesOf(await verifySample(archive, expired, { nowMs: NOW_MS - 1 }))).toBe('read');
    const future = await folder.trusted([[release, { person: 'ops', not_before: at(NOW_MS + 1) }]]);
    expect(codesOf(await verifySample(archive, future))).toBe('signature_key_expired');
    expect(codesOf(await verifySample(archive, keys, { nowMs: NOW_MS + 86_399_999 }))).toBe('read');
    expect(codesOf(await verifySample(archive, keys, { nowMs: NOW_MS + 86_400_000 }))).toBe(
      'signature_expired',
    );
  });

  test('under another name than its own', async () => {
    const registration = registered();
    const reading = await verifySample(archive, keys, { registration, name: 'workflow' });
    expect(codesOf(reading)).toBe('bundle_name_mismatch');
  });

  test('where a file was added, removed or renamed', async () => {
    const added = new Map([...(await filesIn(archive)), ['x.rego', new TextEncoder().encode('package x\n')]]);
    expect(codesOf(await verifySample(added, keys))).toBe('file_unsigned');
    const removed = await filesIn(archive);
    removed.delete('README.md');
    expect(codesOf(await verifySample(removed, keys))).toBe('file_missing');
    const renamed = await filesIn(archive);
    renamed.set('LICENSE', renamed.get('README.md') ?? new Uint8Array());
    renamed.delete('README.md');
    expect(codesOf(await verifySample(renamed, keys))).toBe('file_unsigned');
  });

  test('where its data lies at two places, or there is too much of it', async () => {
    const files = await filesIn(archive);
    const twice = new Map([
      ...files,
      ['data.yaml', files.get('policy/compliance/data.yaml') ?? new Uint8Array()],
    ]);
    expect(codesOf(await verifySample(twice, keys))).toBe('data_ambiguous');
    const large = new Map([...files, ['README.md', new Uint8Array(LIMIT_BYTES)]]);
    expect(codesOf(await verifySample(large, keys))).toBe('archive_too_large');
  });

  test('where a document is nested deeper than any reader follows', async () => {
    const { source } = registered();
    const registration = source && registered({ source: { ...source, local_development: true } });
    const texts: Record<string, string> = { ...SAMPLE_TEXTS, 'data.yaml': `a: ${'['.repeat(100_000)}` };
    const reading = await verifySample(filesOf(texts), keys, { ...(registration && { registration }) });
    expect(codesOf(reading)).toContain('document_invalid');
  });

  test('where data means the same and is written otherwise', async () => {
    const files = await filesIn(archive);
    const path = 'policy/compliance/data.yaml';
    const text = Buffer.from(files.get(path) ?? []).toString();
    for (const other of [`${text}\n`, text.replace('# how many', '# anything'), `\uFEFF${text}`]) {
      const reading = await verifySample(new Map([...files, [path, Buffer.from(other)]]), keys);
      expect(codesOf(reading)).toBe('digest_mismatch');
    }
  });

  test('with two signatures, none in the list, or something else there', async () => {
    const files = await filesIn(archive);
    const { signatures } = JSON.parse(Buffer.from(files.get('.signatures.json') ?? []).toString());
    const other = await folder.make('second');
    const second = JSON.parse(
      Buffer.from((await filesIn(await signedSample(other))).get('.signatures.json') ?? []).toString(),
    );
    for (const value of [
      { signatures: [...signatures, ...second.signatures] },
      { signatures: [...signatures, ...signatures] },
      { signatures: [] },
      { signatures, plugin: 'x' },
      { signatures: signatures[0] },
      [],
    ]) {
      const changed = new Map([...files, ['.signatures.json', Buffer.from(JSON.stringify(value))]]);
      expect(codesOf(await verifySample(changed, keys)), JSON.stringify(value)).toBe('signature_invalid');
    }
  });
});

describe('a token is refused', () => {
  /** The sample with its claims signed anew, as whoever holds a key can. */
  async function resigned(
    header: Record<string, unknown>,
    change: (claims: Record<string, unknown>) => Record<string, unknown>,
    sign: { readonly secret?: Uint8Array; readonly none?: true } = {},
  ): Promise<string> {
    const files = await filesIn(archive);
    const { signatures } = JSON.parse(Buffer.from(files.get('.signatures.json') ?? []).toString());
    const claims = JSON.parse(Buffer.from(signatures[0].split('.')[1], 'base64url').toString());
    const payload = new TextEncoder().encode(JSON.stringify(change(claims)));
    const part = (value: Uint8Array) => Buffer.from(value).toString('base64url');
    const token = sign.none
      ? `${part(Buffer.from(JSON.stringify(header)))}.${part(payload)}.`
      : await new CompactSign(payload)
          .setProtectedHeader({ alg: 'ES256', ...header })
          .sign(sign.secret ?? release.privateKey);
    const signed = JSON.stringify({ signatures: [token] });
    return codesOf(await verifySample(new Map([...files, ['.signatures.json', Buffer.from(signed)]]), keys));
  }
  const same = (claims: Record<string, unknown>) => claims;

  test('that signs with the public key as a secret, or with nothing', async () => {
    const secret = new TextEncoder().encode(release.publicPem);
    expect(await resigned({ alg: 'HS256' }, same, { secret })).toBe('signature_unknown');
    expect(await resigned({ alg: 'none' }, same, { none: true })).toBe('signature_unknown');
    expect(await resigned({ alg: 'none', kid: 'release' }, same, { none: true })).toBe('signature_unknown');
  });

  test.each<[string, (claims: Record<string, unknown>) => Record<string, unknown>, string]>([
    ['names no key', ({ keyid: _, ...claims }) => claims, 'signature_key_missing'],
    ['names an empty key', (claims) => ({ ...claims, keyid: '' }), 'signature_key_missing'],
    ['names another key', (claims) => ({ ...claims, keyid: 'other' }), 'signature_key_missing'],
    ['has a scope', (claims) => ({ ...claims, scope: 'write' }), 'signature_invalid'],
    ['is not valid yet', (claims) => ({ ...claims, nbf: NOW_MS / 1_000 + 1 }), 'signature_expired'],
    ['has an expiry that is no number', (claims) => ({ ...claims, exp: 'never' }), 'signature_invalid'],
    ['lists no file', (claims) => ({ ...claims, files: [] }), 'signature_invalid'],
    ['lists a file twice', (claims) => ({ ...claims, files: twice(claims.files) }), 'signature_invalid'],
    ['is by another author', (claims) => ({ ...claims, author: 'eve' }), 'part_manifest_invalid'],
    ['is of other content', (claims) => ({ ...claims, digest: '0'.repeat(64) }), 'digest_mismatch'],
    ['hashes with MD5', (claims) => ({ ...claims, files: withMd5(claims.files) }), 'signature_invalid'],
  ])('that %s', async (_what, change, code) => {
    expect(await resigned({}, same), 'the method itself').toBe('read');
    expect(await resigned({}, change)).toBe(code);
  });

  test('that names one key in its header and another in its claims', async () => {
    expect(await resigned({ kid: 'release' }, same)).toBe('read');
    expect(await resigned({ kid: 'release' }, ({ keyid: _, ...claims }) => claims)).toBe('read');
    expect(await resigned({ kid: 'other' }, same)).toBe('signature_key_missing');
  });

  const twice = (files: unknown) => [...(files as unknown[]), (files as unknown[])[0]];
  const withMd5 = (files: unknown) => (files as object[]).map((file) => ({ ...file, algorithm: 'MD5' }));
});

test('a key is rotated by naming the next beside the last, and taking the last away', async () => {
  const next = await folder.make('next', 'RS256');
  const registration = registered({ signing_keys: ['release', 'next'] });
  const both = await folder.trusted([
    [release, { person: 'ops' }],
    [next, { person: 'ops' }],
  ]);
  const byNext = await signedSample(next);
  expect(readingOf(await verifySample(archive, both, { registration })).signedBy).toBe('release');
  expect(readingOf(await verifySample(byNext, both, { registration })).signedBy).toBe('next');
  const after = registered({ signing_keys: ['next'] });
  expect(codesOf(await verifySample(archive, both, { registration: after }))).toBe('signature_unknown');
  expect(codesOf(await verifySample(byNext, both, { registration: after }))).toBe('read');
});

test('what is no token at all claims nothing', () => {
  expect(claimedSignature('x')).toBeUndefined();
});

function flipped(bytes: Uint8Array, at: number, mask: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy[at] = (copy[at] ?? 0) ^ mask;
  return copy;
}

function contentOf(reading: Awaited<ReturnType<typeof verifySample>>) {
  const { files, ...rest } = readingOf(reading);
  return { ...rest, files: [...files].map(([path, bytes]) => [path, Buffer.from(bytes).toString('base64')]) };
}
