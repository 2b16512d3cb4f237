import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { registryForTests } from '../../../../../conformance/setup/registry/registry-for-tests.ts';
import { type KeyFolder, keyFolder, SAMPLE_TEXTS } from '../../distribution/parts/testing/sample-part.ts';
import { OPA } from '../../distribution/testing/sample-release.ts';
import { bundleApprove } from './approve.ts';
import { buildPart } from './build-part.ts';
import { bundleInspect } from './inspect.ts';
import { bundleSign } from './sign.ts';
import { bundlePull, bundlePush } from './transfer.ts';
import { bundleVerify } from './verify.ts';

let keys: KeyFolder;
let folder: string;
let release: string;
let part: string;
let file: string;
let keyFile: string;
let benFile: string;

beforeAll(async () => {
  process.env.BAILIFF_OPA = OPA;
  keys = await keyFolder();
  keyFile = (await keys.make('release')).file;
  benFile = (await keys.make('ben_1')).file;
});
afterAll(() => keys[Symbol.asyncDispose]());

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bailiff-bundle-'));
  [release, part, file] = [join(folder, 'policy'), join(folder, 'compliance'), join(folder, 'bundle.tar.gz')];
  await write({
    ...Object.fromEntries(Object.entries(SAMPLE_TEXTS).map(([path, text]) => [`compliance/${path}`, text])),
    'policy/release.yaml': [
      'name: r',
      'version: 1.0.0',
      'catalogue: catalogue.yaml',
      'keys:',
      `  release: { file: ${keyFile.replace('.pem', '.pub')}, person: ops }`,
      `  ben_1: { file: ${benFile.replace('.pem', '.pub')}, person: ben }`,
      'bundles:',
      '  compliance:',
      '    source: { kind: directory, path: ../compliance }',
      '    owners: [ada, ben]',
      '    signing_keys: [release]',
      '    approvals: 1',
      '  identity: { path: ../compliance }',
      '',
    ].join('\n'),
  });
  return () => rm(folder, { recursive: true, force: true });
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

const signing = () => ({ key: keyFile, keyId: 'release', expiresInDays: 30 });
const approving = () => ({ key: benFile, keyId: 'ben_1' });

async function signedFile(): Promise<void> {
  expect(await buildPart(part, { output: file, author: 'ada' })).toMatchObject({ exitCode: 0 });
  expect(await bundleSign(file, signing())).toMatchObject({ exitCode: 0 });
}

