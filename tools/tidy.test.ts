import { describe, expect, test } from 'vitest';
import { crowdedFolders, untidiness } from './tidy.ts';
import { filesOf, textOf } from './tree.ts';

const SOURCES = [
  'packages/*/src/**/*.ts',
  'tools/**/*.{ts,mjs}',
  'bench/**/*.ts',
  'conformance/**/*.ts',
  'examples/**/*.ts',
  'policies/**/*.rego',
  'examples/**/*.rego',
];
/** The tidy check names what it bans, and its tests plant it. */
const ABOUT_ITSELF = new Set(['tools/tidy.ts', 'tools/tidy.test.ts']);

describe('the repository', () => {
  const paths = filesOf(SOURCES).filter((path) => !ABOUT_ITSELF.has(path));

  test('has sources that the walk found', () => expect(paths.length).toBeGreaterThan(30));
  test('is tidy', () =>
    expect(paths.flatMap((path) => untidiness({ path, text: textOf(path) }))).toEqual([]));
  test('keeps folders small', () =>
    expect(
      crowdedFolders(
        paths.filter((path) => path.startsWith('packages/gateway') && !path.endsWith('.test.ts')),
      ),
    ).toEqual([]));
});

describe('the check itself', () => {
  test.each([
    ['a long file', { path: 'a/b.ts', text: 'x\n'.repeat(401) }],
    ['a name that says nothing', { path: 'packages/x/utils.ts', text: '' }],
    ['an unfinished place', { path: 'a/b.ts', text: '// TODO: later' }],
    ['a path of one machine', { path: 'a/b.ts', text: "const a = '/root/x';" }],
    ['an exception without reason', { path: 'a/b.ts', text: '// biome-ignore lint/a/b' }],
  ])('finds %s', (_what, file) => expect(untidiness(file)).toHaveLength(1));

  test('finds a crowded folder', () =>
    expect(crowdedFolders(Array.from({ length: 13 }, (_, index) => `a/${index}.ts`))).toHaveLength(1));
});
