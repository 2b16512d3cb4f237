import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Input } from '@bailiff/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { opaPath } from '../../packages/gateway/src/commands/places.ts';
import { policyCheck } from '../../packages/gateway/src/commands/policy/check.ts';
import { NOT_ASKED } from '../../packages/gateway/src/commands/policy/regal.ts';
import { writeFiles } from '../../packages/gateway/src/distribution/stage.ts';
import { ROOT, textOf } from '../../tools/tree.ts';

const GUIDE = textOf('docs/guides/editor.md');
const SCHEMAS = join(ROOT, 'packages/contract/schemas');
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bailiff-editor-'));
  const [, metadata = ''] = /```rego\n(# METADATA.*?)```/s.exec(GUIDE) ?? [];
  const rule = '\ndeny contains "x" if input.action.regoin == "eu"\n';
  await writeFiles(folder, [
    { path: 'compliance/bundle.yaml', text: 'name: compliance\nversion: 1.0.0\nowner: privacy\n' },
    { path: 'compliance/x.rego', text: `package policy.compliance\n${rule}` },
    { path: 'said/x.rego', text: `${metadata}${rule}` },
  ]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function opaCheck(...args: readonly string[]): Promise<string> {
  const done = await promisify(execFile)(opaPath(), ['check', ...args], { cwd: folder }).catch(
    (failed) => failed,
  );
  return `${done.stdout}${done.stderr}`;
}

describe('what the guide about editors says of OPA', () => {
  test('holds of the input’s schema, with and without METADATA', async () => {
    const wanted =
      /x\.rego:\d+: rego_type_error: undefined ref: input\.action\.regoin[\s\S]*want \(one of\): \["args" "blast_radius"/;
    expect(await opaCheck('-s', join(SCHEMAS, 'input.json'), 'compliance')).toMatch(wanted);
    expect(await opaCheck('-s', SCHEMAS, 'said')).toMatch(wanted);
    expect(await opaCheck('--strict', 'said')).toBe('');
  });
});

const SAMPLE = JSON.parse(textOf('examples/editor/input.json'));

test('the input for language servers is one that policy could be given', () => {
  expect(Input.safeParse(SAMPLE).error?.issues).toBeUndefined();
});

test('the input for language servers has every field, as nothing else is completed', () => {
  expect(lackingPaths(JSON.parse(textOf('packages/contract/schemas/input.json')), SAMPLE)).toEqual([]);
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
}

/** Paths that a schema knows and a value lacks. */
function lackingPaths({ properties = {}, anyOf = [] }: Schema, value: unknown, path = 'input'): string[] {
  const held = new Map(Object.entries(Object(value)));
  return [
    ...anyOf.flatMap((schema) => lackingPaths(schema, value, path)),
    ...Object.entries(properties).flatMap(([key, schema]) =>
      held.has(key) ? lackingPaths(schema, held.get(key), `${path}.${key}`) : [`${path}.${key}`],
    ),
  ];
}

describe('the files for VS Code', () => {
  test('name schemas that there are', () => {
    const settings = JSON.parse(textOf('examples/editor/settings.json'));
    const named = [
      ...Object.keys(settings['yaml.schemas']),
      ...[...GUIDE.matchAll(/\$schema=(\S+)/g)].map(([, path]) => path ?? ''),
    ];
    const paths = named.map((path) => path.replace(/^.*bailiff\//, ''));
    expect(paths).toContain('packages/contract/schemas/bundle.json');
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test('find what `policy check` prints', async () => {
    const Tasks = z.object({
      tasks: z.array(z.object({ problemMatcher: z.object({ pattern: z.object({ regexp: z.string() }) }) })),
    });
    const [task] = Tasks.parse(JSON.parse(textOf('examples/editor/tasks.json'))).tasks;
    const { out } = await policyCheck(join(folder, 'compliance'), { format: 'text', regal: false });
    const [found] = out.split('\n').flatMap((line) => {
      const match = new RegExp(task?.problemMatcher.pattern.regexp ?? '').exec(line);
      return match === null ? [] : [match.slice(1)];
    });
    expect(found).toEqual([
      expect.stringMatching(/compliance\/x\.rego$/),
      '3',
      'error',
      expect.stringMatching(/^\w+$/),
      expect.any(String),
    ]);
  });
});

test('the configuration of Regal leaves out the rules that `policy check` does not ask, and no others', () => {
  const { rules } = parse(textOf('examples/editor/regal.yaml')) as {
    rules: Record<string, Record<string, { level: string }>>;
  };
  const ignored = Object.values(rules).flatMap((category) =>
    Object.entries(category).flatMap(([name, { level }]) => (level === 'ignore' ? [name] : [])),
  );
  expect(ignored.sort()).toEqual([...NOT_ASKED].sort());
});