describe('a bundle alone', () => {
  test('is built, signed, approved and verified from files', async () => {
    const built = await buildPart(part, { output: file, author: 'ada', json: true });
    const { digest, revision } = JSON.parse(built.out);
    expect(JSON.parse(built.out)).toMatchObject({ name: 'compliance', author: 'ada', output: file });
    expect((await bundleVerify(file, { release })).error).toContain(
      'signature_missing: The bundle is not signed.',
    );

    const signed = await bundleSign(file, signing());
    expect(signed.out).toMatch(
      /^signed compliance 1\.2\.0\+[0-9a-f]{12} as release \(ES256\), author ada, until 20/,
    );
    const unapproved = await bundleVerify(file, { release });
    expect([unapproved.exitCode, unapproved.error]).toEqual([1, expect.stringContaining('0 of 1 approvals')]);

    const approved = await bundleApprove(file, { ...approving(), release });
    expect(approved.out).toContain(
      `signed as ben_1: {"bundle":"compliance","digest":"${digest}","approver":"ben"}\n`,
    );
    const verified = await bundleVerify(file, { release, json: true });
    expect(JSON.parse(verified.out)).toEqual({
      ...{ name: 'compliance', version: '1.2.0', revision, digest, author: 'ada' },
      ...{ signed_by: 'release', approved_by: ['ben'] },
    });

    const told = JSON.parse((await bundleInspect(file, { json: true })).out);
    expect(told).toMatchObject({
      ...{ name: 'compliance', revision, digest, author: 'ada' },
      roots: ['policy/compliance', 'policy/compliance_test'],
      signature: { key_id: 'release', algorithm: 'ES256', author: 'ada' },
      approvals: [{ approver: 'ben', key_id: 'ben_1', is_for_this: true }],
      rules: [{ id: 'compliance.rows', kind: 'deny', mode: 'enforce' }],
    });
    expect((await bundleInspect(file, {})).out).toContain('  approval  ben with ben_1\n1 rule\n');
  });

  test('is signed and approved in its folder, as git keeps it', async () => {
    expect(await bundleSign(part, { ...signing(), author: 'ada' })).toMatchObject({ exitCode: 0 });
    expect(await bundleApprove(part, { ...approving(), as: 'ben' })).toMatchObject({ exitCode: 0 });
    expect((await bundleVerify(part, { release })).out).toContain('approved by ben\n');
    await writeFile(join(part, 'data.yaml'), 'rows_max: 500\n');
    expect((await bundleVerify(part, { release })).error).toContain('digest_mismatch');
  });

  test('is taken out of the folder of a release by its name', async () => {
    expect((await buildPart(release, { bundle: 'compliance' })).error).toContain('comes from its source');
    expect((await buildPart(release, { bundle: 'workflow' })).error).toMatch(
      /release\.yaml:\d+: bundle_missing: No bundle `workflow`/,
    );
    // Its folder holds another bundle than the one that it is registered as.
    expect((await buildPart(release, { bundle: 'identity' })).error).toContain('bundle_name_mismatch');
  });

  test('is not packed where something in it is wrong, which is named by file and row', async () => {
    await writeFile(
      join(part, 'more.rego'),
      'package policy.compliance\n\ndeny contains "x" if input.action.args.rows > 1\n\ny := http.send({})\n',
    );
    const { exitCode, error } = await buildPart(part, { output: file });
    expect(exitCode).toBe(1);
    expect(error).toMatch(/compliance\/more\.rego:3: rule_metadata_missing: /);
    expect(error).toMatch(/compliance\/more\.rego:5: builtin_refused: /);
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('may read what another bundle defines: that is judged with the release', async () => {
    await writeFile(
      join(part, 'more.rego'),
      'package policy.compliance\n\nhelper if data.policy.resource.tools.support\n',
    );
    expect(await buildPart(part, {})).toMatchObject({ exitCode: 0 });
  });
});

test('a folder that takes rules by name is not signed as it lies there, and packed it is', async () => {
  await write({
    'compliance/bundle.yaml':
      'name: compliance\nversion: 1.2.0\nowner: privacy\nlibrary: { user_clearance: {} }\n',
  });
  const refused = await bundleSign(part, { ...signing(), author: 'ada' });
  expect(refused).toMatchObject({ exitCode: 1, error: expect.stringContaining('library_by_name') });
  expect(refused.error).toContain('bundle build -o');
  expect(await buildPart(part, { output: file, author: 'ada' })).toMatchObject({ exitCode: 0 });
  expect(await bundleSign(file, signing())).toMatchObject({ exitCode: 0 });
  expect((await bundleVerify(file, { release })).error).toContain('0 of 1 approvals');
});

describe('it is said what is missing', () => {
  test('an author, for a signature', async () => {
    await buildPart(part, { output: file });
    expect((await bundleSign(file, signing())).error).toContain('author_missing');
    expect(await bundleSign(file, { ...signing(), author: 'ada' })).toMatchObject({ exitCode: 0 });
  });

  test('a private key that can be used', async () => {
    await buildPart(part, { output: file, author: 'ada' });
    const publicKey = keyFile.replace('.pem', '.pub');
    await expect(bundleSign(file, { ...signing(), key: publicKey })).rejects.toThrow(/openssl genpkey/);
    await expect(bundleSign(file, { ...signing(), key: 'none.pem' })).rejects.toThrow(/cannot be read/);
    await expect(bundleSign(file, { ...signing(), algorithm: 'RS256' })).rejects.toThrow(/RS256 takes rsa/);
  });

  test('who approves, and that the author’s approval does not count', async () => {
    await signedFile();
    await expect(bundleApprove(file, approving())).rejects.toThrow(/--as PERSON/);
    await expect(bundleApprove(file, { ...approving(), as: 'ada' })).rejects.toThrow(/ada is the author/);
    await expect(bundleApprove(file, { ...approving(), release, as: 'ada' })).rejects.toThrow(
      /ben’s, not ada’s/,
    );
    await expect(bundleApprove(file, { ...approving(), release, keyId: 'x' })).rejects.toThrow(
      /not among `keys`/,
    );
  });

  test('that a key is not the registered one, and that nothing is kept of what would not count', async () => {
    await signedFile();
    const { file: other } = await keys.make('stranger');
    await expect(bundleApprove(file, { ...approving(), release, key: other })).rejects.toThrow(
      /stranger\.pem is not the key that .*release\.yaml registers as ben_1 for ben, so the approval would not count/,
    );
    await expect(bundleApprove(file, { ...approving(), release, algorithm: 'PS256' })).rejects.toThrow(
      /PS256/,
    );
    await expect(bundleApprove(file, { key: keyFile, keyId: 'release', release })).rejects.toThrow(
      /would not count, and is not kept: .*ops.* is no owner/,
    );
    await expect(stat(`${file}.approvals.json`)).rejects.toMatchObject({ code: 'ENOENT' });
    expect((await bundleApprove(file, { ...approving(), as: 'ben' })).out).toContain('was not looked at');
  });

  test('that who signed it approves it too, which would not count', async () => {
    const registry = join(release, 'release.yaml');
    const text = await readFile(registry, 'utf8');
    await writeFile(registry, text.replace('signing_keys: [release]', 'signing_keys: [release, ben_1]'));
    await buildPart(part, { output: file, author: 'ada' });
    await bundleSign(file, { ...signing(), key: benFile, keyId: 'ben_1' });
    await expect(bundleApprove(file, { ...approving(), release })).rejects.toThrow(
      /would not count, and is not kept: .*ben.* holds the key that signed it/,
    );
    await expect(stat(`${file}.approvals.json`)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('a place, a registration, a list of approvals', async () => {
    await signedFile();
    await expect(bundleInspect('nothing', {})).rejects.toThrow(/no file nothing/);
    expect((await bundleVerify(file, { release, bundle: 'workflow' })).error).toContain(
      'bundle_unregistered',
    );
    await writeFile(`${file}.approvals.json`, '{}');
    await expect(bundleVerify(file, { release })).rejects.toThrow(/no list of approvals/);
    const refused = await bundleVerify(keyFile, { release, json: true, bundle: 'compliance' });
    expect(JSON.parse(refused.out)).toMatchObject({ findings: [{ code: 'archive_invalid' }] });
  });
});

describe('in a registry', () => {
  const host = registryForTests();

  test('a bundle is pushed, approved there, verified there and pulled', async () => {
    const reference = `${host()}/policy/compliance:1`;
    await signedFile();
    const pushed = JSON.parse((await bundlePush(file, reference, { json: true })).out);
    expect(pushed.reference).toMatch(/\/policy\/compliance@sha256:[0-9a-f]{64}$/);
    expect((await bundleVerify(reference, { release })).error).toContain('0 of 1 approvals');
    const approved = JSON.parse(
      (await bundleApprove(reference, { ...approving(), release, json: true })).out,
    );
    expect(approved.kept_in).not.toBe(pushed.reference);
    expect((await bundleVerify(reference, { release })).out).toContain('approved by ben\n');
    expect((await bundleInspect(`oci://${reference}`, {})).out).toContain('approval  ben with ben_1');

    const output = join(folder, 'pulled.tar.gz');
    expect((await bundlePull(reference, { output })).out).toContain('not verified');
    expect(await readFile(output)).toEqual(await readFile(file));
    expect((await bundleVerify(output, { release })).out).toContain('approved by ben\n');
    // What was pulled carries its approvals along.
    const again = JSON.parse((await bundlePush(output, reference, { json: true })).out);
    expect(again.approvals).toBe(1);
  });

  test('what is not there, or cannot be written to, is said', async () => {
    await expect(bundleInspect(`${host()}/policy/none:1`, {})).rejects.toMatchObject({
      code: 'bundle_unavailable',
    });
    await signedFile();
    const digest = `${host()}/policy/compliance@sha256:${'0'.repeat(64)}`;
    await expect(bundlePush(file, digest, {})).rejects.toMatchObject({ code: 'bundle_unavailable' });
    await expect(bundlePush(`${host()}/policy/none:1`, digest, {})).rejects.toMatchObject({
      code: 'bundle_unavailable',
    });
    await expect(bundlePush(file, file, {})).rejects.toThrow(/bundle’s file first/);
    await expect(bundleInspect(digest, { passwordEnv: 'BAILIFF_NOT_SET' })).rejects.toThrow(/not set/);
  });
});
