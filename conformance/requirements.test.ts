import { describe, expect, test } from 'vitest';
import { filesOf, textOf } from '../tools/tree.ts';
import { REQUIREMENTS, type Requirement } from './requirements.ts';

const requirements: readonly (readonly [string, Requirement])[] = Object.entries(REQUIREMENTS);
const files = filesOf('conformance/**/*.test.ts').filter(
  (path) => path !== 'conformance/requirements.test.ts',
);

/** Ids in calls of `verifies`, over however many lines. */
function citedIn(text: string): string[] {
  return [...text.matchAll(/\bverifies\(([^)]*)\)/g)].flatMap(([, ids = '']) =>
    [...ids.matchAll(/'([^']+)'/g)].map(([, id = '']) => id),
  );
}

const cited = new Set(files.flatMap((path) => citedIn(textOf(path))));

/** Tests that a promise names and that are not where it says. */
function missingTests({ tests = [] }: Requirement, read: (path: string) => string | undefined): string[] {
  return tests.filter((named) => {
    const [file = '', name = ''] = named.split(' > ');
    const path = file.startsWith('conformance/') ? file : `packages/gateway/src/${file}`;
    return name === '' || read(path)?.includes(name) !== true;
  });
}

function read(path: string): string | undefined {
  return filesOf(path).includes(path) ? textOf(path) : undefined;
}

describe('every promise', () => {
  test.each(requirements)('%s is shown by a test', (id, requirement) => {
    expect(missingTests(requirement, read), 'named and not there').toEqual([]);
    expect(cited.has(id) || (requirement.tests ?? []).length > 0).toBe(true);
  });

  test('is told in sentences, and so is what it does not cover', () => {
    for (const [id, { sentence, limits = [], source }] of requirements) {
      expect(source, id).not.toBe('');
      for (const text of [sentence, ...limits]) expect(text, id).toMatch(/^\P{Ll}.{10,}\.$/u);
    }
  });

  test('of the fail-closed matrix is shown through the whole gateway', () => {
    const rows = requirements.map(([id]) => id).filter((id) => id.startsWith('matrix-'));
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.filter((id) => !cited.has(id))).toEqual([]);
  });
});

test('tests cite only promises that there are', () => {
  expect(cited.size).toBeGreaterThan(20);
  expect([...cited].filter((id) => !Object.hasOwn(REQUIREMENTS, id))).toEqual([]);
});

describe('the check itself', () => {
  const promise = { source: 'here', sentence: 'It holds.', tests: ['a.test.ts > it holds'] };

  test('finds a named test that is not there', () => {
    expect(missingTests(promise, () => "test('it breaks', () => {});")).toEqual(promise.tests);
    expect(missingTests(promise, () => undefined)).toEqual(promise.tests);
    expect(missingTests(promise, () => "test('it holds', () => {});")).toEqual([]);
  });

  test('finds citations over several lines', () => {
    expect(citedIn("verifies('a', 'b');\nverifies(\n  'c',\n);")).toEqual(['a', 'b', 'c']);
  });
});
