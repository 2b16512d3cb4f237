import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { withoutLinks } from './code-page.ts';
import { CODE_GROUPS, fileOfPage, pageOf } from './codes.ts';

const DISTRIBUTION = fileURLToPath(new URL('../..', import.meta.url));
const REPOSITORY = fileURLToPath(new URL('../../../../../../', import.meta.url));
/** Where the findings of a build come from, and those of lint. */
const SOURCES = [
  ...['.', 'analysis', 'sources', 'composition', 'packages', 'lint/check'],
  ...['.', 'arguments', 'comparisons', 'metadata', 'tests'].map((folder) => join('lint/rules', folder)),
];

async function codesIn(folder: string): Promise<string[]> {
  const names = await readdir(join(DISTRIBUTION, folder)).catch(() => []);
  const files = names.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  const texts = await Promise.all(files.map((file) => readFile(join(DISTRIBUTION, folder, file), 'utf8')));
  const said =
    /code(?:: | = )(?:\w+ === '\w+' \? )?'([a-z_]+)'|(?:finding|refused?)\(\s*(?:[\w[\]., ']+, )?'([a-z]+_[a-z_]+)',/g;
  return texts.flatMap((text) =>
    [...text.matchAll(said)].map(([, field, argument]) => field ?? argument ?? ''),
  );
}

describe('codes', () => {
  test('that a build or lint gives have a page each', async () => {
    const codes = new Set((await Promise.all(SOURCES.map(codesIn))).flat());
    expect(codes.size).toBeGreaterThan(60);
    expect([...codes].filter((code) => pageOf(code) === undefined)).toEqual([]);
  });

  test('stand in one table each', () => {
    const codes = CODE_GROUPS.flatMap((group) => Object.keys(group.codes));
    expect(codes.filter((code, position) => codes.indexOf(code) !== position)).toEqual([]);
  });

  test('are told away from their page with paths of the repository that are there, and no links', async () => {
    const told = CODE_GROUPS.flatMap(({ codes }) =>
      Object.values(codes).flatMap(({ why, mend }) => [withoutLinks(why), withoutLinks(mend)]),
    );
    const paths = told.flatMap((text) =>
      [...text.matchAll(/\((docs\/[^)]+)\)/g)].map(([, path = '']) => path),
    );
    expect(told.filter((text) => text.includes(']('))).toEqual([]);
    expect(new Set(paths)).toContain('docs/guides/simple-level.md');
    expect([...new Set(paths)].filter((path) => !existsSync(join(REPOSITORY, path)))).toEqual([]);
  });

  test('that OPA makes up are told on the page of all', () => {
    expect(fileOfPage('rego_brand_new_error')).toBe('docs/reference/lint/README.md');
    expect(pageOf('constructor')).toBeUndefined();
  });
});
