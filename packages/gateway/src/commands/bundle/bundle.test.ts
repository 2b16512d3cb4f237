import { mkdir, readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { loadConfiguration } from '../../config.ts';
import { metadata, OPA, sampleRelease } from '../../distribution/testing/sample-release.ts';
import { policyBench } from '../policy/bench/policy-bench.ts';
import { policyCheck } from '../policy/check.ts';
import { policyTest } from '../policy/test/policy-test.ts';
import { bundleBuild, bundleTest } from './build-release.ts';
import { bundleCommand } from './bundle.ts';

beforeAll(() => {
  process.env.BAILIFF_OPA = OPA;
});

test('a build says what it built, bundle by bundle, and writes the bundle where it is told to', async () => {
  await using sample = await sampleRelease({
    'compliance/w.rego': `package policy.compliance\n\n${metadata('w', ['mode: watch'])}deny contains "w"\n`,
    'overrides/data.yaml': 'overrides:\n  - id: broken\n',
  });
  const output = join(sample.directory, '../release.tar.gz');
  const { exitCode, out, error } = await bundleBuild(sample.directory, { output });
  expect([exitCode, error]).toEqual([0, '']);
  const lines = out.split('\n');
  expect(lines[0]).toMatch(/^release .*1\.2\.3\+[0-9a-f]{12}/);
  expect(lines[1]).toMatch(/^ {2}compliance {3}2\.0\.0\+[0-9a-f]{12} {2}2 rules \(compliance\.w watch\)$/);
  expect(out).toContain(
    `${relative('', sample.directory)}/overrides/data.yaml:2: override broken is dropped: `,
  );
  expect(lines.slice(-4)).toEqual([
    'tests: 2 passed, 0 failed',
    `written to ${output}`,
    'A gateway that runs on this folder takes it up by itself; ./bailiff release status says when.',
    '',
  ]);
  expect((await readFile(output)).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
});

test('a refusal names every file and row with its mend, and nothing is written', async () => {
  await using sample = await sampleRelease({
    'compliance/x.rego': 'package policy.compliance\n\ndeny contains "x"\n',
    'identity/x.rego': 'package policy.identity\n\nx := data.policy.nothing\n',
  });
  const output = join(sample.directory, '../release.tar.gz');
  const { exitCode, out, error } = await bundleBuild(sample.directory, { output });
  const at = relative('', sample.directory);
  expect([exitCode, out]).toEqual([1, '']);
  expect(error.split('\n')).toEqual([
    expect.stringMatching(
      /compliance\/x\.rego:3: rule_metadata_missing: The rule has no METADATA\. — Put a METADATA/,
    ),
    expect.stringContaining(`${at}/identity/x.rego:3: data_undefined: `),
    'refused: 2 findings',
    '',
  ]);
  await expect(readFile(output)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a failing test fails the build, which then writes nothing', async () => {
  await using sample = await sampleRelease({
    'compliance/x_test.rego': 'package policy.compliance_test\n\ntest_x if false\n',
  });
  const output = join(sample.directory, '../release.tar.gz');
  const { exitCode, out } = await bundleBuild(sample.directory, { output });
  expect(exitCode).toBe(1);
  expect(out).toContain('compliance/x_test.rego:3: policy.compliance_test.test_x\n');
  const why = `\`./bailiff policy test ${relative('', sample.directory)}\` says why.\n`;
  expect(out.endsWith(`tests: 2 passed, 1 failed\n${why}`)).toBe(true);
  await expect(readFile(output)).rejects.toMatchObject({ code: 'ENOENT' });
  expect(await bundleTest(sample.directory, {})).toMatchObject({
    exitCode: 1,
    out: expect.stringContaining(`1 failed\n${why}`),
  });
});

test('a bundle without rules and a configured server that nobody registers are warned of', async () => {
  await using sample = await sampleRelease({
    'compliance/compliance.rego': 'package policy.compliance\n',
    'compliance/compliance_test.rego': 'package policy.compliance_test\n',
    '../bailiff.yaml': [
      'policy: { directory: policy }',
      'servers:',
      '  crm: { transport: stdio, command: node }',
      '  ghost: { transport: stdio, command: node }',
      '',
    ].join('\n'),
  });
  const file = join(sample.directory, '../bailiff.yaml');
  const configuration = await loadConfiguration(file);
  const { exitCode, out } = await bundleBuild(sample.directory, { configuration });
  expect(exitCode).toBe(0);
  expect(out.match(/^warning .*$/gm)).toEqual([
    expect.stringMatching(/compliance\/bundle\.yaml:1: bundle_without_rules: .* — Add a rule/),
    expect.stringMatching(
      /bailiff\.yaml:4: server_unregistered: .*`ghost`.* — Register a bundle `servers\/ghost`/,
    ),
  ]);
  const { out: json } = await bundleBuild(sample.directory, { configuration, json: true });
  expect(JSON.parse(json)).toMatchObject({
    warnings: [{ code: 'bundle_without_rules' }, { code: 'server_unregistered', row: 4 }],
  });
});

test('machines get the same as JSON', async () => {
  await using sample = await sampleRelease();
  const { out } = await bundleBuild(sample.directory, { json: true });
  expect(JSON.parse(out)).toMatchObject({
    policy_version: expect.stringMatching(/^1\.2\.3\+/),
    bundles: expect.arrayContaining([
      {
        name: 'servers/crm',
        revision: expect.any(String),
        rules: [{ id: 'servers.crm.delete', kind: 'require_approval', mode: 'enforce' }],
      },
    ]),
    tests: { passed: 2, failed: 0, skipped: 0 },
  });
  expect(JSON.parse((await bundleTest(sample.directory, { json: true })).out)).toMatchObject({ passed: 2 });
  await rm(join(sample.directory, 'catalogue.yaml'));
  const refused = await bundleBuild(sample.directory, { json: true });
  expect(refused.exitCode).toBe(1);
  expect(JSON.parse(refused.out)).toMatchObject({ findings: [{ code: 'file_missing', row: 1 }] });
});

test('what is no policy folder is refused as just that, by every command that takes one', async () => {
  await using sample = await sampleRelease();
  const missing = join(sample.directory, 'nowhere');
  const check = { format: 'text', regal: false } as const;
  for (const made of [
    (directory: string) => bundleBuild(directory, {}),
    (directory: string) => bundleTest(directory, {}),
    (directory: string) => policyCheck(directory, check),
    (directory: string) => policyTest(directory, {}),
    (directory: string) => policyBench(directory, { top: 1 }),
  ]) {
    const refusal = (detail: RegExp) => ({
      code: 'configuration_invalid',
      detail: expect.stringMatching(detail),
    });
    await expect(made(missing)).rejects.toMatchObject(refusal(/nowhere does not exist\. Name the folder/));
    const file = join(sample.directory, 'release.yaml');
    await expect(made(file)).rejects.toMatchObject(refusal(/release\.yaml is a file and no folder\./));
    const empty = join(sample.directory, 'empty');
    await mkdir(empty, { recursive: true });
    await expect(made(empty)).rejects.toMatchObject(refusal(/empty has (no|neither) release\.yaml/));
  }
});

test('the command has everything that is done with bundles', () => {
  expect(bundleCommand().commands.map((command) => command.name())).toEqual([
    ...['build', 'test', 'sign', 'verify', 'approve', 'inspect', 'push', 'pull'],
  ]);
});
