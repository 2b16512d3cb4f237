import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  metadata,
  OPA,
  type SampleRelease,
  sampleRelease,
} from '../../distribution/testing/sample-release.ts';
import { type CheckOptions, policyCheck } from './check.ts';
import { findingsIn, regalPath } from './regal.ts';
import { testedSample } from './test/testing/tested-sample.ts';

beforeAll(() => {
  process.env.BAILIFF_OPA = OPA;
});

const M = metadata();
const TEXT: CheckOptions = { format: 'text', regal: false };
const MISSPELT = `package policy.compliance\n\n${M}deny contains "x" if input.action.phase == "reqeust"\n`;

/** As published by OASIS; the word for relative URIs is one that zod takes for absolute ones. */
async function sarifSchema() {
  const text = await readFile(new URL('./testing/sarif-schema-2.1.0.json', import.meta.url), 'utf8');
  return z.fromJSONSchema(
    JSON.parse(text, (key, value) => (key === 'format' && value === 'uri-reference' ? undefined : value)),
  );
}

const check = (sample: SampleRelease, options: Partial<CheckOptions> = {}) =>
  policyCheck(sample.directory, { ...TEXT, ...options });

describe('policy check', () => {
  test('says where, why and how to mend it, and ends with 1 on an error', async () => {
    await using sample = await sampleRelease({ 'compliance/x.rego': MISSPELT });
    const { exitCode, out } = await check(sample);
    expect(exitCode).toBe(1);
    expect(out).toMatch(
      /compliance\/x\.rego:8: error comparison_outside_enum: `input\.action\.phase` is never "reqeust"\./,
    );
    expect(out).toMatch(/^ {2}why .+\n {2}mend Write "request"; .+\(--fix does it\)$/m);
    expect(out).toMatch(/1 error, \d+ warnings, 1 of which --fix mends/);
  });

  test('ends with 1 on warnings only where it is strict', async () => {
    await using sample = await sampleRelease();
    const { exitCode, out } = await check(sample);
    expect([exitCode, out]).toEqual([0, expect.stringMatching(/0 errors, [1-9]/)]);
    expect((await check(sample, { strict: true })).exitCode).toBe(1);
  });

  test('prints JSON with the page of each code', async () => {
    await using sample = await sampleRelease({ 'compliance/x.rego': MISSPELT });
    const { out } = await check(sample, { format: 'json' });
    const { findings, errors, linted } = JSON.parse(out);
    expect([errors, linted]).toEqual([1, true]);
    expect(findings).toContainEqual({
      file: expect.stringMatching(/compliance\/x\.rego$/),
      ...{ row: 8, code: 'comparison_outside_enum', severity: 'error', fixable: true },
      ...{ detail: expect.any(String), mend: expect.any(String), why: expect.any(String) },
      page: 'docs/reference/lint/comparison_outside_enum.md',
    });
  });

  test('prints SARIF that its schema accepts', async () => {
    await using sample = await sampleRelease({
      'compliance/x.rego': MISSPELT,
      'compliance/y.rego': `package policy.compliance\n\n${M}deny contains "y" if object.get(input.action.args.a, "b", true)\n`,
    });
    const { out } = await check(sample, { format: 'sarif' });
    const schema = await sarifSchema();
    const log = JSON.parse(out);
    expect(schema.safeParse(log).error?.issues ?? []).toEqual([]);
    const [result] = log.runs[0].results;
    expect(
      schema.safeParse({ ...log, runs: [{ ...log.runs[0], results: [{ ...result, level: 'fatal' }] }] })
        .success,
    ).toBe(false);
    const misspelt = log.runs[0].results.find(
      ({ ruleId }: { ruleId: string }) => ruleId === 'comparison_outside_enum',
    );
    expect(misspelt.fixes[0].artifactChanges[0].replacements[0]).toEqual({
      deletedRegion: { startLine: 8, startColumn: 44, endLine: 8, endColumn: 53 },
      insertedContent: { text: '"request"' },
    });
    const rules = log.runs[0].tool.driver.rules;
    for (const { ruleId, ruleIndex } of log.runs[0].results) expect(rules[ruleIndex].id).toBe(ruleId);
  });

  test('checks the folder of one bundle, and refuses one that is neither', async () => {
    await using sample = await sampleRelease({ 'compliance/x.rego': MISSPELT });
    const { exitCode, out } = await policyCheck(join(sample.directory, 'compliance'), TEXT);
    expect([exitCode, out]).toEqual([1, expect.stringContaining('compliance/x.rego:8')]);
    await expect(policyCheck(join(sample.directory, '..'), TEXT)).rejects.toMatchObject({
      code: 'configuration_invalid',
    });
  });
});

