import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OPA } from '../../../distribution/testing/sample-release.ts';
import { policyTest } from './policy-test.ts';

const ROOT = fileURLToPath(new URL('../../../../../../', import.meta.url));
const GUIDE = join(ROOT, 'docs/guides/testing.md');
let folder = '';

beforeAll(async () => {
  process.env.BAILIFF_OPA = OPA;
  folder = await mkdtemp(join(tmpdir(), 'bailiff-guide-'));
  const isIgnored = (path: string) => path.includes('.bailiff');
  await cp(join(ROOT, 'examples/acme/policy'), join(folder, 'policy'), {
    recursive: true,
    filter: (path) => !isIgnored(path),
  });
  await cp(join(ROOT, 'examples/acme/bailiff.yaml'), join(folder, 'bailiff.yaml'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('the cases of the guide hold of the example company, and fail as it shows when one is changed', async () => {
  const guide = await readFile(GUIDE, 'utf8');
  const [, path = '', text = ''] = /^```yaml (\S+)\n(.*?)^```$/ms.exec(guide) ?? [];
  const file = join(folder, 'policy', path);
  await writeFile(file, text);
  const held = await policyTest(join(folder, 'policy'), {});
  expect(held.out).not.toContain('failed policy');
  expect(held.exitCode).toBe(0);
  await writeFile(file, text.replace('outcome: allow', 'outcome: deny'));
  const { out } = await policyTest(join(folder, 'policy'), {});
  const shown = out.slice(out.indexOf('failed ')).split('\n');
  const [, told = ''] = /^```\n(failed \S*refunds.*?)^```$/ms.exec(guide) ?? [];
  const [, ...lines] = told.trimEnd().split('\n');
  expect(shown.slice(1, 1 + lines.length)).toEqual(lines);
  expect(shown[0]).toMatch(/^failed .*policy\/cases\/refunds\.yaml:6: a small refund$/);
});
