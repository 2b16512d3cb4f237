import { execFileSync } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type Files,
  type SampleRelease,
  sampleRelease,
} from '../../../distribution/testing/sample-release.ts';
import { ownersBlock, withBlock } from './code-owners.ts';
import { type OwnersOptions, policyOwners } from './owners.ts';

const OPTIONS: OwnersOptions = { org: 'acme', handle: [], registry: ['@acme/security'] };

/** A release in the folder `policy` of a repository. */
async function repository(files: Files = {}): Promise<SampleRelease & { readonly root: string }> {
  const sample = await sampleRelease(files);
  const root = dirname(sample.directory);
  execFileSync('git', ['init', '--quiet', root]);
  return { ...sample, root };
}

const REGISTRY = (compliance: string) =>
  `name: sample\nversion: 1.2.3\ncatalogue: catalogue.yaml\nbundles:\n  compliance: { path: compliance, ${compliance} }\n  servers/crm: { path: servers/crm }\nservers_without_bundle: [everything]\n`;

describe('policy owners', () => {
  test('has a line for each bundle, with the registry’s before all of them', async () => {
    await using sample = await repository({
      'release.yaml': REGISTRY('owners: ["@ada", ben@acme.example, "@acme/privacy"], approvals: 2'),
    });
    const { exitCode, out } = await policyOwners(sample.directory, OPTIONS);
    expect(exitCode).toBe(0);
    expect(out.split('\n').slice(1, -2)).toEqual([
      '# The registry of bundles, and all that is no bundle.',
      '/policy/ @acme/security',
      '/.github/CODEOWNERS @acme/security',
      '# compliance: 2 approvals of its owners',
      '/policy/compliance/ @ada ben@acme.example @acme/privacy',
      '# servers/crm',
      '/policy/servers/crm/ @acme/sales',
    ]);
  });

  test('refuses an owner that is no account, and says what to do', async () => {
    await using sample = await repository({ 'release.yaml': REGISTRY('owners: [ada]') });
    const { org: _, ...without } = OPTIONS;
    await expect(policyOwners(sample.directory, without)).rejects.toMatchObject({
      detail: expect.stringContaining('"ada"'),
    });
    const named = await policyOwners(sample.directory, { ...OPTIONS, handle: ['ada=@ada-at-acme'] });
    expect(named.out).toContain('/policy/compliance/ @ada-at-acme\n');
    const spaced = await repository({ 'release.yaml': REGISTRY('owners: ["x\\n/ @evil"]') });
    await expect(policyOwners(spaced.directory, OPTIONS)).rejects.toMatchObject({ code: 'bad_request' });
    await spaced[Symbol.asyncDispose]();
    await expect(policyOwners(sample.directory, { ...OPTIONS, handle: ['ada=x y'] })).rejects.toThrow();
  });

  test('leaves everything else of the file as it is, and is up to date after it wrote', async () => {
    await using sample = await repository();
    const file = join(sample.root, 'CODEOWNERS');
    await writeFile(file, '# ours\n* @acme/all\n');
    const check = () => policyOwners(sample.directory, { ...OPTIONS, check: true });
    expect((await check()).exitCode).toBe(1);
    expect((await policyOwners(sample.directory, { ...OPTIONS, write: true })).exitCode).toBe(0);
    const first = await readFile(file, 'utf8');
    expect(first).toMatch(/^# ours\n\* @acme\/all\n\n# --- bundles/);
    expect((await check()).exitCode).toBe(0);
    await writeFile(file, `${first}\n/docs/ @acme/docs\n`);
    await sample.write({ 'release.yaml': REGISTRY('owners: ["@ada"]') });
    expect((await check()).exitCode).toBe(1);
    await policyOwners(sample.directory, { ...OPTIONS, write: true });
    const second = await readFile(file, 'utf8');
    expect(second).toMatch(
      /^# ours\n\* @acme\/all\n\n# --- bundles[\s\S]*@ada[\s\S]*\n\n\/docs\/ @acme\/docs\n$/,
    );
    expect(second).not.toContain('@acme/privacy');
  });

  test('begins the file where forges look for it', async () => {
    await using sample = await repository();
    await policyOwners(sample.directory, { ...OPTIONS, write: true });
    expect(await readFile(join(sample.root, '.github/CODEOWNERS'), 'utf8')).toMatch(/^# --- bundles/);
    const outside = { ...OPTIONS, write: true, file: join(sample.root, '../CODEOWNERS') } as const;
    await expect(policyOwners(sample.directory, outside)).rejects.toMatchObject({ code: 'bad_request' });
  });

  test('warns where nobody answers for the registry itself', async () => {
    await using sample = await repository();
    expect((await policyOwners(sample.directory, { ...OPTIONS, registry: [] })).error).toContain(
      '--registry',
    );
    expect((await policyOwners(sample.directory, OPTIONS)).error).toBe('');
  });

  test('names folders as they are, whichever links lead to them', async () => {
    await using sample = await repository();
    await using elsewhere = await sampleRelease();
    const link = join(elsewhere.directory, 'link');
    await symlink(sample.root, link);
    const { out } = await policyOwners(join(link, 'policy'), OPTIONS);
    expect(out).toContain('\n/policy/ @acme/security\n');
    expect(out).not.toContain('..');
    const file = join(link, 'CODEOWNERS');
    await policyOwners(join(link, 'policy'), { ...OPTIONS, write: true, file });
    expect(await readFile(join(sample.root, 'CODEOWNERS'), 'utf8')).toBe(
      out.replace('/.github/CODEOWNERS', '/CODEOWNERS'),
    );
    const outside = { folder: '../policy', file: 'CODEOWNERS', paths: [], registry: ['@acme/security'] };
    expect(() => ownersBlock(outside, { org: 'acme', handles: new Map() })).toThrow();
  });

  test('changes no file in which its lines cannot be told from others', async () => {
    const block =
      '# --- bundles: made by `bailiff policy owners --write` from release.yaml; edit that, not these lines ---\n';
    expect(() => withBlock(`${block}/x/ @y\n`, 'new\n')).toThrow();
    expect(() => withBlock(`${block}${block}`, 'new\n')).toThrow();
    await using sample = await repository();
    await mkdir(join(sample.root, '.github'));
    await writeFile(join(sample.root, '.github/CODEOWNERS'), block);
    await expect(policyOwners(sample.directory, { ...OPTIONS, write: true })).rejects.toThrow();
    expect(await readFile(join(sample.root, '.github/CODEOWNERS'), 'utf8')).toBe(block);
  });
});