describe('policy check --fix', () => {
  const BROKEN = [
    'package policy.compliance',
    '',
    'import data.policy.identity',
    '',
    '# METADATA',
    '# title: A rule',
    '# custom:',
    '#   severity: high',
    '#   id: y',
    'deny contains "x" if {',
    '\tinput.action.phase == "reqeust"',
    '\tobject.get(input.action.args.a, "b", true)',
    '}',
    '',
  ];
  const MENDED = [
    'package policy.compliance',
    '',
    '',
    '# METADATA',
    '# title: A rule',
    '# custom:',
    '#   reason: x',
    '#   owner: privacy',
    '#   severity: high',
    'deny contains "x" if {',
    '\tinput.action.phase == "request"',
    '\tobject.get(input.action.args, ["a", "b"], true)',
    '}',
    '',
  ];

  test('writes what is mechanical, shows it, and checks again', async () => {
    await using sample = await sampleRelease({ 'compliance/x.rego': BROKEN.join('\n') });
    const file = join(sample.directory, 'compliance/x.rego');
    await chmod(file, 0o640);
    const { exitCode, out } = await check(sample, { fix: true });
    expect((await readFile(file, 'utf8')).split('\n').toSorted()).toEqual(MENDED.toSorted());
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    expect(out).toContain('fixed ');
    expect(out).toContain('- \tinput.action.phase == "reqeust"\n');
    expect(out).toContain('+ \tinput.action.phase == "request"\n');
    expect(out).toContain('0 errors');
    expect(exitCode).toBe(0);
  });

  test('writes nothing where nothing is mechanical, or what a link leads to', async () => {
    await using sample = await sampleRelease();
    const outside = join(sample.directory, '../outside.rego');
    await writeFile(outside, MISSPELT);
    await symlink(outside, join(sample.directory, 'compliance/x.rego'));
    await check(sample, { fix: true });
    expect(await readFile(outside, 'utf8')).toBe(MISSPELT);
  });
});

describe('Regal', () => {
  const REPORT = {
    violations: [
      {
        ...{
          title: 'opa-fmt',
          description: 'File should be formatted with `opa fmt`',
          category: 'style',
          level: 'error',
        },
        related_resources: [{ description: 'documentation', ref: 'https://example.org/style/opa-fmt' }],
        location: { col: 1, row: 4, file: 'compliance/x.rego', text: 'deny' },
      },
    ],
    summary: { files_scanned: 1, num_violations: 1 },
  };

  test('has its remarks taken over as warnings', () => {
    expect(findingsIn({ text: JSON.stringify(REPORT), trouble: '' }, '/policy')).toEqual([
      {
        ...{ file: 'compliance/x.rego', row: 4, code: 'regal', severity: 'warning' },
        detail: 'style/opa-fmt: File should be formatted with `opa fmt`.',
        mend: 'See https://example.org/style/opa-fmt',
      },
    ]);
  });

  test('has nothing to say of what is well', () => {
    expect(findingsIn({ text: '{"violations": null}', trouble: '' }, '/policy')).toEqual([]);
    expect(findingsIn({ text: '{"violations": []}', trouble: 'a remark' }, '/policy')).toEqual([]);
  });

  test.each([
    ['says nothing', { text: '', trouble: '' }, 'it said nothing.'],
    ['crashes', { text: 'panic', trouble: 'It was ended by SIGSEGV.' }, 'ended by SIGSEGV'],
    ['prints another report', { text: '{"violations": [{"title": 5}]}', trouble: 'v9' }, 'v9'],
    ['cannot read a file', { text: '{"errors": ["a.rego:3:\\n no"]}', trouble: '' }, 'a.rego:3: no'],
  ])('that %s is told, and how to do without it', (_what, run, said) => {
    expect(findingsIn(run, '/policy')).toEqual([
      expect.objectContaining({
        ...{ file: '.', row: 1, code: 'regal', severity: 'warning' },
        detail: expect.stringContaining(said),
        mend: expect.stringContaining('--no-regal'),
      }),
    ]);
  });

  test('that does not run hides nothing that is found without it, and nothing is refused for it', async () => {
    await using sample = await sampleRelease(UNFORMATTED);
    const folder = await mkdtemp(join(tmpdir(), 'bailiff-regal-'));
    const path = process.env.PATH;
    try {
      await writeFile(join(folder, 'regal'), '#!/bin/sh\necho broken >&2\nexit 2\n', { mode: 0o755 });
      process.env.PATH = `${folder}:${path}`;
      const { out } = await policyCheck(sample.directory, { format: 'json' });
      const codes = JSON.parse(out).findings.map(({ code }: { code: string }) => code);
      expect(codes).toContain('regal');
      expect(codes).toContain('test_firing_missing');
      expect(out).toContain('gave no report: broken');
      await using clean = await testedSample();
      const strictly = await policyCheck(join(clean.directory, 'servers/crm'), {
        format: 'json',
        strict: true,
      });
      const found = JSON.parse(strictly.out).findings.map(({ code }: { code: string }) => code);
      expect([strictly.exitCode, found]).toEqual([0, ['regal']]);
    } finally {
      process.env.PATH = path;
      await rm(folder, { recursive: true, force: true });
    }
  });

  test.skipIf(regalPath() === undefined)(
    'itself, where PATH has it, tells file and row, and is not counted strictly',
    async () => {
      await using sample = await sampleRelease(UNFORMATTED);
      const { out } = await policyCheck(sample.directory, { format: 'json' });
      const remarks = (JSON.parse(out).findings as { code: string; file: string; detail: string }[]).filter(
        ({ code }) => code === 'regal',
      );
      expect(remarks).toContainEqual(
        expect.objectContaining({
          file: expect.stringMatching(/compliance\/odd\.rego$/),
          detail: expect.stringContaining('style/opa-fmt'),
          mend: expect.stringContaining('https://'),
          severity: 'warning',
        }),
      );
      expect(remarks.map(({ detail }) => detail).join()).not.toContain('unresolved-reference');
    },
    60_000,
  );
});

const UNFORMATTED = {
  'compliance/odd.rego': `package policy.compliance\n\n${M}deny contains   "odd" if input.agent.id == "x"\n`,
};
