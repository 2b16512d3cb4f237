import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesOf, ROOT, textOf } from '../tree.ts';
import { generatedFiles } from './files.ts';
import { referencePages } from './reference.ts';
import { incompatibilities, jsonSchemaOf, PUBLISHED } from './schemas.ts';

/** Pages of the reference whose source is prose. */
const HAND_WRITTEN: ReadonlySet<string> = new Set(['docs/reference/mcp.md']);

describe('generated files', async () => {
  const files = await generatedFiles();

  test.each([...files])('%s is what its sources give; else run `npm run generate`', (path, text) => {
    expect(existsSync(join(ROOT, path)), 'it is checked in').toBe(true);
    expect(textOf(path)).toBe(text);
  });

  test('are all that stands in their folders', () => {
    const standing = filesOf([
      'packages/contract/schemas/*.json',
      'docs/reference/*.*',
      'docs/reference/lint/*',
    ]);
    expect(standing.filter((path) => !files.has(path) && !HAND_WRITTEN.has(path))).toEqual([]);
  });
});

describe('reference pages', () => {
  test.each(
    [...referencePages()].filter(([, text]) => text.includes('| field |')),
  )('%s names each field once', (_page, text) => {
    const fields = [...text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, field]) => field);
    expect(fields.filter((field, position) => fields.indexOf(field) !== position)).toEqual([]);
  });

  test('say of a field of one variant in which it stands', () => {
    expect(referencePages().get('configuration.md')).toContain(
      '| `servers.*.command` | string | yes | Only where `servers.*.transport` is `stdio`. |',
    );
  });
});

describe('published schemas', () => {
  test.each(
    PUBLISHED.map((published) => [published.name, published] as const),
  )('%s keeps what version 1 promised', (name, published) => {
    const promised = JSON.parse(textOf(`packages/contract/schemas/v1/${name}.json`));
    expect(incompatibilities(promised, jsonSchemaOf(published))).toEqual([]);
  });

  test('would be found out when a field goes away, changes its type or loses a value', () => {
    const before = {
      type: 'object',
      required: ['a'],
      properties: {
        a: { type: 'string', enum: ['x', 'y'] },
        b: { type: 'object', properties: { c: { type: 'integer' } } },
      },
    };
    const without = (change: object) => incompatibilities(before, { ...before, ...change });
    expect(without({})).toEqual([]);
    expect(without({ properties: { ...before.properties, d: { type: 'string' } } })).toEqual([]);
    expect(without({ properties: { b: before.properties.b } })).toEqual(['$.a is gone']);
    expect(without({ required: [] })).toEqual(['$.a may now be absent']);
    expect(without({ properties: { ...before.properties, a: { type: 'string', enum: ['x'] } } })).toEqual([
      '$.a lost the value "y"',
    ]);
    expect(
      without({
        properties: { ...before.properties, b: { type: 'object', properties: { c: { type: 'string' } } } },
      }),
    ).toEqual(['$.b.c changed its type']);
  });
});
