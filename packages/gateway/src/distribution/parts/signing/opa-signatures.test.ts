import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { OPA } from '../../testing/sample-release.ts';
import { archiveOf, packPart } from '../pack-part.ts';
import {
  codesOf,
  filesOf,
  type KeyFolder,
  keyFolder,
  LIMIT_BYTES,
  readingOf,
  registered,
  SAMPLE_TEXTS,
  signedSample,
  verifySample,
} from '../testing/sample-part.ts';
import { unpackPart } from '../unpack-part.ts';
import { signedHashOf } from './structured-hash.ts';

let folder: KeyFolder;
let stage: string;

beforeAll(async () => {
  folder = await keyFolder();
  stage = await mkdtemp(join(tmpdir(), 'bailiff-opa-'));
});
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
  await rm(stage, { recursive: true, force: true });
});

/** What `opa` printed; throws with what it said when it fails. */
function opa(args: readonly string[], cwd = stage): string {
  const { status, stdout, stderr } = spawnSync(OPA, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  return stdout;
}

describe('a part of ours, to a real OPA', () => {
  test.each([
    'ES256',
    'ES384',
    'RS256',
    'PS256',
  ] as const)('verifies with %s, and decides', async (algorithm) => {
    const key = await folder.make(`key_${algorithm}`, algorithm);
    await writeFile(join(stage, 'part.tar.gz'), await signedSample(key));
    const named = ['--verification-key-id', key.id, '--signing-alg', algorithm];
    const build = (file: string) =>
      opa(['build', '-b', 'part.tar.gz', '--verification-key', file, ...named, '-o', 'out.tar.gz']);
    build(key.publicFile);
    const other = await folder.make(`other_${algorithm}`, algorithm);
    expect(() => build(other.publicFile)).toThrow(/verify JWT signature/);
    const input = join(stage, 'input.json');
    await writeFile(input, '{"action":{"args":{"rows":51}}}');
    const query = [
      'eval',
      '-b',
      'part.tar.gz',
      '-i',
      input,
      '--format',
      'raw',
      'data.policy.compliance.deny',
    ];
    expect(JSON.parse(opa(query))).toEqual(['rows']);
  });

  test('is inspected with its revision, roots and tests, and its tests pass', async () => {
    const packed = readingOf(await packPart(filesOf(SAMPLE_TEXTS), { name: 'compliance', author: 'ada' }));
    await writeFile(join(stage, 'plain.tar.gz'), packed.bytes);
    expect(JSON.parse(opa(['inspect', 'plain.tar.gz', '--format', 'json'])).manifest).toMatchObject({
      revision: packed.manifest.revision,
      roots: ['policy/compliance', 'policy/compliance_test'],
      metadata: { name: 'compliance', author: 'ada', digest: packed.manifest.metadata.digest },
    });
    expect(opa(['test', '-b', 'plain.tar.gz'])).toContain('PASS: 1/1');
    const { 'data.yaml': _, ...without } = SAMPLE_TEXTS;
    const json = { ...without, 'data.json': '{"rows_max": 50.0}' };
    const other = readingOf(await packPart(filesOf(json), { name: 'compliance', author: '' }));
    await writeFile(join(stage, 'plain.tar.gz'), other.bytes);
    expect(opa(['test', '-b', 'plain.tar.gz'])).toContain('PASS: 1/1');
  });
});

test('what `opa sign` signed by hand is taken, of an archive and of a folder alike', async () => {
  const key = await folder.make('by_hand');
  const keys = await folder.trusted([[key, { person: 'ops' }]]);
  const registration = registered({ signing_keys: ['by_hand'] });
  const packed = readingOf(await packPart(filesOf(SAMPLE_TEXTS), { name: 'compliance', author: 'ada' }));
  await writeFile(join(stage, 'hand.tar.gz'), packed.bytes);
  await writeFile(join(stage, 'claims.json'), '{"keyid": "by_hand"}');
  const sign = [
    'sign',
    '--signing-key',
    key.file,
    '--signing-alg',
    'ES256',
    '--claims-file',
    join(stage, 'claims.json'),
  ];
  opa([...sign, '--bundle', 'hand.tar.gz', '-o', '.']);
  const signature = new Uint8Array(await readFile(join(stage, '.signatures.json')));
  const signed = await archiveOf(new Map([...packed.files, ['.signatures.json', signature]]));
  expect(readingOf(await verifySample(signed, keys, { registration })).signedBy).toBe('by_hand');

  const manifest = packed.files.get('.manifest') ?? new Uint8Array();
  const own = new Map([...filesOf(SAMPLE_TEXTS), ['.manifest', manifest]]);
  await mkdir(join(stage, 'folder'));
  for (const [path, bytes] of own) await writeFile(join(stage, 'folder', path), bytes);
  opa([...sign, '--bundle', '.', '-o', stage], join(stage, 'folder'));
  const names = new Map([
    ...own,
    ['.signatures.json', new Uint8Array(await readFile(join(stage, '.signatures.json')))],
  ]);
  const reading = await verifySample(names, keys, { registration });
  expect([codesOf(reading)]).toEqual(['read']);
});

describe('the hash of a file is OPA’s', () => {
  /** What OPA states of each text, as files of one name each in a folder of its own. */
  async function hashesByOpa(file: string, texts: readonly string[]): Promise<readonly string[]> {
    const at = await mkdtemp(join(stage, 'hash-'));
    const key = await folder.make(`hash_${at.slice(-6)}`);
    for (const [position, text] of texts.entries()) {
      await mkdir(join(at, 'b', String(position)), { recursive: true });
      await writeFile(join(at, 'b', String(position), file), text);
    }
    await writeFile(join(at, 'claims.json'), '{"keyid": "x"}');
    const sign = ['sign', '--signing-key', key.file, '--signing-alg', 'ES256', '--bundle', 'b'];
    opa([...sign, '--claims-file', 'claims.json'], at);
    const { signatures } = JSON.parse(await readFile(join(at, '.signatures.json'), 'utf8'));
    const { files } = JSON.parse(Buffer.from(signatures[0].split('.')[1], 'base64url').toString());
    const byName = new Map(
      (files as { name: string; hash: string }[]).map(({ name, hash }) => [name.replace(/^b\//, ''), hash]),
    );
    return texts.map((_, position) => byName.get(`${position}/${file}`) ?? 'OPA names none');
  }

  const bytesOf = (text: string) => new TextEncoder().encode(text);
  const samplesOf = <Value>(arbitrary: fc.Arbitrary<Value>, numRuns: number) =>
    fc.sample(arbitrary, { numRuns });
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', '\u2028\u2029<>&', '\u007f\b\f\u0001', '\ud83d\ude00', 'no', '1.0', '~'),
  );
  const anyObject = (keys: fc.Arbitrary<string>) => {
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom<unknown>(null, true, false),
        fc.integer(),
        fc.double({ noDefaultInfinity: true, noNaN: true, noInteger: true }),
        keys,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(keys, tie('value'), { maxKeys: 5 }),
      ),
    }));
    return fc.dictionary(keys, value, { maxKeys: 6 });
  };
  const object = anyObject(text);

  test('of JSON: whatever its spaces, order of keys and ways to write numbers and text', async () => {
    const texts = [
      ...samplesOf(object, 300).map((one, at) => JSON.stringify(one, null, at % 3)),
      ...['{"a":1.0,"b":1e3,"c":1E+3,"d":-0,"e":0.10,"f":12345678901234567890123,"g":1e-7}'],
      ...['{"\\u0061":"\\u00e9\\ud83d\\ude00\\/","\\uffff":1,"\\ud83d\\ude00":2,"z":"\\ud800"}'],
      ...['{"a":1,"a":2}', ' [] ', '"x"', '1.50', 'null', '{"__proto__":{"a":1}}', '{"10":1,"9":2}'],
    ];
    const wanted = await hashesByOpa('data.json', texts);
    for (const [at, one] of texts.entries())
      expect(signedHashOf('data.json', bytesOf(one)), one).toBe(wanted[at]);
  }, 60_000);

  test('of manifests', async () => {
    const texts = samplesOf(object, 50).map((metadata) => JSON.stringify({ revision: '1', metadata }));
    const wanted = await hashesByOpa('.manifest', texts);
    for (const [at, one] of texts.entries())
      expect(signedHashOf('.manifest', bytesOf(one)), one).toBe(wanted[at]);
  }, 60_000);

  // OPA's reader of YAML takes fewer characters than ours, and fails; those two keys are refused here.
  const written = fc
    .oneof(
      fc.string({ unit: 'grapheme-ascii', maxLength: 20 }),
      fc.constantFrom('', 'no', '1.0', '~', '0x1', 'a: b', '#', '- x', ' ', 'ü€', '😀', 'null', '2026-01-01'),
    )
    .filter((key) => !['__proto__', '<<'].includes(key) && !isNumberToOpaAlone(key));

  /** What OPA’s reader takes for a number where ours, of YAML 1.2, takes it for text: `7_`, `0b11`, `-_1`. */
  function isNumberToOpaAlone(text: string): boolean {
    const digits = text.replaceAll('_', '');
    const isNumber = /^[-+]?(0b[01]+|0o?[0-7]+|0x[0-9a-f]+|(\.\d+|\d+(\.\d*)?)(e[-+]?\d+)?)$/i.test(digits);
    return isNumber && (digits !== text || /^[-+]?0[bo]|^[-+]0x/i.test(text));
  }

  test('of YAML, and there is none where a number loses digits', async () => {
    const texts = [
      ...samplesOf(anyObject(written), 200).map((one) => stringify(one)),
      ...[
        'a: 1\nb: 1.0\nc: 1e3\nd: 1e-7\ne: 0x1f\nf: 123456789012\n',
        'a: no\nb: yes\nc: on\nd: 2026-01-01\n',
      ],
      ...[
        'a: |\n  text\n  more\nb: >\n  folded\n  text\n',
        '# only words\n',
        '{"a": 1.0}',
        'a: ~\nb: null\nc:\n',
      ],
    ];
    const wanted = await hashesByOpa('data.yaml', texts);
    for (const [at, one] of texts.entries())
      expect(signedHashOf('data.yaml', bytesOf(one)), one).toBe(wanted[at]);
    expect(signedHashOf('data.yaml', bytesOf('a: 12345678901234567890\n'))).toBeUndefined();
  }, 60_000);

  test.each([
    '017',
    '0b11',
    '1_000',
    '-0',
    '0o17',
  ])('and %s, which readers of YAML take for different values, is not taken for what it is to OPA where it is not that here', async (number) => {
    const [wanted, ...others] = await hashesByOpa('data.yaml', [
      `a: ${number}\n`,
      ...['17', '15', '3', '1000', '0', '-0.0'].map((value) => `a: ${value}\n`),
      `a: "${number}"\n`,
    ]);
    const own = signedHashOf('data.yaml', bytesOf(`a: ${number}\n`));
    // What it is here is one of these values to OPA too.
    expect(others).toContain(own);
    expect(new Set(others).has(wanted ?? '')).toBe(true);
  }, 60_000);
});

test('a bundle whose data means one thing to OPA and another here is not signed', async () => {
  const key = await folder.make('strict');
  const texts = { ...SAMPLE_TEXTS, 'data.yaml': 'rows_max: 017\n' };
  await expect(signedSample(key, { texts })).rejects.toThrow(/file_changed/);
  const packed = readingOf(await packPart(filesOf(texts), { name: 'compliance', author: 'ada' }));
  const files = readingOf(
    await unpackPart(packed.bytes, { sizeLimitBytes: LIMIT_BYTES, name: 'compliance' }),
  );
  expect([...files.keys()]).toContain('policy/compliance/data.yaml');
});
