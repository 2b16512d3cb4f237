import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../finding.ts';
import { metadata, refusalsOf } from '../testing/sample-release.ts';
import { LEVEL_CODES } from './codes/level-codes.ts';
import { levelFindings, SIMPLE_BUILTINS } from './rules/simple-level.ts';
import { LEVEL_CASES } from './testing/level-cases.ts';
import { type LintedText, lintBundle, subjectOf } from './testing/lint-bundle.ts';

const ROOT = fileURLToPath(new URL('../../../../../', import.meta.url));
const PAGE = join(ROOT, 'docs/guides/simple-level.md');

/** With METADATA for every rule that decides. */
const described = (rego: string) => rego.replaceAll(/^(?=deny|oblige)/gm, 'META\n');

async function found(text: LintedText): Promise<readonly Finding[]> {
  const { bundles, index } = await subjectOf(text);
  return bundles.flatMap(({ source }) => levelFindings(source, index));
}

describe('the simple level', () => {
  test.each(LEVEL_CASES)('$code refuses $what, and not what is close to it', async ({
    code,
    but,
    says = '',
    what: _,
    ...text
  }) => {
    const findings = await found({ ...text, level: 'simple' });
    const own = findings.filter((finding) => finding.code === code);
    const [first] = own;
    expect(own.map(({ detail }) => detail).join('\n'), JSON.stringify(findings)).toContain(says);
    expect(own.length, JSON.stringify(findings)).toBeGreaterThan(0);
    expect(first?.row).toBeGreaterThan(7);
    expect(first?.mend).not.toBe('');
    expect(await found({ ...but, level: 'simple' })).toEqual([]);
    expect(await found(text), 'a bundle that does not promise it').toEqual([]);
  });

  test('has such a pair for each of its codes', () => {
    expect(new Set(LEVEL_CASES.map(({ code }) => code))).toEqual(new Set(Object.keys(LEVEL_CODES)));
  });

  test.each(
    Object.entries(LEVEL_CODES),
  )('%s is shown on its page by what it refuses, and mended', async (code, { example }) => {
    const { before, after } = example;
    const codesIn = async (rego: string) =>
      (await found({ rego: described(rego), level: 'simple' })).map((one) => one.code);
    expect(await codesIn(before)).toContain(code);
    expect(await codesIn(after)).toEqual([]);
  });

  test('names the row of what it refuses', async () => {
    const rego = 'META\ndeny contains "x" if {\n\tinput.action.tool == "a"\n\tcount([1 | true]) > 0\n}';
    expect((await found({ rego, level: 'simple' })).map(({ row }) => row)).toEqual([10]);
  });

  test.each(LEVEL_CASES)('$code says where to read on by a path of the repository ($what)', async ({
    what: _,
    but: __,
    code,
    ...text
  }) => {
    for (const { mend } of (await found({ ...text, level: 'simple' })).filter((one) => one.code === code)) {
      expect(mend).not.toMatch(/\]\(|\.\.\//);
      const [, path] = /\((docs\/\S+)\)/.exec(mend) ?? [];
      if (code === 'level_simple_builtin') expect(path).toBe('docs/guides/simple-level.md');
      if (path !== undefined) await expect(access(join(ROOT, path))).resolves.toBeUndefined();
    }
  });

  test('leaves tests alone', async () => {
    const tests = 'test_x if {\n\tevery n in [1] { n == 1 }\n\tcount([n | some n in [1]]) == 1\n}';
    expect(await found({ rego: 'a := 1', tests, level: 'simple' })).toEqual([]);
  });

  test('keeps a release from building', async () => {
    const manifest = 'name: compliance\nversion: 2.0.0\nowner: privacy\nlevel: ';
    const rego = `package policy.compliance\n\n${metadata()}deny contains "x" if input.action.effects[_] == "external"\n`;
    const files = { 'compliance/x.rego': rego, 'compliance/bundle.yaml': `${manifest}simple\n` };
    expect((await refusalsOf(files)).map(({ file, row, code }) => `${file}:${row}: ${code}`)).toEqual([
      'compliance/x.rego:8: level_simple_iteration',
    ]);
    expect(await refusalsOf({ ...files, 'compliance/bundle.yaml': `${manifest}full\n` })).toEqual([]);
  });
});

describe('the page about the simple level', async () => {
  const page = await readFile(PAGE, 'utf8');
  const examples = [...page.matchAll(/^```rego\n(.*?)^```$/gms)].map(([, text = '']) => text);

  test.each(examples)('shows only what is allowed: %s', async (rego) => {
    expect(await found({ rego: described(rego), level: 'simple' })).toEqual([]);
  });

  test.each(examples)('shows nothing that the check would tell of: %s', async (rego) => {
    // The second body of a rule stands right after the first, under its METADATA.
    const once = described(rego).replaceAll(/^(deny contains "\w+" )(.*\n+)META\n(?=\1)/gms, '$1$2');
    const findings = await lintBundle({ rego: once, level: 'simple' });
    expect(findings.filter(({ code }) => !code.startsWith('test_'))).toEqual([]);
  });

  test('has examples, and names every built-in', () => {
    expect(examples.length).toBeGreaterThan(8);
    expect(SIMPLE_BUILTINS.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});
