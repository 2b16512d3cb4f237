import { readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { OPA, type SampleRelease, sampleRelease } from '../../../distribution/testing/sample-release.ts';
import { policyFmt } from './fmt.ts';

beforeAll(() => {
  process.env.BAILIFF_OPA = OPA;
});

const UGLY = 'package   policy.compliance\nlimit:=5\n';
const PRETTY = 'package policy.compliance\n\nlimit := 5\n';
const text = ({ directory }: SampleRelease, file: string) => readFile(join(directory, file), 'utf8');

describe('policy fmt', () => {
  test('writes Rego as OPA does, and touches nothing else', async () => {
    await using sample = await sampleRelease({ 'compliance/x.rego': UGLY, 'compliance/note.md': 'a:=1\n' });
    const untouched = await stat(join(sample.directory, 'compliance/data.yaml'));
    const { exitCode, out } = await policyFmt(sample.directory, {});
    expect([exitCode, out]).toEqual([0, expect.stringMatching(/^formatted .*compliance\/x\.rego$/m)]);
    expect(await text(sample, 'compliance/x.rego')).toBe(PRETTY);
    expect(await text(sample, 'compliance/note.md')).toBe('a:=1\n');
    expect((await stat(join(sample.directory, 'compliance/data.yaml'))).mtimeMs).toBe(untouched.mtimeMs);
    expect((await policyFmt(sample.directory, { check: true })).exitCode).toBe(0);
  });

  test('only says what would change where it checks, and shows it where asked', async () => {
    await using sample = await sampleRelease({ 'compliance/x.rego': UGLY });
    const checked = await policyFmt(sample.directory, { check: true });
    expect([checked.exitCode, checked.out]).toEqual([1, expect.stringMatching(/would format .*x\.rego/)]);
    const { exitCode, out } = await policyFmt(sample.directory, { diff: true });
    expect([exitCode, out]).toEqual([0, expect.stringContaining('- limit:=5\n')]);
    expect(out).toContain('+ limit := 5\n');
    expect(await text(sample, 'compliance/x.rego')).toBe(UGLY);
  });

  test('names every file that OPA cannot read, and formats the others', async () => {
    await using sample = await sampleRelease({
      'compliance/a.rego': 'package policy.compliance\ndeny if {',
      'compliance/b.rego': 'no package\n',
      'compliance/x.rego': UGLY,
    });
    await writeFile(join(sample.directory, 'compliance/c.rego'), Buffer.from([0x70, 0xff]));
    const { exitCode, error } = await policyFmt(sample.directory, {});
    expect(exitCode).toBe(1);
    expect(error).toMatch(/a\.rego:2: rego_parse_error/);
    expect(error).toMatch(/b\.rego:\d+: rego_parse_error: OPA cannot read it: unexpected/);
    expect(error).toMatch(/c\.rego:1: file_unreadable/);
    expect(await text(sample, 'compliance/x.rego')).toBe(PRETTY);
    expect(await readFile(join(sample.directory, 'compliance/c.rego'))).toEqual(Buffer.from([0x70, 0xff]));
  });

  test('writes what a link leads to, and leaves it a link', async () => {
    await using sample = await sampleRelease({ 'compliance/x.rego': UGLY });
    await symlink('x.rego', join(sample.directory, 'compliance/z.rego'));
    await policyFmt(sample.directory, {});
    expect(await text(sample, 'compliance/z.rego')).toBe(PRETTY);
    expect(await text(sample, 'compliance/x.rego')).toBe(PRETTY);
  });

  test('is not let loose on a folder that holds no policy', async () => {
    await using sample = await sampleRelease();
    await expect(policyFmt(join(sample.directory, '..'), {})).rejects.toMatchObject({
      code: 'configuration_invalid',
    });
  });
});
