import { describe, expect, test } from 'vitest';
import {
  ambientViolations,
  contractViolations,
  layerViolations,
  regoViolations,
  type SourceFile,
} from './layers.ts';
import { filesOf, textOf } from './tree.ts';

const sourcesOf = (folder: string): SourceFile[] =>
  filesOf(`${folder}/**/*.ts`)
    .filter((path) => !path.endsWith('.test.ts') && !path.includes('/testing/'))
    .map((path) => ({ path: path.slice(folder.length + 1), text: textOf(path) }));

describe('the gateway', () => {
  const files = sourcesOf('packages/gateway/src');

  test('has sources that the walk found', () => expect(files.length).toBeGreaterThan(5));
  test('imports along the layer table only', () => expect(layerViolations(files)).toEqual([]));
  test('takes clock, chance, environment and network as parameters', () =>
    expect(ambientViolations(files)).toEqual([]));
});

describe('the contract', () => {
  const files = sourcesOf('packages/contract/src');

  test('has sources that the walk found', () => expect(files.length).toBeGreaterThan(5));
  test('imports nothing but zod', () => expect(contractViolations(files)).toEqual([]));
});

describe('the embedded engine', () => {
  const files = sourcesOf('packages/rego/src');

  test('has sources that the walk found', () => expect(files.length).toBeGreaterThan(5));
  test('stands alone', () => expect(regoViolations(files)).toEqual([]));
});

describe('the checks themselves', () => {
  test.each([
    ['a stage that imports another', 'decision/a.ts', "import { x } from '../record/b.ts';"],
    ['a dynamic import', 'context/a.ts', "await import('../enforcement/b.ts');"],
    ['a type import', 'protocol/mcp/a.ts', "import type { X } from '../../context/b.ts';"],
    ['a folder that is not in the table', 'brains/a.ts', "import { x } from '../decision/b.ts';"],
    ['an import of the composition root', 'record/a.ts', "import { x } from '../main.ts';"],
  ])('find %s', (_what, path, text) => expect(layerViolations([{ path, text }])).toHaveLength(1));

  test.each([
    'Date.now()',
    'process.env.HOME',
    'Math.random()',
    'await fetch(url)',
    'new Date()',
  ])('find the global %s', (text) =>
    expect(ambientViolations([{ path: 'decision/a.ts', text: `const a = ${text};` }])).toHaveLength(1));

  test('let the layers that own the outside use it', () =>
    expect(ambientViolations([{ path: 'main.ts', text: 'Date.now()' }])).toEqual([]));

  test.each([
    "import { readFile } from 'node:fs';",
    "import ky from 'ky';",
    "import { a } from '../../gateway/src/a.ts';",
  ])('find %s in the contract', (text) =>
    expect(contractViolations([{ path: 'a.ts', text }])).toHaveLength(1));

  test.each([
    "import type { Input } from '@bailiff/contract';",
    "export { a } from '../../gateway/src/a.ts';",
    "const a = await import('yaml');",
  ])('find %s in the embedded engine', (text) =>
    expect(regoViolations([{ path: 'a.ts', text }])).toHaveLength(1));
});
