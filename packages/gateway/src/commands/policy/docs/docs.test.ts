import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readPolicy } from '../../../distribution/review/read-policy.ts';
import {
  type Files,
  OPA,
  SAMPLE_OVERRIDE,
  sampleRelease,
} from '../../../distribution/testing/sample-release.ts';
import { placeOfPolicy } from '../policy-folder.ts';
import { pagesOf, policyDocs } from './docs.ts';
import { toldPolicy } from './told-policy.ts';

const AT = new Date('2026-11-03T00:00:00Z');
let out = '';

beforeAll(async () => {
  process.env.BAILIFF_OPA = OPA;
  out = await mkdtemp(join(tmpdir(), 'bailiff-docs-'));
});
afterAll(() => rm(out, { recursive: true, force: true }));

async function pages(files: Files = {}, at = AT): Promise<Map<string, string>> {
  await using sample = await sampleRelease(files);
  return pagesOf(toldPolicy(await readPolicy(placeOfPolicy(sample.directory, at)), { at }));
}

const REGO = (metadata: string) =>
  `package policy.compliance\n\n# METADATA\n${metadata}deny contains "y" if {\n\tinput.action.args.rows > data.policy.compliance.rows_max\n\tinput.action.region == "eu"\n}\n`;

describe('pages about policy', () => {
  test('say what each rule does, who answers for it, what it reads and which tests show it', async () => {
    const page = (await pages({ 'overrides/data.yaml': SAMPLE_OVERRIDE })).get('compliance.md') ?? '';
    expect(page).toContain('**Refuses the call.**');
    expect(page).toContain('| Rule | `compliance.rows` |');
    expect(page).toContain('| Answers for it | owners |');
    expect(page).toContain('| Reason code | `too_many_rows` |');
    expect(page).toContain('| Exceptions | A named override that expires may lift it. |');
    expect(page).toContain(
      '`o-1` for agents `bot`, from 2026-11-01T00:00Z to 2026-11-08T00:00Z: The yearly audit',
    );
    expect(page).toContain('| Tests in which it fires | many rows are refused |');
    expect(page).toContain('| Tests in which it stays silent | few rows are not |');
    expect(page).toContain('| `policy.compliance.rows_max` | `50` | `compliance.rows` |');
    expect(page).toContain('| Where it stands | `compliance/compliance.rego`, row 9 |');
    expect(page).not.toMatch(/:=|contains "rows"|package policy/);
  });

  test('tell the overrides that hold at their time, and no others', async () => {
    const later = new Date('2026-11-08T00:00:00Z');
    const page = (await pages({ 'overrides/data.yaml': SAMPLE_OVERRIDE }, later)).get('compliance.md');
    expect(page).not.toContain('o-1');
  });

  test('have an index with the rules that serve each control', async () => {
    const metadata =
      '# title: Large exports\n# custom:\n#   owner: privacy\n#   reason: y\n#   mode: watch\n#   watch_until: 2027-01-31\n#   controls: [GDPR-5]\n';
    const made = await pages({ 'compliance/y.rego': REGO(metadata) });
    expect(made.get('README.md')).toContain(
      '| `GDPR-5` | [`compliance.y`](compliance.md#y) (watched only) |',
    );
    expect(made.get('README.md')).toContain('[`servers/crm`](servers/crm.md)');
    expect(made.get('compliance.md')).toContain(
      '**Watched only until 2027-01-31, without effect on any call.**',
    );
  });

  test('are the same bytes for the same policy and time', async () => {
    expect(await pages()).toEqual(await pages());
  });

  test('show what owners write as text, whatever it holds', async () => {
    const evil = '</td><script>alert(1)</script> | [x](javascript:y) **z** <!--';
    const metadata = `# title: '${evil}'\n# description: "# h\\n\\n${evil}"\n# custom:\n#   owner: '${evil}'\n#   reason: y\n#   message: '${evil}'\n#   appeal_path: '\`${evil}'\n#   controls: ['\`|${evil}']\n`;
    const made = await pages({ 'compliance/y.rego': REGO(metadata) });
    for (const text of [made.get('README.md') ?? '', made.get('compliance.md') ?? '']) {
      const outsideCode = text.replaceAll(/(`+)(?!`).*?(?<!`)\1(?!`)/g, '');
      expect(outsideCode.replaceAll(/<!-- Made .*?-->|<br>|<a id="\w+"><\/a>/g, '')).not.toMatch(
        /<|\]\(java|\*\*z/,
      );
      expect(text.split('\n').filter((line) => line.startsWith('# '))).toHaveLength(1);
      for (const row of text.split('\n').filter((line) => line.startsWith('| ')))
        expect([3, 4, 5]).toContain(row.split(/(?<!\\)\|/).length - 1);
    }
  });

  test('are refused where a rule is described in no way that could be told', async () => {
    await using sample = await sampleRelease({
      'compliance/y.rego': 'package policy.compliance\n\ndeny contains "y" if true\n',
    });
    const { exitCode, error } = await policyDocs(sample.directory, { out, at: AT });
    expect([exitCode, error]).toEqual([1, expect.stringContaining('y.rego:3: rule_metadata_missing')]);
  });

  test('are written, go with their bundle, and never take the place of what somebody else wrote', async () => {
    await using sample = await sampleRelease();
    const first = await policyDocs(sample.directory, { out, at: AT });
    expect(first.out).toMatch(/^6 pages; begin at .*README\.md\n$/);
    const release = await readFile(join(sample.directory, 'release.yaml'), 'utf8');
    await sample.write({
      'release.yaml': `${release.replace(/ {2}servers\/crm:.*\n/, '').replace('[everything]', '[everything, crm]')}`,
    });
    const second = await policyDocs(sample.directory, { out, at: AT });
    expect(second.out).toContain('5 pages, 1 removed');
    await expect(readFile(join(out, 'servers/crm.md'))).rejects.toThrow('ENOENT');
    await policyDocs(sample.directory, { out: join(out, 'other'), at: AT });
    await policyDocs(sample.directory, { out, at: AT });
    expect(await readFile(join(out, 'other/compliance.md'), 'utf8')).toContain('# compliance');
    await writeFile(join(out, 'compliance.md'), 'mine\n');
    await expect(policyDocs(sample.directory, { out, at: AT })).rejects.toThrow();
    expect(await readFile(join(out, 'compliance.md'), 'utf8')).toBe('mine\n');
  });

  test('tell of a bundle that comes from a source as it is there now, and say why where it cannot be had', async () => {
    await using sample = await sampleRelease();
    const folder = join(out, 'fetched');
    const source = join(await mkdtemp(join(out, 'source-')), 'compliance');
    await rename(join(sample.directory, 'compliance'), source);
    const made = async (path: string, withoutSources?: true) => {
      const origin = { kind: 'directory', path, local_development: true };
      const bundles = {
        ...{ identity: { path: 'identity' }, resource: { path: 'resource' } },
        compliance: { source: origin, owners: ['ada'] },
      };
      const servers = ['everything', 'crm'];
      await sample.write({
        'release.yaml': JSON.stringify({
          ...{ name: 'sample', version: '1.2.3', catalogue: 'catalogue.yaml', bundles },
          servers_without_bundle: servers,
        }),
      });
      const { exitCode, error } = await policyDocs(sample.directory, { out: folder, at: AT, withoutSources });
      const read = (page: string) => readFile(join(folder, page), 'utf8');
      return { exitCode, error, page: await read('compliance.md'), index: await read('README.md') };
    };
    const whole = await made(source);
    expect([whole.exitCode, whole.error]).toEqual([0, '']);
    expect(whole.page).toContain('| Rule | `compliance.rows` |');
    expect(whole.page).toContain(`| Comes from | \`folder ${source}\` |`);
    expect(whole.index).not.toContain('were not looked at');
    const lacking = await made(join(source, 'nowhere'));
    expect([lacking.exitCode, lacking.error]).toEqual([
      0,
      expect.stringMatching(/The rules of `compliance` are not told: .*nowhere/),
    ]);
    expect(lacking.page).toMatch(/\*\*Its rules are not told here\.\*\* .*nowhere/);
    expect(lacking.page).toContain('| People whose approval counts | ada |');
    expect(lacking.index).toMatch(/^\| \[`compliance`\]\(compliance\.md\) \| ada \| .*nowhere.* \|$/m);
    expect((await made(source, true)).page).toContain('Its source was not asked.');
  });

  test('tell of one bundle alone', async () => {
    await using sample = await sampleRelease();
    const policy = await readPolicy(placeOfPolicy(join(sample.directory, 'compliance'), AT));
    expect([...pagesOf(toldPolicy(policy, { at: AT })).keys()]).toEqual(['README.md', 'compliance.md']);
  });
});
