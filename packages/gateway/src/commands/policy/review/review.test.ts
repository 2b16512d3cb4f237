import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { metadata, OPA, sampleRelease } from '../../../distribution/testing/sample-release.ts';
import { policyReview } from './review.ts';

beforeAll(() => {
  process.env.BAILIFF_OPA = OPA;
});

const EVIL = '<img src=x> | [a](javascript:b) `c`';
const MORE = `package policy.compliance\n\n${metadata('more').replace('title: A rule', `title: '${EVIL}'`)}deny contains "more" if input.action.args.more == "\`\`\`"\n`;

/** A repository whose last commit is the sample, with something new in its working tree. */
async function repository() {
  const sample = await sampleRelease();
  const root = dirname(sample.directory);
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', '-C', root, ...args]);
  git('init', '--quiet', '--initial-branch=main');
  git('add', '.');
  git('commit', '--quiet', '-m', 'first');
  await sample.write({
    'compliance/more.rego': MORE,
    'compliance/data.yaml': 'rows_max: 80\n',
  });
  return { ...sample, root, git };
}

describe('policy review', () => {
  test('compares with a commit of the repository, whatever lies in its working tree', async () => {
    await using sample = await repository();
    const { exitCode, out } = await policyReview(sample.directory, { base: 'main', format: 'text' });
    expect(exitCode).toBe(0);
    expect(out).toMatch(
      /Rules: 1 added; 1 value of data changes; 0 looser, 1 stricter, 1 that cannot be told\./,
    );
    expect(out).toMatch(/^ {2}compliance\.more added: a denial: <img src=x> .* compliance\/more\.rego:8$/m);
    expect(out).toMatch(/data rows_max was 50, is 80; read by compliance\.rows/);
    expect(out).toMatch(/needs the agreement of privacy/);
  });

  test('compares with a folder, and with one that was not there', async () => {
    await using one = await repository();
    await using other = await sampleRelease();
    const { out } = await policyReview(one.directory, { base: other.directory, format: 'json' });
    const { rules } = JSON.parse(out);
    expect(rules).toMatchObject([
      { id: 'compliance.more', change: 'added', direction: 'stricter', before: null },
    ]);
    one.git('rm', '-r', '--quiet', '--cached', 'policy');
    one.git('commit', '--quiet', '-m', 'gone');
    const all = JSON.parse((await policyReview(one.directory, { base: 'HEAD', format: 'json' })).out);
    expect(all.rules).toHaveLength(5);
  });

  test('writes a comment in which texts are shown as they are', async () => {
    await using sample = await repository();
    const { out } = await policyReview(sample.directory, { base: 'HEAD', format: 'markdown' });
    expect(out).toMatch(/^<!-- bailiff policy review -->\n/);
    expect(out).toContain('| `compliance` | privacy |');
    expect(out).toContain('&lt;img src=x&gt; \\| \\[a\\]\\(javascript:b\\) \\`c\\`');
    expect(out).toContain('````diff\n+ deny contains "more" if input.action.args.more == "```"\n````');
    expect(out.replaceAll(/<!--.*?-->|<\/?(details|summary)>/g, '')).not.toContain('<');
  });

  test('tells what is fetched and what the gateway reads, in words and in its counts', async () => {
    await using sample = await repository();
    const registry = (crm: string) =>
      `name: sample\nversion: 1.2.3\ncatalogue: catalogue.yaml\nbundles:\n  identity: { path: identity }\n  servers/crm: { source: { kind: git, repository: a.git }${crm} }\nservers_without_bundle: [everything]\n`;
    await sample.write({ 'release.yaml': registry(', owners: [ada], approvals: 2') });
    sample.git('add', '.');
    sample.git('commit', '--quiet', '-m', 'fetched');
    await sample.write({
      'release.yaml': registry(''),
      'identity/data.yaml':
        'agents:\n  bot: { scope: support, owner_team: cx }\nusers:\n  mara: { kind: human, groups: [risk] }\n',
    });
    const text = (await policyReview(sample.directory, { base: 'HEAD', format: 'text' })).out;
    expect(text).toMatch(/1 value of data changes; 1 looser, 0 stricter, 2 that cannot be told\./);
    expect(text).toMatch(/servers\/crm is registered in another way\n/);
    expect(text).toMatch(/needs the agreement of 2 of ada\n/);
    expect(text).toMatch(/users\.mara\.groups lost "support", gained "risk"; read by the gateway\n/);
    const page = (await policyReview(sample.directory, { base: 'HEAD', format: 'markdown' })).out;
    expect(page).toContain('`servers/crm` is registered in another way');
    expect(page).toContain('| the gateway |');
    sample.git('add', '.');
    sample.git('commit', '--quiet', '-m', 'without owners');
    await sample.write({ 'release.yaml': registry(', required: false') });
    expect((await policyReview(sample.directory, { base: 'HEAD', format: 'text' })).out).toMatch(
      /needs the agreement of whoever answers for it where it is fetched\n/,
    );
  });

  test('tells the rules of what is fetched by the release, as its source has them now, and says where it cannot', async () => {
    await using sample = await repository();
    const source = await mkdtemp(join(tmpdir(), 'bailiff-review-'));
    try {
      const place = { kind: 'directory', path: source, local_development: true };
      const registry = (path: string) =>
        JSON.stringify({
          ...{ name: 'sample', version: '1.2.3', catalogue: 'catalogue.yaml' },
          bundles: {
            ...{ identity: { path: 'identity' }, resource: { path: 'resource' } },
            compliance: { source: { ...place, path } },
          },
          servers_without_bundle: ['everything', 'crm'],
        });
      await cp(join(sample.directory, 'compliance'), source, { recursive: true });
      await sample.write({ 'release.yaml': registry(source) });
      const text = async () => {
        const { exitCode, out, error } = await policyReview(sample.directory, {
          base: 'HEAD',
          format: 'text',
        });
        return [exitCode, out, error];
      };
      expect(await text()).toEqual([0, expect.stringMatching(/compliance\.more added: a denial/), '']);
      expect((await text())[1]).not.toContain('not told here');
      await sample.write({ 'release.yaml': registry(join(source, 'nowhere')) });
      expect(await text()).toEqual([
        0,
        expect.stringContaining('what it says there is not told here'),
        expect.stringMatching(/The rules of `compliance` are not told: .*nowhere/),
      ]);
    } finally {
      await rm(source, { recursive: true, force: true });
    }
  });

  test('says what keeps it from comparing', async () => {
    await using sample = await repository();
    await expect(policyReview(sample.directory, { base: 'nowhere', format: 'text' })).rejects.toMatchObject({
      detail: expect.stringContaining('"nowhere"'),
    });
    await expect(
      policyReview(sample.directory, { base: '--output=x', format: 'text' }),
    ).rejects.toMatchObject({
      code: 'bad_request',
    });
    await sample.write({ 'compliance/more.rego': 'package policy.compliance\n\ndeny if {' });
    const broken = await policyReview(sample.directory, { base: 'HEAD', format: 'text' });
    expect([broken.exitCode, broken.error]).toEqual([
      1,
      expect.stringContaining('more.rego:3: rego_parse_error'),
    ]);
    sample.git('add', '.');
    sample.git('commit', '--quiet', '-m', 'broken');
    await sample.write({ 'compliance/more.rego': MORE });
    await expect(policyReview(sample.directory, { base: 'HEAD', format: 'text' })).rejects.toMatchObject({
      detail: expect.stringContaining('The base "HEAD" cannot be read'),
    });
  });
});
