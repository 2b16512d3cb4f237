import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { archiveOf } from './pack-part.ts';
import { codesOf, readingOf } from './testing/sample-part.ts';
import { unpackPart } from './unpack-part.ts';

type Headers = Parameters<ReturnType<typeof pack>['entry']>[0];

const LIMITS = { sizeLimitBytes: 100_000, name: 'compliance' };

async function tarOf(entries: readonly (readonly [Headers, string?])[]): Promise<Buffer> {
  const tar = pack();
  for (const [header, text] of entries) tar.entry(header, text ?? '');
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function unpackedOf(entries: readonly (readonly [Headers, string?])[], limits = LIMITS) {
  return await unpackPart(gzipSync(await tarOf(entries)), limits);
}

const long = `${'a'.repeat(120)}/${'b'.repeat(100)}.rego`;

test('an archive is what was packed, long names, folders and leading ./ included', async () => {
  const reading = await unpackedOf([
    [{ name: './', type: 'directory' }],
    [{ name: './bundle.yaml' }, 'x'],
    [{ name: 'a/', type: 'directory' }],
    [{ name: 'a/b.rego' }, 'y'],
    [{ name: long }, 'z'],
    [{ name: 'ü.rego' }, ''],
  ]);
  const texts = [...readingOf(reading)].map(([path, bytes]) => [path, Buffer.from(bytes).toString()]);
  expect(texts).toEqual([
    ['bundle.yaml', 'x'],
    ['a/b.rego', 'y'],
    [long, 'z'],
    ['ü.rego', ''],
  ]);
  const files = new Map([['a.rego', new Uint8Array([1])]]);
  expect(readingOf(await unpackPart(await archiveOf(files), LIMITS))).toEqual(files);
});

test('the same files are packed to the same bytes', async () => {
  const files = new Map([
    ['b', new Uint8Array([2])],
    ['a', new Uint8Array([1])],
  ]);
  expect(await archiveOf(files)).toEqual(await archiveOf(new Map(files)));
});

describe('an entry is refused', () => {
  test.each<[string, Headers]>([
    ['a symbolic link', { name: 'a', type: 'symlink', linkname: '/etc/passwd' }],
    ['a hard link', { name: 'a', type: 'link', linkname: 'b' }],
    ['a character device', { name: 'a', type: 'character-device' }],
    ['a block device', { name: 'a', type: 'block-device' }],
    ['a pipe', { name: 'a', type: 'fifo' }],
    ['a file of an odd kind', { name: 'a', type: 'contiguous-file' }],
    ['an absolute name', { name: '/etc/passwd' }],
    ['a name that climbs', { name: '../a' }],
    ['a name that climbs within', { name: 'a/../../b' }],
    ['a name with a dot alone', { name: 'a/./b' }],
    ['a name with ./ twice', { name: '././a' }],
    ['a name with an empty part', { name: 'a//b' }],
    ['a folder that climbs', { name: '../', type: 'directory' }],
    ['a backslash', { name: 'a\\b' }],
    ['a control character', { name: 'a\u0001' }],
    ['a line break', { name: 'a\nb' }],
    ['a character that is not seen', { name: 'a\u200b' }],
    ['a character that turns the text around', { name: 'a\u202e' }],
    ['a name that is not in NFC', { name: 'u\u0308.rego' }],
    ['a name too deep', { name: 'a/b/c/d/e/f/g/h/i' }],
    ['a name too long', { name: 'a'.repeat(241) }],
    ['a hidden file', { name: '.gitignore' }],
    ['a file in a hidden folder', { name: '.git/config' }],
  ])('%s', async (_what, header) => {
    expect(codesOf(await unpackedOf([[header]]))).toBe('archive_entry_refused');
  });

  test('a name that is not UTF-8', async () => {
    const tar = await tarOf([[{ name: 'aaaa' }]]);
    tar[1] = 0xff;
    // The checksum is the sum of the header’s bytes with spaces in its own place.
    tar.write('        ', 148);
    const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    expect(codesOf(await unpackPart(gzipSync(tar), LIMITS))).toBe('archive_entry_refused');
  });

  test.each([
    ['twice', 'a', 'a'],
    ['twice after ./', 'a', './a'],
    ['in two cases', 'A.rego', 'a.rego'],
    ['as a file and a folder', 'a', 'a/b'],
    ['as a folder and a file', 'a/b/c', 'A'],
  ])('a name that is there %s', async (_what, first, second) => {
    const reading = await unpackedOf([[{ name: first }], [{ name: second }]]);
    expect(codesOf(reading)).toBe('archive_entry_refused');
  });
});

describe('an archive is refused', () => {
  test('that unpacks to more than its limit, however small it is', async () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000));
    expect(bomb.length).toBeLessThan(250_000);
    expect(codesOf(await unpackPart(bomb, { ...LIMITS, sizeLimitBytes: 1_000_000 }))).toBe(
      'archive_too_large',
    );
    const within = gzipSync(await tarOf([[{ name: 'a' }, '0'.repeat(200_000)]]));
    expect(within.length).toBeLessThan(1_000);
    expect(codesOf(await unpackPart(within, LIMITS))).toBe('archive_too_large');
  });

  test('that unpacks to more than its limit in several members', async () => {
    const member = gzipSync(Buffer.alloc(60_000));
    expect(codesOf(await unpackPart(Buffer.concat([member, member]), LIMITS))).toBe('archive_too_large');
  });

  test('whose inner archive is a bomb: it is not opened at all', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    const files = new Map([['inner.tar.gz', new Uint8Array(bomb)]]);
    const reading = readingOf(await unpackPart(await archiveOf(files), LIMITS));
    expect(reading.get('inner.tar.gz')).toEqual(new Uint8Array(bomb));
    expect(codesOf(await unpackPart(gzipSync(bomb), LIMITS))).toBe('archive_invalid');
  });

  test('that is packed larger than its limit', async () => {
    expect(codesOf(await unpackPart(new Uint8Array(100_001), LIMITS))).toBe('archive_too_large');
  });

  test.each([
    ['zeros', Buffer.alloc(10)],
    ['text', Buffer.from('more')],
    ['the beginning of another archive', gzipSync('x').subarray(0, 5)],
  ])('with %s behind its end', async (_what, behind) => {
    const good = gzipSync(await tarOf([[{ name: 'a' }, 'x']]));
    expect(codesOf(await unpackPart(good, LIMITS))).toBe('read');
    expect(codesOf(await unpackPart(Buffer.concat([good, behind]), LIMITS))).toBe('archive_invalid');
  });

  test('of too many files or folders', async () => {
    const files = Array.from({ length: 6 }, (_, at) => [{ name: `f${at}` }] as const);
    expect(codesOf(await unpackedOf(files, { ...LIMITS, ...{ filesMax: 6 } }))).toBe('read');
    expect(codesOf(await unpackedOf(files, { ...LIMITS, ...{ filesMax: 5 } }))).toBe('too_many_files');
    const folders = Array.from({ length: 11 }, (_, at) => [{ name: `f${at}/`, type: 'directory' }] as const);
    expect(codesOf(await unpackedOf(folders, { ...LIMITS, ...{ filesMax: 5 } }))).toBe('too_many_files');
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['no gzip', Buffer.from('PK\u0003\u0004 and so on')],
    ['gzip of no tar', gzipSync(Buffer.alloc(2_048, 'x'))],
    ['an empty tar', gzipSync(Buffer.alloc(1_024))],
  ])('that is %s', async (_what, bytes) => {
    expect(codesOf(await unpackPart(bytes, LIMITS))).toBe('archive_invalid');
  });
});
